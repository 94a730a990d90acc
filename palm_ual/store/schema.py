"""The state file's tables, how a connection to it is set up, and what makes it ours.

The file must hold exactly these tables and indexes: a view or trigger that somebody planted would run
with our rights.
"""

import sqlite3

from palm_ual.errors import HomeError, HomeTooNew
from palm_ual.store.faults import corrupt

APPLICATION_ID = 0x50414C4D
"""`PALM`, in the header of the file."""
SCHEMA_VERSION = 1
SQLITE_NEEDED = (3, 37, 0)
"""STRICT tables."""
WAL_BYTES_KEPT = 16 * 1024 * 1024
CHECKED_WHOLE_BYTES_MAX = 512 * 1024
"""Up to here a file is checked whole at every opening (about 1 ms); beyond it, what is read."""
CHECKED_AFTER_CRASH_BYTES_MAX = 16 * 1024 * 1024
"""The same for a file that was not closed: about 30 ms at most."""

_OBJECTS = {
    "home": "CREATE TABLE home (one INTEGER PRIMARY KEY CHECK (one = 1), release TEXT NOT NULL) STRICT",
    "event": (
        "CREATE TABLE event (seq INTEGER PRIMARY KEY CHECK (seq > 0), at_ms INTEGER NOT NULL, "
        "wall_ms INTEGER NOT NULL, statement INTEGER NOT NULL, deployment INTEGER NOT NULL, kind TEXT NOT NULL, "
        "body BLOB NOT NULL, digest BLOB NOT NULL CHECK (length(digest) = 16)) STRICT"
    ),
    "event_of": "CREATE INDEX event_of ON event (deployment, seq) WHERE deployment <> 0",
    "snapshot": (
        "CREATE TABLE snapshot (part TEXT PRIMARY KEY NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL, "
        "digest BLOB NOT NULL CHECK (length(digest) = 16)) STRICT"
    ),
    "line": (
        "CREATE TABLE line (agent TEXT NOT NULL, n INTEGER NOT NULL CHECK (n BETWEEN 1 AND 1000000000000000), at_ms INTEGER NOT NULL, text TEXT NOT NULL, "
        "PRIMARY KEY (agent, n)) STRICT, WITHOUT ROWID"
    ),
    "line_at": "CREATE INDEX line_at ON line (at_ms)",
}
_AUTOMATIC = {"sqlite_autoindex_snapshot_1": None}
"""What SQLite adds for a primary key that is not the row's number."""


def require_sqlite() -> None:
    """The tables need what Python's own SQLite may not have yet.

    Raises:
        HomeError: it has not.
    """
    if sqlite3.sqlite_version_info < SQLITE_NEEDED:
        raise HomeError(
            f"SQLite {sqlite3.sqlite_version} is too old, a home needs 3.37",
            hint="use a newer Python, or --ephemeral",
        )


def connect(path: str, *, busy_s: float, read_only: bool = False) -> sqlite3.Connection:
    """The one connection. Exclusive, so that it needs no shared memory and meets no second checkpointer.

    `read_only` looks at a file that was not closed, log and all, without settling the log into it.
    """
    if read_only:
        from urllib.parse import quote

        target = f"file:{quote(path, errors='surrogateescape')}?mode=ro"
    else:
        target = path
    connection = sqlite3.connect(target, uri=read_only, isolation_level=None, timeout=busy_s)
    try:
        for pragma in (
            f"locking_mode = {'NORMAL' if read_only else 'EXCLUSIVE'}",
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "foreign_keys = ON",
            "synchronous = EXTRA",
            "fullfsync = ON",
            "checkpoint_fullfsync = ON",
            f"journal_size_limit = {WAL_BYTES_KEPT}",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()  # some of these read the file, and it holds the file's locks
        raise
    return connection


def is_unused(connection: sqlite3.Connection) -> bool:
    """An empty file, or one whose creation was cut short."""
    marks = _number(connection, "application_id"), _number(connection, "user_version")
    return marks == (0, 0) and not _objects(connection)


def create(connection: sqlite3.Connection, release: str) -> None:
    """Make the tables in one transaction with a rollback journal.

    Made under a write-ahead log they would be in the log only, and a file that lost it would look unused.
    """
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    for sql in _OBJECTS.values():
        connection.execute(sql)
    connection.execute("INSERT INTO home VALUES (1, ?)", (release,))
    connection.execute("COMMIT")


def keep_log(connection: sqlite3.Connection, path: str) -> None:
    """Switch to the write-ahead log, every commit synced; nothing is written if it is on already."""
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise HomeError(f"cannot use {path}: SQLite keeps no write-ahead log there (journal mode {mode})")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "SELECT one FROM home"
    ).fetchone()  # opens the log: from here on it must stay where it is


def check(connection: sqlite3.Connection, path: str, *, whole: bool) -> None:
    """Is it ours, of this version, unaltered, and (if `whole`) sound in every page and index?

    Raises:
        HomeCorrupt, HomeTooNew: it is not.
    """
    if _number(connection, "application_id") != APPLICATION_ID:
        raise corrupt(path, "it is not the state file of a fleet")
    version = _number(connection, "user_version")
    if version > SCHEMA_VERSION:
        raise HomeTooNew(
            f"{path} has version {version}, made by palm-ual {_release(connection)}; "
            f"this release knows versions up to {SCHEMA_VERSION}",
            hint="update palm-ual",
        )
    if version != SCHEMA_VERSION:
        raise corrupt(path, f"there is no version {version}")
    if (found := _objects(connection)) != _OBJECTS | _AUTOMATIC:
        different = sorted(
            name
            for name in {*found, *_OBJECTS}
            if name not in _AUTOMATIC and found.get(name) != _OBJECTS.get(name)
        )
        raise corrupt(path, f"its tables are not as they were made ({', '.join(different)[:80]})")
    if whole:
        verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != ("ok",):
            raise corrupt(
                path, " ".join(str(verdict[0]).split())[:200] if verdict else "it cannot be checked"
            )


def _objects(connection: sqlite3.Connection) -> dict[str, str | None]:
    return {str(name): sql for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema")}


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _release(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT release FROM home").fetchone()
    except sqlite3.Error:
        return "of an unknown release"
    return str(row[0])[:40] if row else "of an unknown release"
