"""One owner for a home at a time, under `flock` on a file of its own.

The lock is never taken on the database: closing any descriptor of a file drops the process's POSIX locks
on it, and SQLite relies on those. The kernel frees the lock with its holder, however that ends.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable

import msgspec

from palm_ual.errors import HomeLocked
from palm_ual.store.home import create_private, io_failure

LOCK_FILE = "lock"
_POLL_FIRST_S = 0.005
_POLL_MAX_S = 0.1
_HOLDER_BYTES_MAX = 4096


class Holder(msgspec.Struct, frozen=True):
    """Who holds a home, as it says itself in the lock file."""

    pid: int
    started: str
    """When the process began, as the kernel writes it; a pid alone may have been given to another."""
    release: str
    command: str


class HomeLock:
    """Held until `release`, or until the process ends."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def lock_home(
    home: str,
    *,
    timeout_s: float,
    command: str,
    release: str,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> HomeLock:
    """Take the home for this process, waiting for at most `timeout_s`; 0 tries once.

    Raises:
        HomeLocked: it is still held by another then; the message names it.
        HomeError: the lock file cannot be used.
    """
    path = os.path.join(home, LOCK_FILE)
    deadline = clock() + timeout_s
    pause_s = _POLL_FIRST_S
    while True:
        fd = _try_lock(path)
        if fd is not None:
            break
        left_s = deadline - clock()
        if left_s <= 0:
            raise _locked(home, path)
        sleep(min(pause_s, left_s))
        pause_s = min(2 * pause_s, _POLL_MAX_S)
    _write_holder(fd, Holder(os.getpid(), _start_of(os.getpid()), release, command[:1000]))
    return HomeLock(fd)


def _try_lock(path: str) -> int | None:
    """The locked descriptor; None if another process has the lock, or the file was changed under us."""
    fd = create_private(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours, there = os.fstat(fd), os.stat(path)
    except (BlockingIOError, FileNotFoundError):
        os.close(fd)
        return None
    except OSError as error:
        os.close(fd)
        raise io_failure("lock", path, error) from error
    if (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino):
        return fd
    os.close(fd)  # somebody removed the file we locked: a second owner could lock its successor
    return None


def _write_holder(fd: int, holder: Holder) -> None:
    """Only for people to read: a full disk must not keep anybody from looking.

    Padded to one length, because cutting a file costs a file system more than all the rest of an opening.
    """
    text = msgspec.json.encode(holder)
    if len(text) > _HOLDER_BYTES_MAX:
        text = msgspec.json.encode(msgspec.structs.replace(holder, command="a ual"))
    with contextlib.suppress(OSError):
        os.pwrite(fd, text.ljust(_HOLDER_BYTES_MAX), 0)


def _locked(home: str, path: str) -> HomeLocked:
    holder = _read_holder(path)
    who = f"process {holder.pid} ({holder.command})" if holder else "another process"
    return HomeLocked(
        f"{home} is held by {who}",
        hint="wait longer with --lock-timeout, or use another home: --home DIRECTORY",
    )


def _read_holder(path: str) -> Holder | None:
    """Whoever wrote last, if that process is still the same; None where it cannot be known."""
    try:
        with open(path, "rb") as file:
            holder = msgspec.json.decode(file.read(_HOLDER_BYTES_MAX), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None
    return holder if holder.started == _start_of(holder.pid) else None


def _start_of(pid: int) -> str:
    """Start of a process in ticks since boot, from `/proc`; empty where there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The command's name stands in parentheses and may hold blanks and parentheses itself.
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
