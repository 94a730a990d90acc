"""A text in somebody's own editor."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping

from palm_ual.console.program import decoded
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
    with tempfile.NamedTemporaryFile(
        "w+", suffix=".ual", encoding="utf-8"
    ) as file:  # only its owner reads it
        file.write(text + "\n")
        file.flush()
        try:
            with _deaf_to_interruptions():
                status = subprocess.run([*command, file.name], check=False).returncode
        except OSError as error:
            raise UsageError(
                f'cannot run the editor "{shown(command[0])}": {error.strerror}', hint=_HINT
            ) from error
        if status:
            raise UsageError(
                f'the editor "{shown(command[0])}" ended with {status}; nothing was taken from it'
            )
        with open(file.name, "rb") as left:  # some editors write another file in its place
            return decoded(left.read(), "the text from the editor").removesuffix("\n")


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
