"""One statement on a fleet that lives beside this thread, for whoever types or has a cell."""

import contextlib
from typing import TYPE_CHECKING

from palm_ual.console.runs.script import is_executable, outcome_of
from palm_ual.errors import PalmError
from palm_ual.lang import statements as st

if TYPE_CHECKING:
    from palm_ual.console.runs.program import Step
    from palm_ual.console.runs.script import ScriptRun
    from palm_ual.service.fleet_thread import FleetThread


def run_step(run: "ScriptRun", fleet: "FleetThread", step: "Step") -> None:
    """Run it and show what comes of it; its output has ended then, also where it failed or was interrupted.

    Raises:
        PalmError: it failed, which is still to be said; `ends_the_fleet` tells whether the fleet goes on.
        KeyboardInterrupt: the waiting has stopped, the work has not.
        Stopped: at EXIT.
    """
    run.begin(step)
    try:
        _run(run, fleet, step.statement)
    except PalmError:
        run.output.end("failed")
        raise
    except KeyboardInterrupt:
        run.output.end("interrupted")
        raise
    run.output.end(outcome_of(step.statement))


def _run(run: "ScriptRun", fleet: "FleetThread", statement: st.Statement) -> None:
    if isinstance(statement, st.Help | st.Exit):
        run.steer(statement)
        return
    from palm_ual.service.endings import what_ends

    assert is_executable(statement)
    fleet.wait_until_open(lambda: run.output.note("waiting for the home to open; Ctrl-C stops waiting"))
    run.confirm(fleet.read(lambda palm: what_ends(palm.world, statement)))
    with contextlib.closing(fleet.results(statement, run.session)) as events:
        for event in events:
            run.show(event)
    run.follow_settings()
