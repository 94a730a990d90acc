"""Whether a terminal shows what is typed while nobody asks for it."""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator

Restore = Callable[[], None]


def hush(fd: int) -> Restore:
    """From here on the terminal does not echo; the answer undoes that. Where it is none, nothing is done.

    Not from the background: there the terminal's settings belong to somebody else, and whoever
    touches them is stopped.
    """
    return _echoing(fd, on=False)


@contextlib.contextmanager
def heard(fd: int) -> Iterator[None]:
    """While the block lasts, the terminal echoes: somebody is asked."""
    restore = _echoing(fd, on=True)
    try:
        yield
    finally:
        restore()


def _echoing(fd: int, *, on: bool) -> Restore:
    import termios  # a shared library of its own, needed by few

    with contextlib.suppress(OSError, termios.error):
        if os.tcgetpgrp(fd) == os.getpgrp():
            before = termios.tcgetattr(fd)
            flags = before[3] | termios.ECHO if on else before[3] & ~termios.ECHO
            termios.tcsetattr(fd, termios.TCSANOW, [*before[:3], flags, *before[4:]])
            return functools.partial(_set, fd, before)
    return lambda: None


def _set(fd: int, settings: list[int | list[bytes | int]]) -> None:
    import termios  # as above

    with contextlib.suppress(OSError, termios.error):
        termios.tcsetattr(fd, termios.TCSANOW, settings)
