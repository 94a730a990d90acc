"""An agent type of one's own: it watches the files of a folder and writes down what happens to them.

Deploy it as 'file_watch:FileWatch' from this folder, or see file-watch.ual. It shows all that a type
may do: a config with units and bounds, a state that survives the process, a health, and obligations.
"""

import fnmatch
import hashlib
import os
from collections.abc import Sequence

from msgspec import Struct
from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, Seconds
from palm_ual.agents.contract import HEALTHY, AgentType, HealthReport, Obligation, Sight, Step, Write

FILES_MAX = 10_000
"""What one agent watches at most; a folder of more is reported, and left alone."""


class FileWatchConfig(AgentConfig):
    """What WITH may say; DESCRIBE TYPE prints it. `Seconds` is a whole number from 1 to a year."""

    folder: str = Field(
        min_length=1, max_length=1_000, description="whose files to watch, not those below it"
    )
    pattern: str = Field("*", min_length=1, max_length=200, description="only files of such names")
    every: Seconds = Field(60, description="how often a pass over all files begins")
    files_per_step: int = Field(
        50, ge=1, le=1_000, description="read at a time", json_schema_extra={"unit": "files"}
    )
    read_limit: int = Field(
        1_000_000,
        ge=1,
        le=100_000_000,
        description="of a longer file only so much is compared, and its length",
        json_schema_extra={"unit": "bytes"},
    )


class Watch(Struct):
    """One agent's state. As a Struct it becomes JSON and comes back without further ado."""

    folder: str
    """Absolute, so that the next command may run anywhere."""
    next_pass_ms: int
    checksums: dict[str, str] = {}
    unread: list[str] = []
    """What the pass under way has still to read, the next file last."""
    baseline: bool = False
    """Whether a pass has ended: before that there is nothing to compare with."""
    trouble: str | None = None


class FileWatch(AgentType[Watch]):
    """Reads the files of a folder over and over, and logs each that appears, changes or vanishes."""

    name = "file_watch"
    summary = "watches the files of a folder"
    Config = FileWatchConfig
    State = Watch
    config: FileWatchConfig

    @override
    def start(self, sight: Sight, chance: Chance) -> Watch:
        return Watch(os.path.abspath(os.path.expanduser(self.config.folder)), sight.now_ms)

    @override
    def step(self, state: Watch, sight: Sight, chance: Chance) -> Step:
        """Begins a pass when one is due, and reads a few files of it: all agents share one thread."""
        lines: list[str] = []
        begins = not state.unread and sight.now_ms >= state.next_pass_ms
        if begins:
            state.next_pass_ms = sight.now_ms + self.config.every * 1000
            begins = self._begin_pass(state, lines)
        if begins or state.unread:
            self._read_some(state, lines)
        wake_in_ms = 1 if state.unread else max(1, state.next_pass_ms - sight.now_ms)
        return Step(wake_in_ms, tuple(Write(line) for line in lines))

    @override
    def obligations(self, state: Watch, sight: Sight) -> Sequence[Obligation]:
        """A pass that was begun is finished. `drain` need not be overridden: it steps until nothing is owed."""
        left = len(state.unread)
        return [Obligation(f"the rest of a pass ({_files(left)})")] if left else []

    @override
    def health(self, state: Watch, sight: Sight) -> HealthReport:
        return HEALTHY if state.trouble is None else HealthReport("degraded", state.trouble)

    def _begin_pass(self, state: Watch, lines: list[str]) -> bool:
        """List the folder; what is missing has vanished. False if it cannot be listed: then nothing has."""
        try:
            names = self._names(state.folder)
        except (OSError, ValueError) as error:
            state.trouble = f"cannot read {state.folder}: {_reason(error)}"
            return False
        if len(names) > FILES_MAX:
            state.trouble = f"{state.folder} holds {len(names):,} files, more than {FILES_MAX:,}"
            return False
        state.trouble = None
        for name in sorted(state.checksums.keys() - names):
            _vanished(state, name, lines)
        state.unread = sorted(names, reverse=True)
        return True

    def _names(self, folder: str) -> set[str]:
        with os.scandir(folder) as entries:
            return {
                entry.name
                for entry in entries
                if fnmatch.fnmatchcase(entry.name, self.config.pattern)
                and _is_text(entry.name)
                and entry.is_file(follow_symlinks=False)
            }

    def _read_some(self, state: Watch, lines: list[str]) -> None:
        for _ in range(min(self.config.files_per_step, len(state.unread))):
            self._read(state, state.unread.pop(), lines)
        if not state.unread and not state.baseline:
            state.baseline = True
            lines.append(f"watching {_files(len(state.checksums))}")

    def _read(self, state: Watch, name: str, lines: list[str]) -> None:
        try:
            checksum = self._checksum(os.path.join(state.folder, name))
        except FileNotFoundError:
            _vanished(state, name, lines)
            return
        except OSError as error:
            state.trouble = f"cannot read {name}: {_reason(error)}"
            return
        before = state.checksums.get(name)
        state.checksums[name] = checksum
        if state.baseline and before != checksum:
            lines.append(f"{'appeared' if before is None else 'changed'}: {name}")

    def _checksum(self, path: str) -> str:
        with open(path, "rb") as file:
            length = os.fstat(file.fileno()).st_size
            return f"{length}:{hashlib.sha256(file.read(self.config.read_limit)).hexdigest()}"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _vanished(state: Watch, name: str, lines: list[str]) -> None:
    if state.checksums.pop(name, None) is not None:
        lines.append(f"vanished: {name}")


def _is_text(name: str) -> bool:
    """A name that is not UTF-8 has no place in a log, nor in a state that becomes JSON."""
    return name.isascii() or name.encode("utf-8", "ignore").decode() == name


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
