"""The file of the history: private, shared by all prompts of a user, and bounded."""

import contextlib
import fcntl
import os
import stat
from collections.abc import Callable, Generator, Iterator

import msgspec

from palm_ual.model.limits import HISTORY_BYTES_MAX, HISTORY_TEXT_CHARS_MAX

_BLOCK_BYTES = 64 * 1024
_LINE_BYTES_MAX = 6 * HISTORY_TEXT_CHARS_MAX + 2
"""JSON needs at most six bytes for a character (`\\u001b`), and two for its quotes."""
_SLACK = 10
"""A file is trimmed when it has this part more than it should: not at the end of every prompt."""
_TRIES = 3
"""How often a text is written into files that are trimmed away under it."""
_PRIVATE_FILE, _PRIVATE_DIRECTORY = 0o600, 0o700
_FOR_OTHERS, _OTHERS_MAY_WRITE = 0o077, 0o022


class HistoryFile:
    """Nothing here raises for what the disk does: the first failure is noted, and from then on nothing is written."""

    def __init__(self, path: str, *, keep: int) -> None:
        self._path: str | None = os.path.realpath(
            path
        )  # a link of the user's own leads to where they keep it
        self._keep = keep
        self._lines: Generator[bytes, None, None] | None = None
        self._notes: list[str] = []

    def take_notes(self) -> list[str]:
        """What a person should know since last asked."""
        notes, self._notes = self._notes, []
        return notes

    def latest_first(self) -> Iterator[str | None]:
        """What the file holds now, whatever is appended later; None for a line that is not ours.

        The file is opened by the call, and read as the texts are asked for.
        """
        if self._path is None:
            return iter(())
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            return iter(())
        except OSError as error:
            self._give_up("read", error)
            return iter(())
        try:
            self._make_private(fd, self._path)
        except OSError as error:
            os.close(fd)
            self._give_up("read", error)
            return iter(())
        self._lines = _past_of(fd, os.fstat(fd).st_size)
        return map(_text_of, self._lines)

    def append(self, text: str) -> None:
        """Write a text behind all others, those of other prompts included."""
        if self._path is None:
            return
        try:
            self._make_directory(os.path.dirname(self._path))
            _append(self._path, _line_of(text), self._make_private)
        except OSError as error:
            self._give_up("write", error)

    def close(self) -> None:
        """Trim the file if it is too long. Idempotent."""
        if self._lines is not None:
            self._lines.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                _trim(self._path, self._keep)
        self._path = None

    def _give_up(self, action: str, error: OSError) -> None:
        reason = error.strerror or str(error)
        self._notes.append(f"cannot {action} {self._path}: {reason}; the history is kept in memory only")
        self._path = None

    def _make_directory(self, directory: str) -> None:
        """Create what is missing, each 0700, and see to it that nobody else can put a file there."""
        if not os.path.isdir(directory):
            _create_directory(directory)
        mode = os.stat(directory).st_mode
        if stat.S_ISDIR(mode) and mode & _OTHERS_MAY_WRITE:
            os.chmod(directory, _PRIVATE_DIRECTORY)
            was = f"mode {stat.S_IMODE(mode):04o}"
            self._notes.append(f"others could write in {directory} ({was}); now only you can")

    def _make_private(self, fd: int, path: str) -> None:
        """See to it that only its owner can read the file.

        Raises:
            OSError: that cannot be had, or it is not a file.
        """
        mode = os.fstat(fd).st_mode
        if not stat.S_ISREG(mode):
            raise OSError("it is not a file")
        if mode & _FOR_OTHERS:
            os.fchmod(fd, _PRIVATE_FILE)
            if os.fstat(fd).st_mode & _FOR_OTHERS:
                raise OSError("others can open it, and its file system keeps it so")
            self._notes.append(f"others could open {path} (mode {stat.S_IMODE(mode):04o}); now only you can")


