"""One output stream of the process: what it can show, and writing to it whole or failing with a coded error."""

import codecs
import contextlib
import os
from collections.abc import Mapping
from typing import TextIO

from palm_ual.console.terminal.echo import Restore, hush
from palm_ual.errors import FileFailed

COLUMNS_DEFAULT, ROWS_DEFAULT = 80, 24
_DIGITS_MAX = 5


class Sink:
    """Collects text and writes it to the descriptor under `stream`, past the stream's own buffers.

    So nothing is left over that the interpreter would stumble on at exit, and no character can fail
    to encode. `stream` is None where the process was started with that descriptor closed.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.terminal = stream is not None and stream.isatty()
        self.encoding = _known_encoding(stream)
        self._encoder = codecs.getincrementalencoder(self.encoding)("backslashreplace")
        self._waiting: list[str] = []
        self._stream = stream
        if stream is not None:
            buffer = stream.buffer
            self._raw = getattr(buffer, "raw", buffer)

    @property
    def unicode(self) -> bool:
        """Whether every character can be written."""
        return self.encoding.startswith("utf")

    def put(self, text: str) -> None:
        self._waiting.append(text)

    def flush(self) -> None:
        """Write what was collected. After an error that is forgotten, so that a second try does not repeat it.

        Raises:
            BrokenPipeError: the reader has gone.
            FileFailed: it cannot be written: the disk is full, the descriptor closed.
        """
        if not self._waiting:
            return
        left = memoryview(self._encoder.encode("".join(self._waiting)))
        self._waiting.clear()
        if self._stream is None:
            raise FileFailed("the answer could not be written: the output is closed")
        try:
            while left:
                left = left[self._write_some(left) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = error.strerror or type(error).__name__
            hint = "what the statements did stands; only their answer is incomplete"
            raise FileFailed(f"the answer could not be written: {reason}", hint=hint) from error

    def _write_some(self, left: memoryview) -> int:
        written: int | None = self._raw.write(left)
        if written is None:  # somebody else made the descriptor non-blocking
            import select

            select.select([], [self._raw], [])
        return written or 0

    def check_reader(self) -> None:
        """Also where there is nothing to write: who waits for a change must not outlive its reader.

        Raises:
            BrokenPipeError: the reader of the pipe has gone.
        """
        if self._stream is None or self.terminal:
            return
        import select

        reader = select.poll()
        with contextlib.suppress(OSError, ValueError):  # a stream in memory has no descriptor
            reader.register(self._stream.fileno(), 0)
        if any(event & select.POLLERR for _, event in reader.poll(0)):
            raise BrokenPipeError

    def columns(self, environ: Mapping[str, str]) -> int | None:
        """The terminal's width, from `COLUMNS` where that makes sense; None where it is no terminal."""
        return self.size(environ)[0] if self.terminal else None

    def size(self, environ: Mapping[str, str]) -> tuple[int, int]:
        """Columns and rows of the terminal now, from `COLUMNS` and `LINES` where those make sense."""
        columns, rows = _said(environ, "COLUMNS"), _said(environ, "LINES")
        if columns and rows:
            return columns, rows
        measured = (0, 0)
        if self._stream is not None:
            with contextlib.suppress(OSError):
                measured = os.get_terminal_size(self._stream.fileno())
        return columns or measured[0] or COLUMNS_DEFAULT, rows or measured[1] or ROWS_DEFAULT

    def hush(self) -> Restore:
        """From here on the terminal does not echo what is typed; the answer undoes that."""
        if self.terminal and self._stream is not None:
            with contextlib.suppress(OSError):  # a stream in memory has no descriptor
                return hush(self._stream.fileno())
        return lambda: None


def _said(environ: Mapping[str, str], name: str) -> int:
    said = environ.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _DIGITS_MAX else 0


def _known_encoding(stream: TextIO | None) -> str:
    try:
        return codecs.lookup(stream.encoding).name if stream is not None else "utf-8"
    except LookupError:
        return "ascii"
