"""UAL in notebooks: `%load_ext palm_ual.notebook` gives `%ual` lines and `%%ual` cells, all on one fleet.

The only module that knows IPython. It takes the road of the prompt; what differs is that answers go into the
cell, that machine formats come back as values, and that a failure ends the cell with its coded error.
"""

import atexit
import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from IPython.core.magic import no_var_expand
from msgspec import Struct
from typing_extensions import override

from palm_ual.console.lines.errors import SourceText, render_error
from palm_ual.console.lines.lines import UNICODE, text_of
from palm_ual.console.runs.on_fleet import run_step
from palm_ual.console.runs.program import ProgramError, Step, load_text
from palm_ual.console.runs.script import ScriptRun, Stopped, say_interrupted
from palm_ual.console.writer import Output
from palm_ual.errors import PalmError, UsageError
from palm_ual.lang.literals import shown
from palm_ual.model.limits import LOCK_TIMEOUT_MS
from palm_ual.runtime.clock import monotonic_s
from palm_ual.service.fleet_thread import FleetThread, Pause
from palm_ual.service.session import FORMATS, OutputFormat, Session
from palm_ual.store.home import resolve_home
from palm_ual.store.journal import Journal
from palm_ual.store.memory import MemoryJournal
from palm_ual.store.sqlite import open_journal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from IPython.core.interactiveshell import InteractiveShell

_NAME = "ual"
_OPTIONS_HINT = "the options are --home DIR, --ephemeral and -o FORMAT, before the statements"


