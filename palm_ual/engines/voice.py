"""What agents print belongs in their logs, not among the answers of the command."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


class _Voice(io.TextIOBase):
    """Stands for a standard stream: what is said while an agent's code runs is heard, the rest passes."""

    def __init__(self, stream: TextIO, hear: Callable[[str], bool]) -> None:
        self._stream = stream
        self._hear = hear

    def write(self, text: str) -> int:  # type: ignore[explicit-override]
        return len(text) if self._hear(text) else self._stream.write(text)

    def flush(self) -> None:  # type: ignore[explicit-override]
        self._stream.flush()

    def fileno(self) -> int:  # type: ignore[explicit-override]
        return self._stream.fileno()

    def isatty(self) -> bool:  # type: ignore[explicit-override]
        return self._stream.isatty()

    def __getattr__(self, name: str) -> object:
        """What else the stream can do: a notebook's takes note of the cell that it writes for."""
        return getattr(self._stream, name)

    @property
    def encoding(self) -> str:  # type: ignore[explicit-override, override]
        return self._stream.encoding


@contextmanager
def agents_heard(hear: Callable[[str], bool]) -> Iterator[None]:
    """While the block lasts, `hear` is asked first about what goes to the standard streams.

    It takes a text and says whether that was an agent's. What stands for a standard stream while the block
    begins is listened to: an agent's print goes past it to a stream that somebody puts in its place later.
    """
    out, err = sys.stdout, sys.stderr
    heard_out = None if out is None else _Voice(out, hear)
    heard_err = None if err is None else _Voice(err, hear)
    sys.stdout, sys.stderr = heard_out, heard_err
    try:
        yield
    finally:
        # Where somebody has put another stream in its place meanwhile, that one stays.
        if sys.stdout is heard_out:
            sys.stdout = out
        if sys.stderr is heard_err:
            sys.stderr = err
