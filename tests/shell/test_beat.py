"""The look at the fleet each second, with a fleet in memory and no time passing."""

import asyncio
from collections.abc import Callable

import pytest

from palm_ual.console.shell.beat import Beat
from palm_ual.console.shell.faults import Faults
from palm_ual.service.fleet_thread import FleetOver, FleetThread
from palm_ual.service.pulse import News, Pulses
from tests.service.test_fleet_thread import fleet_of, run


class Told:
    """A beat, and everything that it has said."""

    def __init__(self, fleet: FleetThread) -> None:
        self.faults = Faults(lambda error: isinstance(error, FleetOver) or fleet.failure is not None)
        self.said: list[str] = []
        self.beat = Beat(
            fleet,
            self.faults,
            changed=lambda: self.said.append("changed"),
            opened=self._opened,
            tell_news=self._tell,
            tell=self._tell,
        )

    async def _opened(self) -> None:
        self.said.append("opened")

    async def _tell(self, lines: tuple[str, ...]) -> None:
        self.said += [line.split(" (")[0] for line in lines]

    def looks(self, count: int = 1) -> list[str]:
        """What is said at the next so many looks."""

        async def look() -> None:
            for _ in range(count):
                await self.beat.look()

        before = len(self.said)
        asyncio.run(look())
        return self.said[before:]


def failing(*_: object) -> object:
    raise ZeroDivisionError("planted")


def only_once(right: Callable[..., object]) -> Callable[..., object]:
    """Fails the first time."""
    calls: list[None] = []

    def called(*arguments: object) -> object:
        calls.append(None)
        return right(*arguments) if len(calls) > 1 else failing()

    return called


PLANTED = "a fault of ual: ZeroDivisionError: planted"


def test_the_first_answer_opens_and_only_what_changes_is_shown() -> None:
    with fleet_of() as fleet:
        told = Told(fleet)
        assert told.beat.pulse is None
        assert told.looks(3) == ["changed", "opened"]
        run(fleet, "DEPLOY buyer COUNT 2")
        assert told.looks(1) == ["changed"]
        assert told.beat.pulse is not None
        assert told.beat.pulse.agents == 2


def test_a_look_that_fails_is_told_once_and_the_next_one_shows_the_fleet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Pulses, "take", only_once(Pulses.take))
    with fleet_of() as fleet:
        told = Told(fleet)
        assert told.looks() == ["changed", f"the bar: {PLANTED}"]
        assert told.beat.lost
        assert told.looks(2) == ["changed", "opened"]
        assert not told.beat.lost


def test_news_that_fail_cost_nothing_but_the_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(News, "since", failing)
    with fleet_of() as fleet:
        told = Told(fleet)
        assert told.looks(2) == ["changed", "opened", f"the notices: {PLANTED}"]
        run(fleet, "DEPLOY buyer")
        assert told.looks() == ["changed"]


def test_a_menu_that_cannot_learn_names_costs_neither_bar_nor_news(monkeypatch: pytest.MonkeyPatch) -> None:
    with fleet_of() as fleet:
        told = Told(fleet)
        monkeypatch.setattr(told.beat, "_opened", failing)
        assert told.looks(2) == ["changed", f"the menu: {PLANTED}"]


def test_a_picture_that_cannot_be_drawn_anew_costs_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    with fleet_of() as fleet:
        told = Told(fleet)
        monkeypatch.setattr(told.beat, "_changed", failing)
        assert told.looks(2) == ["opened", f"the bar: {PLANTED}"]


def test_what_cannot_be_told_stops_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(News, "since", failing)
    with fleet_of() as fleet:
        told = Told(fleet)
        monkeypatch.setattr(told.beat, "_tell", failing)
        assert told.looks(2) == ["changed", "opened"]
        run(fleet, "DEPLOY buyer")
        assert told.looks() == ["changed"]


def test_a_fleet_that_is_over_is_no_fault() -> None:
    with fleet_of() as fleet:
        told = Told(fleet)
        told.looks()
    assert told.looks(2) == ["changed"]
    assert told.beat.lost
