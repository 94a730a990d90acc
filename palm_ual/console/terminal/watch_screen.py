"""A WATCH on a terminal: its picture, drawn anew with every look and when the terminal is resized."""

import contextlib
import signal
from collections.abc import Callable, Mapping
from types import FrameType

from palm_ual.console.lines.lines import Glyphs
from palm_ual.console.lines.ticks import Ticks
from palm_ual.console.terminal.live import LiveArea
from palm_ual.console.terminal.pictures import watched_picture
from palm_ual.errors import FileFailed
from palm_ual.model.results import Watched


class WatchScreen:
    """From the first look until something else is to be said.

    Meanwhile the terminal does not echo what is typed, which would push the picture about. Ctrl-C works.
    """

    def __init__(
        self,
        area: LiveArea,
        size: Callable[[], tuple[int, int]],
        hush: Callable[[], Callable[[], None]],
        glyphs: Glyphs,
        ticks: Ticks,
    ) -> None:
        """`hush` ends the echo and answers with what brings it back."""
        self._area = area
        self._size = size
        self._glyphs = glyphs
        self._ticks = ticks
        self._event: Watched | None = None
        self._drawing = False
        self._unhush = hush()
        self._hush = hush
        self._unhook = _on_signals({signal.SIGWINCH: self._redraw, signal.SIGCONT: self._resume})

    def show(self, event: Watched) -> None:
        """Raises what writing it raises."""
        self._event = event
        self._draw()

    def close(self) -> None:
        """The last picture stays."""
        self._event = None
        self._unhook()
        self._unhush()
        self._area.close()

    def _draw(self) -> None:
        assert self._event is not None
        self._drawing = True
        try:
            self._area.draw(watched_picture(self._event, *self._size(), self._glyphs, self._ticks))
        finally:
            self._drawing = False

    def _redraw(self) -> None:
        """The last look at the size of now. A signal may come in the middle of a drawing; the next look
        then puts things right.
        """
        if self._event is not None and not self._drawing:
            self._draw()

    def _resume(self) -> None:
        """After Ctrl-Z and `fg`: the cursor is somewhere else, and the shell has set its own echo."""
        self._unhush = self._hush()
        if not self._drawing:
            self._area.close()
            self._redraw()


def _on_signals(actions: Mapping[int, Callable[[], None]]) -> Callable[[], None]:
    """Until the answer is called. Outside the main thread there are no signals, and nothing is done."""

    def handle(number: int, frame: FrameType | None) -> None:
        # Whoever shows the next look hears that nobody reads any more.
        with contextlib.suppress(BrokenPipeError, FileFailed):
            actions[number]()

    try:
        before = {number: signal.signal(number, handle) for number in actions}
    except ValueError:
        return lambda: None

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore
