r"""Golden sessions: the keys that somebody pressed, and the whole screen after each step.

A file begins with lines of `word value` that set the stage: `window 80x24`, `config keys = "vi"`,
`option --no-rc`, `before DEPLOY buyer` (run by a one-liner first). Then come steps: a line `=== ` and keys,
and the screen, each of its lines behind a `|`. Keys are typed as they stand, but for names in pointed
brackets: `<enter>`, `<ctrl-c>`, `<resize 40x12>`, `<paste "> PALM STATUS\n">`, and `<keys "bcw">` for what
is not to be seen as it is typed. A `█` stands before the character that the cursor is on. Lines behind `--`
say why.
"""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.shell.terminal import KEYS, NotSeen, Terminal

CURSOR = "█"
_STEP = "=== "
_QUIET_S = 1.2
"""A golden file is written when nothing has come for so long: the bar looks at the fleet once a second."""
_NAMED = re.compile(r'<(?:resize (\d+)x(\d+)|(paste|keys) ("(?:[^"\\]|\\.)*")|([a-z][a-z-]*))>')
_VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"), lambda found: re.sub(r"\d", "0", found[0])),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), lambda _: "00:00:00"),
    (re.compile(r"\btook [\d.]+m?s"), lambda _: "took 0ms"),
    (re.compile(r"^ual [\d.]+ "), lambda _: "ual 0.0.0 "),
)


class Step(NamedTuple):
    """Keys, and what is seen then. `head` are the lines up to the keys."""

    head: tuple[str, ...]
    keys: str
    screen: tuple[str, ...]


class Session(NamedTuple):
    """A golden session as its file has it."""

    head: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def window(self) -> tuple[int, int]:
        """Columns and rows."""
        columns, _, rows = next(self.values("window"), "80x24").partition("x")
        return int(columns), int(rows)

    def values(self, word: str) -> Iterator[str]:
        """What the head says after a word."""
        return (line[len(word) + 1 :] for line in self.head if line.startswith(f"{word} "))


def read_session(text: str) -> Session:
    """Take a file apart."""
    head: list[str] = []
    steps: list[Step] = []
    lines = text.splitlines()
    while lines and not lines[0].startswith(_STEP):
        head.append(lines.pop(0))
    before: list[str] = []
    while lines:
        line = lines.pop(0)
        if not line.startswith(_STEP):
            before.append(line)
            continue
        screen = []
        while lines and lines[0].startswith("|"):
            screen.append(lines.pop(0)[1:])
        steps.append(Step(tuple(before), line[len(_STEP) :], tuple(screen)))
        before = []
    return Session(tuple(head), tuple(steps))


def written(session: Session) -> str:
    """A session as a file has it."""
    lines = list(session.head)
    for step in session.steps:
        lines += [*step.head, _STEP + step.keys, *(f"|{line}" for line in step.screen)]
    return "\n".join(lines) + "\n"


def play(session: Session, terminal: Terminal, *, anew: bool) -> Session:
    """Press the keys; returns what was really seen.

    Each step waits for the screen that the file has, or, for a file that is written anew, until
    nothing more comes. The first screen that is not as it should be ends the session.
    """
    steps = []
    for step in session.steps:
        press(terminal, step.keys)
        if anew:
            terminal.settle(_QUIET_S)
        else:
            try:
                terminal.wait_for(lambda seen, step=step: picture(seen) == step.screen)  # type: ignore[misc]
            except NotSeen:
                steps.append(step._replace(screen=picture(terminal)))
                break
        steps.append(step._replace(screen=picture(terminal)))
    return session._replace(steps=tuple(steps))


def press(terminal: Terminal, keys: str) -> None:
    """Type what a step says."""
    end = 0
    for found in _NAMED.finditer(keys):
        if found.start() > end:
            terminal.write(keys[end : found.start()])
        columns, rows, how, text, key = found.groups()
        if columns:
            terminal.resize(int(columns), int(rows))
        elif how == "paste":
            terminal.paste(json.loads(text))
        elif how == "keys":
            terminal.type(json.loads(text))
        else:
            terminal.type(KEYS[key])
        end = found.end()
    if end < len(keys):
        terminal.write(keys[end:])


def picture(terminal: Terminal) -> tuple[str, ...]:
    """The screen with its cursor, the same for every day, machine and version."""
    cursor = terminal.screen.cursor
    rows = [_same(line) for line in terminal.lines]
    padded = rows[cursor.y].ljust(cursor.x)
    rows[cursor.y] = padded[: cursor.x] + CURSOR + padded[cursor.x :]
    while not rows[-1]:
        rows.pop()
    return tuple(rows)


def _same(line: str) -> str:
    for varying, same in _VARYING:
        line = varying.sub(same, line)
    return line
