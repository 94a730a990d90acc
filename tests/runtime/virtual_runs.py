"""Small programs on virtual time, and how to run them."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

from palm_ual.runtime.virtual_loop import Policy, VirtualLoop

T = TypeVar("T")
HOUR_S = 3600.0


def run(main: Coroutine[Any, Any, T], seed: int = 0, policy: Policy = "fifo", jitter_s: float = 0.0) -> T:
    with asyncio.Runner(loop_factory=partial(VirtualLoop, seed, policy, jitter_s=jitter_s)) as runner:
        return runner.run(main)


def running_loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


async def market() -> tuple[list[str], str]:
    """Tasks that meet at a queue, an event and timeouts: who came when, and the digest."""
    seen: list[str] = []
    queue: asyncio.Queue[str] = asyncio.Queue(2)
    opened = asyncio.Event()

    async def sell(name: str) -> None:
        await opened.wait()
        for offer in range(3):
            await asyncio.sleep(0.01)
            await queue.put(f"{name}{offer}")

    async def buy() -> None:
        try:
            async with asyncio.timeout(1.0):
                while True:
                    seen.append(await queue.get())
        except TimeoutError:
            seen.append("closed")

    async with asyncio.TaskGroup() as group:
        for name in "abcde":
            group.create_task(sell(name))
        group.create_task(buy())
        opened.set()
    return seen, running_loop().digest


async def first_done() -> str:
    """Goes through the sets that asyncio itself keeps tasks in."""
    seen: list[object] = []
    tasks = {asyncio.get_running_loop().create_task(asyncio.sleep(1, number)) for number in range(50)}
    while tasks:
        done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        seen += [task.result() for task in done]
    seen += [task.get_name() for task in asyncio.all_tasks()]
    return f"{seen} {running_loop().digest}"
