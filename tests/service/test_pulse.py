"""The pulse of a fleet, and what of it is news."""

import pytest

from palm_ual.model.results import FleetStatusShown, PalmStatusShown
from palm_ual.service.pulse import ILL_MAX, Ill, News, Pulse, Pulses
from palm_ual.world.records import Deployment
from tests.runtime.palms import Fleet, on_palm, worker


def pulse_with(*ill: Ill, ills: int | None = None) -> Pulse:
    return Pulse(9, 90, 100, 80, 5, 5, 0, 0, None, None, ill, len(ill) if ills is None else ills)


def degraded(name: str, count: int = 1) -> Ill:
    return Ill(name, "DEGRADED", count, 0)


def ailing(name: str, count: int = 1) -> Ill:
    return Ill(name, "DEGRADED", 0, count)


def down(name: str, count: int = 3) -> Ill:
    return Ill(name, "UNHEALTHY", 0, count)


# The pulse


def test_a_home_with_nothing_in_it_has_a_pulse_too() -> None:
    async def story(fleet: Fleet) -> None:
        assert Pulses().take(fleet.palm) == Pulse(0, 0, 100, 0, 0, 0, 0, 0, None, None, (), 0)

    on_palm(story)


def test_a_pulse_says_what_the_statuses_say() -> None:
    async def story(fleet: Fleet) -> None:
        await fleet.do("SET capacity = 200; DEPLOY seller COUNT 3 AS makers; DEPLOY buyer COUNT 5 AS takers")
        await fleet.do("DEPLOY buyer COUNT 4 AS late; DRAIN late NOWAIT; WAIT 90s")
        await fleet.do("DEPLOY buyer COUNT 7 AS young NOWAIT; DELETE makers NOWAIT")
        pulse = Pulses().take(fleet.palm)
        (palm_status,) = await fleet.do("PALM STATUS")
        (status,) = await fleet.do("FLEET STATUS")
        assert isinstance(palm_status, PalmStatusShown)
        assert isinstance(status, FleetStatusShown)
        assert (pulse.agents, pulse.capacity, pulse.healthy, pulse.unhealthy, pulse.deploying) == (
            palm_status.agents,
            palm_status.capacity,
            palm_status.healthy,
            palm_status.unhealthy,
            palm_status.deploying,
        )
        assert (pulse.degraded, pulse.orders_per_min, pulse.pnl_cents) == (
            status.degraded,
            status.orders_per_min,
            status.pnl_cents,
        )
        assert pulse.orders_per_min
        assert (pulse.deployments, pulse.changing) == (4, 2)

    on_palm(story)


def test_who_is_not_well_is_named_the_worst_first() -> None:
    async def story(fleet: Fleet) -> None:
        for name in ("fine", "pale", "hurt", "gone"):
            await fleet.do(worker(3, name))
        pale, hurt, gone = (found(fleet, name) for name in ("pale", "hurt", "gone"))
        pale.healthy, pale.degraded = 2, 1
        hurt.healthy, hurt.unhealthy = 2, 1
        gone.healthy, gone.unhealthy = 0, 3
        pulse = Pulses().take(fleet.palm)
        for one in (pale, hurt, gone):
            one.healthy, one.degraded, one.unhealthy = 3, 0, 0
        assert pulse.ill == (down("gone"), ailing("hurt"), degraded("pale"))
        assert (pulse.ills, pulse.healthy, pulse.degraded, pulse.unhealthy) == (3, 7, 1, 4)

    on_palm(story)


@pytest.mark.parametrize("count", [ILL_MAX - 1, ILL_MAX, ILL_MAX + 1])
def test_of_very_many_that_are_not_well_a_hundred_are_named(count: int) -> None:
    async def story(fleet: Fleet) -> None:
        await fleet.do("SET capacity = 200")
        await fleet.do("; ".join(worker(1, f"x{number}") for number in range(count)))
        for number in range(count):
            one = found(fleet, f"x{number}")
            one.healthy, one.degraded = 0, 1
        last = found(fleet, f"x{count - 1}")
        last.degraded, last.unhealthy = 0, 1
        pulse = Pulses().take(fleet.palm)
        for number in range(count):
            one = found(fleet, f"x{number}")
            one.healthy, one.degraded, one.unhealthy = 1, 0, 0
        assert (len(pulse.ill), pulse.ills) == (min(count, ILL_MAX), count)
        assert pulse.ill[0] == down(f"x{count - 1}", 1)

    on_palm(story)


