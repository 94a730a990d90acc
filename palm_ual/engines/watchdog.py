"""Ends a step that does not come back: agents share the thread, so one that hangs would hold all of them.

A signal arrives now and then and looks whether the same call into an agent's code is still at work. Signals
arrive in the main thread; a fleet that lives in another has the call ended there.
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

    def __init__(self, text: str = f"a step took longer than {format_duration(STEP_TIMEOUT_MS)}") -> None:
        super().__init__(text)


@contextmanager
def steps_watched(
    at_work: Callable[[], object],
    *,
    thread: Callable[[], int | None] = lambda: None,
    timeout_ms: int = STEP_TIMEOUT_MS,
) -> Iterator[None]:
    """While the block lasts, raise StepTimedOut in whatever call has been at work for a whole timeout.

    `at_work` gives the identity of the call that is at work, None for none. Entered in the main thread;
    `thread` gives the identity of the one that makes the calls, if it is another.
    """
    call: object = None
    looks = 0

    def look(_signal: int, _frame: FrameType | None) -> None:
        nonlocal call, looks
        looks = looks + 1 if call is not None and at_work() == call else 0
        call = at_work()
        if looks == _LOOKS:
            call = None
            elsewhere = thread()
            if elsewhere is None:
                raise StepTimedOut(f"a step took longer than {format_duration(timeout_ms)}")
            _raise_in(elsewhere)

    before = signal.signal(signal.SIGALRM, look)
    every_s = timeout_ms / 1000.0 / _LOOKS
    signal.setitimer(signal.ITIMER_REAL, every_s, every_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _raise_in(thread: int) -> None:
    """Have StepTimedOut raised in another thread.

    That thread gave up the interpreter for this one to run, within the call that was found at work, and the
    first thing that it does when it has it back is to raise. If the call waits for the system instead (it
    sleeps), that comes when it returns from there.
    """
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(StepTimedOut))
