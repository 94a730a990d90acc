"""The state file's tables, how a connection to it is set up, and what makes it ours.

The file must hold exactly these tables and indexes: a view or trigger that somebody planted would run
with our rights.
"""

import sqlite3

from palm_ual.errors import HomeError, HomeTooNew
from palm_ual.store.faults import Damage

APPLICATION_ID = 0x50414C4D
"""`PALM`, in the header of the file."""
SCHEMA_VERSION = 2
SQLITE_NEEDED = (3, 37, 0)
"""STRICT tables."""
WAL_BYTES_KEPT = 16 * 1024 * 1024
CHECKED_WHOLE_BYTES_MAX = 512 * 1024
"""Up to here a file is checked whole at every opening (about 1 ms); beyond it, what is read."""
SPARE_BYTES_MAX = 8 * 1024 * 1024
"""Free room that a file may keep, to be used again."""
REWRITTEN_BYTES_MAX = 128 * 1024 * 1024
"""Content that is copied, when a fleet ends, to give free room back: about a second."""
CHECKED_AFTER_CRASH_BYTES_MAX = 16 * 1024 * 1024
"""The same for a file that was not closed: about 30 ms at most."""

_OBJECTS_OF_1 = {
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
_ADDED_BY_2 = {
    "event_control": (
        "CREATE INDEX event_control ON event (seq) WHERE kind NOT IN ('MarketTraded', 'MarketCompacted')"
    ),
    "event_flow": "CREATE INDEX event_flow ON event (seq) WHERE kind = 'MarketTraded'",
}
"""Tens of thousands of market rows lie between two others, and what is old among them is looked for often."""
_OBJECTS = _OBJECTS_OF_1 | _ADDED_BY_2
_OBJECTS_BY_VERSION = {1: _OBJECTS_OF_1, SCHEMA_VERSION: _OBJECTS}
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
            "secure_delete = OFF",  # zeros in pages that are soon used again double what is written
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


def upgrade(connection: sqlite3.Connection, release: str) -> None:
    """Bring a checked file of an older version up to this one, whole or not at all.

    A file that a crash takes the log from is of the older version again, and as good as before.
    """
    if _number(connection, "user_version") == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    for sql in _ADDED_BY_2.values():
        connection.execute(sql)
    connection.execute("UPDATE home SET release = ?", (release,))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
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
    """Is it ours, of a version we know, unaltered, and (if `whole`) sound in every page and index?

    Raises:
        HomeCorrupt, HomeTooNew: it is not.
    """
    if _number(connection, "application_id") != APPLICATION_ID:
        raise Damage(path, "it is not the state file of a fleet")
    version = _number(connection, "user_version")
    if version > SCHEMA_VERSION:
        raise HomeTooNew(
            f"{path} has version {version}, made by palm-ual {_release(connection)}; "
            f"this release knows versions up to {SCHEMA_VERSION}",
            hint="update palm-ual",
        )
    made = _OBJECTS_BY_VERSION.get(version)
    if made is None:
        raise Damage(path, f"there is no version {version}")
    if (found := _objects(connection)) != made | _AUTOMATIC:
        different = sorted(
            name for name in {*found, *made} if name not in _AUTOMATIC and found.get(name) != made.get(name)
        )
        raise Damage(path, f"its tables are not as they were made ({', '.join(different)[:80]})")
    if whole and (found_wrong := unsound(connection, at_most=1)):
        raise Damage(path, found_wrong[0])


def unsound(connection: sqlite3.Connection, *, at_most: int) -> list[str]:
    """What SQLite finds wrong in the pages, tables and indexes, read whole."""
    verdicts = [str(text) for (text,) in connection.execute(f"PRAGMA integrity_check({at_most})")]
    if verdicts == ["ok"]:
        return []
    return [" ".join(text.split())[:200] for text in verdicts] or ["it cannot be checked"]


def give_back(connection: sqlite3.Connection) -> None:
    """Return the room that is free in the file to the disk if it is most of the file.

    The content is written anew in one transaction: cut short, the file is as it was.
    """
    page_bytes, pages, free = (
        _number(connection, pragma) for pragma in ("page_size", "page_count", "freelist_count")
    )
    kept_bytes = (pages - free) * page_bytes
    if free * page_bytes > max(SPARE_BYTES_MAX, kept_bytes) and kept_bytes <= REWRITTEN_BYTES_MAX:
        connection.execute("VACUUM")


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
