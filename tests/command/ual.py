"""The command, as a process of its own and within this one."""

import contextlib
import gc
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

from palm_ual.__main__ import main

ROOT = Path(__file__).parents[2]
LONGEST_S = 30.0
"""No command of these tests takes longer, however busy the machine is."""


class Ran(NamedTuple):
    """How a command ended. `status` is what a shell shows, also of one that was ended by a signal."""

    status: int
    out: str
    err: str


SCRIPT = "program.ual"
ROADS = ("file", "pipe", "-", "-c")
"""How a program comes in."""


class Desk:
    """A folder to work in, a home in it, and the command with nothing but that in its environment."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self._site = site

    def environment(self, more: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """A variable that is None in `more` is not set at all."""
        variables: dict[str, str | None] = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "user"),
            "LANG": "C.UTF-8",
            "PYTHONPATH": f"{self._site}{os.pathsep}{ROOT}",
            "UAL_HOME": str(self.home),
            **(more or {}),
        }
        return {name: value for name, value in variables.items() if value is not None}

    def write(self, name: str, text: str | bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    # A process of its own

    def start(
        self,
        *arguments: str,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes] = subprocess.PIPE,
        environment: Mapping[str, str | None] | None = None,
        first: str = "",
    ) -> "subprocess.Popen[bytes]":
        """Begin a command. `first` is what a shell does before it becomes the command: `ulimit -n 32;`."""
        command = [sys.executable, "-m", "palm_ual", *arguments]
        if first:
            command = ["sh", "-c", f'{first} exec "$@"', "sh", *command]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment(environment),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )

    def run(
        self,
        *arguments: str,
        stdin: str | bytes = b"",
        stdout: int | IO[bytes] = subprocess.PIPE,
        environment: Mapping[str, str | None] | None = None,
        first: str = "",
    ) -> Ran:
        """Run a command to its end."""
        process = self.start(
            *arguments, stdin=subprocess.PIPE, stdout=stdout, environment=environment, first=first
        )
        return ended(process, stdin)

    def run_by(self, road: str, text: str, *options: str) -> Ran:
        """Run a program that comes in by one of the roads."""
        match road:
            case "pipe":
                return self.run(*options, stdin=text)
            case "-":
                return self.run(*options, "-", stdin=text)
            case "-c":
                return self.run(*options, "-c", text)
            case _:
                self.write(SCRIPT, text)
                return self.run(*options, SCRIPT)

    def wait_for_the_store(self, process: "subprocess.Popen[bytes]") -> None:
        """Until a command has loaded SQLite, just before it asks for the home's lock."""
        maps = Path(f"/proc/{process.pid}/maps")
        while process.poll() is None and "sqlite3" not in maps.read_text(encoding="utf-8"):
            continue

    # Within this process

    def call(
        self,
        *arguments: str,
        stdin: str | bytes = b"",
        environment: Mapping[str, str | None] | None = None,
        together: bool = False,
        user: int | None = None,
    ) -> Ran:
        """As `run`, in a tenth of the time. `together` has errors among the answers, as a terminal has.

        `user` is who runs it, where the test itself is run by root.
        """
        out = io.BytesIO()
        err = out if together else io.BytesIO()
        data = stdin.encode() if isinstance(stdin, str) else stdin
        with (
            _restored_process(),
            contextlib.chdir(self.folder),
            _streams(io.BytesIO(data), out, err),
            _acting_as(user),
        ):
            variables = self.environment(environment)
            os.environ.clear()
            os.environ.update(variables)
            status = _status_of(arguments)
        return Ran(status, out.getvalue().decode(), "" if together else err.getvalue().decode())


def ended(process: "subprocess.Popen[bytes]", stdin: str | bytes = b"") -> Ran:
    """Wait for a command that was started."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    try:
        out, err = process.communicate(data if process.stdin else None, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Ran(status, (out or b"").decode(), (err or b"").decode())


def _status_of(arguments: tuple[str, ...]) -> int:
    sys.argv = ["ual", *arguments]
    try:
        main()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


@contextlib.contextmanager
def _restored_process() -> Iterator[None]:
    """A command changes what belongs to the whole process, as it may: here it is put back."""
    variables, argv, path, thresholds = dict(os.environ), sys.argv, list(sys.path), gc.get_threshold()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        sys.argv, sys.path[:] = argv, path
        os.environ.clear()
        os.environ.update(variables)
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _streams(stdin: io.BytesIO, out: io.BytesIO, err: io.BytesIO) -> Iterator[None]:
    before = sys.stdin, sys.stdout, sys.stderr
    mine = [io.TextIOWrapper(stream, encoding="utf-8") for stream in (stdin, out, err)]
    sys.stdin, sys.stdout, sys.stderr = mine
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        for stream in mine:
            stream.flush()
            stream.detach()


@contextlib.contextmanager
def _acting_as(user: int | None) -> Iterator[None]:
    if user is None:
        yield
        return
    before = os.geteuid()
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(before)
