"""The command: arguments and environment in, an exit status out. Wires the layers together."""

import os
import signal
import sys
from collections.abc import Mapping
from types import FrameType
from typing import TYPE_CHECKING

from palm_ual.errors import PalmError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from palm_ual.cli.arguments import Options, ShellName
    from palm_ual.console.runs.program import Step
    from palm_ual.console.runs.script import ScriptRun
    from palm_ual.console.writer import Output
    from palm_ual.store.journal import Journal

_BROKEN_PIPE, _INTERRUPTED = 141, 130
_OF_SIGNALS = 128
"""What a shell adds to the number of the signal that ended a process."""


class _Terminated(SystemExit):
    """A signal to end arrived, of which this is the number. An event loop lets no other exception through."""


def run(arguments: list[str]) -> int:
    """Run `ual` with these arguments; returns its exit status. Every way out of it is quiet."""
    from palm_ual.cli.arguments import asked_format, parse_arguments
    from palm_ual.console.writer import Output

    output = Output(sys.stdout, sys.stderr, os.environ)
    output.format = asked_format(arguments)
    try:
        options = parse_arguments(arguments)
        output.format = options.output
        signal.signal(signal.SIGTERM, _terminate)
        return _run(options, output, os.environ)
    except PalmError as error:
        output.error(error)
        return error.exit_status
    except BrokenPipeError:
        return _BROKEN_PIPE
    except _Terminated as terminated:
        return _OF_SIGNALS + int(terminated.args[0])
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        _forget_streams()


def _terminate(number: int, _frame: FrameType | None) -> None:
    raise _Terminated(number)


def _forget_streams() -> None:
    """What could not be flushed is lost already; the interpreter must not complain about it again."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


# From options to a run


def _run(options: "Options", output: "Output", environ: Mapping[str, str]) -> int:
    if options.completions is not None:
        return _complete(options.completions, output)
    from palm_ual.console.runs.program import ProgramError

    if options.script is None and not options.commands and sys.stdin is not None and sys.stdin.isatty():
        return _prompt(options, output, environ)
    try:
        steps = _load(options)
    except ProgramError as failed:
        output.error(failed.error, failed.source)
        return failed.error.exit_status
    if options.check or not steps:
        return 0
    script = _script_run(options, output)
    _run_steps(options, steps, script, environ)
    output.flush()
    return script.status


def _complete(shell: "ShellName", output: "Output") -> int:
    from palm_ual.cli.completions import completions_for
    from palm_ual.console.lines.lines import plain

    output.write([plain(line) for line in completions_for(shell).split("\n")[:-1]])
    return 0


def _load(options: "Options") -> "list[Step]":
    from palm_ual.console.runs.program import load_file, load_text, read_stream

    here = os.getcwd()
    if options.commands:
        return [step for text in options.commands for step in load_text(text, name="-c", directory=here)]
    if options.script is not None and options.script != "-":
        return load_file(options.script)
    if sys.stdin is None:
        raise UsageError("there is nothing to run: standard input is closed", hint="ual --help")
    return load_text(read_stream(sys.stdin, "<stdin>"), name="<stdin>", directory=here)


def _script_run(options: "Options", output: "Output") -> "ScriptRun":
    from palm_ual.console.runs.script import ScriptRun, ask_on_terminal
    from palm_ual.service.session import Session

    ask = ask_on_terminal if sys.stdin is not None and sys.stdin.isatty() else None
    session = Session(output=options.output, confirm=not options.yes)
    return ScriptRun(output, session, keep_going=options.keep_going, ask=ask)


def _run_steps(
    options: "Options", steps: "list[Step]", script: "ScriptRun", environ: Mapping[str, str]
) -> None:
    from palm_ual.console.runs.script import asks_the_home, only_looks

    if only_looks(steps):
        if options.ephemeral or not asks_the_home(steps):
            _look(options, steps, script, _memory())
            return
        journal = _open(options, environ)
        try:
            _look(options, steps, script, journal)
        finally:
            journal.close()
        return
    journal = _memory() if options.ephemeral else _open(options, environ)
    try:
        from palm_ual.console.runs.foreground import run_in_foreground

        run_in_foreground(
            steps,
            script,
            journal,
            directories=_directories(options),
            seed=options.seed,
            virtual=options.virtual,
            kept=not options.ephemeral,
        )
    finally:
        journal.close()


def _look(options: "Options", steps: "list[Step]", script: "ScriptRun", journal: "Journal") -> None:
    from palm_ual.console.runs.script import Stopped, looking_sources
    from palm_ual.runtime.catalog import Catalog
    from palm_ual.runtime.clock import wall_ms

    catalog = Catalog(_directories(options))
    sources = looking_sources(steps, journal, catalog, script.session, wall_ms=wall_ms())
    if sources.world.agents:
        from palm_ual.console.lines.figures import utc_time

        since = utc_time(sources.world.wall_ms)
        how = "suspended" if sources.world.suspended else "at a stand, its last ual having been killed,"
        script.output.note(f"the fleet is {how} since {since}; this is how it was then")
    try:
        script.look(steps, sources)
    except Stopped:
        return


def _memory() -> "Journal":
    from palm_ual.store.memory import MemoryJournal

    return MemoryJournal()


def _open(
    options: "Options", environ: Mapping[str, str], pause: "Callable[[float], None] | None" = None
) -> "Journal":
    from palm_ual.runtime.clock import monotonic_s, pause_s
    from palm_ual.store.home import resolve_home
    from palm_ual.store.sqlite import open_journal

    what = "ual -c" if options.commands else f"ual {options.script or ''}".strip()
    return open_journal(
        resolve_home(options.home, environ),
        lock_timeout_s=options.lock_timeout_s,
        holder=what,
        clock=monotonic_s,
        sleep=pause or pause_s,
    )


def _directories(options: "Options") -> tuple[str, ...]:
    """Where a `module:Class` type is looked for: beside the script, then here."""
    here = os.getcwd()
    if options.script is None or options.script == "-":
        return (here,)
    return (os.path.dirname(os.path.abspath(options.script)), here)


def _prompt(options: "Options", output: "Output", environ: Mapping[str, str]) -> int:
    from palm_ual.cli.interactive import run_interactive

    if options.virtual:
        raise UsageError("--clock virtual goes with a script, a pipe or -c: nobody can type in virtual time")
    signal.signal(signal.SIGHUP, _terminate)  # the terminal was closed: the fleet is put away first
    return run_interactive(
        _script_run(options, output),
        (lambda _: _memory()) if options.ephemeral else lambda pause: _open(options, environ, pause),
        environ,
        directories=_directories(options),
        own_files=not options.no_rc,
    )
