"""Events as rows, each bound to all rows before it by a digest.

The digest finds damage and edits, not an adversary: it has no key.
"""

import struct
from functools import cache
from hashlib import blake2b
from typing import TypeAlias, get_args

import msgspec

from palm_ual.errors import HomeTooNew
from palm_ual.model.events import AnyEvent, Recorded, uid_of
from palm_ual.store.faults import corrupt

DIGEST_BYTES = 16
GENESIS = bytes(DIGEST_BYTES)
"""What the first row is bound to."""

Row: TypeAlias = tuple[int, int, int, int, int, str, bytes, bytes]
"""The columns of `event`: seq, at_ms, wall_ms, statement, deployment, kind, body, digest."""

_NUMBERS = struct.Struct(">5q")
_encode = msgspec.json.Encoder().encode


def row_of(record: Recorded, previous: bytes) -> Row:
    """`previous` is the digest of the row before, `GENESIS` for the first."""
    event = record.event
    numbers = (record.seq, record.at_ms, record.wall_ms, record.statement, uid_of(event))
    kind, body = type(event).__name__, _encode(event)
    return (*numbers, kind, body, _digest(previous, numbers, kind, body))


def require_whole(row: Row, previous: bytes, path: str) -> None:
    """For a row from disk, which may hold anything.

    Raises:
        HomeCorrupt: it is not what was written after `previous`.
    """
    seq, at_ms, wall_ms, statement, deployment, kind, body, digest = row
    try:
        whole = _digest(previous, (seq, at_ms, wall_ms, statement, deployment), kind, body) == digest
    except (struct.error, TypeError, AttributeError, UnicodeEncodeError):
        whole = False  # a number where a text belongs, or the like
    if not whole:
        raise corrupt(path, f"event {seq} is damaged, was edited or does not follow the one before")


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
        event = _decoder().decode(body)
    except msgspec.DecodeError as error:
        raise corrupt(path, f"event {seq} ({kind}) does not have its fields: {error}") from error
    return Recorded(seq, at_ms, wall_ms, statement, event)


def part_digest(name: str, seq: int, head: bytes, body: bytes) -> bytes:
    """Binds a part of a snapshot to its name and to the digest of the event it stands at."""
    hashed = blake2b(b"%d %b " % (seq, head), digest_size=DIGEST_BYTES)
    hashed.update(name.encode("utf-8", "surrogatepass") + b"\0")
    hashed.update(body)
    return hashed.digest()


def _digest(previous: bytes, numbers: tuple[int, int, int, int, int], kind: str, body: bytes) -> bytes:
    content = previous + _NUMBERS.pack(*numbers) + kind.encode() + b"\0" + body
    return blake2b(content, digest_size=DIGEST_BYTES).digest()


@cache
def _decoder() -> msgspec.json.Decoder[AnyEvent]:
    """Built at the first event read: a look at a snapshot needs none."""
    return msgspec.json.Decoder(AnyEvent)


@cache
def _known_kinds() -> frozenset[str]:
    return frozenset(kind.__name__ for kind in get_args(AnyEvent))
