"""The command, and somebody whom files are denied to."""

import contextlib
import os
from collections.abc import Callable, Iterator

import pytest

from tests.command.conftest import desk, site

__all__ = ["desk", "site"]

_NOBODY = 65534


@pytest.fixture
def as_nobody() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """Within it modes count, also for a test that root runs."""

    @contextlib.contextmanager
    def acting() -> Iterator[None]:
        before = os.geteuid()
        if before == 0:
            os.seteuid(_NOBODY)
        try:
            yield
        finally:
            os.seteuid(before)

    return acting
