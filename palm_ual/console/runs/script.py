"""Running a program without a prompt: file, pipe and `-c` all come here.

A program that only looks is answered from the journal, without waking an agent or importing the
event loop; any other runs the fleet in the foreground until its statements are done.
"""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, TextIO, TypeGuard

from palm_ual.console.runs.program import Step
from palm_ual.console.terminal.echo import heard
from palm_ual.console.writer import Output
from palm_ual.errors import NotConfirmed, PalmError, UnknownKey
from palm_ual.lang import statements as st
from palm_ual.service.answers import look, needs_agents, needs_statements
from palm_ual.service.session import Session, find_setting, set_session
from palm_ual.service.sources import Sources

if TYPE_CHECKING:
    from palm_ual.model.events import Outcome
    from palm_ual.model.results import ResultEvent
    from palm_ual.runtime.catalog import Catalog
    from palm_ual.runtime.palm import Palm
    from palm_ual.store.journal import Journal

Ask = Callable[[str], bool]
"""Shows what would end and asks; None stands for "nobody is there to ask"."""


class Stopped(Exception):
    """The program is over: EXIT, or a failed statement without `--keep-going`."""


class ScriptRun:
    """One program's run: its output, its session, and the exit status it has come to."""

    def __init__(
        self, output: Output, session: Session, *, keep_going: bool = False, ask: Ask | None = None
    ) -> None:
        self.output = output
        self.session = session
        self.status = 0
        self.reported: PalmError | None = None
        """The last error that was said."""
        self._keep_going = keep_going
        self._ask = ask

    # Programs that only look

    def look(self, steps: Iterable[Step], sources: Sources) -> None:
        """Answer every step from the world as it is."""
        for step in steps:
            self.begin(step)
            try:
                self._look_at(step.statement, sources)
            except PalmError as error:
                self.failed(error, step)
            else:
                self.output.end("done")

    def _look_at(self, statement: st.Statement, sources: Sources) -> None:
        if isinstance(statement, st.Set):
            self._set(statement)
        elif isinstance(statement, st.Help | st.Exit):
            self.steer(statement)
        else:
            assert is_looking(statement)
            for result in look(statement, sources):
                self.output.show(result)

    # Programs that run the fleet

    async def run(self, steps: Iterable[Step], palm: "Palm") -> None:
        """Run every step against a running fleet.

        Raises:
            Stopped: at EXIT, and at a failure unless going on was asked for.
        """
        for step in steps:
            self.begin(step)
            try:
                await self._run_one(step.statement, palm)
            except PalmError as error:
                self.failed(error, step)
                if error.ends_the_fleet:
                    raise Stopped from error
            else:
                self.output.end(outcome_of(step.statement))

    async def _run_one(self, statement: st.Statement, palm: "Palm") -> None:
        from palm_ual.service.endings import what_ends
        from palm_ual.service.execute import execute

        if isinstance(statement, st.Help | st.Exit):
            self.steer(statement)
            return
        assert is_executable(statement)
        self.confirm(what_ends(palm.world, statement))
        async with aclosing(execute(palm, statement, self.session)) as events:
            async for event in events:
                self.show(event)
        self.follow_settings()

    # Both

    def confirm(self, ends: str | None) -> None:
        """Ask before something ends, where somebody is there to ask.

        Raises:
            NotConfirmed: the answer was not yes.
        """
        if ends is not None and self.session.confirm and self._ask is not None and not self._ask(ends):
            raise NotConfirmed("nothing was ended", hint="answer yes, or give --yes")

    def begin(self, step: Step) -> None:
        """A statement's output begins."""
        self.output.start(step.text)

    def show(self, event: "ResultEvent") -> None:
        """Show what came of a statement on a running fleet.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        from palm_ual.model.results import Watched

        self.output.show(event)
        if isinstance(event, Watched):
            self.output.check_reader()  # it may be long until something changes

    def steer(self, statement: st.Help | st.Exit) -> None:
        """Statements that need no fleet at all."""
        if isinstance(statement, st.Exit):
            raise Stopped
        from palm_ual.lang.help import help_for

        self.output.show(help_for(statement.topic))

    def _set(self, statement: st.Set) -> None:
        from palm_ual.model.results import SettingChanged

        setting = find_setting(statement.name)
        value = set_session(self.session, setting, statement.value)
        self.output.show(SettingChanged(setting.name, value))
        self.follow_settings()

    def follow_settings(self) -> None:
        """The output is as the session's settings say."""
        self.output.format = self.session.output
        self.output.ticks = self.session.ticks

    def failed(self, error: PalmError, step: Step) -> None:
        """Say what went wrong, and stop unless going on was asked for."""
        self.output.end("failed")
        span = step.statement.span
        self.output.error(error, step.source, statement=(span.start, span.end))
        self.reported = error
        self.status = self.status or error.exit_status
        if not self._keep_going:
            raise Stopped


