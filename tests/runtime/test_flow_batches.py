"""Market flow of a fleet that runs: when it is written, and what a disk that fails leaves of it."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from typing_extensions import override

from palm_ual.agents import contract as co
from palm_ual.agents.chance import Chance
from palm_ual.errors import CommitFailed
from palm_ual.model import events as ev
from palm_ual.model.limits import FLOW_BATCH_MS, INTENTS_PER_STEP_MAX
from palm_ual.runtime.folding import fold
from palm_ual.world.check import check
from palm_ual.world.snapshot import same_world
from tests.runtime.palms import Fleet, FullDisk, on_palm, worker
from tests.service.floor import Clerk, Nothing, agent, arbiters, bid, buy, clerks

PLAYER = "tests.runtime.test_flow_batches:Player"


class Player(Clerk):
    """Plays what the test has put down."""

    name = "player"
    score: ClassVar[Callable[[co.Sight], tuple[co.Intent, ...]]]

    @override
    def step(self, state: Nothing, sight: co.Sight, chance: Chance) -> co.Step:
        return co.Step(1_000, type(self).score(sight))


class Piecemeal(Clerk):
    """Sells what it has unit by unit when it drains, many within one batch."""

    name = "piecemeal"

    @override
    def drain(self, state: Nothing, sight: co.Sight, chance: Chance) -> co.Step:
        return co.Step(10, (co.Sell("General", 1),))


PIECEMEAL = "tests.runtime.test_flow_batches:Piecemeal"


def players(score: Callable[[co.Sight], tuple[co.Intent, ...]], count: int = 1, name: str = "p") -> str:
    """A statement that deploys them."""
    Player.score = staticmethod(score)
    return f"DEPLOY '{PLAYER}' COUNT {count} AS {name} NOWAIT"


ONE = (co.Buy("General", 1),)


def test_the_loop_writes_market_flow_when_it_has_waited_long_enough() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1) + "; WAIT 10s")
        journal = fleet.palm.registry.journal
        head = journal.head()
        buy(fleet, "clerk_001", 1)
        fleet.palm.nudge()
        await fleet.do(f"WAIT {FLOW_BATCH_MS - 1}ms")
        assert journal.head() == head
        await fleet.do("WAIT 1ms")
        assert [type(r.event) for r in journal.events(after=head)] == [ev.MarketTraded]

    on_palm(main)


# A disk that is full


def wants_three(sight: co.Sight) -> tuple[co.Intent, ...]:
    return () if sight.market.positions().get("General", 0) >= 3 else ONE


def test_agents_order_again_what_was_not_written() -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        await fleet.do(players(wants_three, 2))
        await fleet.do("WAIT FOR p HEALTHY; WAIT 150ms")
        assert agent(fleet, "player_001").trading.positions[0].units == 1  # type: ignore[union-attr]
        journal.full = iter([True] * 6)
        await fleet.do("WAIT 1500ms")
        world = fleet.palm.world
        assert same_world(fold(journal), world)
        assert fleet.states("p") == {1: "Ready", 2: "Ready"}
        await fleet.do("WAIT 30s")
        for name in ("player_001", "player_002"):
            assert agent(fleet, name).trading.positions[0].units == 3  # type: ignore[union-attr]
        assert fleet.palm.world.market.orders_count == 6
        assert not fleet.events(ev.AgentFailed)
        assert next(journal.full, None) is None

    on_palm(main, journal)


CLOSING = ["DRAIN x", "DRAIN clerk_001", "SCALE x TO 0", "DELETE x", "TERMINATE clerk_001", "RESTART x"]


@pytest.mark.parametrize("statement", CLOSING)
@pytest.mark.parametrize("written", range(5))
@pytest.mark.parametrize("failing", [1, 3])
def test_trades_that_close_positions_and_are_not_written_are_made_again(
    statement: str, written: int, failing: int
) -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1) + "; " + clerks(1, "y") + "; SET drain_timeout = 60s")
        buy(fleet, "clerk_001", 3)
        buy(fleet, "clerk_001", 2, "Compute")
        bid(fleet, "clerk_001", 1, 50)
        buy(fleet, "clerk_002", 1)
        fleet.palm.commit()
        journal.full = iter([False] * written + [True] * failing)
        try:
            await fleet.do(f"{statement} NOWAIT")
        except CommitFailed:
            assert written == 0
            await fleet.do(f"WAIT 5s; {statement} NOWAIT")
        await fleet.do("WAIT 30s")
        assert next(journal.full, None) is None
        world = fleet.palm.world
        assert (same_world(fold(journal), world), check(world)) == (True, [])
        left = world.find("x")
        own = left.agents.get(1) if left is not None else None
        if own is not None:
            assert own.trading is not None
            assert not own.trading.owes
            assert not list(own.trading.open_positions())
            assert own.state == ("Ready" if statement.startswith("RESTART") else "Drained")
        else:
            assert not statement.startswith(("DRAIN", "RESTART"))
        assert agent(fleet, "clerk_002").trading.positions[0].units == 1  # type: ignore[union-attr]
        spent = sum(event.sums.trades for event in fleet.events(ev.MarketTraded))
        assert spent == world.market.trades

    on_palm(main, journal)
    journal.reopen()
    assert check(fold(journal)) == []


@pytest.mark.parametrize("written", [1, 2, 3])
@pytest.mark.parametrize("failing", [1, 2])
def test_nobody_is_drained_before_its_closing_trades_are_written(written: int, failing: int) -> None:
    """The commit that fails has taken several steps' trades with it: they take several steps again."""
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        await fleet.do(f"DEPLOY '{PIECEMEAL}' AS x")
        buy(fleet, "piecemeal_001", 5)
        fleet.palm.commit()
        journal.full = iter([False] * written + [True] * failing)
        await fleet.do("DRAIN x NOWAIT; WAIT 30s")
        assert fleet.states() == {1: "Drained"}
        last = [
            type(r.event).__name__ for r in journal.events() if not isinstance(r.event, ev.StatementEnded)
        ]
        assert last[-2:] == ["MarketTraded", "AgentsBecameDrained"]
        assert fleet.palm.world.market.trades == 6
        journal.full = iter(())

    on_palm(main, journal)


