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

    @property
    def encoding(self) -> str:  # type: ignore[explicit-override, override]
        return self._stream.encoding


@contextmanager
def agents_heard(hear: Callable[[str], bool]) -> Iterator[None]:
    """While the block lasts, `hear` is asked first about what goes to the standard streams.

    It takes a text and says whether that was an agent's.
    """
    before = sys.stdout, sys.stderr
    if sys.stdout is not None:
        sys.stdout = _Voice(sys.stdout, hear)
    if sys.stderr is not None:
        sys.stderr = _Voice(sys.stderr, hear)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