class StatementFailed(Exception):
    """A statement of a cell failed, or its text was never run; what stands behind it did not run either."""

    def __init__(self, error: PalmError, lines: tuple[str, ...]) -> None:
        super().__init__("\n".join(lines))
        self.error = error
        """With its `code`, `message` and `hint`."""
        self._lines = lines

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: where in this module it came from helps nobody."""
        return list(self._lines)


class Interrupted(KeyboardInterrupt):
    """A cell was interrupted. Waiting has stopped, the work has not."""

    def _render_traceback_(self) -> list[str]:
        return ["interrupted"]


class Asked(Struct, frozen=True):
    """What the options of a line or a cell say, and the statements behind them."""

    text: str
    home: str | None = None
    ephemeral: bool = False
    output: OutputFormat | None = None


def asked(line: str) -> Asked:
    """The options at the beginning of a line, taken from its statements, which stay as they are.

    Raises:
        UsageError: an option that there is not, or without its value.
    """
    given: dict[str, str] = {}
    rest = line.strip()
    while rest.startswith("-") and rest.split(maxsplit=1)[0] != "--":  # two alone begin a comment
        flag, joint, rest = _flag(rest)
        if flag == "--ephemeral" and not joint:
            given[flag] = flag
        elif flag in ("--home", "-o", "--output"):
            given["--output" if flag == "-o" else flag], rest = _value(flag, rest)
        else:
            raise UsageError(f'there is no option "{shown(flag)}" here', hint=_OPTIONS_HINT)
    if "--home" in given and "--ephemeral" in given:
        raise UsageError("--ephemeral has no home, so --home does not go with it")
    return Asked(rest, given.get("--home"), "--ephemeral" in given, _format(given.get("--output")))


def _flag(text: str) -> tuple[str, str, str]:
    """The first word up to its `=`, if it has one, and what follows."""
    word = text.split(maxsplit=1)[0]
    flag, joint, _ = word.partition("=")
    return flag, joint, text[len(flag) + len(joint) :].lstrip()


def _value(flag: str, text: str) -> tuple[str, str]:
    """The value at the beginning, which may stand in quotes, and what follows."""
    quote = text[:1]
    if quote and quote in "'\"":
        value, closing, rest = text[1:].partition(quote)
        if not closing:
            raise UsageError(f"the quotes of {flag} are never closed")
        return value, rest.lstrip()
    if not text:
        raise UsageError(f"{flag} needs a value", hint=_OPTIONS_HINT)
    value = text.split(maxsplit=1)[0]
    return value, text[len(value) :].lstrip()


def _format(name: str | None) -> OutputFormat | None:
    for known in FORMATS:
        if name == known:
            return known
    if name is None:
        return None
    raise UsageError(f'there is no format "{shown(name)}"', hint=f"the formats are {', '.join(FORMATS)}")


class _CellStream(io.RawIOBase):
    """A stream whose text goes to the cell that runs, or is kept for a value to be made of it."""

    def __init__(self, name: Literal["stdout", "stderr"]) -> None:
        self._name = name
        self._kept: list[str] | None = None

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: "ReadableBuffer") -> int:
        text = bytes(data).decode()
        if self._kept is None:
            getattr(sys, self._name).write(text)
        else:
            self._kept.append(text)
        return len(bytes(data))

    def keep(self) -> None:
        """From now on."""
        self._kept = []

    def release(self) -> str:
        """What was kept; what comes next goes to the cell."""
        kept, self._kept = self._kept, None
        return "".join(kept or ())


def _text_stream(stream: _CellStream) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedWriter(stream), encoding="utf-8")


class _Held(Struct, frozen=True):
    """A fleet that runs in this process, and its session."""

    home: str | None
    """None for a fleet that is kept nowhere."""
    fleet: FleetThread
    session: Session


def _journal_of(home: str | None) -> Callable[[Pause], Journal]:
    if home is None:
        return lambda _: MemoryJournal()
    return lambda pause: open_journal(
        home, lock_timeout_s=LOCK_TIMEOUT_MS / 1000.0, holder="a notebook", clock=monotonic_s, sleep=pause
    )


class Ual:
    """Run statements of UAL on a fleet that lives as long as this kernel.

    %ual [options] statement            one line; `rows = %ual -o json SHOW AGENTS` gives Python's own values
    %%ual [options]                     a cell of statements; it ends at the first that fails

    --home DIR      the fleet's home, unless it is UAL_HOME or the default one; later cells stay with it
    --ephemeral     a fleet that is kept nowhere; later cells stay with it
    -o FORMAT       text, json, ndjson, yaml or csv, for this time; json and ndjson are returned as values

    Interrupting the kernel stops the waiting, and not the work. Nothing is asked before something ends. EXIT
    suspends the fleet, as the end of the kernel does; the next statement wakes it.
    """

    def __init__(self) -> None:
        self._held: _Held | None = None
        self._named: tuple[str | None] | None = None
        """The home that was named last, as `_Held` has it; None as long as none was."""

    def __call__(self, line: str, cell: str | None = None) -> object:
        try:
            wanted = asked(line)
            held = self._on_fleet(wanted)
            # The magic's line is the first of its cell, so that errors count lines as the screen does.
            text, name = (wanted.text, None) if cell is None else (f"{wanted.text}\n{cell}", "cell")
            with _format_of(held.session, wanted.output):
                return self._run(held, text, name)
        except ProgramError as failed:
            raise _failed(failed.error, failed.source) from None
        except PalmError as error:
            raise _failed(error, None) from None
        except KeyboardInterrupt:
            raise Interrupted from None

    def put_away(self) -> None:
        """Suspend the fleet, if one runs.

        Raises:
            HomeError: it could not be written.
        """
        held, self._held = self._held, None
        if held is not None:
            with _steps_watched(held.fleet):
                held.fleet.stop()

    def _on_fleet(self, wanted: Asked) -> _Held:
        """The fleet that is asked for, open: the one that runs, unless another home is named."""
        named = wanted.home is not None or wanted.ephemeral
        if self._held is not None and not named:
            return self._held
        if self._named is not None and not named:
            (home,) = self._named
        else:
            home = None if wanted.ephemeral else resolve_home(wanted.home, os.environ)
        if self._held is None or self._held.home != home:
            self.put_away()
            self._held = _opened(home)
        if named:
            self._named = (home,)
        return self._held

    def _run(self, held: _Held, text: str, name: str | None) -> object:
        """Run statements; returns the documents of those that make some for programs."""
        steps = load_text(text, name=name, directory=os.getcwd())
        answers = _CellStream("stdout")
        output = Output(_text_stream(answers), _text_stream(_CellStream("stderr")), os.environ)
        run = ScriptRun(output, held.session)
        run.follow_settings()
        documents: list[object] = []
        rows = False
        try:
            with _steps_watched(held.fleet):
                for step in steps:
                    rows = output.format == "ndjson"
                    documents += self._run_step(held, run, step, answers)
        except Stopped:
            self.put_away()
        finally:
            self._leave_dead(held)
        if len(steps) == 1 and not rows:
            return documents[0] if documents else None
        return documents or None

    def _run_step(self, held: _Held, run: ScriptRun, step: Step, answers: _CellStream) -> list[object]:
        if run.output.format in ("json", "ndjson"):
            answers.keep()
        try:
            run_step(run, held.fleet, step)
            return [json.loads(line) for line in answers.release().split("\n") if line]
        except PalmError as error:
            if error.ends_the_fleet:
                with contextlib.suppress(PalmError):  # the same again
                    held.fleet.stop()
            span = step.statement.span
            raise _failed(error, step.source, (span.start, span.end)) from None
        except KeyboardInterrupt:
            say_interrupted(run, kept=False)
            raise
        finally:
            sys.stdout.write(answers.release())  # of what failed no value is made, and it did happen

    def _leave_dead(self, held: _Held) -> None:
        """A fleet that is over, which this cell has told: the next one opens its home again."""
        if not held.fleet.opened and self._held is held:
            self._held = None


def _opened(home: str | None) -> _Held:
    """A fleet that runs. One that is still opening when somebody interrupts is not waited for."""
    fleet = FleetThread(_journal_of(home), directories=(os.getcwd(),), guest=True)
    fleet.start()
    try:
        fleet.wait_until_open()
    except KeyboardInterrupt:
        fleet.stop()
        raise
    return _Held(home, fleet, Session())


@contextlib.contextmanager
def _steps_watched(fleet: FleetThread) -> Iterator[None]:
    """An agent that hangs must not hold the cell; between cells the kernel's signals and timer are its own."""
    with contextlib.ExitStack() as watch:
        with contextlib.suppress(ValueError):  # a front end may run cells in another thread, without signals
            watch.enter_context(fleet.steps_watched())
        yield