@pytest.mark.parametrize("written", range(6))
def test_cases_that_a_draining_arbiter_hands_over_unwritten_are_handed_over_again(written: int) -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1) + "; " + arbiters(500, 2))
        buy(fleet, "clerk_001", 9)
        fleet.palm.commit()
        (case,) = fleet.palm.world.market.desk.cases.values()
        holder: Any = case.arbiter
        journal.full = iter([False] * written + [True, True])
        try:
            await fleet.do(f"DRAIN arbiter_{holder.number:03} NOWAIT")
        except CommitFailed:
            await fleet.do(f"WAIT 3s; DRAIN arbiter_{holder.number:03} NOWAIT")
        await fleet.do("WAIT 30s")
        states = fleet.states("arbiters")
        assert states[holder.number] == "Drained"
        assert fleet.palm.world.market.desk.cases == {}
        assert same_world(fold(journal), fleet.palm.world)
        journal.full = iter(())

    on_palm(main, journal)


# What one step may intend


@pytest.mark.parametrize(
    ("count", "orders"), [(INTENTS_PER_STEP_MAX, INTENTS_PER_STEP_MAX), (INTENTS_PER_STEP_MAX + 1, 0)]
)
def test_a_step_that_intends_too_much_crashes_with_nothing_done(count: int, orders: int) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(1))
        await fleet.do(players(lambda _sight: (co.Buy("General", 1, 1),) * count))
        await fleet.do("WAIT 500ms")
        world = fleet.palm.world
        assert world.market.orders_count == orders
        assert fleet.states("p") == {1: "Failed" if orders == 0 else "Ready"}
        assert fleet.states() == {1: "Ready"}
        failures = [event.reason for event in fleet.events(ev.AgentFailed)]
        assert failures == (
            [] if orders else ["ValueError: a step may intend at most 2,000 things, not 2,001"]
        )
        fleet.palm.commit()
        assert same_world(fold(fleet.palm.registry.journal), world)

    on_palm(main)
