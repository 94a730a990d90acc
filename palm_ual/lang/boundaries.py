"""Where the statements of a text begin, as far as that can be seen without reading all of them.

Whoever types is at the last statement, and those before it may be many, or wrong. What ends one for
certain is a `;` outside of quotes and comments; a line that begins with a statement's first word very
nearly is, unless what stands before it is not finished yet: then the word is a name.
"""

import re
from collections.abc import Iterator
from functools import cache

from palm_ual.lang.expect import completeness
from palm_ual.lang.reader import machine

_COMMAND = r"(?:^|(?<=\r))[ \t]*+(?P<command>(?:>[ \t]++)?+\\[^\r\n]*)"
_QUOTED = r""""(?:[^"\\\r\n]|\\[^\r\n])*+"? | '(?:[^'\\\r\n]|\\[^\r\n])*+'?"""
_LINE_COMMENT = r"(?<![^ \t\r\n;\ufeff])(?:--|\#)[^\r\n]*+"
_COMMAND_LINE = re.compile(_COMMAND, re.MULTILINE)
_COMMAND_OR_COMMENT = re.compile(
    rf"""{_COMMAND} | [^"'/\#\-\r\n]++ | [\r\n]++
        | {_QUOTED} | {_LINE_COMMENT} | /\*[\s\S]*?\*/ | (?P<open>/\*) | .""",
    re.VERBOSE | re.MULTILINE,
)


def command_lines(text: str) -> list[tuple[int, int]]:
    r"""The lines that are the shell's own (`\e`), without the blanks before them.

    Within a comment there is none, unless the comment has no end yet: whoever types in it must get out again.
    """
    if "\\" not in text:
        return []
    if "*/" not in text:
        return [line.span("command") for line in _COMMAND_LINE.finditer(text)]
    own: list[tuple[int, int]] = []
    for found in _COMMAND_OR_COMMENT.finditer(text):
        if found.lastgroup == "open":
            rest = _COMMAND_LINE.finditer(text, found.end())
            return own + [line.span("command") for line in rest]
        if found.lastgroup == "command":
            own.append(found.span("command"))
    return own


def between_commands(text: str) -> list[tuple[int, int]]:
    """What stands before, between and behind the shell's own lines: each is read by itself."""
    ends = [0, *(end for _, end in command_lines(text))]
    starts = [*(start for start, _ in command_lines(text)), len(text)]
    return [(start, end) for start, end in zip(ends, starts, strict=True) if text[start:end].strip()]


def last_start(text: str) -> int:
    """Where the last statement of a text begins, also if one before it is wrong."""
    start, beginnings = 0, list[int]()
    for place, certain in boundaries(text):
        if certain:
            start, beginnings = place, []
        else:
            beginnings.append(place)
    while beginnings:
        last = beginnings.pop()
        before = beginnings[-1] if beginnings else start
        if last == before or completeness(text[before:last]) != "unfinished":
            return last
    return start


def boundaries(text: str, position: int = 0) -> Iterator[tuple[int, bool]]:
    """Places where a statement may begin, and whether one certainly does; in order, comments and quotes left out."""
    for found in _boundary().finditer(text, position):
        if found.lastgroup == "end":
            yield found.end(), True
        elif found.lastgroup == "first":
            yield found.start("first"), False


@cache
def _boundary() -> re.Pattern[str]:
    parser = machine()
    starters = "|".join(sorted(parser.accepted([0]).keys() & parser.keywords))
    return re.compile(
        r"""
        ^[ \t]*+(?:>[ \t]++)?+(?P<first>(?:"""
        + starters
        + r""")(?![\w.-]))
        | [^"'/;\#\-\r\n]++ | [\r\n]++
        | """
        + f"{_QUOTED} | {_LINE_COMMENT}"
        + r""" | /\*[\s\S]*?(?:\*/|\Z)
        | (?P<end>;)
        | .
        """,
        re.VERBOSE | re.MULTILINE | re.IGNORECASE | re.ASCII,
    )
