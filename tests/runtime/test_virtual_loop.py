import asyncio
import itertools
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.runtime.virtual_loop import Deadlock, Livelock, NumberedTask, Policy, VirtualLoop
from tests.runtime.virtual_runs import HOUR_S, market, run, running_loop

BOTH_POLICIES = pytest.mark.parametrize("policy", ["fifo", "random"])


@BOTH_POLICIES
def test_a_day_passes_without_waiting(policy: Policy) -> None:
    async def main() -> tuple[float, int]:
        await asyncio.sleep(24 * HOUR_S)
        return running_loop().time(), running_loop().now_ms

    assert run(main(), policy=policy) == (86_400.0, 86_400_000)


def test_ten_tenths_of_a_second_are_one_second() -> None:
    async def main() -> tuple[float, int]:
        for _ in range(10):
            await asyncio.sleep(0.1)
        return running_loop().time(), running_loop().now_ms

    assert run(main()) == (1.0, 1000)


@given(delays_us=st.lists(st.integers(0, 10**9), max_size=20))
def test_timers_fire_in_the_order_of_their_times_and_never_early(delays_us: list[int]) -> None:
    async def main() -> list[tuple[int, float]]:
        loop = running_loop()
        fired: list[tuple[int, float]] = []

        def note(due_us: int) -> None:
            fired.append((due_us, loop.time()))

        for delay_us in delays_us:
            loop.call_later(delay_us / 1e6, note, delay_us)
        await asyncio.sleep(1001)
        return fired

    fired = run(main())
    assert fired == [(due_us, due_us / 1e6) for due_us in sorted(delays_us)]


def test_timers_that_are_due_together_fire_by_age_under_fifo() -> None:
    async def main() -> list[int]:
        fired: list[int] = []
        for number in range(20):
            running_loop().call_at(5.0, fired.append, number)
        await asyncio.sleep(5.0)
        return fired

    assert run(main()) == list(range(20))
    assert sorted(drawn := run(main(), policy="random")) == list(range(20))
    assert drawn != list(range(20))


def test_cancelled_timers_neither_fire_nor_move_time_and_the_others_stay() -> None:
    async def main() -> tuple[float, list[str]]:
        loop = running_loop()
        fired: list[str] = []
        loop.call_later(0.5, fired.append, "kept")
        for _ in range(1000):
            loop.call_later(HOUR_S, fired.append, "cancelled").cancel()
        await asyncio.sleep(1.0)
        return loop.time(), fired

    assert run(main()) == (1.0, ["kept"])


def test_jitter_makes_timers_late_by_less_than_itself_and_never_early() -> None:
    async def main() -> list[float]:
        late_s = []
        for _ in range(100):
            before_s = running_loop().time()
            await asyncio.sleep(1.0)
            late_s.append(running_loop().time() - before_s - 1.0)
        return late_s

    late_s = run(main(), jitter_s=0.05)
    assert -1e-9 < min(late_s) < 0.01
    assert 0.04 < max(late_s) < 0.05


@BOTH_POLICIES
def test_the_steps_of_one_task_and_plain_callbacks_keep_their_order(policy: Policy) -> None:
    async def main() -> tuple[list[int], list[int]]:
        steps: list[int] = []
        callbacks: list[int] = []

        async def count() -> None:
            for number in range(10):
                steps.append(number)
                running_loop().call_soon(callbacks.append, number)
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            group.create_task(count())
            group.create_task(asyncio.sleep(0))
        return steps, callbacks

    assert run(main(), policy=policy) == (list(range(10)), list(range(10)))


@BOTH_POLICIES
def test_a_task_that_spins_does_not_keep_due_timers_waiting(policy: Policy) -> None:
    async def main() -> None:
        fired = asyncio.Event()
        running_loop().call_later(0.0, fired.set)
        for _ in range(100):
            await asyncio.sleep(0)
        assert fired.is_set()

    run(main(), policy=policy)


def test_fifo_runs_tasks_in_the_order_of_the_standard_loop() -> None:
    async def main() -> list[str]:
        seen: list[str] = []

        async def work(name: str, turns: int) -> None:
            for turn in range(turns):
                seen.append(f"{name}{turn}")
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            for turns, name in enumerate("abcde"):
                group.create_task(work(name, turns))
        return seen

    assert run(main()) == asyncio.run(main())


