"""Colour on a terminal. The only module that imports rich, which takes its time."""

import io
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.text import Text

from palm_ual.console.lines.lines import Line, Style
from palm_ual.console.terminal.palette import Palette, as_rich

_SAMPLE = "x"


class Painter:
    """Turns styled lines into text with the colours of the terminal that `environ` describes.

    rich is asked once for the codes around each style; lines are then strings put together.
    """

    def __init__(self, environ: Mapping[str, str], palette: Palette) -> None:
        console = Console(
            file=io.StringIO(),
            force_terminal=True,
            legacy_windows=False,
            _environ=environ,
        )
        self._codes: dict[Style, tuple[str, str]] = {
            style: _codes_around(console, as_rich(palette[style])) for style in _STYLES
        }

    def drawn(self, lines: Iterable[Line]) -> str:
        """Each with a line break behind it."""
        return "".join([f"{self.line(line)}\n" for line in lines])

    def line(self, line: Line) -> str:
        codes = self._codes
        out: list[str] = []
        for text, style in line:
            if not style or not text:
                out.append(text)
                continue
            before, after = codes[style]
            out += (before, text, after)
        return "".join(out)


_STYLES: tuple[Style, ...] = ("ok", "warn", "bad", "dim", "head", "key")


def _codes_around(console: Console, style: str) -> tuple[str, str]:
    with console.capture() as captured:
        console.print(Text(_SAMPLE, style=style), end="")
    before, _, after = captured.get().partition(_SAMPLE)
    return before, after
