"""Garbage collection for a process that holds very many small, long-lived objects."""

import asyncio
import gc
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

_TIDY_EVERY_S = 0.25
_OLDER_EVERY = 8
_ALL_EVERY = 2_400
"""Of so many times that the youngest are looked at, the older ones are once, and all are: every two seconds, and
every ten minutes.
"""


def prepare_for_many_agents() -> None:
    """Leave what exists now out of all collections, and collect rarely. May be called again, for what was made
    since.

    With the interpreter's default thresholds half the time of a large deployment goes into looking
    at agents that are not garbage. Nothing is collected here: that would hold up whoever types by more than
    the little garbage of a start is worth.
    """
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)


@contextmanager
def collections_put_off() -> Iterator[None]:
    """While a large fleet is opened: all that is made stays, and looking at it would hold up whoever types."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def tidy_for_ever() -> None:
    """Collect a little at a time, for a fleet beside a prompt: while a collection lasts no key is shown.

    It takes as long as there are objects that were made since the last one and are still there, and a fleet that
    trades makes about as many as it drops: their number is for hours below any threshold that starts a
    collection, and then the first one looks at all of them.
    """
    for turn in itertools.count(1):
        await asyncio.sleep(_TIDY_EVERY_S)
        gc.collect(2 if turn % _ALL_EVERY == 0 else 1 if turn % _OLDER_EVERY == 0 else 0)
