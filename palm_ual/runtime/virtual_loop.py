"""An asyncio event loop on virtual time, the same run for the same seed in every process.

When nothing is ready, time jumps to the next timer, so a day of fleet time passes in milliseconds.
There is nothing outside the loop: sockets, pipes, processes, threads and signals are refused.
This module owns the chance in the order of tasks; agents have their own, counter-based.
"""

import asyncio
import heapq
import math
import random
from asyncio import Handle, TimerHandle
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any, Literal, NoReturn, TypeAlias, TypeVar, TypeVarTuple

from typing_extensions import override

Policy: TypeAlias = Literal["fifo", "random"]
"""Which ready step runs next: the oldest, as in asyncio's own loop, or one drawn at random."""

STEPS_PER_INSTANT_MAX = 1_000_000
"""Steps that may run without time moving: past that something waits in a circle of `sleep(0)`."""

_CANCELLED_TIMERS_MIN = 100
_DIGEST_FACTOR = 1_000_003
_DIGEST_MASK = (1 << 64) - 1
_US_PER_S = 1_000_000
_ROUNDING_US = 1e-3
"""A time this little past a whole microsecond is that microsecond: 0.1 + 0.2 is 0.3."""

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class OutsideWorldRefused(RuntimeError):
    """Code on virtual time reached for a socket, process, thread or signal."""


class Deadlock(RuntimeError):
    """Nothing is ready and no timer is set, so nothing can ever happen again."""


class Livelock(RuntimeError):
    """Too many steps ran without time moving."""


class NumberedTask(asyncio.Task[Any]):
    """A task that hashes by its number, so that sets of tasks iterate alike in every process.

    asyncio keeps its tasks in sets, and an address as a hash would leak the process into the order.
    """

    def __init__(
        self,
        coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        *,
        loop: "VirtualLoop",
        number: int,
        **kwargs: Any,
    ) -> None:
        self.number = number
        """In order of creation on its loop, from 1."""
        super().__init__(coro, loop=loop, **kwargs)

    @override
    def __hash__(self) -> int:
        return self.number


