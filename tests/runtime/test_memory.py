"""Garbage beside a prompt."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from palm_ual.runtime.memory import tidy_for_ever
from tests.runtime.virtual_runs import run


class Knot:
    """Refers to itself: only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def _no_collection_by_itself() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collection_by_itself")
@pytest.mark.parametrize(("age_s", "within_s"), [(0, 1), (1, 3), (60, 660)])
def test_garbage_of_any_age_goes_in_the_end(age_s: int, within_s: int) -> None:
    async def story() -> None:
        async with asyncio.TaskGroup() as tasks:
            tidying = tasks.create_task(tidy_for_ever())
            knot: Knot | None = Knot()
            seen = weakref.ref(knot)
            await asyncio.sleep(age_s)
            assert seen() is knot
            knot = None
            await asyncio.sleep(within_s)
            assert seen() is None
            tidying.cancel()

    run(story())
