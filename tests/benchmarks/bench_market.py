"""What trading costs: orders a second, opening a home that has traded, and a day of it in memory and on disk.

Run it from the checkout with the interpreter of an environment that `ual` is installed in:
`python -m tests.benchmarks.bench_market` runs all, with names only those; it ends with status 1 if a budget
is missed. Everything is as in a real fleet: the built-in agents at their own pace, ledger and checks on, and
every batch synced to a SQLite journal. Only time is virtual, so that it runs as fast as it can. Each figure
is taken in a process of its own, which is this module again: `… bench_market measure NAME`.
"""

import asyncio
import functools
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, Money
from palm_ual.agents.contract import AgentType, Buy, CancelAll, Intent, Sell, Sight, Step
from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.clock import REAL, VIRTUAL, Clocks
from palm_ual.runtime.memory import prepare_for_many_agents
from palm_ual.runtime.palm import Palm, open_palm
from palm_ual.runtime.virtual_loop import VirtualLoop
from palm_ual.store.sqlite import open_journal
from tests.benchmarks.bench_fleet import done

ORDERS_PER_S_MIN = 100_000
OPEN_S_MAX = 0.5
GROWTH_MAX = 1.05
FILE_GROWTH_MAX = 1.25
"""The file after a day to the file once its retention is full: sums are kept, and free pages are reused."""

BUSY_FLEET = """
    SET capacity = 1000;
    DEPLOY buyer COUNT 800 AS takers WITH {"strategy": "aggressive", "risk_tolerance": 1};
    DEPLOY seller COUNT 200 AS makers
"""
DAY_FLEET = """
    DEPLOY buyer COUNT 30 AS steady;
    DEPLOY buyer COUNT 20 AS trend WITH {"strategy": "momentum"};
    DEPLOY buyer COUNT 30 AS bold WITH {"strategy": "aggressive", "risk_tolerance": 1};
    DEPLOY seller COUNT 15 AS makers;
    DEPLOY arbiter COUNT 5 AS judges WITH {"escrow_threshold": 500}
"""
"""100 agents of every kind; large orders go through escrow."""
LEAN_FLEET = """
    SET capacity = 1000;
    DEPLOY 'tests.benchmarks.bench_market:Taker' COUNT 800 AS takers;
    DEPLOY 'tests.benchmarks.bench_market:Maker' COUNT 200 AS makers
"""
"""The same sizes, of agents that decide in a line or two: what the market itself takes."""
DISTANCE_CENTS = 4
"""From one of a maker's prices to the next."""
WARM_S = 30
BUSY_S = 120
HOUR_S = 3_600

Measure = Callable[[Palm], Awaitable[None]]


class LeanConfig(AgentConfig):
    """Money keys alone."""

    funding: Money = Field(10_000_00)
    budget: Money = Field(5_000_00)


class Taker(AgentType[None]):
    """Buys or sells a unit at the best price at each step, and keeps a handful."""

    name = "taker"
    summary = "takes the best price"
    Config = LeanConfig
    State = type(None)

    @override
    def start(self, sight: Sight, chance: Chance) -> None:
        return None

    @override
    def step(self, state: None, sight: Sight, chance: Chance) -> Step:
        draw, late_ms = divmod(chance.below(2_000), 1_000)
        units = sight.market.units("General")
        buys = units < 5 if draw else units < 1
        return Step(500 + late_ms // 10 * 10, (Buy("General", 1) if buys else Sell("General", 1),))


class Maker(AgentType[None]):
    """Keeps five bids and five offers around the reference value, and asks and bids anew at each step."""

    name = "maker"
    summary = "asks and bids"
    Config = LeanConfig
    State = type(None)
    role = "seller"

    @override
    def start(self, sight: Sight, chance: Chance) -> None:
        return None

    @override
    def step(self, state: None, sight: Sight, chance: Chance) -> Step:
        draw, late_ms = divmod(chance.below(4_000), 1_000)
        wake_in_ms = 500 + late_ms // 10 * 10
        market = sight.market
        prices = market.prices("General")
        if prices is None:
            return Step(wake_in_ms)
        units, middle_cents = market.units("General"), prices.reference_cents
        orders: list[Intent] = [CancelAll()] if market.has_resting else []
        for distance_cents in range(5 + draw, 5 + draw + 5 * DISTANCE_CENTS, DISTANCE_CENTS):
            if units < 12:
                orders.append(Buy("General", 1, middle_cents - distance_cents, rests=True))
            if units > -12:
                orders.append(Sell("General", 1, middle_cents + distance_cents, rests=True))
        return Step(wake_in_ms, tuple(orders))


def on_fleet(measure: Measure, *, home: str) -> None:
    """Run `measure` on the fleet of a home, in virtual time; latencies are real."""

    async def run() -> None:
        journal = open_journal(home, lock_timeout_s=0, holder="bench", clock=time.monotonic, sleep=time.sleep)
        clocks = Clocks(VIRTUAL.wall, REAL.stopwatch)
        try:
            async with open_palm(
                journal, engine=InProcessEngine(1), catalog=Catalog(()), clocks=clocks
            ) as palm:
                await measure(palm)
        finally:
            journal.close()

    prepare_for_many_agents()
    with asyncio.Runner(loop_factory=functools.partial(VirtualLoop, 0)) as runner:
        runner.run(run())


# Figures that need a process of their own


async def built_in_orders(palm: Palm) -> None:
    """1,000 built-in agents flat out."""
    await orders_per_s(palm, BUSY_FLEET)


async def lean_orders(palm: Palm) -> None:
    """1,000 lean agents flat out."""
    await orders_per_s(palm, LEAN_FLEET)


async def orders_per_s(palm: Palm, fleet: str) -> None:
    """Orders, and trades, for each second of CPU time; what the agents think is on the bill."""
    await done(palm, fleet)
    await asyncio.sleep(WARM_S)
    before, trades = palm.world.market.orders_count, palm.world.market.trades
    started_s = time.process_time()
    await asyncio.sleep(BUSY_S)
    taken_s = time.process_time() - started_s
    market = palm.world.market
    print((market.orders_count - before) / taken_s, (market.trades - trades) / taken_s)


async def hour(palm: Palm) -> None:
    """An hour of 100 agents at their pace."""
    await done(palm, DAY_FLEET)
    await asyncio.sleep(HOUR_S)
    print(palm.world.market.orders_count)


async def killed_hour(palm: Palm) -> None:
    """The same, and half a minute more, ended as by kill -9."""
    await hour(palm)
    await asyncio.sleep(30)
    sys.stdout.flush()
    os._exit(0)


async def day(palm: Palm) -> None:
    """Memory and file after two hours, when the retention is full, and after a day."""
    home = Path(sys.argv[3])
    await done(palm, DAY_FLEET)
    await asyncio.sleep(2 * HOUR_S)
    print(resident_bytes(), file_bytes(home))
    await asyncio.sleep(22 * HOUR_S)
    print(resident_bytes(), file_bytes(home))
    print(palm.world.market.orders_count)


def resident_bytes() -> int:
    """Pages of this process that are in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def file_bytes(home: Path) -> int:
    """The state file with its log."""
    return sum(path.stat().st_size for path in home.glob("state.db*"))


MEASURES: dict[str, Measure] = {
    "lean_orders": lean_orders,
    "built_in_orders": built_in_orders,
    "hour": hour,
    "killed_hour": killed_hour,
    "day": day,
}


def measured(name: str, home: str) -> list[float]:
    """The figures that a process of its own prints."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_market", "measure", name, home]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [float(word) for word in printed.split()]


