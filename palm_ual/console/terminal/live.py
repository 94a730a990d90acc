"""A picture of lines that is drawn again in place: in the normal screen, asking the terminal nothing."""

from collections.abc import Callable, Mapping, Sequence

from palm_ual.console.lines.lines import BLANK, Line, Segment, plain, text_of
from palm_ual.console.lines.safe import safe_line
from palm_ual.console.lines.width import cut, width

_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_ERASE_LINE, _ERASE_BELOW = "\x1b[K", "\x1b[J"


class LiveArea:
    """Draws on a terminal whose cursor stands at the start of a line; afterwards it stands under the picture.

    Of each picture only the lines are sent that changed, in one write, and nothing where none did. Lines
    longer than the terminal are cut, and so are pictures. What is under the picture is erased where it
    has to be; what is above it is left alone, and what scrolls away stays as it was.
    """

    def __init__(
        self,
        send: Callable[[str], None],
        size: Callable[[], tuple[int, int]],
        *,
        paint: Callable[[Line], str] = text_of,
        mark: str = "…",
        reflows: bool = True,
    ) -> None:
        """`size` gives columns and rows as they are now; `mark` stands where something was cut.

        `reflows` says what the terminal does with lines that its new width has no room for: most wrap
        them, some cut them.
        """
        self._send = send
        self._size = size
        self._paint = paint
        self._mark = mark
        self._reflows = reflows
        self._shown: list[Line] = []
        self._columns, self._rows = 0, 0

    @property
    def columns(self) -> int:
        """The terminal's, as they are now."""
        return self._size()[0]

    def draw(self, lines: Sequence[Line]) -> None:
        """Show this picture in place of the last one."""
        columns, rows = self._size()
        start = ""
        if (columns, rows) != (self._columns, self._rows):
            start = self._start_over(columns, rows)
        new = self._cut_to_rows(lines)
        if new == self._shown and not start:
            return
        drawn = self._changes(new)
        if start:
            drawn = start + drawn + _ERASE_BELOW
        self._shown = new
        self._send(f"{_HIDE}{drawn}{_SHOW}")

    def close(self) -> None:
        """The picture stays; what comes next stands under it."""
        self._shown = []
        self._columns, self._rows = 0, 0

    def _start_over(self, columns: int, rows: int) -> str:
        """After a resize: the way to the picture's first row as it stands now. It is drawn over and what is
        left of it erased; some terminals would take a cleared screen into what one can scroll back to.
        """
        height = sum(self._height(line, columns) for line in self._shown)
        self._shown = []
        self._columns, self._rows = columns, rows
        return f"{_up(height)}\r" if height else ""

    def _height(self, line: Line, columns: int) -> int:
        """Rows that a line drawn before takes now."""
        if not self._reflows or columns >= self._columns:
            return 1
        drawn = width(text_of(self._fitted(line)))
        return max(1, -(-drawn // columns))

    def _cut_to_rows(self, lines: Sequence[Line]) -> list[Line]:
        """The row under the picture is the cursor's."""
        most = max(1, self._rows - 1)
        if len(lines) <= most:
            return list(lines)
        left = len(lines) - most + 1
        return [*lines[: most - 1], plain(f"{self._mark} {left:,} more lines", "dim")]

    def _changes(self, new: list[Line]) -> str:
        """From under the old picture to under the new one."""
        old = self._shown
        kept = min(len(old), len(new))
        changed = [index for index in range(kept) if old[index] != new[index]]
        out: list[str] = []
        at = len(old)
        for index in changed:
            out += (_moved(at, index), self._painted(new[index], over=old[index]))
            at = index
        if len(new) != len(old) or changed:
            out.append(_moved(at, kept))
        out += [f"{self._painted(line, over=BLANK)}\r\n" for line in new[kept:]]
        if len(new) < len(old):
            out.append(_ERASE_BELOW)
        return "".join(out)

    def _painted(self, line: Line, *, over: Line) -> str:
        """A line in place of another, without the pieces at its start that are there already.

        One that fills the row leaves nothing to erase, and erasing there would take its last character.
        """
        fitted = self._fitted(line)
        kept, start = _same_start(fitted, self._fitted(over))
        there = f"\x1b[{start + 1}G" if start else ""
        rest = "" if width(text_of(fitted)) >= self._columns else _ERASE_LINE
        return there + self._paint(fitted[kept:]) + rest

    def _fitted(self, line: Line) -> Line:
        """Safe to show, and within the columns of the last resize."""
        line = safe_line(line)
        return line if width(text_of(line)) <= self._columns else _cut_line(line, self._columns, self._mark)


def _cut_line(line: Line, columns: int, mark: str) -> Line:
    left = len(cut(text_of(line), max(0, columns - len(mark)), ""))
    kept: list[Segment] = []
    for text, style in line:
        if left < len(text):
            kept.append((text[:left] + mark[:columns], style))
            break
        kept.append((text, style))
        left -= len(text)
    return tuple(kept)


def _same_start(line: Line, other: Line) -> tuple[int, int]:
    """Pieces at the start of both, and their columns. ASCII alone: terminals differ about other widths."""
    pieces = columns = 0
    for piece, its_other in zip(line, other, strict=False):
        if piece != its_other or not piece[0].isascii():
            break
        pieces += 1
        columns += len(piece[0])
    return pieces, columns


def _moved(at: int, to: int) -> str:
    """To the start of another row of the picture, or of the one under it."""
    if to < at:
        return f"{_up(at - to)}\r"
    return "\r\n" if to == at + 1 else f"\x1b[{to - at}B\r" if to > at else "\r"


def _up(rows: int) -> str:
    return f"\x1b[{rows}A"


def reflows(environ: Mapping[str, str]) -> bool:
    """Whether a terminal wraps lines anew when it gets narrower: all but a few old ones do."""
    if environ.get("TMUX"):
        return True
    return not environ.get("XTERM_VERSION") and not environ.get("TERM", "").startswith(("screen", "linux"))
