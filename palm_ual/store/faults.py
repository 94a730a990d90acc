"""What SQLite's failures mean for whoever uses the home."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from palm_ual.errors import HomeCorrupt, HomeError, HomeLocked

_SYSTEM = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_AUTH,
    }
)
"""The file may be sound; the system did not let us at it."""


class Damage(HomeCorrupt):
    """A damaged, foreign or edited state file: the one wording for it, and `what` alone for a report."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(
            f"{path} cannot be trusted: {what}; it was left as it is",
            hint="put a copy of the home back, or go on with another one: --home DIRECTORY",
        )
        self.what = what


def is_system_failure(error: sqlite3.Error) -> bool:
    """Full disk, missing rights, I/O error: not a fault of the file's content."""
    return primary_code(error) in _SYSTEM


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code without its extension; some of the binding's own errors have none."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)) & 0xFF


def home_error(path: str, error: sqlite3.Error) -> HomeError:
    """The coded error for a failed read or opening."""
    code = primary_code(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return HomeLocked(
            f"{path} is in use by a program that is not ual ({error})",
            hint="end that program; the state file is not to be opened beside a ual",
        )
    if is_system_failure(error):
        return HomeError(f"cannot use {path}: {error}")
    return Damage(path, str(error))


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turns SQLite's errors into coded ones. Misuse of the connection stays what it is: our mistake."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        raise home_error(path, error) from error
    except (UnicodeDecodeError, MemoryError) as error:
        # SQLite quotes damaged names in its messages, and a damaged length asks for more memory than there is.
        raise Damage(path, "its names or lengths are damaged") from error