# What is reported


def bench_orders(home: str) -> bool:
    """The budget is for the market; how long built-in agents think about an order is told beside it."""
    orders, trades = measured("lean_orders", home)
    met = orders >= ORDERS_PER_S_MIN
    print(
        f"{'1,000 trading agents, one core':<40} {orders:>11,.0f} orders/s  {trades:,.0f} trades/s"
        f"  budget {ORDERS_PER_S_MIN:,}  {'met' if met else 'MISSED'}"
    )
    orders, trades = measured("built_in_orders", f"{home}-built-in")
    print(f"{'  of which all are built-in':<40} {orders:>11,.0f} orders/s  {trades:,.0f} trades/s")
    return met


def bench_open(home: str) -> bool:
    return all([_opening(home, "hour", "closed"), _opening(f"{home}-killed", "killed_hour", "killed")])


def _opening(home: str, name: str, how: str) -> bool:
    """Seconds from nothing imported to a fleet that runs, and of a look."""
    (orders,) = measured(name, home)
    size = file_bytes(Path(home))
    command = [sys.executable, "-m", "palm_ual", "--home", home, "-c", "WAIT 0s"]
    taken_s = min(_wall_s(command) for _ in range(3)) if how == "closed" else _wall_s(command)
    met = taken_s < OPEN_S_MAX
    print(
        f"{f'open a home of one hour, {how}':<40} {taken_s * 1e3:>9.0f} ms  {orders:,.0f} orders, "
        f"{size / 1e6:.1f} MB  budget {OPEN_S_MAX * 1e3:.0f} ms  {'met' if met else 'MISSED'}"
    )
    return met


def _wall_s(command: list[str]) -> float:
    started_s = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started_s


def bench_day(home: str) -> bool:
    early_bytes, early_file, late_bytes, late_file, orders = measured("day", home)
    memory, file = late_bytes / early_bytes, late_file / early_file
    met = memory <= GROWTH_MAX and file <= FILE_GROWTH_MAX
    print(
        f"{'a day of 100 agents, after 2 and 24 hours':<40} memory {early_bytes / 1e6:.1f} -> "
        f"{late_bytes / 1e6:.1f} MB ({memory:.3f}, budget {GROWTH_MAX})  file {early_file / 1e6:.1f} -> "
        f"{late_file / 1e6:.1f} MB ({file:.2f}, budget {FILE_GROWTH_MAX})  {orders:,.0f} orders"
        f"  {'met' if met else 'MISSED'}"
    )
    return met


BENCHMARKS: dict[str, Callable[[str], bool]] = {"orders": bench_orders, "open": bench_open, "day": bench_day}


def main(names: list[str]) -> int:
    """Run benchmarks by name, all without names; 1 if a budget was missed."""
    if names[:1] == ["measure"]:
        on_fleet(MEASURES[names[1]], home=names[2])
        return 0
    met = []
    for name in names or BENCHMARKS:
        with tempfile.TemporaryDirectory() as directory:
            met.append(BENCHMARKS[name](os.path.join(directory, "home")))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
