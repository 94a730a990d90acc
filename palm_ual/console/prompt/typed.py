"""What a person typed at a prompt, taken apart: statements, and lines that are the shell's own. Pure."""

from typing import TypeAlias, get_args

from msgspec import Struct

from palm_ual.console.commands import COMMANDS, Command
from palm_ual.errors import UsageError
from palm_ual.lang.boundaries import command_lines
from palm_ual.lang.expect import completeness
from palm_ual.lang.literals import shown
from palm_ual.lang.parser import parse
from palm_ual.lang.statements import AnyWatched, Watch

PROMPT, CONTINUATION = "> ", ". "
"""What stands before a line where somebody types: the first of a statement, and a further one."""
_LEAVING = ("exit", "quit")
_BARE = frozenset({"help", *_LEAVING})


class Statements(Struct, frozen=True):
    """UAL to run."""

    text: str


class Meta(Struct, frozen=True):
    """A line of the shell's own."""

    command: Command
    argument: str
    draft: str
    """What stands before it, where it is the last line: what it acts on, and what stays to be typed on."""


class Reminder(Struct, frozen=True):
    """A bare HELP, EXIT or QUIT in the middle of a statement: said how to get out, nothing is lost."""

    hint: str
    draft: str


Part: TypeAlias = Statements | Meta | Reminder


def is_for_enter(text: str) -> bool:
    """Whether Enter runs this text; otherwise it opens another line."""
    if not text.strip() or _reminder(text) is not None:
        return True
    return completeness(_after_commands(text)) != "unfinished"


def parts_of(text: str) -> list[Part]:
    r"""What is to be done about a text, in order.

    Raises:
        UsageError: a line begins with `\\` and is no command; nothing of the text is to be done.
    """
    if (reminder := _reminder(text)) is not None:
        return [reminder]
    parts: list[Part] = []
    done = 0
    for start, end in command_lines(text):
        before, done = _lines_between(text, done, start), end
        if text[end:].strip():
            parts += [*_statements(before), _meta(text[start:end], "")]
        else:
            parts.append(_meta(text[start:end], before))
    return parts + _statements(_lines_between(text, done, len(text)))


def pasted(text: str) -> str:
    r"""A pasted text with `\n` for its line ends, and without the prompts it was copied with, if it begins with one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].startswith(PROMPT):
        lines = [line[2:] if line.startswith((PROMPT, CONTINUATION)) else line for line in lines]
    return "\n".join(lines)


def remembered(text: str) -> str:
    """What of a text a history keeps: not what is still to be typed on, nor what was said about it."""
    try:
        parts = parts_of(text)
    except UsageError:
        return text
    last = parts[-1] if parts else None
    if isinstance(last, Reminder) or (isinstance(last, Meta) and last.draft and last.command != "watch"):
        return ""
    return text


def _lines_between(text: str, start: int, end: int) -> str:
    """The lines between two of the shell's own, without the blanks before the second."""
    between = text[start:end]
    return (between.rstrip(" \t") if end < len(text) else between).strip("\r\n")


def _statements(text: str) -> list[Part]:
    return [Statements(text)] if text.strip() else []


def _meta(line: str, draft: str) -> Meta:
    word, argument = "", ""
    if words := line[line.index("\\") + 1 :].split(maxsplit=1):
        word, argument = words[0], "".join(words[1:]).rstrip()
    for command in COMMANDS:
        if word == command:
            if argument and command != "watch":
                raise UsageError(f"\\{command} takes nothing behind it")
            return Meta(command, argument, draft)
    known = ", ".join(f"\\{command}" for command in COMMANDS)
    raise UsageError(f'there is no "\\{shown(word)}" here', hint=f"there are {known}")


def _reminder(text: str) -> Reminder | None:
    before, newline, line = text.rstrip().rpartition("\n")
    word = line.strip().removeprefix(PROMPT).strip().rstrip("; ").lower()
    if not newline or word not in _BARE or completeness(_after_commands(before)) != "unfinished":
        return None
    ways = "Ctrl-C drops it, Ctrl-D leaves" if word in _LEAVING else "\\? shows the keys, Ctrl-C drops it"
    return Reminder(f"the statement is not finished: {ways}", before + "\n")


def _after_commands(text: str) -> str:
    own = command_lines(text)
    return text[own[-1][1] :] if own else text


def watched(text: str, argument: str) -> str:
    r"""The WATCH that `\watch` stands for.

    Raises:
        UsageError: there is nothing to look at, or the pace is no number of seconds.
        PalmError: the text is not UAL.
    """
    every = argument or "2"
    number, _, fraction = every.partition(".")
    if not (
        every.isascii() and number.isdigit() and len(every) <= 6 and (fraction.isdigit() or "." not in every)
    ):
        raise UsageError("\\watch takes a number of seconds", hint="\\watch 5")
    if not (statements := parse(text)):
        raise UsageError("there is nothing to watch yet", hint="ask something first, such as FLEET STATUS")
    last = statements[-1]
    looking = last.statement if isinstance(last, Watch) else last
    if not isinstance(looking, get_args(AnyWatched)):
        raise UsageError("only what looks can be watched", hint="ask it first, or write it above \\watch")
    length_ms = int(number) * 1000 + int(fraction.ljust(3, "0")[:3] or 0)
    return f"WATCH {text[looking.span.start : looking.span.end]} EVERY {length_ms}ms"
