"""`ual` with somebody typing: which prompt, with what files beside it, and the fleet behind it."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from palm_ual.console.own_files.config import Config, load_config
from palm_ual.console.own_files.places import check_startup_file, config_file, startup_file
from palm_ual.console.prompt.conversation import GREETING, Conversation, Reader
from palm_ual.console.runs.script import Stopped
from palm_ual.console.terminal.palette import palette_for
from palm_ual.errors import PalmError
from palm_ual.runtime.clock import monotonic_s
from palm_ual.service.fleet_thread import FleetThread, Pause

if TYPE_CHECKING:
    from palm_ual.console.runs.script import ScriptRun
    from palm_ual.console.shell.shell import Shell
    from palm_ual.store.journal import Journal


def run_interactive(
    run: "ScriptRun",
    open_journal: "Callable[[Pause], Journal]",
    environ: Mapping[str, str],
    *,
    directories: Sequence[str],
    own_files: bool,
) -> int:
    """Read statements until the end; returns the exit status. `own_files`: whether config and start-up file count.

    Raises:
        HomeError: the fleet cannot be opened, or no longer be written; it stands as it was last acknowledged.
    """
    config = _configured(run, environ) if own_files else Config()
    startup = _startup(run, environ) if own_files else None
    shell: Shell | None = None

    def when_over() -> None:
        if shell is not None:
            shell.end()

    fleet = FleetThread(open_journal, directories=directories, when_over=when_over)
    print(GREETING, flush=True)  # noqa: T201 - before anything that takes its time is imported
    early = startup is not None or not run.output.moves
    if early:
        fleet.start()
    with fleet.steps_watched():
        try:
            if run.output.moves:
                shell = _shell(run, fleet, config, environ, begin=None if early else fleet.start)
            _converse(run, fleet, shell, startup)
        finally:
            if shell is not None:
                shell.close()
            fleet.stop(run.output.note)
    return 0


def _configured(run: "ScriptRun", environ: Mapping[str, str]) -> Config:
    """The config, as far as it is right; what is wrong in it is said."""
    loaded = load_config(config_file(environ))
    for error in loaded.errors:
        run.output.error(error, loaded.source)
    run.session.timing = loaded.config.timing
    run.session.notices = loaded.config.notices
    run.output.use_palette(palette_for(loaded.config.theme, environ))
    return loaded.config


def _startup(run: "ScriptRun", environ: Mapping[str, str]) -> str | None:
    """The start-up file, if there is one that may be run; what keeps it from that is said."""
    path = startup_file(environ)
    try:
        if path is not None:
            check_startup_file(path)
    except PalmError as error:
        run.output.error(error)
        return None
    return path


def _shell(
    run: "ScriptRun",
    fleet: FleetThread,
    config: Config,
    environ: Mapping[str, str],
    *,
    begin: Callable[[], None] | None,
) -> "Shell":
    from palm_ual.console.lines.lines import glyphs_for
    from palm_ual.console.own_files.places import history_file
    from palm_ual.console.shell.history import ShellHistory
    from palm_ual.console.shell.shell import Shell

    return Shell(
        fleet,
        run.session,
        run.output,
        out=sys.stdout,
        config=config,
        palette=palette_for(config.theme, environ),
        glyphs=glyphs_for(sys.stdout.encoding),
        history=ShellHistory(history_file(environ), keep=config.history),
        coloured=not environ.get("NO_COLOR"),
        begin=begin,
    )


def _converse(run: "ScriptRun", fleet: FleetThread, shell: "Shell | None", startup: str | None) -> None:
    from palm_ual.console.prompt.plain import PlainPrompt

    reader: Reader = shell or PlainPrompt()
    conversation = Conversation(run, fleet, reader, clock_s=monotonic_s)
    try:
        if startup is not None:
            conversation.source(startup)
        conversation.hold()
    except Stopped:
        return
