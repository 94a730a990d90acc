"""What a large fleet costs: to deploy, to hold, to wake, and to ask how it is.

Run it from the checkout with the interpreter of an environment that `ual` is installed in:
`python -m tests.benchmarks.bench_fleet` runs all, with names only those; it ends with status 1 if a
budget is missed. What would disturb another measurement runs in a process of its own, which is this
module again: `… bench_fleet measure NAME` prints one figure.
"""

import asyncio
import functools
import gc
import io
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path

from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig
from palm_ual.agents.contract import AgentType, Sight, Step
from palm_ual.console.writer import Output
from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.lang.parser import parse
from palm_ual.lang.statements import AnyChanging, AnyLooking, Wait
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.clock import VIRTUAL
from palm_ual.runtime.memory import prepare_for_many_agents
from palm_ual.runtime.palm import Palm, open_palm
from palm_ual.runtime.virtual_loop import VirtualLoop
from palm_ual.service.answers import answer
from palm_ual.service.execute import execute, sources_of
from palm_ual.service.session import Session
from palm_ual.store.sqlite import open_journal
from tests.benchmarks.anchor import Medians, compare, compare_commands, compare_functions, report
from tests.benchmarks.bench_startup import make_home

AGENTS = 100_000
FEW_AGENTS = 100
ROUNDS = 5
BUDGETS = {"deploy": 0.5, "bytes": 1024.0, "wake": 0.1, "status": 1.5}
"""Ours to the anchor; `bytes` are bytes for each resting agent."""

SLEEPERS = 10_000
SLEEP_S = 0.1
SLEPT_S = 2.0
WAIT_S = 10
ANSWERS = 1_000

Measure = Callable[[Palm], Awaitable[float]]


class Idle(AgentType[None]):
    """Does nothing at each step, as a task that sleeps in a loop does: once a second on average."""

    name = "idle"
    summary = "does nothing, again and again"
    Config = AgentConfig
    State = type(None)
    _steps = tuple(Step(500 + number) for number in range(1001))

    @override
    def start(self, sight: Sight, chance: Chance) -> None:
        return None

    @override
    def step(self, state: None, sight: Sight, chance: Chance) -> Step:
        return self._steps[sight.number % 1001]


IDLE = "tests.benchmarks.bench_fleet:Idle"
"""Of agents that trade, buyers among them, the first step is an order: that is for `bench_market`."""


# A fleet on a real journal


async def done(palm: Palm, text: str) -> None:
    """Run statements to their ends."""
    for statement in parse(text):
        assert isinstance(statement, AnyChanging | AnyLooking | Wait)
        async for _ in execute(palm, statement, Session()):
            pass


def on_fleet(measure: Measure, *, home: Path) -> float:
    """What `measure` finds on a fleet in a home, in virtual time, with everything imported beforehand."""

    async def run() -> float:
        journal = open_journal(
            str(home), lock_timeout_s=0, holder="bench", clock=time.monotonic, sleep=time.sleep
        )
        try:
            catalog = Catalog(())
            async with open_palm(journal, engine=InProcessEngine(0), catalog=catalog, clocks=VIRTUAL) as palm:
                await done(palm, f"SET capacity = {AGENTS + 10}; DEPLOY buyer COUNT 10 AS warm")
                return await measure(palm)
        finally:
            journal.close()

    prepare_for_many_agents()
    with asyncio.Runner(loop_factory=functools.partial(VirtualLoop, 0)) as runner:
        return runner.run(run())


# Figures that need a process of their own


async def deploy_cpu_s(palm: Palm) -> float:
    """A deployment of so many agents, every first step taken and everything on disk."""
    started_s = time.process_time()
    await done(palm, f"DEPLOY '{IDLE}' COUNT {AGENTS} AS big")
    return time.process_time() - started_s


async def resting_bytes(palm: Palm) -> float:
    """Bytes that each agent keeps alive, with the interpreter's own share of its objects."""
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    await done(palm, f"DEPLOY '{IDLE}' COUNT {AGENTS} AS big")
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    return (after - before) / AGENTS


async def resting_pages(palm: Palm) -> float:
    """The same from the outside: growth of the resident set for each agent."""
    before = resident_bytes()
    await done(palm, f"DEPLOY '{IDLE}' COUNT {AGENTS} AS big")
    return (resident_bytes() - before) / AGENTS


async def engine_wake_cpu_s(palm: Palm) -> float:
    """One wake-up in the engine: the timer, and a step of an agent that does nothing."""
    await done(palm, f"DEPLOY '{IDLE}' COUNT {AGENTS} AS big")
    before, now_ms = steps_taken(palm), palm.now_ms
    started_s = time.process_time()
    for at_ms in range(now_ms, now_ms + WAIT_S * 1000):
        palm.engine.run(at_ms)
    return (time.process_time() - started_s) / (steps_taken(palm) - before)


async def wake_cpu_s(palm: Palm, type_ref: str = "'tests.benchmarks.bench_fleet:Idle'") -> float:
    """One wake-up on the whole road: with the loop's turns, its timers, and what they look for to commit."""
    await done(palm, f"DEPLOY {type_ref} COUNT {AGENTS} AS big")
    before = steps_taken(palm)
    started_s = time.process_time()
    await done(palm, f"WAIT {WAIT_S}s")
    return (time.process_time() - started_s) / (steps_taken(palm) - before)


async def buyer_wake_cpu_s(palm: Palm) -> float:
    """The same of a built-in type, with what its step does."""
    return await wake_cpu_s(palm, "buyer")


def steps_taken(palm: Palm) -> int:
    """By the agents of the fleet that is measured."""
    big = palm.world.find("big")
    assert big is not None
    restarts = {number: agent.restarts for number, agent in big.agents.items()}
    return sum(image.steps for image in palm.engine.images(big.uid, restarts, now_ms=palm.now_ms))


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


