"""The open state file: trust, recovery, the last step of a commit, closing."""

import contextlib
import os
import sqlite3
from collections.abc import Callable

from palm_ual.errors import CommitFailed, HomeError, OutcomeUnknown
from palm_ual.store import schema
from palm_ual.store.faults import Damage, reading
from palm_ual.store.home import STATE_FILE, create_private, find_state_file, prepare_home
from palm_ual.store.lock import HomeLock, lock_home
from palm_ual.store.rows import GENESIS, next_record, place_at, require_whole, rows_after
from palm_ual.store.watermark import Watermark


class StateFile:
    """An open, checked state file. `head` is the number and the digest of its last event.

    The home's lock is held for as long as this lives.
    """

    def __init__(self, home: str, lock: HomeLock, *, release: str, busy_s: float) -> None:
        self.path = os.path.join(home, STATE_FILE)
        self.head: tuple[int, bytes] = (0, GENESIS)
        self.connection: sqlite3.Connection | None = None
        self._home = home
        self._lock = lock
        self._release = release
        self._busy_s = busy_s
        self._identity: tuple[tuple[int, int] | None, ...] = ()
        self.watermark = Watermark(home)

    def open(self) -> None:
        """Make the file if there is none, check it, and settle what a crash left in its log.

        Raises:
            HomeError: it cannot be used; nothing in it was changed.
        """
        found = find_state_file(self._home)
        if found is None or found.st_size == 0:
            self._require_nothing_lost()
            os.close(create_private(self.path))
        with reading(self.path):
            self._connect()

    def require_unmoved(self) -> None:
        """What is written to a file that was removed or replaced would be lost.

        Raises:
            HomeError: that happened to the file or its log.
        """
        if self._names() != self._identity:
            raise HomeError(
                f"{self.path} or its log was removed or replaced while it was open; nothing was written",
                hint="put it back as it was, or end this ual and start again",
            )

    def settle(
        self,
        connection: sqlite3.Connection,
        head: tuple[int, bytes],
        *,
        is_there: Callable[[sqlite3.Connection], bool] = lambda _connection: False,
    ) -> None:
        """COMMIT the open transaction, after which `head` is the last event.

        A COMMIT that fails may be on disk all the same; opening the file again shows it: by its last event, or
        by what `is_there` finds if that stays the same.

        Raises:
            CommitFailed: it is not on disk.
            OutcomeUnknown: it is there although it failed, or the file cannot be opened again.
        """
        try:
            connection.execute("COMMIT")
            self.head = head
        except sqlite3.Error as error:
            self._open_again(error, is_there)
        except BaseException:
            self._disconnect()  # interrupted between the two lines: only the file knows
            raise
        self.watermark.write(*head)

    def abandon(self, connection: sqlite3.Connection) -> None:
        """Roll back; a connection that cannot is given up, and the next opening rolls back."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._disconnect()

    def size_bytes(self) -> int:
        """Of the file and its log."""
        return _size_of(self.path) + _size_of(self.path + "-wal")

    def shrink(self) -> None:
        """Return free room in the file to the disk, if it is worth it and there is room to do it."""
        if self.connection is None or self._names() != self._identity:
            return
        with contextlib.suppress(sqlite3.Error):
            schema.give_back(self.connection)

    def close(self) -> None:
        """Settles the log into the file and frees the home. Idempotent."""
        self._disconnect()
        self.watermark.close()
        self._lock.release()

    def _connect(self) -> sqlite3.Connection:
        size = self.size_bytes()
        surveyed = _size_of(self.path + "-wal") > 0
        if surveyed:
            # The file was not closed. A log that does not belong to it must not get into it, so first look.
            looking = schema.connect(self.path, busy_s=self._busy_s, read_only=True)
            try:
                self._inspect(looking, whole=size <= schema.CHECKED_AFTER_CRASH_BYTES_MAX)
            finally:
                looking.close()
        self.connection = connection = schema.connect(self.path, busy_s=self._busy_s)
        if schema.is_unused(connection):
            self._require_nothing_lost()
            schema.create(connection, self._release)
        self.head = self._inspect(connection, whole=size <= schema.CHECKED_WHOLE_BYTES_MAX and not surveyed)
        schema.upgrade(connection, self._release)
        schema.keep_log(connection, self.path)
        self._identity = self._names()
        return connection

    def _disconnect(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()

    def _open_again(self, failure: sqlite3.Error, is_there: Callable[[sqlite3.Connection], bool]) -> None:
        """After a COMMIT that failed; always raises, and leaves a usable file only with CommitFailed."""
        before = self.head
        refused = False
        self._disconnect()
        try:
            if find_state_file(self._home) is not None:
                with reading(self.path):
                    connection = self._connect()
                    refused = self.head == before and not is_there(connection)
        except HomeError:
            self._disconnect()
        if refused:
            raise CommitFailed(
                f"nothing was written to {self.path}: {failure}",
                hint="make room or mend the disk, then try again",
            ) from failure
        self._disconnect()
        raise OutcomeUnknown(
            f"the commit to {self.path} failed ({failure}), and may be on disk all the same",
            hint="end this ual; the next one shows what is on disk: SHOW STATEMENTS",
        ) from failure

    def _inspect(self, connection: sqlite3.Connection, *, whole: bool) -> tuple[int, bytes]:
        """The last event's number and digest, once file, history and watermark are found to agree."""
        schema.check(connection, self.path, whole=whole)
        rows = connection.execute("SELECT * FROM event ORDER BY seq DESC LIMIT 2").fetchall()
        head = (0, GENESIS)
        if rows:
            previous = rows[1][7] if len(rows) == 2 else GENESIS
            require_whole(rows[0], previous, self.path)
            head = (rows[0][0], rows[0][7])
        self.require_noted(connection)
        return head

    def require_noted(self, connection: sqlite3.Connection) -> None:
        """Is the event there that the watermark names?

        It may have been compacted since: a note is never synced, and may be older than the file.

        Raises:
            HomeCorrupt: it is not.
        """
        noted = self.watermark.read()
        if noted is None or noted[0] == 0:
            return
        seq, digest = noted
        at, found = place_at(connection, seq)
        if at == seq and found != digest:
            raise self._lost(f"event {seq} in it is not the one that was acknowledged")
        if at < seq:
            rows = rows_after(connection, at)
            if not rows:
                raise self._lost(f"its last event is {at}, and {seq} had been acknowledged")
            next_record(rows[0], at, found, self.path)

    def _require_nothing_lost(self) -> None:
        """A new file may only be made where none was."""
        noted = self.watermark.read()
        if noted and noted[0]:
            raise self._lost(f"it is gone or empty, and {noted[0]} events had been acknowledged")
        if _size_of(self.path + "-wal"):
            raise Damage(self.path, f"it is gone or empty, and its log {self.path}-wal is still there")

    def _lost(self, what: str) -> HomeError:
        error = Damage(self.path, what)
        error.hint = (
            f"put {self.path} and {self.path}-wal back as they were; "
            f"to go on without what is missing, remove {self.watermark.path}"
        )
        return error

    def _names(self) -> tuple[tuple[int, int] | None, ...]:
        return _name_of(self.path), _name_of(self.path + "-wal")


def open_state(
    home: str,
    *,
    lock_timeout_s: float,
    holder: str,
    release: str,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> StateFile:
    """The state file of `home`, which is made if need be, with the home's lock."""
    schema.require_sqlite()
    prepare_home(home)
    lock = lock_home(
        home, timeout_s=lock_timeout_s, command=holder, release=release, clock=clock, sleep=sleep
    )
    try:
        file = StateFile(home, lock, release=release, busy_s=lock_timeout_s)
    except BaseException:
        lock.release()
        raise
    try:
        file.open()
    except BaseException:
        file.close()
        raise
    return file


def _size_of(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _name_of(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
