"""The example of a trading type of one's own does what it says, on a market and in a fleet of the real command."""

from decimal import Decimal
from typing import Any

import pytest

from examples.pair_trader import PairTrader
from palm_ual.agents.arbiter import Arbiter
from palm_ual.agents.contract import Buy, Sell
from tests.agents.trading_floor import Agent, Floor
from tests.command.ual import ROOT, Desk

PAIR: dict[str, Any] = {"first": "A", "second": "B"}
VIRTUAL = ("--ephemeral", "--clock", "virtual", "--seed", "1")
DEPLOY = """DEPLOY 'examples.pair_trader:PairTrader' COUNT 2 AS pairs WITH {"first": "A", "second": "B"};"""
MARKET = (
    """DEPLOY seller AS a WITH {"service": "A"}; DEPLOY seller AS b WITH {"service": "B", "price": 30};"""
)


def trader(**more: Any) -> tuple[Floor, Agent]:
    """On a floor with books for A and B."""
    floor = Floor()
    floor.market.open_book("A")
    floor.market.open_book("B")
    (agent,) = floor.deploy(PairTrader, **PAIR, **more)
    return floor, agent


def moves(agent: Agent) -> list[tuple[type, str]]:
    return [(type(order), order.service) for order in agent.orders]


def test_it_moves_into_what_has_become_cheap_and_back() -> None:
    floor, agent = trader(band=Decimal("0.05"), memory=1_000)
    floor.run(20)
    assert moves(agent) == []
    floor.market.jump(0, -150_000)
    floor.run(3)
    assert moves(agent) == [(Buy, "A")]
    assert agent.units(0) * 100_00 * 85 // 100 == pytest.approx(5_000_00, rel=0.05)
    floor.market.jump(0, 400_000)
    floor.run(5)
    assert moves(agent) == [(Buy, "A"), (Sell, "A"), (Buy, "B")]
    assert (agent.units(0), agent.units(1) > 0) == (0, True)
    assert [line.split()[0] for line in agent.written] == ["buys", "sells", "buys"]
    assert agent.refusals == []


def test_a_longer_life_has_no_refusals_and_stays_within_the_budget() -> None:
    floor, agent = trader()
    for _ in range(1_800):
        floor.run(1)
        assert agent.used_cents <= 6_000_00
        assert agent.units(0) == 0 or agent.units(1) == 0
    assert {service for _, service in moves(agent)} == {"A", "B"}
    assert agent.refusals == []


def test_while_it_drains_it_waits_for_what_is_in_escrow_and_buys_nothing() -> None:
    floor, agent = trader(band=Decimal("0.05"), memory=1_000)
    floor.deploy(Arbiter, escrow_threshold=1_000)
    floor.run(20)
    floor.market.jump(0, -150_000)
    while not agent.placed:
        floor.run_until(floor.now_ms + 10)
    floor.market.jump(0, 400_000)
    floor.drain(agent)
    floor.run(20)
    assert moves(agent) == [(Buy, "A")]
    assert agent.trading.party_to
    assert agent.refusals == []


@pytest.mark.parametrize("stake", [0, 50])
def test_a_stake_that_buys_no_unit_buys_nothing(stake: int) -> None:
    floor, agent = trader(stake=stake)
    floor.run(600)
    assert agent.orders == []


def test_it_says_which_service_nobody_trades() -> None:
    floor = Floor()
    floor.market.open_book("A")
    (agent,) = floor.deploy(PairTrader, **PAIR)
    floor.run(3)
    assert (agent.health.health, agent.health.reason) == ("degraded", "nobody trades B yet")
    floor.market.open_book("B")
    floor.run(3)
    assert agent.health.health == "healthy"


def test_a_fleet_of_it_trades_and_is_drained(desk: Desk) -> None:
    ran = desk.run(
        *VIRTUAL,
        *(
            "-o",
            "json",
            "-c",
            f"{MARKET} {DEPLOY} WAIT 10m; SHOW POSITIONS OF pairs; DELETE pairs; PALM STATUS",
        ),
    )
    assert ran.status == 0, ran.err
    assert '"agent":"pair_trader_001","deployment":"pairs","service":' in ran.out
    assert '"terminated":["pair_trader_002","pair_trader_001"],"dropped":0' in ran.out


def test_its_script_runs(desk: Desk) -> None:
    ran = desk.run(*VIRTUAL, str(ROOT / "examples" / "pair-trader.ual"))
    assert ran.status == 0, ran.err
    for said in ("pair_trader_003 - Funded: $10,000", "buys ", "sells ", "Shutdown complete"):
        assert said in ran.out
    assert "Degraded:   0" in ran.out


def test_it_is_refused_without_its_services(desk: Desk) -> None:
    ran = desk.run(*VIRTUAL, "-c", "DEPLOY 'examples.pair_trader:PairTrader'")
    assert ran.status == 1
    assert 'pair_trader needs the config key "first"' in ran.err
