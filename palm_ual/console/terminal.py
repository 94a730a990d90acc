"""Colour and moving pictures on a terminal. The only module that imports rich, which takes its time."""

import io
from collections.abc import Iterable, Mapping
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress
from rich.text import Text
from rich.theme import Theme

from palm_ual.console.lines import Line

_THEME = Theme(
    {
        "ok": "green",
        "warn": "yellow",
        "bad": "bold red",
        "dim": "dim",
        "head": "bold",
        "key": "cyan",
    }
)
_UNBOUNDED = 1_000_000
"""Lines come laid out: rich neither wraps nor cuts them."""


class Painter:
    """Turns styled lines into text with the colours of the terminal that `environ` describes."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._console = Console(
            file=io.StringIO(),
            force_terminal=True,
            width=_UNBOUNDED,
            theme=_THEME,
            legacy_windows=False,
            _environ=environ,
        )

    def drawn(self, lines: Iterable[Line]) -> str:
        """Data is never markup: every piece is a Text of its own style."""
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(Text.assemble(*line), soft_wrap=True, highlight=False)
        return captured.get()


class ProgressBar:
    """A bar on standard error that leaves no trace. It moves when told to, and has no thread."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str], columns: int | None) -> None:
        console = Console(file=stream, force_terminal=True, width=columns, theme=_THEME, _environ=environ)
        self._progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("")
        self._shown = False
        self._percent = -1

    def move(self, done: int, total: int) -> None:
        """Drawn at most a hundred times, however many steps there are."""
        percent = done * 100 // total
        if percent == self._percent and self._shown:
            return
        self._percent = percent
        self._progress.update(self._task, completed=done, total=total)
        if self._shown:
            self._progress.refresh()
        else:
            self.show()

    def show(self) -> None:
        """Bring it back under the lines that hid it."""
        if not self._shown:
            self._progress.start()
            self._shown = True

    def hide(self) -> None:
        """Take it away; the next move brings it back."""
        if self._shown:
            self._progress.stop()
            self._shown = False
