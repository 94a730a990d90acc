"""Lines too long for a terminal go on at a word, under the place where they began. Texts are `safe` already."""

from collections.abc import Iterator

from palm_ual.console.lines.lines import Line, Segment, text_of
from palm_ual.console.lines.width import cut, width


def wrapped(line: Line, columns: int) -> Iterator[Line]:
    """The line in as many as it takes; a word that is longer than a line is cut where the line ends."""
    text = text_of(line)
    indent = min(len(text) - len(text.lstrip(" ")), columns // 2)
    start, margin = 0, 0
    while width(text[start:]) > columns - margin:
        end = _end(text, start, columns - margin)
        yield _part(line, start, end, margin)
        start = end + (text[end : end + 1] == " ")
        margin = indent
    yield _part(line, start, len(text), margin)


def _end(text: str, start: int, columns: int) -> int:
    """Where the next line ends: before a blank, if there is one behind its first word."""
    fits = max(1, len(cut(text[start:], columns, "")))
    words = start + len(text[start:]) - len(text[start:].lstrip(" "))
    blank = text.rfind(" ", words, start + fits + 1)
    return blank if blank > words else start + fits


def _part(line: Line, start: int, end: int, margin: int) -> Line:
    segments: list[Segment] = [(" " * margin, "")] if margin else []
    at = 0
    for text, style in line:
        piece = text[max(0, start - at) : max(0, end - at)]
        if piece:
            segments.append((piece, style))
        at += len(text)
    return tuple(segments)
