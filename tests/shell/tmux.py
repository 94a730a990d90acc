"""A second terminal to try the prompt on: tmux, which wraps long lines anew when its window changes."""

import contextlib
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.shell.terminal import PATIENCE_S, NotSeen

TMUX = shutil.which("tmux")


class Tmux:
    """A program in the only pane of a tmux of its own."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        assert TMUX is not None
        self._tmux = [TMUX, "-S", str(folder / "tmux"), "-f", os.devnull]
        self._environment = {name: value for name, value in environment.items() if name != "TERM"}
        # A client in control mode is told of everything that the pane shows: that is when to look again.
        self._client = subprocess.Popen(
            [*self._tmux, "-C", "new-session", "-x", str(columns), "-y", str(rows), *command],
            cwd=folder,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._told = b""
        while b"%end" not in self._told:  # then the pane is there to be looked at
            assert self._changes(time.monotonic() + PATIENCE_S), self._told

    def type(self, text: str) -> None:
        """Send keys as they are."""
        self._do("send-keys", "-l", text)

    def key(self, *names: str) -> None:
        """Press keys by tmux's names: `Enter`, `M-Enter`, `Tab`, `Up`, `C-c`."""
        self._do("send-keys", *names)

    def paste(self, text: str) -> None:
        """Paste, in brackets if the program has asked for them."""
        self._do("set-buffer", text)
        self._do("paste-buffer", "-p", "-r")

    def resize(self, columns: int, rows: int) -> None:
        self._do("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines on the screen, without blanks at their ends."""
        return tuple(line.rstrip() for line in self._do("capture-pane", "-p").splitlines())

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, sight: str | Callable[["Tmux"], bool]) -> None:
        """Look whenever something has changed, until it is seen.

        Raises:
            NotSeen: it was not seen in time, or the program left before.
        """
        deadline = time.monotonic() + PATIENCE_S
        while not self._sees(sight):
            if time.monotonic() > deadline or not self._changes(deadline):
                rows = "\n".join(f"  |{line}" for line in self.text.splitlines() if line)
                raise NotSeen(f"not seen: {sight!r}\nThis is the screen:\n{rows}")

    def wait(self) -> None:
        """Until the program has left, and tmux with it."""
        deadline = time.monotonic() + PATIENCE_S
        while self._changes(deadline):
            if time.monotonic() > deadline:
                raise NotSeen(f"it does not leave:\n{self.text}")
        self._client.wait(PATIENCE_S)

    def close(self) -> None:
        """Take the terminal away, with everything that runs on it."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self._do("kill-server")
        self._client.communicate(timeout=PATIENCE_S)

    def _sees(self, sight: str | Callable[["Tmux"], bool]) -> bool:
        return sight in self.text if isinstance(sight, str) else sight(self)

    def _changes(self, deadline: float) -> bool:
        """Wait for something to be shown; False when there is nothing any more."""
        assert self._client.stdout is not None
        fd = self._client.stdout.fileno()
        ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        self._told = os.read(fd, 65536) if ready else b""
        return not ready or bool(self._told)

    def _do(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tmux, *words],
            env=self._environment,
            capture_output=True,
            timeout=PATIENCE_S,
            check=True,
        )
        return done.stdout.decode()