def is_looking(statement: st.Statement) -> TypeGuard[st.AnyLooking]:
    """Whether a statement can be answered without running the fleet."""
    if isinstance(statement, st.Watch) or (isinstance(statement, st.Logs) and statement.follow):
        return False  # more is to come
    return isinstance(statement, st.Looking)


def only_looks(steps: Iterable[Step]) -> bool:
    """Whether a whole program can be answered without running the fleet."""
    return all(
        is_looking(step.statement)
        or isinstance(step.statement, st.Help | st.Exit)
        or (isinstance(step.statement, st.Set) and _is_of_session(step.statement))
        for step in steps
    )


def asks_the_home(steps: Iterable[Step]) -> bool:
    """Whether a program that only looks has to open the home at all."""
    return any(is_looking(step.statement) for step in steps)


def is_executable(statement: st.Statement) -> TypeGuard[st.AnyRunning]:
    """Whether a statement goes to the fleet."""
    return not isinstance(statement, st.Help | st.Exit | st.Source)


def outcome_of(statement: st.Statement) -> "Outcome":
    """How a statement ended that did not fail."""
    return "accepted" if getattr(statement, "nowait", False) else "done"


def _is_of_session(statement: st.Set) -> bool:
    try:
        return find_setting(statement.name).scope == "session" and statement.because is None
    except UnknownKey:
        return True  # it fails the same way, and no fleet has to run for that


def looking_sources(
    steps: list[Step],
    journal: "Journal",
    catalog: "Catalog",
    session: Session,
    *,
    wall_ms: int,
) -> Sources:
    """What a looking program answers from: no more of the snapshot than its statements need."""
    from palm_ual.runtime.folding import fold

    looking = [step.statement for step in steps if is_looking(step.statement)]
    world = fold(
        journal,
        agents=any(needs_agents(statement) for statement in looking),
        statements=any(needs_statements(statement) for statement in looking),
    )
    return Sources(world, journal, catalog, session, now_ms=world.at_ms, wall_ms=wall_ms)


def ask_on_terminal(question: str) -> bool:
    """Show what would end where somebody sees it, and take only a yes for an answer."""
    with heard(sys.stdin.fileno()):
        with _shown() as shown:
            shown.write(f"{question}\nGo on? [y/N] ")
            shown.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextlib.contextmanager
def _shown() -> Iterator[TextIO]:
    """A stream that the person at the terminal reads, wherever errors and answers go."""
    for stream in (sys.stderr, sys.stdout):
        if stream is not None and stream.isatty():
            yield stream
            return
    with contextlib.ExitStack() as opened:
        try:
            terminal = opened.enter_context(
                open("/dev/tty", "w", encoding="utf-8", errors="backslashreplace")
            )
        except OSError as error:
            raise NotConfirmed("no terminal shows the question", hint="give --yes") from error
        yield terminal


SUSPENDED = "the fleet is suspended until a ual holds this home again; its work goes on then"


def say_interrupted(script: ScriptRun, *, kept: bool) -> None:
    """Say what was left at work, and how it would be undone."""
    session = script.session
    if session.undo is not None:
        script.output.note(f"interrupted: the work was not undone; to undo it: {session.undo}")
    elif session.left_at_work:
        script.output.note("interrupted: the work goes on, and no statement undoes it")
    if kept:
        script.output.note(SUSPENDED)
