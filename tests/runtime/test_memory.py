"""Garbage, and turns of threads, beside a prompt and as a guest in another program."""

import asyncio
import gc
import sys
import weakref
from collections.abc import Iterator

import pytest

from palm_ual.runtime.memory import collections_put_off, tidy_for_ever, tuned_for_many_agents
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


def settings() -> tuple[object, ...]:
    return gc.get_threshold(), gc.isenabled(), gc.get_freeze_count(), sys.getswitchinterval()


@pytest.mark.parametrize("guest", [False, True])
@pytest.mark.parametrize("enabled", [False, True])
@pytest.mark.parametrize("thresholds", [(700, 10, 10), (123, 4, 5), (0, 10, 10), (90_000, 3, 3)])
def test_everything_is_given_back(guest: bool, enabled: bool, thresholds: tuple[int, int, int]) -> None:
    real = settings()
    usual = gc.get_threshold()
    try:
        gc.set_threshold(*thresholds)
        if not enabled:
            gc.disable()
        before = settings()
        with tuned_for_many_agents(guest=guest):
            with collections_put_off(guest=guest):
                assert not gc.isenabled()
            assert gc.isenabled() is enabled
        assert settings() == before
    finally:
        gc.set_threshold(*usual)
        gc.enable()
    assert settings() == real


def test_also_after_an_error() -> None:
    def fail() -> None:
        with tuned_for_many_agents():
            assert settings() != before
            raise ZeroDivisionError

    before = settings()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert settings() == before


def test_what_a_guests_host_is_and_has_is_left_alone() -> None:
    knot: Knot | None = Knot()
    seen = weakref.ref(knot)
    switch_s = sys.getswitchinterval()
    with tuned_for_many_agents(guest=True), collections_put_off(guest=True):
        assert gc.get_freeze_count() == 0
        assert sys.getswitchinterval() == switch_s
        assert gc.get_threshold()[1:] == (10, 10)
    with tuned_for_many_agents(guest=True):
        knot = None
        gc.collect()
        assert seen() is None


def test_a_guest_does_not_begin_collections_that_its_host_does_without() -> None:
    usual = gc.get_threshold()
    gc.set_threshold(0, 10, 10)
    with tuned_for_many_agents(guest=True):
        assert gc.get_threshold()[0] == 0
    gc.set_threshold(*usual)


def test_what_the_host_sets_meanwhile_stays() -> None:
    usual = gc.get_threshold()
    with tuned_for_many_agents(guest=True):
        gc.set_threshold(1_234, 5, 6)
    assert gc.get_threshold() == (1_234, 5, 6)
    gc.set_threshold(*usual)


def test_what_the_host_has_frozen_stays_frozen() -> None:
    gc.freeze()
    with tuned_for_many_agents():
        pass
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
