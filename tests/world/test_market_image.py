"""A town that trades, put away and opened again; and homes of a release that had no market."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from palm_ual.errors import InvariantBroken
from palm_ual.market import flow
from palm_ual.model import events as ev
from palm_ual.world.check import check
from palm_ual.world.records import World
from palm_ual.world.snapshot import (
    MARKET_PART,
    WORLD_PART,
    agents_part,
    load_world,
    same_world,
    snapshot_parts,
)
from tests.world.stories import Story, fleet
from tests.world.towns import ANN, BOB, OTHER, SHORT, a_town, agent_in, position_in, trading_in

Parts = dict[str, bytes]


def reopened(story: Story, *, agents: bool = True) -> World:
    return load_world(snapshot_parts(story.world).get, agents=agents, statements=agents)


def edited(parts: Parts, name: str, change: Callable[[Any], object]) -> Parts:
    """Parts of which one was changed as plain JSON."""
    body = msgspec.json.decode(parts[name])
    change(body)
    return {**parts, name: msgspec.json.encode(body)}


def test_everything_is_there_again() -> None:
    story = a_town()
    world = reopened(story)
    assert same_world(world, story.world)
    assert check(world) == []
    assert (position_in(world, ANN).offered, position_in(world, ANN).sought) == (1, 1)
    assert agent_in(world, BOB).free_cents == agent_in(story.world, BOB).free_cents
    assert list(trading_in(world, OTHER).cases) == list(trading_in(world, BOB).party_to) == [1]
    assert list(world.market.orders) == list(story.world.market.orders)


AFTER: dict[str, tuple[int | str, ...]] = {
    "orders meet those that rested": (flow.ACTOR, *BOB, flow.SELL_NOW, 0, 0, 0, 5, flow.BUY_NOW, 0, 9, 0, 4),
    "an offer trades": (flow.ACTOR, *SHORT, flow.BUY_NOW, 0, 3, 0, 5),
    "a case is released": (flow.RELEASE, 1),
    "a case is refunded": (flow.DISPUTE, 1, flow.TIME, 99, flow.REFUND, 1),
    "a case is handed over": (flow.HAND_OVER, 1, flow.RELEASE, 1),
    "the reference value moves": (flow.TIME, 10_000, flow.TICK),
    "orders are cancelled": (flow.ACTOR, *ANN, flow.CANCEL, 3, flow.CANCEL_ALL),
    "somebody is ended by force": (flow.ACTOR, *SHORT, flow.CLOSE, flow.ACTOR, *OTHER, flow.CLOSE),
    "a service is opened": (flow.SERVICE, "Compute", flow.ACTOR, *ANN, flow.BUY_NOW, 1, 1, 0, 5),
}


@pytest.mark.parametrize("what", AFTER)
def test_what_comes_after_a_snapshot_comes_to_the_same(what: str) -> None:
    story = a_town()
    again = Story()
    again.world, again.now_ms = reopened(story), story.now_ms
    for told in (story, again):
        told.flows(*AFTER[what])
    assert same_world(again.world, story.world)


def test_the_order_in_which_positions_were_opened_does_not_matter_after_a_snapshot() -> None:
    """A position that was closed is not in a snapshot: opened again it comes last, where it used to be first."""
    story = a_town().flows(
        flow.SERVICE, "Compute", flow.ACTOR, *SHORT, flow.CANCEL_ALL, flow.BUY_NOW, 0, 2, 0, 5
    )
    story.flows(flow.ACTOR, *SHORT, flow.SELL_NOW, 1, 3, 0, 5)
    assert (position_in(story.world, SHORT).units, trading_in(story.world, SHORT).positions[1].units) == (
        0,
        -3,
    )
    again = Story()
    again.world, again.now_ms = reopened(story), story.now_ms
    for told in (story, again):
        told.flows(flow.ACTOR, *SHORT, flow.BUY_NOW, 0, 4, 0, 5)
        told.tell(ev.MoneyMoved(SHORT, (0, 0), agent_in(told.world, SHORT).cash_cents))
        told.flows(flow.ACTOR, *SHORT, flow.CLOSE)
        assert 0 < agent_in(told.world, SHORT).cash_cents < 200_00, (
            "what it had sold paid for what it was short of"
        )
    assert same_world(again.world, story.world)


def test_a_status_needs_no_orders_and_no_agents() -> None:
    story = a_town()
    world = reopened(story, agents=False)
    for uid, deployment in story.world.deployments.items():
        figures, counted = deployment.figures, world.deployments[uid].figures
        assert counted.pnl_cents(world.market.references) == figures.pnl_cents(story.world.market.references)
        assert counted.used_budget_cents == figures.used_budget_cents
        assert (counted.orders, counted.filled, counted.rejected) == (
            figures.orders,
            figures.filled,
            figures.rejected,
        )
        assert counted.latency.mean_us == figures.latency.mean_us
    assert world.held_cents == story.world.held_cents
    assert (world.market.orders, world.market.desk.cases) == ({}, {})


DAMAGED: dict[str, tuple[str, int, object]] = {
    "an order's owner": ("orders", 1, [9, 9]),
    "an order's service": ("orders", 2, 9),
    "a case's buyer": ("cases", 4, [9, 9]),
    "a case's arbiter": ("cases", 8, [9, 9]),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_an_order_or_a_case_of_nobody_is_damage(what: str) -> None:
    table, column, value = DAMAGED[what]
    parts = edited(
        snapshot_parts(a_town().world), MARKET_PART, lambda flows: flows[table][0].__setitem__(column, value)
    )
    with pytest.raises(InvariantBroken, match="does not fit"):
        load_world(parts.get, agents=True, statements=True)


def test_a_snapshot_that_lost_its_orders_is_refused() -> None:
    parts = snapshot_parts(a_town().world)
    del parts[MARKET_PART]
    with pytest.raises(InvariantBroken, match="no part 'market'"):
        load_world(parts.get, agents=True, statements=True)


# A release that had no market


def without_market(parts: Parts) -> Parts:
    """As that release would have put the same fleet away."""
    old = edited(parts, WORLD_PART, _strip_world)
    for name in parts:
        if name.startswith("agents:"):
            old = edited(old, name, _strip_agents)
    del old[MARKET_PART]
    return old


def _strip_world(world: dict[str, Any]) -> None:
    for name in ("market", "issue_cap_cents", "retention_ms"):
        del world[name]
    for deployment in world["deployments"]:
        del deployment["figures"]
        for revision in deployment["revisions"]:
            for name in ("role", "quoted_service", "price_cents", "escrow_threshold_cents"):
                revision.pop(name, None)


def _strip_agents(groups: list[dict[str, Any]]) -> None:
    for group in groups:
        del group["funded_cents"], group["trading"]


@pytest.mark.parametrize("agents", [True, False])
def test_a_home_without_a_market_opens_with_all_of_its_money(agents: bool) -> None:
    story = fleet(3).drained(2).failed(1)
    world = load_world(without_market(snapshot_parts(story.world)).get, agents=agents, statements=True)
    figures = world.deployments[1].figures
    assert (figures.cash_cents, figures.funding_cents, figures.orders) == (3_000, 3_000, 0)
    assert figures.pnl_cents({}) == 0
    assert (world.held_cents, world.issued_cents, world.treasury_cents) == (3_000, 3_000, 0)
    assert (world.issue_cap_cents, world.retention_ms) == (None, 3_600_000)
    assert (world.market.seed, world.market.books) == (None, [])
    if agents:
        assert check(world) == []
        assert agent_in(world, (1, 2)).funded_cents == 1_000
        assert agent_in(world, (1, 2)).closing, "it is drained"
        assert same_world(world, story.world)


def test_a_home_without_a_market_gets_one_and_goes_on() -> None:
    old = fleet(2)
    story = Story()
    story.world = load_world(without_market(snapshot_parts(old.world)).get, agents=True, statements=True)
    story.tell(ev.FleetResumed("0.2.0", 5))
    assert story.world.market.seed == 5
    story.flows(flow.SERVICE, "General", flow.ACTOR, 1, 1, flow.BUY_RESTING, 0, 1, 4_00, 5)
    assert trading_in(story.world, (1, 1)).budget_cents == 500
    assert list(story.world.market.orders) == [1]
    assert check(story.world) == []
    assert agents_part(1) in snapshot_parts(story.world)
