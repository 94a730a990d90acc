"""A shell on a pseudo-terminal that has the completions of the command."""

import os
import pty
import select
import subprocess
from pathlib import Path
from types import TracebackType

LONGEST_S = 20.0
_READY, _CLEAR = "ready>", "\x15"
"""The prompt, and the key that empties the line in both shells."""


class ShellOnTerminal:
    """Types a line and Tab; reads what the shell makes of it."""

    def __init__(self, command: list[str], setup: str, folder: Path) -> None:
        self._master, slave = pty.openpty()
        environment = {
            **{"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "dumb", "LANG": "C.UTF-8"},
            **{"PS1": _READY, "PS2": "", "COLUMNS": "200"},
        }
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._read = ""
        self._wait_for(_READY)
        self._type(f"{setup}; echo set''-up\n")
        self._wait_for("set-up\r\n")
        self._wait_for(_READY)

    def __enter__(self) -> "ShellOnTerminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def completed(self, line: str, until: str) -> str:
        """What stands in the line after Tab, up to and with what is waited for, which must come."""
        self._type(f"{line}\t")
        seen = self._wait_for(until)
        self._type(_CLEAR)
        return seen

    def _type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def _wait_for(self, text: str) -> str:
        """All that was written up to a text; what comes behind it is left for the next time."""
        while text not in self._read:
            if not select.select([self._master], [], [], LONGEST_S)[0]:
                raise TimeoutError(f"waited for {text!r}, and there was {self._read!r}")
            self._read += os.read(self._master, 65536).decode(errors="replace")
        before, _, self._read = self._read.partition(text)
        return before + text