def found(fleet: Fleet, name: str) -> Deployment:
    deployment = fleet.palm.world.find(name)
    assert deployment is not None
    return deployment


def test_figures_are_added_up_anew_when_they_may_have_changed_by_much() -> None:
    async def story(fleet: Fleet) -> None:
        pulses = Pulses()
        await fleet.do("DEPLOY seller COUNT 2; DEPLOY buyer COUNT 5; WAIT 30s")
        first = pulses.take(fleet.palm)
        assert pulses.take(fleet.palm) == first
        await fleet.do("WAIT 30s")
        later = pulses.take(fleet.palm)
        assert later == Pulses().take(fleet.palm)
        assert later.orders_per_min != first.orders_per_min

    on_palm(story)


# News


def news(before: Pulse, now: Pulse) -> tuple[str, ...]:
    return News(before, 0.0).since(now, 1.0)


@pytest.mark.parametrize(
    ("before", "now", "lines"),
    [
        ((), (), ()),
        ((), (degraded("a"),), ("a is DEGRADED: 1 degraded",)),
        ((), (Ill("a", "DEGRADED", 2, 1_000),), ("a is DEGRADED: 1,000 unhealthy, 2 degraded",)),
        ((), (Ill("a", "DEGRADED", 0, 0),), ("a is DEGRADED",)),
        ((degraded("a"),), (degraded("a", 5),), ()),
        ((degraded("a"),), (ailing("a"),), ("a is DEGRADED: 1 unhealthy",)),
        ((ailing("a"),), (down("a"),), ("a is UNHEALTHY: 3 unhealthy",)),
        ((down("a"),), (ailing("a"), degraded("b")), ("b is DEGRADED: 1 degraded",)),
        ((down("a"),), (), ()),
    ],
    ids=str,
)
def test_what_has_become_worse_is_news(
    before: tuple[Ill, ...], now: tuple[Ill, ...], lines: tuple[str, ...]
) -> None:
    assert news(pulse_with(*before), pulse_with(*now)) == lines


def test_much_news_at_once_is_told_in_a_few_lines() -> None:
    now = pulse_with(*(down(f"x{number}") for number in range(50)))
    assert news(pulse_with(), now) == (
        "x0 is UNHEALTHY: 3 unhealthy",
        "x1 is UNHEALTHY: 3 unhealthy",
        "x2 is UNHEALTHY: 3 unhealthy",
        "and 47 more deployments",
    )


def test_four_that_are_worse_are_three_and_one() -> None:
    now = pulse_with(*(down(name) for name in "abcd"))
    assert news(pulse_with(), now)[3:] == ("and 1 more deployment",)


def test_one_that_was_counted_and_not_named_is_no_news_when_it_is_named() -> None:
    named = [degraded(f"x{number}") for number in range(ILL_MAX)]
    before = pulse_with(*named, ills=ILL_MAX + 1)
    assert news(before, pulse_with(*named[1:], degraded("y"))) == ()


def test_one_that_comes_and_goes_is_told_once() -> None:
    story = News(pulse_with(), 0.0)
    told = [story.since(pulse_with(*[down("a")] * (second % 2)), float(second)) for second in range(1, 60)]
    assert told == [("a is UNHEALTHY: 3 unhealthy",)] + [()] * 58


@pytest.mark.parametrize(("well_s", "lines"), [(59.0, 0), (60.0, 1)])
def test_one_that_has_been_well_for_a_minute_is_news_again(well_s: float, lines: int) -> None:
    story = News(pulse_with(degraded("a")), 0.0)
    assert story.since(pulse_with(), well_s) == ()
    assert len(story.since(pulse_with(degraded("a")), well_s)) == lines


def test_one_that_gets_worse_is_told_again() -> None:
    story = News(pulse_with(degraded("a")), 0.0)
    assert len(story.since(pulse_with(ailing("a")), 1.0)) == 1
    assert len(story.since(pulse_with(degraded("a")), 2.0)) == 0
    assert len(story.since(pulse_with(down("a")), 3.0)) == 1
    assert len(story.since(pulse_with(ailing("a")), 4.0)) == 0
