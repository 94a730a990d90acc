"""A plain prompt: it reads, runs and prints, while the fleet lives on beside it."""

import contextlib
import os
import select
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from palm_ual import __version__
from palm_ual.console.program import ProgramError, Step, load_text
from palm_ual.console.running import say_interrupted
from palm_ual.console.script import ScriptRun, Stopped, is_executable
from palm_ual.errors import HomeError, PalmError, UsageError
from palm_ual.lang import statements as st
from palm_ual.lang.expect import completeness
from palm_ual.runtime.memory import prepare_for_many_agents
from palm_ual.service.endings import what_ends
from palm_ual.service.fleet_thread import FleetThread

if TYPE_CHECKING:
    from palm_ual.store.journal import Journal

_FIRST, _NEXT = "> ", ". "
_KEYS = """\
  Enter   runs what is a whole statement, and otherwise opens another line
  Ctrl-C  drops what was typed; while a statement works, stops waiting for it
  Ctrl-D  leaves (also EXIT, QUIT and \\q); the fleet is suspended until the next ual
"""


def run_prompt(
    run: ScriptRun,
    open_journal: "Callable[[], Journal]",
    *,
    directories: Sequence[str],
) -> int:
    """Read statements until the end; returns the exit status.

    Raises:
        HomeError: the fleet can no longer be written; it stands as it was last acknowledged.
    """
    prepare_for_many_agents()
    fleet = FleetThread(open_journal, directories=directories)
    fleet.start()
    try:
        _Prompt(run, fleet, _line_reader()).loop()
    finally:
        fleet.stop()
    return 0


def _line_reader() -> Callable[[str], str]:
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - gives input() its editing keys
    return input


def _is_waiting() -> bool:
    """Whether something was typed or pasted and not read yet."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


class _Prompt:
    def __init__(self, run: ScriptRun, fleet: FleetThread, read: Callable[[str], str]) -> None:
        self._run = run
        self._fleet = fleet
        self._read = read

    def loop(self) -> None:
        print(f"ual {__version__} - HELP lists the statements, \\? the keys")  # noqa: T201
        while True:
            try:
                text = self._read_statements()
            except KeyboardInterrupt:
                print()  # noqa: T201
                continue
            except Stopped:
                return
            except EOFError:
                print()  # noqa: T201
                return
            try:
                self._run_text(text)
            except Stopped:
                return

    def _read_statements(self) -> str:
        """Lines until they make whole statements, or something that cannot become one.

        Lines that are there already were pasted: they belong together, whatever each of them makes.
        """
        lines: list[str] = []
        while True:
            try:
                line = self._read(_NEXT if lines else _FIRST)
            except EOFError:
                if not lines:
                    raise
                return "\n".join(lines)
            if line.lstrip().startswith("\\"):
                self._meta(line.strip())
            else:
                lines.append(line)
            if not _is_waiting() and completeness("\n".join(lines)) != "unfinished":
                return "\n".join(lines)

    def _meta(self, line: str) -> None:
        if line == "\\q":
            raise Stopped
        if line == "\\?":
            print(_KEYS, end="")  # noqa: T201
            return
        self._run.output.error(UsageError(f'there is no "{line.split()[0]}" here', hint="\\? and \\q are"))

    def _run_text(self, text: str) -> None:
        try:
            steps = load_text(text, name=None, directory=os.getcwd())
        except ProgramError as failed:
            self._run.output.error(failed.error, failed.source)
            return
        self._run.output.follow_input()
        for step in steps:
            if not self._run_step(step):
                return

    def _run_step(self, step: Step) -> bool:
        """Run one statement; False stops those that were typed behind it."""
        self._run.begin(step)
        try:
            if isinstance(step.statement, st.Help | st.Exit):
                self._run.steer(step.statement)
            else:
                self._execute(step)
        except PalmError as error:
            with contextlib.suppress(Stopped):
                self._run.failed(error, step)
            if isinstance(error, HomeError) and error.exit_status != 1:
                raise
            return False
        except KeyboardInterrupt:
            print()  # noqa: T201
            self._run.output.end("interrupted")
            say_interrupted(self._run, kept=False)
            return False
        self._run.output.end("accepted" if getattr(step.statement, "nowait", False) else "done")
        return True

    def _execute(self, step: Step) -> None:
        statement = step.statement
        assert is_executable(statement)
        self._run.confirm(self._fleet.read(lambda palm: what_ends(palm.world, statement)))
        for event in self._fleet.results(statement, self._run.session):
            self._run.output.show(event)
        self._run.follow_settings()
