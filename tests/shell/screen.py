"""What a person sees: the screen of a terminal that a program has written to."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pyte
from pyte.screens import Char
from typing_extensions import override


class Seen(NamedTuple):
    """A piece of text on the screen and how it looks there."""

    text: str
    colour: str
    underlined: bool
    reversed: bool
    bold: bool


class Screen(pyte.Screen):
    """An 80s terminal as its descendants are: it keeps what scrolls away, and answers no question.

    A row that is cut off by a resize is one below the cursor while there is one, as in xterm.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.scrolled: list[str] = []
        super().__init__(columns, rows)

    @property
    def rows(self) -> tuple[str, ...]:
        """The lines on the screen, without blanks at their ends."""
        return tuple(self._text_of(row) for row in range(self.lines))

    def _text_of(self, row: int) -> str:
        cells = self.buffer[row]
        return "".join([cells[column].data for column in range(self.columns)]).rstrip()

    @property
    def cursor_row(self) -> str:
        """The line that the cursor is in."""
        return self._text_of(self.cursor.y)

    def pieces(self, row: int) -> Iterator[Seen]:
        """A line in pieces that look the same."""
        cells = [self.buffer[row][column] for column in range(self.columns)]
        text, look = "", _look(cells[0])
        for cell in cells:
            if _look(cell) != look:
                yield Seen(text, *look)
                text, look = "", _look(cell)
            text += cell.data
        yield Seen(text, *look)

    def look_of(self, text: str) -> Seen:
        """How the first character of `text` looks where it is lowest on the screen."""
        for row in range(self.lines - 1, -1, -1):
            column = self._text_of(row).find(text)
            if column >= 0:
                return Seen(text, *_look(self.buffer[row][column]))
        raise LookupError(text)

    @override
    def index(self) -> None:
        if self.cursor.y == self.lines - 1:
            self.scrolled.append(self._text_of(0))
        super().index()

    @override
    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        rows, columns = lines or self.lines, columns or self.columns
        gone = max(0, self.lines - rows)
        for _ in range(min(gone, max(0, self.cursor.y - rows + 1))):
            self.scrolled.append(self._text_of(0))
            for row in range(1, self.lines):
                self.buffer[row - 1] = self.buffer[row]
            self.buffer.pop(self.lines - 1, None)
            self.cursor.y -= 1
        for row in [row for row in self.buffer if row >= rows]:
            del self.buffer[row]
        for cells in self.buffer.values():
            for column in [column for column in cells if column >= columns]:
                del cells[column]
        self.lines, self.columns = rows, columns
        self.cursor.x = min(self.cursor.x, columns - 1)
        self.set_margins()
        self.dirty.update(range(rows))

    @override
    def select_graphic_rendition(self, *attrs: int, private: bool = False) -> None:
        """What an editor says of its keys looks like colours to pyte, but for its mark."""
        if not private:
            super().select_graphic_rendition(*attrs)

    @override
    def set_margins(self, *args: Any, **kwargs: Any) -> None:
        """Resetting them moves the cursor home in pyte, which a resize must not."""
        place = self.cursor.x, self.cursor.y
        super().set_margins(*args, **kwargs)
        if not args:
            self.cursor.x, self.cursor.y = place


def _look(cell: Char) -> tuple[str, bool, bool, bool]:
    return cell.fg, cell.underscore, cell.reverse, cell.bold
