"""The last acknowledged event, noted outside the database.

A write-ahead log that is removed after a crash takes acknowledged events with it, and the database that is
left is whole: only a note kept elsewhere can tell. The note is written after the commit is on disk and is
never synced itself, so whatever of it survives names an event that the database must hold: it gives no false
alarm after `kill -9` or a power loss, and it costs one small write a commit.
"""

import os
from hashlib import blake2b

from palm_ual.store.home import WATERMARK_FILE, create_private, io_failure

_SEQ_DIGITS = 20
_DIGEST_BYTES = 16
_CHECK_BYTES = 4
_LINE_BYTES = _SEQ_DIGITS + 1 + 2 * _DIGEST_BYTES + 1 + 2 * _CHECK_BYTES + 1


class Watermark:
    """`<home>/watermark`: one line, rewritten in place within a disk sector."""

    def __init__(self, home: str) -> None:
        self.path = os.path.join(home, WATERMARK_FILE)
        self._fd = create_private(self.path)

    def read(self) -> tuple[int, bytes] | None:
        """`seq` and digest of the event; None if there is no note, or it is not whole."""
        try:
            line = os.pread(self._fd, _LINE_BYTES, 0)
        except OSError as error:
            raise io_failure("read", self.path, error) from error
        fields = line.split()
        if len(line) != _LINE_BYTES or len(fields) != 3 or _check(fields[0], fields[1]) != fields[2]:
            return None
        return int(fields[0]), bytes.fromhex(fields[1].decode())

    def is_damaged(self) -> bool:
        """Something is there, and it is no note."""
        return os.fstat(self._fd).st_size > 0 and self.read() is None

    def write(self, seq: int, digest: bytes) -> None:
        """A failure leaves an older note, which is still true."""
        text, shown = b"%020d" % seq, digest.hex().encode()
        try:
            os.pwrite(self._fd, b"%b %b %b\n" % (text, shown, _check(text, shown)), 0)
        except OSError:
            return

    def close(self) -> None:
        """Idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _check(seq: bytes, digest: bytes) -> bytes:
    return blake2b(seq + digest, digest_size=_CHECK_BYTES).hexdigest().encode()
