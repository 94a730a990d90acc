"""A program on a running fleet, in the foreground: the event loop's time, its interruptions, its end."""

import asyncio
import contextlib
import functools
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

from palm_ual.console.script import Stopped
from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.clock import LoopClock, WallClock, virtual_wall, wall_ms
from palm_ual.runtime.memory import prepare_for_many_agents
from palm_ual.runtime.palm import open_palm
from palm_ual.runtime.virtual_loop import VirtualLoop
from palm_ual.service.work import settled

if TYPE_CHECKING:
    from palm_ual.console.program import Step
    from palm_ual.console.script import ScriptRun
    from palm_ual.store.journal import Journal


class _Termination:
    """SIGTERM ends the program as an interruption does, and is told apart from it afterwards."""

    def __init__(self) -> None:
        self.arrived = False

    def watch(self, task: "asyncio.Task[None]") -> None:
        """Cancel the task when SIGTERM comes."""

        def on_signal(*_: object) -> None:
            self.arrived = True
            task.get_loop().call_soon_threadsafe(task.cancel)

        signal.signal(signal.SIGTERM, on_signal)


def run_in_foreground(
    steps: "Sequence[Step]",
    script: "ScriptRun",
    journal: "Journal",
    *,
    directories: Sequence[str],
    seed: int,
    virtual: bool,
    kept: bool,
) -> None:
    """Run a program to its end, then suspend the fleet.

    Raises:
        KeyboardInterrupt: interrupted; the undo of what was at work has been said, the fleet is suspended.
        SystemExit: terminated, with status 143.
        BrokenPipeError: nobody reads the output any more; the fleet is suspended.
    """
    prepare_for_many_agents()
    termination = _Termination()
    factory = functools.partial(VirtualLoop, seed) if virtual else None
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(
                _run(
                    steps,
                    script,
                    journal,
                    Catalog(directories),
                    termination,
                    seed=seed,
                    virtual=virtual,
                    kept=kept,
                )
            )
    except asyncio.CancelledError:
        if termination.arrived:
            raise SystemExit(143) from None
        raise KeyboardInterrupt from None


async def _run(
    steps: "Sequence[Step]",
    script: "ScriptRun",
    journal: "Journal",
    catalog: Catalog,
    termination: _Termination,
    *,
    seed: int,
    virtual: bool,
    kept: bool,
) -> None:
    task = asyncio.current_task()
    assert task is not None
    termination.watch(task)
    try:
        async with open_palm(
            journal,
            engine=InProcessEngine(seed),
            catalog=catalog,
            wall=virtual_wall if virtual else _real_wall,
        ) as palm:
            with contextlib.suppress(Stopped):
                await script.run(steps, palm)
            unsettled = any(not settled(deployment) for deployment in palm.world.deployments.values())
            if kept and script.session.left_running and unsettled:
                script.output.note(SUSPENDED)
    except asyncio.CancelledError:
        if not termination.arrived:
            say_interrupted(script, kept=kept)
        raise


SUSPENDED = "the fleet is suspended until a ual holds this home again; its work goes on then"


def say_interrupted(script: "ScriptRun", *, kept: bool) -> None:
    """Say what was left at work, and how it would be undone."""
    undo = script.session.undo
    if undo is not None:
        script.output.note(f"interrupted: the work was not undone; to undo it: {undo}")
        if kept:
            script.output.note(SUSPENDED)


def _real_wall(_clock: LoopClock) -> WallClock:
    return wall_ms
