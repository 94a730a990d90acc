"""What is typed is run, and what comes of it is shown, until somebody leaves: one loop for every prompt."""

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, get_args

from palm_ual import __version__
from palm_ual.console.commands import COMMANDS, Entry, in_columns
from palm_ual.console.lines.lines import BLANK
from palm_ual.console.prompt.typed import Meta, Part, Reminder, parts_of, watched
from palm_ual.console.runs.on_fleet import run_step
from palm_ual.console.runs.program import ProgramError, Step, load_file, load_text
from palm_ual.console.runs.script import ScriptRun, Stopped, say_interrupted
from palm_ual.errors import PalmError, UsageError
from palm_ual.lang import statements as st

if TYPE_CHECKING:
    from palm_ual.service.fleet_thread import FleetThread

GREETING = f"ual {__version__} - HELP lists the statements, \\? the keys"


class Reader(Protocol):
    """Where statements are typed."""

    keys: tuple[Entry, ...]
    """What `\\?` says of its keys."""

    def read(self, draft: str) -> str:
        """What was typed, beginning with a draft.

        Raises:
            KeyboardInterrupt: it was dropped.
            EOFError: somebody leaves.
        """

    def edited(self, text: str) -> str:
        """The text after somebody had it in an editor.

        Raises:
            PalmError: it was not, and is as it was.
        """


class Conversation:
    """Reads, runs and shows until the end."""

    def __init__(
        self, run: ScriptRun, fleet: "FleetThread", reader: Reader, *, clock_s: Callable[[], float]
    ) -> None:
        self._run = run
        self._fleet = fleet
        self._reader = reader
        self._clock_s = clock_s
        self._draft = ""
        self._last = ""
        """What was run last."""
        self._looked = ""
        """What was looked at last."""

    def hold(self) -> None:
        r"""Go on until EXIT, `\q` or Ctrl-D.

        Raises:
            HomeError: the fleet can no longer be written; it stands as it was last acknowledged.
        """
        while True:
            draft, self._draft = self._draft, ""
            try:
                self._take(self._reader.read(draft))
            except KeyboardInterrupt:
                continue  # nothing was begun
            except (EOFError, Stopped):
                return

    def source(self, path: str) -> None:
        """Run a file first; what goes wrong is said, and the conversation goes on.

        Raises:
            Stopped: it ends with EXIT.
        """
        try:
            steps = load_file(path)
        except ProgramError as failed:
            self._run.output.error(failed.error, failed.source)
            return
        self._run_steps(steps)

    def _take(self, text: str) -> None:
        try:
            parts = parts_of(text)
        except UsageError as error:
            self._run.output.error(error)
            self._draft = _typed_on(text.rstrip().rpartition("\n")[0])
            return
        for part in parts:
            if not self._act_on(part):
                return

    def _act_on(self, part: Part) -> bool:
        """Do what was typed; False stops what was typed behind it."""
        if isinstance(part, Reminder):
            self._run.output.note(part.hint)
            self._draft = part.draft
            return True
        if not isinstance(part, Meta):
            self._last = part.text
            return self._run_text(part.text)
        try:
            return self._obey(part)
        except PalmError as error:
            self._run.output.error(error)
            self._draft = _typed_on(part.draft)
            return False

    def _obey(self, meta: Meta) -> bool:
        match meta.command:
            case "q":
                raise Stopped
            case "watch":
                return self._run_text(watched(meta.draft or self._looked, meta.argument))
            case "e":
                self._draft = self._reader.edited(meta.draft or self._last)
                return True
            case "timing":
                session = self._run.session
                session.timing = not session.timing
                self._run.output.note(f"timing is {'on' if session.timing else 'off'}")
            case "?":
                self._say_keys()
        self._draft = _typed_on(meta.draft)
        return True

    def _say_keys(self) -> None:
        lines = in_columns((*self._reader.keys, *COMMANDS.values()))
        self._run.output.write([((f"  {line}", ""),) for line in lines])

    def _run_text(self, text: str) -> bool:
        try:
            steps = load_text(text, name=None, directory=os.getcwd())
        except ProgramError as failed:
            self._run.output.error(failed.error, failed.source)
            return False
        self._run.output.follow_input()
        return self._run_steps(steps)

    def _run_steps(self, steps: list[Step]) -> bool:
        return all(self._run_step(step) for step in steps)

    def _run_step(self, step: Step) -> bool:
        """Run one statement; False stops those that were typed behind it."""
        began_s = self._clock_s()
        try:
            run_step(self._run, self._fleet, step)
        except PalmError as error:
            if error.ends_the_fleet:
                raise  # it is the end, and said there
            with contextlib.suppress(Stopped):
                self._run.failed(error, step)
            return False
        except KeyboardInterrupt:
            self._run.output.write([BLANK])
            say_interrupted(self._run, kept=False)
            return False
        if isinstance(step.statement, (st.Watch, *get_args(st.AnyWatched))):
            self._looked = step.text
        if self._run.session.timing:
            self._run.output.note(f"took {_elapsed(self._clock_s() - began_s)}")
        return True


def _typed_on(draft: str) -> str:
    """What stands before a line of the shell's own, with a line to go on with."""
    return draft and draft.rstrip("\n") + "\n"


def _elapsed(length_s: float) -> str:
    return f"{length_s * 1000.0:.1f}ms" if length_s < 10.0 else f"{length_s:.1f}s"