def task_cpu_s() -> float:
    """As many bare tasks, each begun and then at rest on a future of its own; the collector as it comes."""

    async def agent(rest: "asyncio.Future[None]") -> None:
        await rest

    async def run() -> float:
        loop = asyncio.get_running_loop()
        started_s = time.process_time()
        rests: list[asyncio.Future[None]] = [loop.create_future() for _ in range(AGENTS)]
        tasks = [loop.create_task(agent(rest)) for rest in rests]
        await asyncio.sleep(0)
        took_s = time.process_time() - started_s
        for rest in rests:
            rest.set_result(None)
        await asyncio.gather(*tasks)
        return took_s

    return asyncio.run(run())


def sleep_cpu_s() -> float:
    """One `asyncio.sleep` of one task among many."""

    async def run() -> float:
        wakes = 0

        async def sleeper() -> None:
            nonlocal wakes
            while True:
                await asyncio.sleep(SLEEP_S)
                wakes += 1

        tasks = [asyncio.create_task(sleeper()) for _ in range(SLEEPERS)]
        await asyncio.sleep(SLEEP_S)
        wakes, started_s = 0, time.process_time()
        await asyncio.sleep(SLEPT_S)
        took_s = (time.process_time() - started_s) / wakes
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return took_s

    return asyncio.run(run())


ON_A_FLEET: dict[str, Measure] = {
    "deploy": deploy_cpu_s,
    "bytes": resting_bytes,
    "pages": resting_pages,
    "engine": engine_wake_cpu_s,
    "wake": wake_cpu_s,
    "buyer": buyer_wake_cpu_s,
}
BARE: dict[str, Callable[[], float]] = {"tasks": task_cpu_s, "sleep": sleep_cpu_s}


def figure(name: str) -> float:
    """One figure, from a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_fleet", "measure", name]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)


def measure_here(name: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        value = BARE[name]() if name in BARE else on_fleet(ON_A_FLEET[name], home=Path(directory) / "home")
    print(value)


# The benchmarks


def bench_deploy() -> bool:
    medians = compare(lambda: figure("deploy"), lambda: figure("tasks"), rounds=ROUNDS)
    print(f"{AGENTS / medians.ours_s:,.0f} agents/s, {AGENTS / medians.anchor_s:,.0f} bare tasks/s")
    return report(f"DEPLOY of {AGENTS:,} agents", medians, budget=BUDGETS["deploy"])


def bench_bytes() -> bool:
    traced, resident = figure("bytes"), figure("pages")
    met = max(traced, resident) <= BUDGETS["bytes"]
    print(
        f"{'a resting agent':<40} {traced:,.0f} bytes traced, {resident:,.0f} resident"
        f"  budget {BUDGETS['bytes']:,.0f}  {'met' if met else 'MISSED'}"
    )
    return met


def bench_wake() -> bool:
    medians = compare(lambda: figure("engine"), lambda: figure("sleep"), rounds=ROUNDS)
    print(f"{medians.ours_s * 1e6:.2f} us a wake-up, {medians.anchor_s * 1e6:.2f} us a sleep")
    for name, what in (("wake", "with the turns of the loop"), ("buyer", "of a buyer, with them")):
        print(f"{figure(name) * 1e6:.2f} us a wake-up {what}")
    return report("a wake-up in the engine", medians, budget=BUDGETS["wake"])


def bench_status() -> bool:
    """Answer and text of a status, in this process: many agents against few."""
    met = []
    for text in ("PALM STATUS", "FLEET STATUS", "FLEET STATUS big"):
        for output in ("text", "json"):
            many, few = status_of(text, output, AGENTS), status_of(text, output, FEW_AGENTS)
            medians = compare_functions(many, few)
            each = Medians(medians.ours_s / ANSWERS, medians.anchor_s / ANSWERS)
            met.append(report(f"{text}, {output}", each, budget=BUDGETS["status"]))
    return all(met)


def status_of(text: str, output: str, agents: int) -> Callable[[], None]:
    """Asks a fleet of so many agents so many times."""
    with tempfile.TemporaryDirectory() as directory:
        sources = []

        async def deployed(palm: Palm) -> float:
            await done(palm, f"DEPLOY buyer COUNT {agents} AS big")
            sources.append(sources_of(palm, Session()))
            return 0.0

        on_fleet(deployed, home=Path(directory) / "home")
    [statement] = parse(text)
    assert isinstance(statement, AnyLooking)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    writer = Output(stream, stream, {}, format="json" if output == "json" else "text")

    def ask() -> None:
        for _ in range(ANSWERS):
            writer.start(text)
            writer.show(answer(statement, sources[0]))
            writer.end("done")

    return ask


def bench_command() -> bool:
    """The whole command on a home of many agents, against one of few."""
    ual = str(Path(sys.executable).parent / "ual")
    met = []
    with tempfile.TemporaryDirectory() as directory:
        for agents in (AGENTS, FEW_AGENTS):
            make_home(ual, Path(directory) / str(agents), agents)
        for text in ("PALM STATUS", "FLEET STATUS"):
            many, few = (
                [ual, "--home", str(Path(directory) / str(agents)), "-c", text, "-o", "json"]
                for agents in (AGENTS, FEW_AGENTS)
            )
            met.append(report(f"ual -c '{text}'", compare_commands(many, few), budget=BUDGETS["status"]))
    return all(met)


BENCHMARKS = {
    "deploy": bench_deploy,
    "bytes": bench_bytes,
    "wake": bench_wake,
    "status": bench_status,
    "command": bench_command,
}


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["measure"]:
        measure_here(arguments[1])
        return 0
    met = [BENCHMARKS[name]() for name in arguments or BENCHMARKS]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
