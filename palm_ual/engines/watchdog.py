"""Ends a step that does not come back: agents share the thread, so one that hangs would hold all of them.

A signal arrives now and then and looks whether the same call into an agent's code is still at work. Signals
arrive in the main thread; a fleet that lives in another has the call ended there.
"""

import signal
from _thread import get_ident
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from typing_extensions import override

from palm_ual.model.durations import format_duration
from palm_ual.model.limits import STEP_TIMEOUT_MS

_LOOKS = 5
"""How many looks a timeout takes; the last one ends the step."""


class StepTimedOut(Exception):
    """Raised inside the agent's code; the engine treats it as any other crash."""

    def __init__(self, text: str = f"a step took longer than {format_duration(STEP_TIMEOUT_MS)}") -> None:
        super().__init__(text)


class Caller(Protocol):
    """The thread that calls into agents' code, where that is another than the main one."""

    def end(self) -> None:
        """Have StepTimedOut raised there, the next time that it runs."""

    def take_back(self) -> None:
        """If it has not been raised yet."""


class ThisThread(Caller):
    """To be made in the thread that calls: what is imported here would hold up a signal's handler, and the
    thread would run on meanwhile.
    """

    def __init__(self) -> None:
        import ctypes

        raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
        thread, error = ctypes.c_ulong(get_ident()), ctypes.py_object(StepTimedOut)
        self._end: Callable[[], object] = lambda: raise_in(thread, error)
        self._take_back: Callable[[], object] = lambda: raise_in(thread, None)

    @override
    def end(self) -> None:
        """It gave up the interpreter for the main thread to run, and raises first thing when it has it back.
        If it waits for the system instead (it sleeps), that comes when it returns from there.
        """
        self._end()

    @override
    def take_back(self) -> None:
        self._take_back()


@contextmanager
def steps_watched(
    at_work: Callable[[], object],
    *,
    caller: Callable[[], Caller | None] = lambda: None,
    timeout_ms: int = STEP_TIMEOUT_MS,
) -> Iterator[None]:
    """While the block lasts, raise StepTimedOut in whatever call has been at work for a whole timeout.

    `at_work` gives the identity of the call that is at work, None for none. Entered in the main thread;
    `caller` gives the thread that makes the calls, if it is another.
    """
    call: object = None
    looks = 0

    def look(_signal: int, _frame: FrameType | None) -> None:
        nonlocal call, looks
        hanging, call = call, at_work()
        looks = looks + 1 if hanging is not None and call == hanging else 0
        if looks == _LOOKS:
            call = None
            elsewhere = caller()
            if elsewhere is None:
                raise StepTimedOut(f"a step took longer than {format_duration(timeout_ms)}")
            _end_there(elsewhere, lambda: at_work() == hanging)

    before = signal.signal(signal.SIGALRM, look)
    every_s = timeout_ms / 1000.0 / _LOOKS
    signal.setitimer(signal.ITIMER_REAL, every_s, every_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _end_there(caller: Caller, still_at_work: Callable[[], bool]) -> None:
    """End the call and nothing that comes after it: the thread may have run on between any two lines here."""
    if still_at_work():
        caller.end()
        if not still_at_work():
            caller.take_back()
