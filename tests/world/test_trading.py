"""What events do to money, orders and positions, and which of them do not fit."""

import msgspec
import pytest

from palm_ual.errors import InvariantBroken
from palm_ual.market import flow
from palm_ual.market.accounts import pnl_of
from palm_ual.model import events as ev
from palm_ual.model.events import FlowSums
from palm_ual.world.check import check
from palm_ual.world.records import World
from palm_ual.world.snapshot import same_world
from tests.world.stories import Story, refolded
from tests.world.towns import (
    ANN,
    BOB,
    HOUSE_ASK,
    JUDGE,
    OTHER,
    SHORT,
    a_town,
    agent_in,
    position_in,
    trading_in,
)

TREASURY = (0, 0)
CASE = 4 * HOUSE_ASK


def test_flow_that_is_folded_makes_what_it_made_when_it_happened() -> None:
    story = a_town()
    assert same_world(refolded(story.records), story.world)


# Money


def test_new_money_is_issued_for_what_the_treasury_lacks() -> None:
    story = a_town()
    before = story.world.issued_cents
    story.tell(ev.MoneyMoved(TREASURY, ANN, 500_00, 500_00))
    assert (story.world.issued_cents, story.world.treasury_cents) == (before + 500_00, 0)
    assert agent_in(story.world, ANN).cash_cents == 4_780_00 + 500_00
    assert check(story.world) == []


def test_money_that_is_moved_is_nobodys_gain() -> None:
    story = a_town()
    world = story.world
    before = [pnl_of(agent_in(world, who), world.market.references) for who in (ANN, BOB)]
    story.tell(ev.MoneyMoved(ANN, BOB, 100_00), ev.MoneyMoved(BOB, TREASURY, 30_00))
    assert [pnl_of(agent_in(world, who), world.market.references) for who in (ANN, BOB)] == before
    assert world.treasury_cents == 30_00
    assert [agent_in(world, who).funded_cents for who in (ANN, BOB)] == [4_900_00, 5_070_00]
    assert check(world) == []


@pytest.mark.parametrize(
    ("source", "cents"),
    [(ANN, 4_671_00 + 1), (BOB, 5_000_00 - CASE - 108_00 + 1), (TREASURY, 1), (JUDGE, 1)],
)
def test_nobody_gives_what_it_has_not_or_what_its_orders_have_claimed(
    source: tuple[int, int], cents: int
) -> None:
    story = a_town()
    if source != TREASURY:
        free_cents = agent_in(story.world, source).free_cents
        assert free_cents == cents - 1
        story.tell(ev.MoneyMoved(source, SHORT, free_cents))
        cents = 1
    with pytest.raises(InvariantBroken):
        story.tell(ev.MoneyMoved(source, SHORT, cents))


def test_what_an_ended_agent_gained_or_lost_stays_in_its_deployments_pnl() -> None:
    story = a_town()
    world, figures = story.world, story.world.deployments[1].figures
    story.flows(flow.ACTOR, *ANN, flow.CLOSE)
    account = agent_in(world, ANN)
    gained_cents = account.cash_cents - account.funded_cents
    assert gained_cents < 0
    before = figures.pnl_cents(world.market.references)
    story.tell(ev.AgentsEnded(1, ((1, 1),), account.cash_cents, "terminated", ((1, 1),)))
    assert figures.ended_pnl_cents == gained_cents
    assert figures.pnl_cents(world.market.references) == before
    assert check(world) == []


@pytest.mark.parametrize("who", [ANN, BOB, SHORT, OTHER])
def test_who_owes_something_cannot_end(who: tuple[int, int]) -> None:
    story = a_town()
    uid, number = who
    cents = agent_in(story.world, who).cash_cents
    with pytest.raises(InvariantBroken, match="still owes"):
        story.tell(ev.AgentsEnded(uid, ((number, number),), cents, "terminated"))


# Orders


def test_cancelled_orders_are_off_the_books() -> None:
    story = a_town().tell(ev.OrdersCancelled(1, ((1, 2),)))
    assert {order.owner.key for order in story.world.market.orders.values()} == {SHORT}
    assert [agent_in(story.world, who).free_cents for who in (ANN, BOB)] == [4_780_00, 5_000_00 - CASE]
    assert check(story.world) == []


