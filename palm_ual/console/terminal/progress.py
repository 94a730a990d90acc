"""How far a statement's work has come, and a bar that shows it."""

from msgspec import Struct

from palm_ual.console.lines.lines import Glyphs, Line
from palm_ual.console.terminal.live import LiveArea
from palm_ual.model.ids import count_of
from palm_ual.model.results import (
    AgentsDrained,
    AgentsReady,
    AgentsTerminated,
    DeleteStarted,
    DeployStarted,
    DrainStarted,
    RestartStarted,
    ResultEvent,
    ScaleStarted,
)


class Progress(Struct, frozen=True):
    """`done` of `total` agents are where the statement wants them."""

    done: int
    total: int


def progress_of(event: ResultEvent) -> Progress | None:
    """What the event says about it; None where it says nothing."""
    if isinstance(event, AgentsReady | AgentsDrained | AgentsTerminated):
        return Progress(event.first_index - 1 + count_of(event.agents), event.total)
    if isinstance(event, DeployStarted | DeleteStarted | DrainStarted | RestartStarted):
        return Progress(0, event.count)
    if isinstance(event, ScaleStarted):
        return Progress(0, abs(event.change))
    return None


_BAR_COLUMNS_MAX = 40
_BAR_COLUMNS_MIN = 5
"""A terminal that has less left has the figures alone."""


class ProgressBar:
    """A line that leaves no trace. It moves when told to, and has no thread."""

    def __init__(self, area: LiveArea, glyphs: Glyphs) -> None:
        self._area = area
        self._glyphs = glyphs
        self._progress: Progress | None = None
        self._shown = False
        self._percent = -1

    def move(self, progress: Progress) -> None:
        """Drawn at most a hundred times, however many steps there are."""
        percent = progress.done * 100 // progress.total
        self._progress = progress
        if percent != self._percent or not self._shown:
            self._percent = percent
            self.show()

    def show(self) -> None:
        """Bring it back under the lines that hid it."""
        if self._progress is not None:
            self._area.draw([_bar_line(self._progress, self._area.columns, self._glyphs)])
            self._shown = True

    def hide(self) -> None:
        """Take it away; the next move brings it back."""
        if self._shown:
            self._area.draw([])
            self._area.close()
            self._shown = False


def _bar_line(progress: Progress, columns: int, glyphs: Glyphs) -> Line:
    figures = f"{progress.done:,}/{progress.total:,}"
    room = min(_BAR_COLUMNS_MAX, columns - len(figures) - 1)
    if room < _BAR_COLUMNS_MIN:
        return ((figures, ""),)
    full = room * progress.done // progress.total
    return ((glyphs.bars[-1:] * full, "ok"), (glyphs.across * (room - full), "dim"), (f" {figures}", ""))