def test_one_seed_is_one_run_and_random_seeds_differ() -> None:
    runs = [run(market(), seed, "random") for seed in range(10)]
    assert runs == [run(market(), seed, "random") for seed in range(10)]
    assert len({digest for _, digest in runs}) == 10
    assert len({tuple(seen) for seen, _ in runs}) > 1
    assert all(sorted(seen) == sorted(runs[0][0]) and seen[-1] == "closed" for seen, _ in runs)


def test_fifo_does_not_depend_on_the_seed() -> None:
    assert run(market(), 1) == run(market(), 2)


WHOLE_RUN = """
import asyncio, functools
from palm_ual.runtime.virtual_loop import VirtualLoop
from tests.runtime.virtual_runs import first_done

with asyncio.Runner(loop_factory=functools.partial(VirtualLoop, 3, "random", jitter_s=0.01)) as runner:
    print(runner.run(first_done()))
"""


def test_another_process_repeats_the_run() -> None:
    outputs = set()
    for number in ("0", "1", "2"):
        # Holes of every size move the tasks about in memory, and a set that hashed by address with them.
        holes = f"holes = [bytes(n % 500) for n in range(9000)]; del holes[::{number} + 2]\n"
        done = subprocess.run(
            [sys.executable, "-c", holes + WHOLE_RUN],
            env={**os.environ, "PYTHONHASHSEED": number},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_tasks_are_numbered_in_the_order_of_their_creation() -> None:
    async def main() -> list[int]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(asyncio.sleep(0), name=f"t{n}") for n in range(3)]
        assert [task.get_name() for task in tasks] == ["t0", "t1", "t2"]
        return [hash(task) for task in tasks if isinstance(task, NumberedTask)]

    assert run(main()) == [2, 3, 4]


@BOTH_POLICIES
def test_waiting_for_what_nobody_will_do_is_a_deadlock_and_the_tasks_are_ended(policy: Policy) -> None:
    ended = []

    async def main() -> None:
        await asyncio.sleep(2.5)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(running_loop().now_ms)

    with pytest.raises(Deadlock, match="2500 ms into the run"):
        run(main(), policy=policy)
    assert ended == [2500]


def test_spinning_without_time_is_a_livelock() -> None:
    async def main() -> None:
        await asyncio.sleep(1.0)
        for _ in itertools.count():
            await asyncio.sleep(0)

    with (
        pytest.raises(Livelock, match="100 steps ran at 1000 ms"),
        asyncio.Runner(loop_factory=partial(VirtualLoop, 0, steps_per_instant_max=100)) as runner,
    ):
        runner.run(main())


def test_many_steps_are_no_livelock_while_time_moves() -> None:
    async def main() -> int:
        for _ in range(500):
            await asyncio.sleep(0.001)
        return running_loop().now_ms

    with asyncio.Runner(loop_factory=partial(VirtualLoop, 0, steps_per_instant_max=10)) as runner:
        assert runner.run(main()) == 500


def test_the_hook_is_called_after_every_step() -> None:
    async def main() -> tuple[int, int]:
        loop = running_loop()
        calls: list[int] = []
        loop.after_step = lambda: calls.append(loop.steps)
        first = loop.steps
        await market()
        assert calls == list(range(first, first + len(calls)))
        return loop.steps - first, len(calls)

    steps, calls = run(main())
    assert steps == calls > 30


def test_an_error_of_the_hook_ends_the_run_once() -> None:
    seen: list[str] = []

    async def main() -> None:
        loop = running_loop()

        def check() -> None:
            seen.append("checked")
            raise ValueError(f"broken at {loop.now_ms} ms")

        loop.call_later(3.0, setattr, loop, "after_step", check)
        try:
            await asyncio.sleep(10.0)
        finally:
            seen.append("ended")

    with pytest.raises(ValueError, match="broken at 3000 ms"):
        run(main())
    assert seen == ["checked", "ended"]


def test_a_closed_loop_takes_nothing_more() -> None:
    loop = VirtualLoop(0)
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_soon(print)
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_later(1.0, print)
