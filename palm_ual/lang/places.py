"""Places in a source text: lines and columns for people, and where an offending word stands."""

import re

from msgspec import Struct

from palm_ual.errors import PalmError
from palm_ual.lang.literals import text_of
from palm_ual.lang.machine import Token
from palm_ual.lang.reader import machine
from palm_ual.lang.statements import Span
from palm_ual.model.limits import STATEMENT_CHARS_MAX

_LINE_END = re.compile(r"\r\n|\r|\n")
_BYTE_ORDER_MARK = "\ufeff"


class Place(Struct, frozen=True):
    """Line and column count from 1, columns in code points; a byte-order mark in front counts as nothing."""

    line: int
    column: int
    line_text: str
    """As it stands in the source, without its end: what shows it must make it safe."""


def place_of(text: str, offset: int) -> Place:
    r"""The place of a character. Only `\n`, `\r\n` and `\r` end a line."""
    ends = [found.end() for found in _LINE_END.finditer(text) if found.end() <= offset]
    start = ends[-1] if ends else int(text.startswith(_BYTE_ORDER_MARK))
    stop = _LINE_END.search(text, start)
    return Place(len(ends) + 1, max(0, offset - start) + 1, text[start : stop.start() if stop else len(text)])


def locate(text: str, statement: Span, word: str) -> Span | None:
    """Where a word stands in a statement: a name, a key or a value, with its quotes if it has any.

    Words in the same case go before others, and names and values before keywords.
    """
    source = text[statement.start : statement.end]
    parser = machine()
    tokens = parser.trace(source).tokens
    ranked = [
        (kind_rank, token)
        for token in tokens
        if (kind_rank := _likeness(source, token, word, is_keyword=token.kind in parser.keywords)) is not None
    ]
    if not ranked:
        return None
    token = min(ranked, key=lambda pair: pair[0])[1]
    return Span(statement.start + token.start, statement.start + token.end)


def _likeness(source: str, token: Token, word: str, *, is_keyword: bool) -> tuple[bool, bool] | None:
    """The less, the better; None for another word."""
    meaning = meaning_of(source, token)
    if meaning.lower() != word.lower():
        return None
    return is_keyword, meaning != word


def meaning_of(source: str, token: Token) -> str:
    """What a name, key or text means: what stands between its quotes, if it has any."""
    written = source[token.start : token.end]
    if token.kind not in ("DQ", "SQ"):
        return written
    try:
        return text_of(written, token.start, STATEMENT_CHARS_MAX)
    except PalmError:
        return written[1:-1]
