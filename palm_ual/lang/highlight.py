"""The pieces of a text for highlighting, and where it is wrong, both from the tables of the grammar.

A word is a keyword where the parser takes it as one: in `SCALE status TO 3` the name is a name. Behind an
error the words are taken for what they look like, until the next statement begins.
"""

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from palm_ual.errors import PalmError, UnfinishedStatement
from palm_ual.lang.boundaries import between_commands, boundaries, command_lines
from palm_ual.lang.expect import COMPARISONS, may_become_right
from palm_ual.lang.machine import Trace
from palm_ual.lang.parser import parse
from palm_ual.lang.reader import machine
from palm_ual.model.limits import HIGHLIGHT_RESTARTS_MAX

PieceKind: TypeAlias = Literal[
    "keyword",
    "name",
    "type",
    "number",
    "duration",
    "percent",
    "text",
    "key",
    "sign",
    "comment",
    "backslash",
    "error",
]


class Piece(Struct, frozen=True, gc=False):
    start: int
    end: int
    kind: PieceKind


_NUMBERS: dict[str, PieceKind] = {
    "INT": "number",
    "NUMBER": "number",
    "DURATION": "duration",
    "PERCENT": "percent",
}
_WORDS = frozenset({"WORD", "DQ", "SQ"})
_BEFORE_A_TYPE = frozenset({"DEPLOY", "TYPE", "SPEC"})
_BEFORE_A_TEXT = COMPARISONS | {"LIKE", "COMMA", "BECAUSE", "SOURCE"}
_DEEPER = {"LBRACE": 1, "LSQB": 1, "RBRACE": -1, "RSQB": -1}

_BETWEEN = re.compile(r"(?P<comment>(?:--|\#)[^\r\n]*|/\*[\s\S]*?(?:\*/|\Z))|(?P<sign>[>\ufeff])")
_LOOKS_LIKE = re.compile(
    r"""
    (?P<comment>(?<![^ \t\r\n;\ufeff])(?:--|\#)[^\r\n]*|/\*[\s\S]*?(?:\*/|\Z))
    | (?P<text>"(?:[^"\\\r\n]|\\[^\r\n])*+["\\]?|'(?:[^'\\\r\n]|\\[^\r\n])*+['\\]?)
    | (?P<duration>[0-9]+(?:ms|[smhd])(?![\w.%-]))
    | (?P<percent>[0-9]+%(?![\w.%-]))
    | (?P<number>-?[0-9][\w.%-]*)
    | (?P<name>[A-Za-z_][\w.-]*)
    | (?P<sign>[;,:(){}\[\]=<>!-])
    | (?P<error>[^ \t\r\n])
    """,
    re.VERBOSE | re.ASCII,
)

_UNCLOSED = re.compile(r"[^\r\n]*")
_WORD = re.compile(r"[\w.%-]+|.", re.ASCII | re.DOTALL)
_MAY_COME_INTO_RANGE = re.compile(r"0+\.?0*|[0-9]+m")
"""As it is typed on: 0 to 0.01, and minutes to milliseconds."""


def pieces(text: str) -> list[Piece]:
    """What each part of a text is, in order; only blanks belong to none."""
    own = [Piece(start, end, "backslash") for start, end in command_lines(text)]
    if not own:
        return list(_statements(text))
    for start, end in between_commands(text):
        own += (Piece(start + p.start, start + p.end, p.kind) for p in _statements(text[start:end]))
    return sorted(own, key=lambda piece: piece.start)


def problem_in(text: str, cursor: int) -> tuple[int, int] | None:
    """What to underline; None while all can still become right as the word at the cursor is typed on."""
    for start, end in between_commands(text):
        span = _problem(text[start:end], cursor - start)
        if span is not None:
            return start + span[0], start + span[1]
    return None


def _problem(text: str, cursor: int) -> tuple[int, int] | None:
    try:
        parse(text)
    except UnfinishedStatement:
        return None
    except PalmError as error:
        span = error.span
    else:
        return None
    stop = machine().trace(text).stop
    first, last = _typed_at(text, stop.start) if stop is not None else span or (0, 0)
    if not first < cursor <= last:
        return span
    is_begun = stop is not None or _MAY_COME_INTO_RANGE.fullmatch(text, first, last) is not None
    return None if is_begun and may_become_right(text[:cursor]) else span


def _typed_at(text: str, start: int) -> tuple[int, int]:
    """The word that cannot stand there; a text that is never closed goes on to the end of its line."""
    word = _UNCLOSED if text[start] in "\"'" else _WORD
    found = word.match(text, start)
    return start, found.end() if found else start + 1


def _statements(text: str) -> Iterator[Piece]:
    position, restarts, parser = 0, 0, machine()
    while position < len(text):
        rest = text[position:] if position else text
        trace = parser.trace(rest)
        yield from _read(rest, trace, position)
        if trace.stop is None:
            return
        wrong = position + trace.stop.start
        restarts += 1
        position = _next_start(text, wrong) if restarts <= HIGHLIGHT_RESTARTS_MAX else len(text)
        yield from _guessed(text, wrong, position)


def _next_start(text: str, wrong: int) -> int:
    return next((place for place, _ in boundaries(text, wrong) if place > wrong), len(text))


def _read(text: str, trace: Trace, offset: int) -> Iterator[Piece]:
    """The pieces of what could be read, comments between them included."""
    tokens, depth, done = trace.tokens, 0, 0
    following = [*(token.kind for token in tokens[1:]), ""]
    keywords = machine().keywords
    before, before_that = "", ""
    for token, after in zip(tokens, following, strict=False):
        kind = token.kind
        if token.start > done:
            yield from _between(text, done, token.start, offset)
        is_keyword = kind in keywords or kind == "HELP_ON"
        if is_keyword:
            what: PieceKind = "keyword"
        elif kind in _WORDS:
            what = _role(kind, after, before, before_that, in_json=depth > 0)
        else:
            what = _NUMBERS.get(kind, "sign")
            depth += _DEEPER.get(kind, 0)
        yield Piece(token.start + offset, token.end + offset, what)
        done, before, before_that = token.end, kind, before
    yield from _between(text, done, len(text) if trace.stop is None else trace.stop.start, offset)


def _role(kind: str, after: str, before: str, before_that: str, *, in_json: bool) -> PieceKind:
    if in_json:
        return "key" if after == "COLON" else "text"
    if before in _BEFORE_A_TYPE or (before == "DEPLOYMENT" and before_that == "CREATE"):
        return "type"
    is_value = before in _BEFORE_A_TEXT or (before == "LPAR" and before_that == "IN")
    return "text" if is_value or kind == "SQ" else "name"


def _between(text: str, start: int, end: int, offset: int) -> Iterator[Piece]:
    for found in _BETWEEN.finditer(text, start, end):
        kind: PieceKind = "comment" if found.lastgroup == "comment" else "sign"
        yield Piece(found.start() + offset, found.end() + offset, kind)


def _guessed(text: str, start: int, end: int) -> Iterator[Piece]:
    keywords = machine().keywords
    for found in _LOOKS_LIKE.finditer(text, start, end):
        kind: PieceKind = found.lastgroup  # type: ignore[assignment]  # each group is called as a kind is
        if kind == "name" and found[0].upper() in keywords:
            kind = "keyword"
        yield Piece(found.start(), found.end(), kind)