def _create_directory(path: str) -> None:
    if not os.path.isdir(parent := os.path.dirname(path)):
        _create_directory(parent)
    with contextlib.suppress(FileExistsError):  # another prompt was quicker
        os.mkdir(path, _PRIVATE_DIRECTORY)


def _is_named(fd: int, path: str) -> bool:
    """Whether a descriptor's file still has its name: a trimmed file is another one."""
    try:
        ours, there = os.fstat(fd), os.stat(path)
    except FileNotFoundError:
        return False
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)


def _line_of(text: str) -> bytes:
    # A key of no encoding comes as half a surrogate, which no file can hold.
    return msgspec.json.encode(text.encode("utf-8", "replace").decode("utf-8")) + b"\n"


def _text_of(line: bytes) -> str | None:
    try:
        text = msgspec.json.decode(line, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return text if text.strip() and len(text) <= HISTORY_TEXT_CHARS_MAX else None


def _append(path: str, lines: bytes, make_private: Callable[[int, str], None]) -> None:
    """Write behind everything, with one write; a line that a full disk or a crash has torn is ended first.

    A file that lost its name meanwhile was trimmed, perhaps without these lines: they are written again.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
    for _ in range(_TRIES):
        fd = os.open(path, flags, _PRIVATE_FILE)
        try:
            make_private(fd, path)
            size = os.fstat(fd).st_size
            torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
            data = (b"\n" if torn else b"") + lines
            if os.write(fd, data) != len(data):
                raise OSError("the disk is full")
            if _is_named(fd, path):
                return
        finally:
            os.close(fd)


def _past_of(fd: int, size: int) -> Generator[bytes, None, None]:
    """The lines below `size`, last first; closes the file at their end. What cannot be read ends them."""
    try:
        with contextlib.suppress(OSError):
            yield from _lines_backwards(fd, size)
    finally:
        os.close(fd)


def _lines_backwards(fd: int, size: int) -> Iterator[bytes]:
    """The lines of a file, last first, within its last `HISTORY_BYTES_MAX`; a line without end is left out."""
    least = max(0, size - HISTORY_BYTES_MAX)
    at, tail, endless = size, b"", False
    while at > least:
        start = max(least, at - _BLOCK_BYTES)
        lines = (os.pread(fd, at - start, start) + tail).split(b"\n")
        at = start
        if endless:
            lines[-1] = b""
        endless = (endless and len(lines) == 1) or len(lines[0]) > _LINE_BYTES_MAX
        tail = b"" if endless else lines[0]
        yield from filter(None, reversed(lines[1:]))
    if least == 0 and tail:
        yield tail


def _trim(path: str, keep: int) -> None:
    """Replace a file that is too long by one with its latest texts, unless another prompt is about it.

    What other prompts wrote into the old one until it lost its name is written behind the new one.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = os.fstat(fd).st_size
        if not _is_named(fd, path) or not (latest := _too_long(fd, size, keep)):
            return
        _replace(path, latest)
        if late := os.pread(fd, os.fstat(fd).st_size - size, size):
            _append(path, late, lambda _fd, _path: None)
    finally:
        os.close(fd)


def _too_long(fd: int, size: int, keep: int) -> list[bytes]:
    """The lines to keep, latest first, of a file that has too many; none if it has not."""
    lines: list[bytes] = []
    count = kept_bytes = 0
    for line in _lines_backwards(fd, size):
        count += 1
        if count <= keep and kept_bytes + len(line) < HISTORY_BYTES_MAX // 2 and _text_of(line) is not None:
            lines.append(line)
            kept_bytes += len(line) + 1
    return lines if count > keep + keep // _SLACK or size > HISTORY_BYTES_MAX else []


def _replace(path: str, latest_first: list[bytes]) -> None:
    """The new file has its name only when it is whole, on disk."""
    new = f"{path}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE_FILE)
    with open(fd, "wb") as file:
        file.writelines(line + b"\n" for line in reversed(latest_first))
        file.flush()
        os.fsync(fd)
    os.replace(new, path)
