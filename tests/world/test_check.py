"""`check` finds what it is there to find: every invariant is broken once by hand."""

from collections.abc import Callable

import pytest

from palm_ual.model import events as ev
from palm_ual.world.check import check
from palm_ual.world.records import AgentState, DrainNote, FailureNote, World
from tests.world.stories import fleet


def a_world() -> World:
    story = fleet(4).draining(3, then="end").drained(4).failed(2)
    return story.tell(ev.AgentHealthChanged(1, 1, "degraded", "tired")).world


def _move_by_hand(world: World) -> None:
    world.deployments[1].agents[1].state = AgentState.STARTING


def _run_up_debts(world: World) -> None:
    ledger = world.market.ledger
    ledger.treasury_cents = -1
    ledger.issued_cents -= 1


BROKEN: dict[str, tuple[str, Callable[[World], object]]] = {
    "a cent too much": ("money is conserved", lambda w: setattr(w.market.ledger, "treasury_cents", 1)),
    "a debt of the treasury": (
        "no account is overdrawn",
        _run_up_debts,
    ),
    "a debt of an agent": (
        "no account is overdrawn",
        lambda w: setattr(w.deployments[1].agents[1], "cash_cents", -5),
    ),
    "a small capacity": ("capacity holds", lambda w: setattr(w, "capacity", 3)),
    "a promise too many": ("capacity holds", lambda w: setattr(w.deployments[1], "size", 101)),
    "a capacity out of range": ("capacity is in range", lambda w: setattr(w, "capacity", 1_000_001)),
    "a lost name": ("names are unique", lambda w: w.by_name.clear()),
    "a number of the future": ("an agent number is used once", lambda w: w.next_numbers.update(buyer=4)),
    "a lost agent": ("agents are counted", lambda w: w.deployments[1].agents.pop(1)),
    "a miscount of a state": ("agents by state are counted", lambda w: setattr(w.deployments[1], "ready", 2)),
    "a state by hand": ("agents by state are listed", _move_by_hand),
    "a miscount of health": (
        "agents by health are counted",
        lambda w: setattr(w.deployments[1], "healthy", 1),
    ),
    "a miscount of money": (
        "the sum of a deployment's money is right",
        lambda w: setattr(w.deployments[1].figures, "cash_cents", 0),
    ),
    "an agent out of order": (
        "numbers rise",
        lambda w: w.deployments[1].agents.update({1: w.deployments[1].agents.pop(1)}),
    ),
    "a drain without a reason": ("whoever drains has a reason", lambda w: w.deployments[1].drains.pop(4)),
    "a miscount of the ending": (
        "ending agents are counted",
        lambda w: setattr(w.deployments[1], "ending", 0),
    ),
    "a note of a stranger": (
        "notes belong to living agents",
        lambda w: w.deployments[1].drains.update({9: DrainNote(0, "stay")}),
    ),
    "a failure of a stranger": (
        "notes belong to living agents",
        lambda w: w.deployments[1].failures.update({9: FailureNote("no", 0, 0, 1)}),
    ),
    "a failure without a reason": (
        "whoever failed has a reason",
        lambda w: w.deployments[1].failures.clear(),
    ),
}


def test_a_sound_world_has_no_violations() -> None:
    assert check(a_world()) == []


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_invariant_is_found(how: str) -> None:
    invariant, break_it = BROKEN[how]
    world = a_world()
    break_it(world)
    assert invariant in [violation.invariant for violation in check(world)]
