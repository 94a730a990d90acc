"""A text in somebody's own editor."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Mapping

from palm_ual.console.runs.program import decoded
from palm_ual.errors import UsageError
from palm_ual.lang.literals import shown

_USUAL = ("editor", "nano", "vi")


def edited(text: str, environ: Mapping[str, str]) -> str:
    """The text as the editor left it, without its last line end: VISUAL, EDITOR, or a usual one.

    Raises:
        UsageError: it cannot be run, or ended in failure. The text is as it was.
        PalmError: what it left is too long, or not UTF-8.
    """
    command = _command(environ)
    fd, path = tempfile.mkstemp(suffix=".ual")  # which only its owner can read
    try:
        with open(fd, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        _run(command, path)
        return _left(path)
    finally:
        with contextlib.suppress(OSError):  # some editors take it away, or put something else in its place
            os.unlink(path)


def _run(command: list[str], path: str) -> None:
    name = shown(command[0])
    try:
        with _deaf_to_interruptions(), _terminal_restored():
            status = subprocess.run([*command, path], check=False).returncode
    except OSError as error:
        raise UsageError(f'cannot run the editor "{name}": {error.strerror}', hint=_HINT) from error
    if status:
        how = f"ended with {status}" if status > 0 else f"was killed by signal {-status}"
        raise UsageError(f'the editor "{name}" {how}; nothing was taken from it')


def _left(path: str) -> str:
    try:
        with open(path, "rb") as file:
            text = decoded(file.read(), "the text from the editor")
    except OSError as error:
        raise UsageError(f"the editor left no text: {error.strerror}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")


_HINT = "VISUAL or EDITOR name the editor"


def _command(environ: Mapping[str, str]) -> list[str]:
    named = environ.get("VISUAL") or environ.get("EDITOR")
    if named:
        try:
            words = shlex.split(named)
        except ValueError:
            words = []
        if words:
            return words
        raise UsageError(f'"{shown(named)}" is no command', hint=_HINT)
    for name in _USUAL:
        if shutil.which(name, path=environ.get("PATH", os.defpath)):
            return [name]
    raise UsageError("there is no editor", hint=_HINT)


@contextlib.contextmanager
def _deaf_to_interruptions() -> Iterator[None]:
    """Ctrl-C is the editor's while it has the terminal."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _terminal_restored() -> Iterator[None]:
    """An editor that is killed leaves the terminal as it was using it."""
    try:
        before = termios.tcgetattr(sys.stdin.fileno())
    except (OSError, termios.error):  # it is none
        yield
        return
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, before)
