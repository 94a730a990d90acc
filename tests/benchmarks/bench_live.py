"""What drawing a table again costs: 35 agents of which three changed, against `rich.live.Live` doing the same.

Both lay the whole table out from its cells each time and draw it on a terminal of 120 by 50. Also says how
many bytes a redraw sends. `python -m tests.benchmarks.bench_live` ends with status 1 if a budget is missed.
"""

import io
import os
import pty
import sys
import threading
import tty
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from typing_extensions import override

from palm_ual.console.writer import Output
from palm_ual.model.results import Cell, Column, TableShown, Watched
from tests.benchmarks.anchor import compare_functions, report

ROWS = 35
REFRESHES = 20
"""Of one measurement, so that the clock can see them."""
FASTER = 20
STILL_ROWS = 60
STILL_BYTES_MAX = 64
"""Of a redraw in which only the clock in its heading moved on: a slow line takes ten a second of them."""
ENVIRON = {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "50"}

COLUMNS = (
    Column("agent", "AGENT"),
    Column("deployment", "DEPLOYMENT"),
    Column("state", "STATE", "word"),
    Column("health", "HEALTH", "word"),
    Column("cash_cents", "CASH", "cents"),
    Column("pnl_cents", "PNL", "cents"),
    Column("orders", "ORDERS", "count"),
    Column("latency_ms", "LATENCY", "latency_ms"),
)


def table(step: int, rows: int = ROWS) -> TableShown:
    """Three rows differ from those of the step before."""

    def row(number: int) -> tuple[Cell, ...]:
        moved = step if number % 12 == 5 else 0
        cash_cents = 1_000_000 + number * 7_001 + moved * 100
        figures = (cash_cents, number * 100 - 1_500 + moved, number * 31 + moved, 12.0 + number / 10)
        return (f"buyer_{number:03d}", "trading-fleet-v1", "ready", "healthy", *figures)

    return TableShown("agents", COLUMNS, tuple(map(row, range(rows))))


def looks(rows: int = ROWS, *, still: bool = False) -> list[Watched]:
    every_ms, start_ms = 100, 1_780_000_000_000
    return [
        Watched(
            table(0 if still else step, rows),
            wall_ms=start_ms + every_ms * step,
            at_ms=every_ms * step,
            every_ms=every_ms,
            changed=not still,
            statement="SHOW AGENTS",
        )
        for step in range(1, REFRESHES + 1)
    ]


def ours(stream: TextIO) -> Callable[[], None]:
    output = Output(stream, stream, ENVIRON)
    output.start("WATCH SHOW AGENTS")
    pictures = looks()

    def refresh() -> None:
        for picture in pictures:
            output.show(picture)

    return refresh


def rich_live(stream: TextIO) -> Callable[[], None]:
    console = Console(file=stream, force_terminal=True, width=120, height=50, _environ=ENVIRON)
    live = Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
    live.start()
    pictures = [look.answer for look in looks()]

    def refresh() -> None:
        for picture in pictures:
            assert isinstance(picture, TableShown)
            drawn = Table()
            for column in picture.columns:
                drawn.add_column(column.title)
            for row in picture.rows:
                drawn.add_row(*map(str, row))
            live.update(drawn, refresh=True)

    return refresh


class Reader:
    """The far end of a terminal, which swallows and counts what is sent."""

    def __init__(self) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.stream = open(slave, "w", encoding="utf-8", newline="")  # noqa: SIM115 - lives as long as the process
        threading.Thread(target=self._swallow, daemon=True).start()

    def _swallow(self) -> None:
        while os.read(self._master, 1 << 16):
            pass


class Counter(io.RawIOBase):
    """A terminal that only counts."""

    bytes = 0

    @override
    def isatty(self) -> bool:
        return True

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: object) -> int:
        length = len(memoryview(data))  # type: ignore[arg-type]
        self.bytes += length
        return length


def sent(pictures: list[Watched]) -> list[int]:
    """The bytes of each redraw."""
    counter = Counter()
    stream = io.TextIOWrapper(io.BufferedWriter(counter), encoding="utf-8")
    output = Output(stream, stream, ENVIRON | {"LINES": "80"})
    output.start("WATCH SHOW AGENTS")
    counts = []
    for picture in pictures:
        before = counter.bytes
        output.show(picture)
        counts.append(counter.bytes - before)
    return counts


def main() -> int:
    reader = Reader()
    medians = compare_functions(ours(reader.stream), rich_live(reader.stream), rounds=15)
    met = [report(f"{REFRESHES} redraws of {ROWS} rows", medians, budget=1 / FASTER)]
    print(f"{'':<40} {medians.anchor_s / medians.ours_s:.1f} times as fast as rich")
    first, *others = sent(looks(STILL_ROWS, still=True))
    met.append(max(others) <= STILL_BYTES_MAX)
    print(
        f"{STILL_ROWS} rows, nothing changed: {first:,} bytes the first time, then {sum(others) / len(others):.0f}"
        f" on average and {max(others)} at the most  budget {STILL_BYTES_MAX}  {'met' if met[-1] else 'MISSED'}"
    )
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
