"""What showing costs: 10,000 progress lines, a box and a table into a pipe, against rich doing the same.

`python -m tests.benchmarks.bench_render` ends with status 1 if a budget is missed.
"""

import io
import subprocess
import sys
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from palm_ual.console.lines.lines import UNICODE, text_of
from palm_ual.console.lines.text import render
from palm_ual.console.writer import Output
from palm_ual.model.results import (
    AgentsReady,
    Cell,
    Column,
    FleetStatusShown,
    ResultEvent,
    TableShown,
)
from tests.benchmarks.anchor import compare_functions, report

AGENTS = 10_000
TABLE_ROWS = 35
FASTER = 15
"""How many times as fast as rich progress lines have to be; box and table only faster."""
BATCH = 100
"""Agents that become ready in one pass of the deployer, told of one by one."""
ROUNDS = 7

WHOLE: list[ResultEvent] = [AgentsReady("buyer", ((1, AGENTS),), 1, AGENTS)]
ONE_BY_ONE: list[ResultEvent] = [
    AgentsReady("buyer", ((number, number),), number, AGENTS) for number in range(1, AGENTS + 1)
]
BOX = FleetStatusShown(
    deployment="trading-fleet-v1",
    status="HEALTHY",
    agents=35,
    healthy=35,
    degraded=0,
    unhealthy=0,
    pnl_cents=4_523_000,
    avg_latency_ms=12.0,
    orders_per_min=1234,
    success_pct=99.2,
    funding_cents=350_000_000,
    budget_cents=175_000_000,
    used_budget_cents=82_345_000,
)
TABLE = TableShown(
    "agents",
    (Column("agent", "Agent"), Column("health", "Health", "word"), Column("cash_cents", "Cash", "cents")),
    tuple[tuple[Cell, ...], ...]((f"buyer_{n:03d}", "healthy", n * 100) for n in range(TABLE_ROWS)),
)


def ours(events: list[ResultEvent], stream: TextIO, batch: int) -> Callable[[], None]:
    def show() -> None:
        output = Output(stream, io.TextIOWrapper(io.BytesIO()), {}, ticks="all")
        output.start("DEPLOY")
        for first in range(0, len(events), batch):
            output.show(*events[first : first + batch])
        output.end("done")

    return show


def rich_lines(stream: TextIO) -> Callable[[], None]:
    console = Console(file=stream)

    def show() -> None:
        for number in range(1, AGENTS + 1):
            console.print(f"  ✓ buyer_{number:03d} - Ready")

    return show


def rich_box(stream: TextIO) -> Callable[[], None]:
    console = Console(file=stream)
    lines = "\n".join(text_of(line) for line in render(BOX, ticks="some", width=1, glyphs=UNICODE))

    def show() -> None:
        console.print(Panel(Text(lines), title="Fleet Overview", width=64))

    return show


def rich_table(stream: TextIO) -> Callable[[], None]:
    console = Console(file=stream, width=200)

    def show() -> None:
        table = Table()
        for column in TABLE.columns:
            table.add_column(column.title)
        for row in TABLE.rows:
            table.add_row(*map(str, row))
        console.print(table)

    return show


def main() -> int:
    comparisons: tuple[
        tuple[str, list[ResultEvent], int, Callable[[TextIO], Callable[[], None]], float], ...
    ] = (
        ("10,000 lines of one event", WHOLE, 1, rich_lines, FASTER),
        ("10,000 lines, 100 events at a time", ONE_BY_ONE, BATCH, rich_lines, FASTER),
        ("10,000 lines, each event written", ONE_BY_ONE, 1, rich_lines, FASTER),
        ("FLEET STATUS", [BOX], 1, rich_box, 1),
        ("table of 35 agents", [TABLE], 1, rich_table, 1),
    )
    met = []
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as reader:
        pipe = reader.stdin
        assert isinstance(pipe, io.TextIOWrapper)
        for name, events, batch, anchor, faster in comparisons:
            medians = compare_functions(ours(events, pipe, batch), anchor(pipe), rounds=ROUNDS)
            met.append(report(name, medians, budget=1 / faster))
            print(f"{'':<40} {medians.anchor_s / medians.ours_s:.1f} times as fast as rich")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
