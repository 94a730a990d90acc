"""Ends a step that does not come back: agents share the thread, so one that hangs would hold all of them.

A signal arrives now and then and looks whether the same call into an agent's code is still at work. It
works in the main thread, where signals arrive; a fleet beside a prompt has no such guard.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from palm_ual.model.durations import format_duration
from palm_ual.model.limits import STEP_TIMEOUT_MS

_LOOKS = 5
"""How many looks a timeout takes; the last one ends the step."""


class StepTimedOut(Exception):
    """Raised inside the agent's code; the engine treats it as any other crash."""


@contextmanager
def steps_watched(at_work: Callable[[], object], *, timeout_ms: int = STEP_TIMEOUT_MS) -> Iterator[None]:
    """While the block lasts, raise StepTimedOut in whatever call has been at work for a whole timeout.

    `at_work` gives the identity of the call that is at work, None for none.
    """
    call: object = None
    looks = 0

    def look(_signal: int, _frame: FrameType | None) -> None:
        nonlocal call, looks
        looks = looks + 1 if call is not None and at_work() == call else 0
        call = at_work()
        if looks == _LOOKS:
            call = None
            raise StepTimedOut(f"a step took longer than {format_duration(timeout_ms)}")

    before = signal.signal(signal.SIGALRM, look)
    every_s = timeout_ms / 1000.0 / _LOOKS
    signal.setitimer(signal.ITIMER_REAL, every_s, every_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