def test_an_agent_that_begins_to_drain_has_nothing_resting_and_only_closes() -> None:
    story = a_town().draining(1)
    world = story.world
    assert not trading_in(world, ANN).resting
    story.flows(flow.ACTOR, *ANN, flow.BUY_NOW, 0, 1, 0, 5, flow.SELL_RESTING, 0, 1, 150_00, 5)
    assert (position_in(world, ANN).units, trading_in(world, ANN).refusal) == (2, "takes no new work")
    assert not trading_in(world, ANN).resting
    story.flows(flow.ACTOR, *ANN, flow.SELL_NOW, 0, 2, 0, 5)
    assert not trading_in(world, ANN).owes
    story.tell(ev.AgentsBecameDrained(1, ((1, 1),)), ev.AgentsResumed(1, ((1, 1),)))
    story.flows(flow.ACTOR, *ANN, flow.BUY_NOW, 0, 1, 0, 5)
    assert position_in(world, ANN).units == 1
    assert check(world) == []


def test_an_agent_that_fails_leaves_no_order_and_keeps_its_position() -> None:
    story = a_town().failed(1)
    assert not trading_in(story.world, ANN).resting
    assert position_in(story.world, ANN).units == 2
    assert check(story.world) == []


def test_the_cases_of_an_arbiter_that_fails_go_to_another_one() -> None:
    story = a_town().failed(2, uid=3)
    assert story.world.market.desk.cases[1].arbiter.key == JUDGE
    story.failed(1, uid=3)
    assert story.world.market.desk.cases[1].arbiter.key == JUDGE, "there is no other"
    assert check(story.world) == []


# What does not fit


def batch(story: Story, *ops: int | str, count: int = 1) -> ev.MarketTraded:
    """A batch that says it follows, and came to nothing."""
    return ev.MarketTraded(story.world.market.applied + 1, count, flow.pack([*ops]), FlowSums())


UNFIT: dict[str, tuple[int | str, ...]] = {
    "an order that there is not": (flow.ACTOR, *ANN, flow.CANCEL, 99),
    "a case that there is not": (flow.RELEASE, 99),
    "a service that there is not": (flow.ACTOR, *ANN, flow.BUY_NOW, 9, 1, 0, 5),
    "a jump of a service that there is not": (flow.JUMP, 9, 5),
    "an agent that there is not": (flow.ACTOR, 1, 99, flow.CANCEL_ALL),
    "a deployment that there is not": (flow.ACTOR, 9, 1, flow.CANCEL_ALL),
    "sums that it did not come to": (flow.ACTOR, *ANN, flow.BUY_NOW, 0, 1, 0, 5),
    "half an operation": (flow.ACTOR, *ANN, flow.BUY_NOW, 0),
}


@pytest.mark.parametrize("what", UNFIT)
def test_flow_that_cannot_have_happened_is_refused(what: str) -> None:
    story = a_town()
    with pytest.raises(InvariantBroken):
        story.tell(batch(story, *UNFIT[what]))


def test_a_batch_cannot_follow_itself() -> None:
    story = a_town()
    first = next(record.event for record in story.records if isinstance(record.event, ev.MarketTraded))
    with pytest.raises(InvariantBroken):
        story.tell(first)
    with pytest.raises(InvariantBroken):
        story.tell(msgspec.structs.replace(batch(story, flow.TICK), first_op=story.world.market.applied + 2))


def test_what_was_compacted_cannot_be_folded() -> None:
    with pytest.raises(InvariantBroken, match="retention"):
        a_town().tell(ev.MarketCompacted(1, 0, 2, 9, FlowSums()))


def test_the_homes_own_settings() -> None:
    world = a_town().tell(ev.SettingSet("issue_cap", 5_00), ev.SettingSet("retention", None)).world
    assert (world.issue_cap_cents, world.retention_ms) == (5_00, None)


def test_the_first_seed_is_the_homes_for_good() -> None:
    story = Story().tell(ev.FleetResumed("0.1.0", 7), ev.FleetSuspended(), ev.FleetResumed("0.1.0", 8))
    assert story.world.market.seed == 7
    assert World().market.seed is None