@contextlib.contextmanager
def _format_of(session: Session, format: OutputFormat | None) -> Iterator[None]:
    """The session's answers in another format for a while; what SET makes of it meanwhile stays."""
    before = session.output
    session.output = format or before
    try:
        yield
    finally:
        if session.output == format:
            session.output = before


def _failed(
    error: PalmError, source: SourceText | None, statement: tuple[int, int] | None = None
) -> StatementFailed:
    lines = render_error(error, source, UNICODE, statement=statement)
    return StatementFailed(error, tuple([text_of(line) for line in lines]))


# What IPython calls


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """`%load_ext palm_ual.notebook`."""
    magic = no_var_expand(Ual())  # braces and dollars are the statements' own
    shell.magics_manager.register_function(magic, magic_kind="line_cell", magic_name=_NAME)
    atexit.register(put_away_at_exit, magic)


def unload_ipython_extension(shell: "InteractiveShell") -> None:
    """`%unload_ext palm_ual.notebook`: suspends the fleet."""
    magic = shell.magics_manager.magics["line"].pop(_NAME, None)
    shell.magics_manager.magics["cell"].pop(_NAME, None)
    if isinstance(magic, Ual):
        magic.put_away()


def put_away_at_exit(magic: Ual) -> None:
    try:
        magic.put_away()
    except PalmError as error:
        sys.stderr.write(f"{_failed(error, None)}\n")
