"""A terminal in memory: what is sent to it, and what a person then sees."""

import io

import pyte
from typing_extensions import Buffer, override

from palm_ual.console.lines.lines import plain
from palm_ual.console.terminal.live import LiveArea
from palm_ual.console.writer import Output


class Emulated:
    """A terminal with a live area on it, and what was sent to it."""

    def __init__(self, columns: int = 40, rows: int = 10, *, wraps: bool = True) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=1000, ratio=0.5)
        self._stream = pyte.Stream(self.screen)
        self.sent: list[str] = []
        self._wraps = wraps
        self.area = LiveArea(self.send, lambda: (self.screen.columns, self.screen.lines), reflows=wraps)

    def send(self, text: str) -> None:
        self.sent.append(text)
        self._stream.feed(text)

    def draw(self, *texts: str) -> None:
        self.area.draw([plain(text) for text in texts])

    @property
    def shown(self) -> list[str]:
        """The rows of the screen down to the cursor's or the last one with something on it."""
        rows = [row.rstrip() for row in self.screen.display]
        while len(rows) > self.screen.cursor.y and not rows[-1]:
            rows.pop()
        return rows

    @property
    def scrolled_away(self) -> list[str]:
        return [
            "".join(row[x].data for x in range(max(row, default=-1) + 1)).rstrip()
            for row in self.screen.history.top
        ]

    def resize(self, columns: int, rows: int) -> None:
        """As terminals do it: what has no room at the top scrolls away; lines that are too long are
        wrapped by most of them and cut by some. The cursor stays with its text.
        """
        screen = self.screen
        before, cursor = [row.rstrip() for row in screen.display], screen.cursor.y
        wrapped: list[str] = []
        for y, row in enumerate(before[: cursor + 1]):
            if y == cursor:
                cursor = len(wrapped)
            pieces = [row[x : x + columns] for x in range(0, len(row), columns)] or [""]
            wrapped += pieces if self._wraps else pieces[:1]
        gone = max(0, cursor + 1 - rows)
        screen.resize(rows, columns)
        screen.erase_in_display(2)
        screen.cursor_position(1, 1)
        self._stream.feed("\r\n".join(wrapped[gone:]))
        screen.cursor_position(cursor - gone + 1, 1)


class _Keyed(io.RawIOBase):
    def __init__(self, terminal: Emulated) -> None:
        self._terminal = terminal

    @override
    def isatty(self) -> bool:
        return True

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Buffer, /) -> int:
        sent = bytes(data)
        self._terminal.send(sent.decode().replace("\n", "\r\n"))  # as a tty hands it on
        return len(sent)


class Desk:
    """An Output on an emulated terminal that knows its size."""

    def __init__(self, columns: int = 80, rows: int = 24, *, encoding: str = "utf-8", **environ: str) -> None:
        self.terminal = Emulated(columns, rows)
        self._environ = {"TERM": "xterm-256color"} | environ
        self._sized()
        stream = io.TextIOWrapper(io.BufferedWriter(_Keyed(self.terminal)), encoding=encoding)
        self.output = Output(stream, stream, self._environ)

    def resize(self, columns: int, rows: int) -> None:
        self.terminal.resize(columns, rows)
        self._sized()

    def _sized(self) -> None:
        screen = self.terminal.screen
        self._environ |= {"COLUMNS": str(screen.columns), "LINES": str(screen.lines)}

    @property
    def shown(self) -> list[str]:
        return self.terminal.shown
