"""Coded errors as a person reads them: what, where (with a caret under it), and what to do."""

from collections.abc import Iterator

from msgspec import Struct

from palm_ual.console.lines.lines import Glyphs, Line, plain
from palm_ual.console.lines.safe import safe
from palm_ual.console.lines.width import width
from palm_ual.errors import PalmError
from palm_ual.lang.places import Place, locate, place_of
from palm_ual.lang.statements import Span
from palm_ual.model.limits import ECHO_CHARS_MAX

_TAB = "    "
_ECHO_COLUMNS_MIN = 20


class SourceText(Struct, frozen=True):
    """What was typed or read. `name` is a path, `<stdin>` or `-c`; None at a prompt."""

    text: str
    name: str | None = None


class Marked(Struct, frozen=True):
    """A place and what is marked there: `start` and `end` count characters of its line from 0."""

    place: Place
    start: int
    end: int
    whole: bool
    """Only the statement is known, so that there is nothing in it to mark."""


def marked_in(
    error: PalmError, source: SourceText | None, statement: tuple[int, int] | None = None
) -> Marked | None:
    """Where the error is: its span, else its word within `statement`, else where the statement begins."""
    if source is None:
        return None
    if error.span is not None:
        return _marked(source.text, *error.span, whole=False)
    if statement is None:
        return None
    if error.word and (found := locate(source.text, Span(*statement), error.word)):
        return _marked(source.text, found.start, found.end, whole=False)
    return _marked(source.text, *statement, whole=True)


def _marked(text: str, start: int, end: int, *, whole: bool) -> Marked:
    place = place_of(text, min(start, len(text)))
    first = min(place.column - 1, len(place.line_text))
    last = min(first + max(0, end - start), len(place.line_text))
    return Marked(place, first, last, whole)


def render_error(
    error: PalmError,
    source: SourceText | None,
    glyphs: Glyphs,
    *,
    statement: tuple[int, int] | None = None,
    columns: int | None = None,
) -> Iterator[Line]:
    """What, where with a caret under it, and what to do.

    Without a marked place a prompt shows none, and a script the place of its statement. Of a long line
    as much is shown as a terminal of so many `columns` holds, and never more than the bound on echoes.
    """
    yield ((f"error[{error.code}]", "bad"), (": ", ""), (safe(error.message, cell=True), ""))
    marked = marked_in(error, source, statement)
    if source is not None and marked is not None and not (marked.whole and source.name is None):
        yield from _where(marked, source.name, error.note, glyphs, columns)
    elif error.note:
        yield (("  ", ""), (safe(error.note, cell=True), "ok"))
    if error.hint:
        yield ((" hint: ", "key"), (safe(error.hint, cell=True), ""))


def _where(
    marked: Marked, name: str | None, note: str | None, glyphs: Glyphs, columns: int | None
) -> Iterator[Line]:
    line, column = marked.place.line, marked.place.column
    gutter = " " * len(str(line))
    file = "" if name is None else f" ({safe(name, cell=True)}:{line}:{column})"
    yield ((f"{gutter}--> ", "dim"), (f"line {line}, column {column}{file}", ""))
    if marked.whole:
        return
    room = ECHO_CHARS_MAX
    if columns is not None:
        room = max(_ECHO_COLUMNS_MIN, min(room, columns - len(gutter) - 3 - 2 * len(glyphs.cut)))
    before, under, after = _window(marked, room, glyphs.cut)
    yield plain(f"{gutter} |", "dim")
    yield ((f"{line} | ", "dim"), (before + under + after, ""))
    carets = "^" * max(1, width(under))
    beside = f" {safe(note, cell=True)}" if note else ""
    yield ((f"{gutter} | ", "dim"), (" " * width(before), ""), (carets, "bad"), (beside, "ok"))


def _window(marked: Marked, columns: int, mark: str) -> tuple[str, str, str]:
    """What stands before, under and after the caret, escaped: of a long line so many columns around it."""
    text = marked.place.line_text
    end = marked.start + _taken(text[marked.start : marked.end], columns * 3 // 4)
    room = columns - _columns(text[marked.start : end])
    ahead = _taken(text[end:], room)
    behind = _taken(text[: marked.start][::-1], room - min(_columns(text[end : end + ahead]), room // 2))
    start = marked.start - behind
    ahead = _taken(text[end:], room - _columns(text[start : marked.start]))
    before = (mark if start else "") + _shown(text[start : marked.start])
    after = _shown(text[end : end + ahead]) + (mark if end + ahead < len(text) else "")
    return before, _shown(text[marked.start : end]), after


def _taken(text: str, columns: int) -> int:
    """How many characters of the beginning of `text` go into so many columns, as they will be shown."""
    total = 0
    for index, character in enumerate(text[: max(0, columns)]):
        total += max(1, _columns(character))
        if total > columns:
            return index
    return min(len(text), max(0, columns))


def _columns(text: str) -> int:
    return width(_shown(text))


def _shown(text: str) -> str:
    return safe(text.replace("\t", _TAB), cell=True)


def error_record(
    error: PalmError, source: SourceText | None, *, statement: tuple[int, int] | None = None
) -> dict[str, str | int | None]:
    """The machine form. `hint` also holds what stands beside the caret; what is not known is None."""
    marked = marked_in(error, source, statement)
    return {
        "code": error.code,
        "message": error.message,
        "file": source.name if source else None,
        "line": marked.place.line if marked else None,
        "column": marked.place.column if marked else None,
        "hint": "; ".join(filter(None, (error.note, error.hint))) or None,
    }
