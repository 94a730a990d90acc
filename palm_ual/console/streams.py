"""One output stream of the process: what it can show, and writing to it whole or failing with a coded error."""

import codecs
import os
from collections.abc import Mapping
from typing import TextIO

from palm_ual.errors import FileFailed

COLUMNS_DEFAULT = 80
_COLUMNS_DIGITS_MAX = 5


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

    def columns(self, environ: Mapping[str, str]) -> int | None:
        """The terminal's width, from `COLUMNS` where that makes sense; None where it is no terminal."""
        if not self.terminal or self._stream is None:
            return None
        said = environ.get("COLUMNS", "")
        if said.isascii() and said.isdigit() and len(said) <= _COLUMNS_DIGITS_MAX and int(said) > 0:
            return int(said)
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or COLUMNS_DEFAULT
        except OSError:
            return COLUMNS_DEFAULT


def _known_encoding(stream: TextIO | None) -> str:
    try:
        return codecs.lookup(stream.encoding).name if stream is not None else "utf-8"
    except LookupError:
        return "ascii"
