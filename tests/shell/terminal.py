"""A real pseudo-terminal with a person at it: types, looks, resizes and loses patience."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pyte

from tests.shell.screen import Screen

PATIENCE_S = 20.0
"""No step of a test takes longer, however busy the machine is."""

PROMPT, GO_ON = ">", "."
"""What the first line of a statement begins with, and each other, before a blank."""

KEYS: Mapping[str, str] = {
    "enter": "\r",
    "alt-enter": "\x1b\r",
    "tab": "\t",
    "shift-tab": "\x1b[Z",
    "escape": "\x1b",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    **{f"ctrl-{letter}": chr(ord(letter) - 96) for letter in "abcdefghklnopqrstuvwxyz"},
}

_QUERIES = re.compile(
    rb"\x1b\[\??[56]n"  # where is the cursor, are you well
    rb"|\x1b\[[>=]?0?c"  # what are you
    rb"|\x1b\[>0?q"  # what version
    rb"|\x1b\[\?u"  # kitty's keys
    rb"|\x1b\[\??[0-9]+\$p"  # is this mode set
    rb"|\x1b\[1[4-9]t|\x1b\[2[01]t"  # how large, what title
    rb"|\x1bP[+$]q"  # what can you
    rb"|\x1b\][0-9;]+;\?"  # what colour
)

Sight: TypeAlias = "str | re.Pattern[str] | Callable[[Terminal], bool]"
"""What may be waited for: a text or a pattern on the screen, or anything else about it."""


class NotSeen(AssertionError):
    """It was waited for in vain."""


class Terminal:
    """A program on a terminal of its own, which it is the session leader of, or the child of a shell there.

    Nothing here waits for time to pass: every wait ends as soon as the program has written what is
    waited for.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
        under_a_shell: bool = False,
        redirected: str = "",
    ) -> None:
        self.screen = Screen(columns, rows)
        self.said = bytearray()
        """Every byte that was written to the terminal."""
        self._stream = pyte.ByteStream(self.screen)
        self._ours, theirs = pty.openpty()
        os.set_blocking(self._ours, False)
        self._tell_size(columns, rows)
        self.modes_before = self.modes()
        # The first terminal that a session leader opens becomes its own: Ctrl-C and a hang-up reach it.
        run = (
            f'"$@" {redirected}; echo "left with $?"; read rest'
            if under_a_shell
            else f'exec "$@" {redirected}'
        )
        self._process = subprocess.Popen(
            ["sh", "-c", f'exec <"$0" >"$0" 2>&1; {run}', os.ttyname(theirs), *command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._theirs = theirs
        self._ending = os.pidfd_open(self._process.pid)

    # Typing

    def type(self, text: str | bytes) -> None:
        """Send keys. What the program writes meanwhile is read, so that neither side blocks the other."""
        data = text.encode() if isinstance(text, str) else text
        deadline = time.monotonic() + PATIENCE_S
        while data:
            readable, writable, _ = select.select(
                [self._ours, self._ending], [self._ours], [], _left(deadline)
            )
            if self._ours in readable:
                self._read()
            elif self._ending in readable:
                raise NotSeen(self._account(f"it left while this was typed: {data[:80]!r}"))
            if writable:
                with contextlib.suppress(BlockingIOError):
                    data = data[os.write(self._ours, data[:4096]) :]
            if time.monotonic() > deadline:
                raise NotSeen(self._account(f"it does not read what is typed: {len(data)} bytes are left"))

    def key(self, *names: str) -> None:
        """Press keys, one after another."""
        for name in names:
            self.type(KEYS[name])

    def paste(self, text: str) -> None:
        """Paste as a terminal does where the program has asked for brackets around it."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def write(self, text: str) -> None:
        """Type a text and see it."""
        self.type(text)
        end = text[-30:].replace(" ", "")
        self.wait_for(lambda _: not self.screen.cursor.hidden and end in self.typed.replace(" ", ""))

    def enter(self, text: str) -> None:
        """Type a line, see it, and press Enter."""
        self.write(text)
        self.key("enter")

    def run(self, text: str) -> str:
        """Enter a line and wait for the next prompt; returns what was printed between the two."""
        self.write(text)
        start = len(self.transcript)
        self.key("enter")
        self.wait_for_prompt()
        printed = "\n".join(self.transcript[start:])
        return printed[: printed.rindex(PROMPT)].rstrip()

    def interrupt(self) -> None:
        """Ctrl-C, as a key: what it does is the terminal's or the program's matter."""
        self.key("ctrl-c")

    # Seeing

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines on the screen, without blanks at their ends."""
        return self.screen.rows

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines)

    @property
    def transcript(self) -> list[str]:
        """Every line up to the cursor's, those that have scrolled away first."""
        return [*self.screen.scrolled, *self.lines[: self.screen.cursor.y + 1]]

    @property
    def typed(self) -> str:
        """The text from the last prompt to the lowest line that is in use, on one line."""
        rows = list(self.lines)
        starts = [row for row, line in enumerate(rows) if line.startswith(PROMPT)]
        return "".join(rows[starts[-1] :]) if starts else ""

    @property
    def line(self) -> str:
        """The line that the cursor is in; empty while the cursor is hidden, because something is being drawn."""
        return "" if self.screen.cursor.hidden else self.screen.cursor_row

    def at_prompt(self) -> bool:
        """Whether the cursor stands in an empty prompt."""
        return self.line == PROMPT and self.screen.cursor.x == len(PROMPT) + 1

    def wait_for(self, sight: Sight, *, within_s: float = PATIENCE_S) -> None:
        """Read until it is seen.

        Raises:
            NotSeen: it was not seen in time, or the program left before; says what was seen instead.
        """
        deadline = time.monotonic() + within_s
        while not self._sees(sight):
            if time.monotonic() > deadline:
                raise NotSeen(self._account(f"not seen within {within_s:g} s: {sight!r}"))
            if not self._goes_on(deadline) and not self._sees(sight):
                raise NotSeen(self._account(f"it left, and this was not seen: {sight!r}"))

    def wait_for_prompt(self) -> None:
        """Until an empty prompt waits for keys."""
        self.wait_for(Terminal.at_prompt)

    def wait_while(self, sight: Sight, *, within_s: float = PATIENCE_S) -> None:
        """Read until it is not seen any more."""
        self.wait_for(lambda _: not self._sees(sight), within_s=within_s)

    def keeps(self, sight: Sight, *, for_s: float) -> bool:
        """Whether it is seen all the time, while nothing is being drawn. For what must not happen: not for long."""
        deadline = time.monotonic() + for_s
        while self._sees(sight) or self.screen.cursor.hidden:
            if time.monotonic() > deadline or not self._goes_on(deadline):
                return True
        return False

    def settle(self, quiet_s: float) -> None:
        """Read until nothing has come for so long: where there is nothing to be seen that could be waited for."""
        before = -1
        while before < len(self.said):
            before = len(self.said)
            self._goes_on(time.monotonic() + quiet_s)

    def _sees(self, sight: Sight) -> bool:
        match sight:
            case str():
                return sight in self.text
            case re.Pattern():
                return sight.search(self.text) is not None
            case _:
                return sight(self)

    def queries(self) -> list[bytes]:
        """What the program has asked the terminal, which may never answer."""
        return _QUERIES.findall(bytes(self.said))

    def modes(self) -> list[Any]:
        """How the terminal treats keys: as `stty -a` shows it."""
        return termios.tcgetattr(self._ours)

    # Around it

    def resize(self, columns: int, rows: int) -> None:
        """Drag the window's corner."""
        self.screen.resize(rows, columns)
        self._tell_size(columns, rows)

    @property
    def pid(self) -> int:
        """The program's process, not that of the shell it runs under."""
        leader = self._process.pid
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text(encoding="ascii").split()
        return int(children[0]) if children else leader

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the window."""
        os.close(self._theirs)
        os.close(self._ours)
        self._ours = self._theirs = -1

    def wait(self) -> int:
        """Read to the end; returns the exit status as a shell shows it."""
        deadline = time.monotonic() + PATIENCE_S
        while self._ours >= 0 and self._goes_on(deadline):
            if time.monotonic() > deadline:
                raise NotSeen(self._account("it does not leave"))
        status = self._process.wait(PATIENCE_S)
        return status if status >= 0 else 128 - status

    def close(self) -> None:
        """Take the terminal away, with everything that runs on it."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for descriptor in (self._ours, self._theirs, self._ending):
            if descriptor >= 0:
                os.close(descriptor)
        self._ours = self._theirs = self._ending = -1

    def _tell_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _goes_on(self, deadline: float) -> bool:
        """Take in what is written next, if anything is before the deadline; False when it has left."""
        readable, _, _ = select.select([self._ours, self._ending], [], [], _left(deadline))
        if self._ours in readable and self._read():
            return True
        return self._ending not in readable

    def _read(self) -> bool:
        """Take in what was written; False where nothing was."""
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # nothing is there, or Linux says that nobody has the terminal open
            return False
        self.said += data
        self._stream.feed(data)
        return bool(data)

    def _account(self, what: str) -> str:
        rows = "\n".join(f"  |{line}" for line in self.lines if line)
        cursor = self.screen.cursor
        return f"{what}\nThe cursor is at {cursor.x} of line {cursor.y}, and this is the screen:\n{rows}"


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
