"""A program on a running fleet, in the foreground: the event loop's time, its interruptions, its end."""

import asyncio
import contextlib
import functools
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

from palm_ual.console.runs.script import SUSPENDED, Stopped, say_interrupted
from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.engines.watchdog import steps_watched
from palm_ual.errors import PalmError
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.clock import REAL, VIRTUAL
from palm_ual.runtime.memory import tuned_for_many_agents
from palm_ual.runtime.palm import Palm
from palm_ual.runtime.virtual_loop import VirtualLoop
from palm_ual.service.fleets import live_fleet
from palm_ual.service.work import settled

if TYPE_CHECKING:
    from palm_ual.console.runs.program import Step
    from palm_ual.console.runs.script import ScriptRun
    from palm_ual.store.journal import Journal


class _Interruption:
    """SIGTERM ends the program as Ctrl-C does, and is told apart from it afterwards. Once the fleet is being
    put away neither is heard any more: a second one would only lose what the first one saves.
    """

    def __init__(self) -> None:
        self.terminated = False
        self._before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def watch(self, task: "asyncio.Task[None]") -> None:
        """Cancel the task when SIGTERM comes."""

        def on_signal(*_: object) -> None:
            self.terminated = True
            task.get_loop().call_soon_threadsafe(task.cancel)

        signal.signal(signal.SIGTERM, on_signal)

    def close_ears(self) -> None:
        """From here on to the end of the program."""
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)

    def restore(self) -> None:
        """As it was before the program."""
        for number, handler in self._before.items():
            signal.signal(number, handler)


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
    interruption = _Interruption()
    factory = functools.partial(VirtualLoop, seed) if virtual else None
    try:
        with tuned_for_many_agents(), asyncio.Runner(loop_factory=factory) as runner:
            runner.run(
                _run(
                    steps,
                    script,
                    journal,
                    Catalog(directories),
                    interruption,
                    seed=seed,
                    virtual=virtual,
                    kept=kept,
                )
            )
    except asyncio.CancelledError:
        if interruption.terminated:
            raise SystemExit(143) from None
        raise KeyboardInterrupt from None
    except PalmError as error:
        if error is not script.reported:
            raise
    finally:
        interruption.restore()


async def _run(
    steps: "Sequence[Step]",
    script: "ScriptRun",
    journal: "Journal",
    catalog: Catalog,
    interruption: _Interruption,
    *,
    seed: int,
    virtual: bool,
    kept: bool,
) -> None:
    task = asyncio.current_task()
    assert task is not None
    interruption.watch(task)
    clocks = VIRTUAL if virtual else REAL
    engine = InProcessEngine(seed)
    with steps_watched(engine.at_work):
        async with live_fleet(engine, journal, catalog, clocks=clocks, seed=seed) as palm:
            await _run_on(palm, steps, script, interruption, kept=kept)


async def _run_on(
    palm: Palm, steps: "Sequence[Step]", script: "ScriptRun", interruption: _Interruption, *, kept: bool
) -> None:
    try:
        with contextlib.suppress(Stopped):
            await script.run(steps, palm)
        unsettled = any(not settled(deployment) for deployment in palm.world.deployments.values())
        if kept and script.session.left_running and unsettled:
            script.output.note(SUSPENDED)
    except asyncio.CancelledError:
        script.output.end("interrupted")
        if not interruption.terminated:
            say_interrupted(script, kept=kept and bool(palm.world.deployments))
        raise
    finally:
        interruption.close_ears()
