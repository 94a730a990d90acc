"""Events as rows, each bound to all rows before it by a digest.

A row that stands for compacted ones keeps the digest of the last of them, so that the rows after it stay bound
as they were. That digest says nothing of its own content any more, which has a seal instead, at the end of
`body`. Digest and seal find damage and edits, not an adversary: they have no key.
"""

import sqlite3
import struct
from functools import cache
from hashlib import blake2b
from typing import TypeAlias, get_args

import msgspec

from palm_ual.errors import HomeTooNew
from palm_ual.model.events import AnyEvent, MarketCompacted, Recorded, uid_of
from palm_ual.store.faults import Damage

DIGEST_BYTES = 16
GENESIS = bytes(DIGEST_BYTES)
"""What the first row is bound to."""

Row: TypeAlias = tuple[int, int, int, int, int, str, bytes, bytes]
"""The columns of `event`: seq, at_ms, wall_ms, statement, deployment, kind, body, digest."""

_ROWS_AT_ONCE = 64
"""One batch of market flow may be a megabyte."""
_NUMBERS = struct.Struct(">5q")
_COMPACTED = MarketCompacted.__name__
_SEAL_CHARS = 2 * DIGEST_BYTES
_encode = msgspec.json.Encoder().encode


def row_of(record: Recorded, previous: bytes) -> Row:
    """`previous` is the digest of the row before, `GENESIS` for the first."""
    event = record.event
    numbers = (record.seq, record.at_ms, record.wall_ms, record.statement, uid_of(event))
    kind, body = type(event).__name__, _encode(event)
    return (*numbers, kind, body, _digest(previous, numbers, kind, body))


def compacted_row(record: Recorded, previous: bytes, digest: bytes) -> Row:
    """The row that stands for the run of rows after `previous`, the last of which had `digest`."""
    numbers = (record.seq, record.at_ms, record.wall_ms, record.statement, 0)
    content = _encode(record.event)
    return (*numbers, _COMPACTED, content + _seal(previous, numbers, content, digest), digest)


def require_whole(row: Row, previous: bytes, path: str) -> None:
    """For a row from disk, which may hold anything.

    Raises:
        HomeCorrupt: it is not what was written after `previous`.
    """
    seq, at_ms, wall_ms, statement, deployment, kind, body, digest = row
    numbers = (seq, at_ms, wall_ms, statement, deployment)
    try:
        if kind == _COMPACTED:
            content = body[:-_SEAL_CHARS]
            whole = _seal(previous, numbers, content, digest) == body[-_SEAL_CHARS:]
        else:
            whole = _digest(previous, numbers, kind, body) == digest
    except (struct.error, TypeError, AttributeError, UnicodeEncodeError):
        whole = False  # a number where a text belongs, or the like
    if not whole:
        raise Damage(path, f"event {seq} is damaged, was edited or does not follow the one before")


def record_of(row: Row, previous: bytes, path: str) -> Recorded:
    """The inverse of `row_of`.

    Raises:
        HomeCorrupt: as `require_whole`.
        HomeTooNew: this release does not know the event.
    """
    require_whole(row, previous, path)
    seq, at_ms, wall_ms, statement, _, kind, body, _ = row
    if kind not in _known_kinds():
        raise HomeTooNew(
            f"{path}: event {seq} is a {kind[:40]}, which this release does not know", hint="update palm-ual"
        )
    try:
        event = _decoder().decode(body[:-_SEAL_CHARS] if kind == _COMPACTED else body)
    except msgspec.DecodeError as error:
        raise Damage(path, f"event {seq} ({kind}) does not have its fields: {error}") from error
    return Recorded(seq, at_ms, wall_ms, statement, event)


def next_record(row: Row, after: int, previous: bytes, path: str) -> Recorded:
    """`record_of` for a row that must go on from event `after`.

    Raises:
        HomeCorrupt: also if an event is missing between them.
        HomeTooNew: as `record_of`.
    """
    if row[0] != after + 1 and row[5] != _COMPACTED:
        raise Damage(path, f"event {after + 1} is missing")
    record = record_of(row, previous, path)
    first_seq = record.event.first_seq if isinstance(record.event, MarketCompacted) else record.seq
    if first_seq != after + 1:
        raise Damage(path, f"event {record.seq} does not stand for those after {after}")
    return record


def rows_after(connection: sqlite3.Connection, seq: int) -> list[Row]:
    """The next few rows; none at the end."""
    return connection.execute(
        "SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, _ROWS_AT_ONCE)
    ).fetchall()


def place_at(connection: sqlite3.Connection, seq: int) -> tuple[int, bytes]:
    """Number and digest of the last row up to event `seq`: an earlier one if that was compacted or is missing,
    0 and `GENESIS` before the first.
    """
    found: tuple[int, bytes] | None = connection.execute(
        "SELECT seq, digest FROM event WHERE seq <= ? ORDER BY seq DESC LIMIT 1", (seq,)
    ).fetchone()
    return found or (0, GENESIS)


def part_digest(name: str, seq: int, head: bytes, body: bytes) -> bytes:
    """Binds a part of a snapshot to its name and to the digest of the event it stands at."""
    hashed = blake2b(b"%d %b " % (seq, head), digest_size=DIGEST_BYTES)
    hashed.update(name.encode("utf-8", "surrogatepass") + b"\0")
    hashed.update(body)
    return hashed.digest()


def _digest(previous: bytes, numbers: tuple[int, int, int, int, int], kind: str, body: bytes) -> bytes:
    content = previous + _NUMBERS.pack(*numbers) + kind.encode() + b"\0" + body
    return blake2b(content, digest_size=DIGEST_BYTES).digest()


def _seal(previous: bytes, numbers: tuple[int, int, int, int, int], content: bytes, digest: bytes) -> bytes:
    """In hexadecimal digits, so that the body stays readable. `person` keeps it from ever being a digest."""
    sealed = previous + digest + _NUMBERS.pack(*numbers) + content
    return blake2b(sealed, digest_size=DIGEST_BYTES, person=b"compacted").hexdigest().encode()


@cache
def _decoder() -> msgspec.json.Decoder[AnyEvent]:
    """Built at the first event read: a look at a snapshot needs none."""
    return msgspec.json.Decoder(AnyEvent)


@cache
def _known_kinds() -> frozenset[str]:
    return frozenset(kind.__name__ for kind in get_args(AnyEvent))
