"""The snapshot's parts in SQLite: one row each, and one that names them all."""

import sqlite3
from collections.abc import Mapping

import msgspec

from palm_ual.errors import InvariantBroken
from palm_ual.store.faults import Damage
from palm_ual.store.rows import part_digest, place_at

_MANIFEST = ""
"""The part that names the others, so that a missing one is noticed."""


def require_possible(parts: Mapping[str, bytes], seq: int, head: int) -> None:
    """A snapshot stands for all events up to the last one, and its table of contents is not its writer's."""
    if seq != head or _MANIFEST in parts:
        raise InvariantBroken(f"a snapshot of event {seq} with parts {sorted(parts)} cannot be kept")


def replace_parts(
    connection: sqlite3.Connection, parts: Mapping[str, bytes], seq: int, digest: bytes
) -> None:
    """Within a transaction: these take the place of all there are. `digest` is that of event `seq`."""
    whole = {**parts, _MANIFEST: msgspec.json.encode(sorted(parts))}
    connection.execute("DELETE FROM snapshot")
    connection.executemany(
        "INSERT INTO snapshot VALUES (?, ?, ?, ?)",
        ((name, seq, body, part_digest(name, seq, digest, body)) for name, body in whole.items()),
    )


def read_contents(connection: sqlite3.Connection, path: str) -> tuple[int, list[str]]:
    """What the snapshot stands for, and the names of its parts; 0 and none without a snapshot.

    Raises:
        HomeCorrupt: they are damaged or missing.
    """
    found = _read(connection, path, _MANIFEST)
    if found is None:
        if connection.execute("SELECT 1 FROM snapshot").fetchone():
            raise Damage(path, "its snapshot has lost its table of contents")
        return 0, []
    return found[0], msgspec.json.decode(found[1], type=list[str])


def contents_stamp(connection: sqlite3.Connection) -> tuple[int, bytes] | None:
    """What tells one table of contents from another; None without a snapshot."""
    found: tuple[int, bytes] | None = connection.execute(
        "SELECT seq, digest FROM snapshot WHERE part = ?", (_MANIFEST,)
    ).fetchone()
    return found


def read_part(connection: sqlite3.Connection, path: str, name: str, seq: int) -> bytes:
    """A part that the table of contents of the snapshot of event `seq` names.

    Raises:
        HomeCorrupt: it is damaged or missing.
    """
    found = _read(connection, path, name)
    if found is None or found[0] != seq:
        raise Damage(path, f'part "{name}" of its snapshot is missing')
    return found[1]


def unnamed_parts(connection: sqlite3.Connection, names: list[str]) -> list[str]:
    """Parts that the table of contents does not name."""
    found = connection.execute("SELECT part FROM snapshot WHERE part <> ?", (_MANIFEST,))
    return [name for (name,) in found if name not in names]


def _read(connection: sqlite3.Connection, path: str, name: str) -> tuple[int, bytes] | None:
    row = connection.execute("SELECT seq, body, digest FROM snapshot WHERE part = ?", (name,)).fetchone()
    if row is None:
        return None
    seq, body, digest = row
    _, stood_on = place_at(connection, seq)
    if part_digest(name, seq, stood_on, body) != digest:
        raise Damage(path, f'part "{name}" of its snapshot is damaged or was edited')
    return seq, body
