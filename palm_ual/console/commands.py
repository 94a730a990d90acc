r"""The lines that are the shell's own (`\e`), and how what can be typed is listed for people. Pure."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

Command: TypeAlias = Literal["e", "timing", "watch", "?", "q"]


class Entry(Struct, frozen=True):
    """A key or a command, and what it does."""

    typed: str
    about: str


ENTER = Entry("Enter", "runs what is a whole statement, and otherwise opens another line")
CTRL_C = Entry("Ctrl-C", "drops what was typed; while a statement works, stops waiting for it")
CTRL_D = Entry("Ctrl-D", "leaves (also EXIT, QUIT and \\q); the fleet is suspended until the next ual")
"""What these keys do at every prompt."""
COMMANDS: dict[Command, Entry] = {
    "e": Entry("\\e", "edits what was typed, or the last statement, in your editor"),
    "timing": Entry("\\timing", "says how long statements take, or stops saying it"),
    "watch": Entry("\\watch n", "looks again every n seconds at what was typed or asked last"),
    "?": Entry("\\?", "shows the keys"),
    "q": Entry("\\q", "leaves"),
}


def in_columns(entries: Sequence[Entry]) -> list[str]:
    """A line for each, with all that they do below one another."""
    wide = max((len(entry.typed) for entry in entries), default=0)
    return [f"{entry.typed:{wide}}  {entry.about}" for entry in entries]
