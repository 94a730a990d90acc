"""Text to a program: everything is read and parsed, sourced files too, before its first statement runs."""

import os
import stat
from typing import TextIO

from msgspec import Struct

from palm_ual.console.lines.errors import SourceText
from palm_ual.errors import FileFailed, LimitExceeded, PalmError
from palm_ual.lang.literals import shown
from palm_ual.lang.parser import parse
from palm_ual.lang.statements import Source, Statement
from palm_ual.model.limits import SCRIPT_BYTES_MAX, SCRIPT_STATEMENTS_MAX

_SOURCE_DEPTH_MAX = 16


class Unreadable(FileFailed):
    """A script that cannot be read: the arguments were wrong, nothing ran."""

    exit_status = 2


class Step(Struct, frozen=True):
    """A statement and the text it came from."""

    source: SourceText
    statement: Statement

    @property
    def text(self) -> str:
        """The statement as it was written."""
        span = self.statement.span
        return self.source.text[span.start : span.end]


class ProgramError(Exception):
    """A coded error of a text that was never run, with that text."""

    def __init__(self, error: PalmError, source: SourceText | None) -> None:
        super().__init__(error.message)
        self.error = error
        self.source = source


def load_text(text: str, *, name: str | None, directory: str) -> list[Step]:
    """The steps of a text; a SOURCE in it is replaced by the steps of its file, found from `directory`.

    Raises:
        ProgramError: of this text or of a sourced file.
    """
    return _load(SourceText(text, name), directory, depth=0)


def load_file(path: str) -> list[Step]:
    """The steps of a script file; what it sources is found from its own directory."""
    try:
        text = read_script(path)
    except PalmError as error:
        raise ProgramError(error, None) from error
    return _load(SourceText(text, path), os.path.dirname(os.path.abspath(path)), depth=0)


def read_script(path: str) -> str:
    """A script's text.

    Raises:
        Unreadable: no such file, not a file, not readable, or not UTF-8 (with line and column).
        LimitExceeded: longer than a script may be.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    mode = os.fstat(fd).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        os.close(fd)
        raise Unreadable(f'cannot read the script "{shown(path)}": it is not a file', word=path)
    os.set_blocking(fd, True)
    with open(fd, "rb") as file:
        try:
            return decoded(file.read(SCRIPT_BYTES_MAX + 1), path)
        except OSError as error:
            raise _unreadable(path, error) from error


def read_stream(stream: TextIO, name: str) -> str:
    """All of standard input as a script's text; errors as `read_script`."""
    try:
        return decoded(stream.buffer.read(SCRIPT_BYTES_MAX + 1), name)
    except OSError as error:
        raise _unreadable(name, error) from error


def decoded(data: bytes, name: str) -> str:
    """UTF-8 bytes of at most a script's length as text."""
    if len(data) > SCRIPT_BYTES_MAX:
        raise LimitExceeded(
            f'"{shown(name)}" is longer than {SCRIPT_BYTES_MAX:,} bytes, the most a script may have'
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        raise Unreadable(
            f"{shown(name)}:{line}:{column}: the byte 0x{data[error.start]:02x} is not UTF-8",
            hint="save the script as UTF-8",
        ) from error


def _unreadable(path: str, error: OSError | ValueError) -> Unreadable:
    reason = getattr(error, "strerror", None) or str(error)
    return Unreadable(f'cannot read the script "{shown(path)}": {reason}', word=path)


def _load(source: SourceText, directory: str, *, depth: int) -> list[Step]:
    try:
        statements = parse(source.text)
    except PalmError as error:
        raise ProgramError(error, source) from error
    steps: list[Step] = []
    for statement in statements:
        if isinstance(statement, Source):
            steps += _sourced(statement, source, directory, depth)
        else:
            steps.append(Step(source, statement))
        if len(steps) > SCRIPT_STATEMENTS_MAX:
            too_many = LimitExceeded(f"a script may have at most {SCRIPT_STATEMENTS_MAX:,} statements")
            raise ProgramError(too_many, source)
    return steps


def _sourced(statement: Source, source: SourceText, directory: str, depth: int) -> list[Step]:
    try:
        if not statement.path:
            raise Unreadable("SOURCE needs the name of a file", word="''")
        if depth == _SOURCE_DEPTH_MAX:
            raise LimitExceeded(
                f"files may source each other {_SOURCE_DEPTH_MAX} deep; is this one its own source?"
            )
        path = os.path.join(directory, os.path.expanduser(statement.path))
        text = read_script(path)
    except PalmError as error:
        raise ProgramError(error.at(statement.span.start, statement.span.end), source) from error
    return _load(SourceText(text, path), os.path.dirname(path), depth=depth + 1)
