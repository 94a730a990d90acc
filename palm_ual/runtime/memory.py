"""How the interpreter is set for a process that holds very many small, long-lived objects, and for how long."""

import asyncio
import gc
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG_MAX = 50_000
_TIDY_EVERY_S = 0.25
_OLDER_EVERY = 8
_ALL_EVERY = 2_400
"""Of so many times that the youngest are looked at, the older ones are once, and all are: every two seconds, and
every ten minutes.
"""
_SWITCH_S = 0.0005
"""How long the fleet keeps the interpreter from a prompt that has a key to show; the interpreter's own 5 ms
are felt, as one key needs it several times. It costs nothing while the prompt waits.
"""


def prepare_for_many_agents() -> None:
    """Leave what exists now out of all collections, and collect rarely.

    With the interpreter's default thresholds half the time of a large deployment goes into looking
    at agents that are not garbage. Nothing is collected here: that would hold up whoever types by more than
    the little garbage of a start is worth.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG_MAX, 50, 1000)


@contextmanager
def tuned_for_many_agents(*, guest: bool = False) -> Iterator[None]:
    """While the block lasts; then everything is as it was before.

    A fleet that is a guest in somebody else's process leaves alone what is not its own: what exists, how often
    older objects are looked at, how threads take turns.
    """
    thresholds, switch_s, frozen = gc.get_threshold(), sys.getswitchinterval(), gc.get_freeze_count()
    if not guest:
        prepare_for_many_agents()
        sys.setswitchinterval(_SWITCH_S)
    elif thresholds[0]:  # 0 is no collections at all
        gc.set_threshold(max(thresholds[0], _YOUNG_MAX), *thresholds[1:])
    own = gc.get_threshold()
    try:
        yield
    finally:
        if gc.get_threshold() == own:  # unless somebody has set them since
            gc.set_threshold(*thresholds)
        if not guest:
            sys.setswitchinterval(switch_s)
            if not frozen:  # what somebody else has frozen stays so, and cannot be told apart
                gc.unfreeze()


@contextmanager
def collections_put_off(*, guest: bool = False) -> Iterator[None]:
    """While a large fleet is opened: all that is made stays, and looking at it would hold up whoever types."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not guest:
            gc.freeze()
        if enabled:
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
