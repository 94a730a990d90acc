import asyncio
import signal
import threading
from collections.abc import Callable

import pytest

from palm_ual.runtime.virtual_loop import OutsideWorldRefused, VirtualLoop
from tests.runtime.virtual_runs import HOUR_S, run, running_loop

REACHES_OUT: dict[str, Callable[[VirtualLoop], object]] = {
    "a reader": lambda loop: loop.add_reader(0, print),
    "a thread": lambda loop: loop.run_in_executor(None, print),
    "a name look-up": lambda loop: loop.getaddrinfo("localhost", 80),
    "a connection": lambda loop: loop.create_connection(asyncio.Protocol, "localhost", 80),
    "a server": lambda loop: loop.create_server(asyncio.Protocol, "localhost", 0),
    "a process": lambda loop: loop.subprocess_exec(asyncio.SubprocessProtocol, "true"),
    "a signal": lambda loop: loop.add_signal_handler(signal.SIGTERM, print),
}


@pytest.mark.parametrize("reach_out", REACHES_OUT.values(), ids=REACHES_OUT)
def test_the_outside_world_is_refused(reach_out: Callable[[VirtualLoop], object]) -> None:
    async def main() -> None:
        reach_out(running_loop())

    with pytest.raises(OutsideWorldRefused):
        run(main())


def test_asyncios_own_helpers_are_refused_too() -> None:
    async def main() -> None:
        await asyncio.to_thread(print)

    with pytest.raises(OutsideWorldRefused, match="run_in_executor"):
        run(main())


def test_every_door_of_the_standard_loop_is_shut() -> None:
    """What the abstract loop offers is ours, or the base class does it without leaving the loop."""
    inside = {
        "call_exception_handler", "create_future", "create_task", "default_exception_handler",
        "get_debug", "get_exception_handler", "get_task_factory", "is_closed", "is_running",
        "run_forever", "run_until_complete", "set_debug", "set_exception_handler", "set_task_factory",
        "set_default_executor", "shutdown_asyncgens", "shutdown_default_executor", "stop",
    }  # fmt: skip
    offered = {name for name in vars(asyncio.AbstractEventLoop) if not name.startswith("_")}
    assert offered - set(vars(VirtualLoop)) == inside | {"remove_signal_handler"}


def test_another_thread_is_refused() -> None:
    async def main() -> list[type]:
        loop = running_loop()
        errors: list[type] = []

        def intrude() -> None:
            try:
                loop.call_soon_threadsafe(print)
            except OutsideWorldRefused as error:
                errors.append(type(error))

        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
        return errors

    assert run(main()) == [OutsideWorldRefused]


def test_ctrl_c_cancels_the_main_task_as_it_does_on_the_standard_loop() -> None:
    ended = []

    async def main() -> None:
        running_loop().call_later(5.0, signal.raise_signal, signal.SIGINT)
        try:
            await asyncio.sleep(HOUR_S)
        except asyncio.CancelledError:
            ended.append(running_loop().now_ms)
            raise

    with pytest.raises(KeyboardInterrupt):
        run(main())
    assert ended == [5000]