class VirtualLoop(asyncio.BaseEventLoop):
    """Give it to `asyncio.Runner(loop_factory=...)`; everything of asyncio that needs no outside runs on it.

    Time starts at 0 and has whole microseconds. The steps of one task stay in order, and so do plain
    callbacks among themselves; policy "random" draws freely between the tasks, and between timers that
    are due together. `jitter_s` delays every timer by up to that much.

    Two things are not the loop's: async generators that the main coroutine leaves open are closed in no
    certain order, and whatever a set of addresses, `hash` of a text or a real clock brings in.

    Raises, out of the run itself:
        Deadlock: nothing can happen any more.
        Livelock: more than `steps_per_instant_max` steps without time moving.
    """

    def __init__(
        self,
        seed: int,
        policy: Policy = "fifo",
        *,
        jitter_s: float = 0.0,
        steps_per_instant_max: int = STEPS_PER_INSTANT_MAX,
    ) -> None:
        super().__init__()
        self.steps = 0
        """Callbacks and task steps run so far."""
        self.after_step: Callable[[], None] | None = None
        """Called after every step. If it raises, the run ends with that error and the hook is gone."""
        self._draw = random.Random(seed).random
        self._random = policy == "random"
        self._jitter_us = jitter_s * _US_PER_S
        self._steps_per_instant_max = steps_per_instant_max
        self._steps_at_instant = 0
        self._now_us = 0
        self._tasks_made = 0
        self._digest = 0
        self._callbacks: deque[Handle] = deque()
        self._task_steps: list[Handle] = []
        self._timers: list[tuple[int, float, int, TimerHandle]] = []
        self._timers_made = 0
        self._timers_cancelled = 0
        self.set_task_factory(self._make_task)

    @override
    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._now_us / _US_PER_S

    @property
    def now_ms(self) -> int:
        """Whole milliseconds since the loop was made, without the rounding of `time()`."""
        return self._now_us // 1_000

    @property
    def digest(self) -> str:
        """Which task ran at each step and when, in 16 hex digits: equal for equal runs."""
        return f"{self._digest:016x}"

    @override
    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> Handle:
        self._refuse_closed()
        handle = Handle(callback, args, self, context)
        self._enqueue(handle)
        return handle

    @override
    def call_soon_threadsafe(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> Handle:
        """As `call_soon`: a signal handler may use it, another thread may not."""
        if self.is_running() and asyncio._get_running_loop() is not self:
            raise OutsideWorldRefused("another thread called into a loop on virtual time")
        return self.call_soon(callback, *args, context=context)

    @override
    def call_later(
        self,
        delay: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    @override
    def call_at(
        self,
        when: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> TimerHandle:
        self._refuse_closed()
        handle = TimerHandle(when, callback, args, self, context)
        due_us = math.ceil(when * _US_PER_S - _ROUNDING_US)
        if self._jitter_us:
            due_us += int(self._draw() * self._jitter_us)
        tie = self._draw() if self._random else 0.0
        self._timers_made += 1
        heapq.heappush(self._timers, (due_us, tie, self._timers_made, handle))
        return handle

    @override
    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: object) -> NoReturn:
        """Refused: use `signal.signal`, as `asyncio.Runner` does for SIGINT."""
        raise OutsideWorldRefused("a loop on virtual time has no signal handlers; use signal.signal")

    @override
    def close(self) -> None:
        super().close()
        self._callbacks.clear()
        self._task_steps.clear()
        self._timers.clear()

    def _run_once(self) -> None:
        """One step. `BaseEventLoop.run_forever` calls this until it is stopped."""
        if not self._callbacks and not self._task_steps:
            self._jump()
        if self._timers and self._timers[0][0] <= self._now_us:
            self._take_due()
        handle = self._pick()
        if handle.cancelled():
            return
        self.steps += 1
        task = _task_of(handle)
        self._mix(task.number if task is not None else 0)
        handle._run()
        self._count_at_instant()
        if self.after_step is not None:
            self._call_after_step(self.after_step)

    def _jump(self) -> None:
        """Move time to the next timer."""
        while self._timers and self._timers[0][3].cancelled():
            heapq.heappop(self._timers)
        if not self._timers:
            raise Deadlock(f"nothing is ready and no timer is set, {self.now_ms} ms into the run")
        if self._timers[0][0] > self._now_us:
            self._now_us = self._timers[0][0]
            self._steps_at_instant = 0
            self._mix(self._now_us)

    def _take_due(self) -> None:
        while self._timers and self._timers[0][0] <= self._now_us:
            handle = heapq.heappop(self._timers)[3]
            if not handle.cancelled():
                self._enqueue(handle)

    def _enqueue(self, handle: Handle) -> None:
        if self._random and _task_of(handle) is not None:
            self._task_steps.append(handle)
        else:
            self._callbacks.append(handle)

    def _pick(self) -> Handle:
        """The next step. The oldest callback has one chance beside one for each task that is ready."""
        ready = self._task_steps
        if not ready:
            return self._callbacks.popleft()
        drawn = int(self._draw() * (len(ready) + bool(self._callbacks)))
        if drawn == len(ready):
            return self._callbacks.popleft()
        ready[drawn], ready[-1] = ready[-1], ready[drawn]
        return ready.pop()

    def _count_at_instant(self) -> None:
        self._steps_at_instant += 1
        if self._steps_at_instant > self._steps_per_instant_max:
            self._steps_at_instant = 0
            raise Livelock(f"{self._steps_per_instant_max} steps ran at {self.now_ms} ms without time moving")

    def _call_after_step(self, hook: Callable[[], None]) -> None:
        try:
            hook()
        except BaseException:
            # The tasks are still to be cancelled on this loop, and each would meet the same error.
            self.after_step = None
            raise

    def _mix(self, number: int) -> None:
        self._digest = (self._digest * _DIGEST_FACTOR ^ number) & _DIGEST_MASK

    def _make_task(
        self,
        _loop: asyncio.AbstractEventLoop,
        coro: Coroutine[Any, Any, _T] | Generator[Any, None, _T],
        /,
        **kwargs: Any,
    ) -> asyncio.Future[_T]:
        self._tasks_made += 1
        return NumberedTask(coro, loop=self, number=self._tasks_made, **kwargs)

    def _timer_handle_cancelled(self, handle: TimerHandle) -> None:
        """Told by every timer that is cancelled; forgets them when they are most of the heap."""
        self._timers_cancelled += 1
        if self._timers_cancelled > max(_CANCELLED_TIMERS_MIN, len(self._timers) // 2):
            self._timers = [timer for timer in self._timers if not timer[3].cancelled()]
            heapq.heapify(self._timers)
            self._timers_cancelled = 0

    def _refuse_closed(self) -> None:
        if self.is_closed():
            raise RuntimeError("Event loop is closed")


def _task_of(handle: Handle) -> NumberedTask | None:
    """The task whose step this is; None for a plain callback."""
    owner = getattr(handle._callback, "__self__", None)  # type: ignore[attr-defined]
    return owner if isinstance(owner, NumberedTask) else None


def _refusal(name: str) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise OutsideWorldRefused(f"{name}: there is nothing outside a loop on virtual time")

    return refuse


for _name in (
    "add_reader",
    "add_writer",
    "connect_accepted_socket",
    "connect_read_pipe",
    "connect_write_pipe",
    "create_connection",
    "create_datagram_endpoint",
    "create_server",
    "create_unix_connection",
    "create_unix_server",
    "getaddrinfo",
    "getnameinfo",
    "remove_reader",
    "remove_writer",
    "run_in_executor",
    "sendfile",
    "sock_accept",
    "sock_connect",
    "sock_recv",
    "sock_recv_into",
    "sock_recvfrom",
    "sock_recvfrom_into",
    "sock_sendall",
    "sock_sendfile",
    "sock_sendto",
    "start_tls",
    "subprocess_exec",
    "subprocess_shell",
):
    setattr(VirtualLoop, _name, _refusal(_name))
