"""Figures of a fleet that has traded, each worked out again from what the listings say."""

import json
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest

from tests.command.ual import Desk

Row: TypeAlias = dict[str, Any]
MARKET = """
    DEPLOY seller COUNT 2 AS maps WITH {"service": "Maps", "price": 40};
    DEPLOY seller AS charts WITH {"service": "Charts", "price": 80, "spread": 0.02};
    DEPLOY buyer COUNT 3 AS calm;
    DEPLOY buyer COUNT 3 AS bold WITH {"strategy": "aggressive", "risk_tolerance": 1};
    DEPLOY arbiter AS court WITH {"escrow_threshold": 200};
    WAIT 90s;
    FUND buyer_001 AMOUNT 250.75; TRANSFER 99.01 IUSD FROM buyer_004 TO treasury;
    SCALE bold TO 2;
"""
"""A fleet of every kind: somebody is short, somebody has ended, somebody was given money, and some of it waits."""
DEPLOYMENTS = ("maps", "charts", "calm", "bold", "court")
LISTINGS = ("DEPLOYMENTS", "AGENTS", "ORDERS", "POSITIONS", "ACCOUNTS")


class Seen(NamedTuple):
    """What a fleet says of itself at one moment: the rows of its tables, and answers about each deployment."""

    tables: dict[str, list[Row]]
    fleet: Row
    status: dict[str, Row]
    balance: dict[str, Row]
    described: dict[str, Row]


def looks(deployments: Iterable[str]) -> str:
    """Statements for a `Seen`."""
    looks = [f"SHOW {what}" for what in LISTINGS] + ["FLEET STATUS"]
    for what in ("FLEET STATUS", "BALANCE", "DESCRIBE"):
        looks += [f"{what} {name}" for name in deployments]
    return "; ".join(looks)


def seen(out: str, deployments: tuple[str, ...]) -> Seen:
    """The answers to `looks`, the last ones that were printed."""
    count = len(deployments)
    answers = [json.loads(line) for line in out.splitlines()][-(len(LISTINGS) + 1 + 3 * count) :]
    tables = dict(zip(LISTINGS, answers, strict=False))
    fleet, *about = answers[len(LISTINGS) :]
    status, balance, described = (
        dict(zip(deployments, about[start:], strict=False)) for start in range(0, 3 * count, count)
    )
    return Seen(tables, fleet, status, balance, described)


def total(rows: Iterable[Row], field: str) -> int:
    return sum(row[field] for row in rows)


def of(name: str, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["deployment"] == name]


@pytest.fixture(scope="module", params=[1, 2])
def market(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("desk")
    given = ("--ephemeral", "--clock", "virtual", "--seed", str(request.param), "-o", "json")
    ran = Desk(folder, folder).call(*given, "-c", MARKET, "-c", looks(DEPLOYMENTS))
    assert (ran.status, ran.err) == (0, "")
    return seen(ran.out, DEPLOYMENTS)


def test_the_market_was_busy(market: Seen) -> None:
    """Else the other tests would say little."""
    positions = market.tables["POSITIONS"]
    assert min(row["units"] for row in positions) < 0 < max(row["units"] for row in positions)
    assert len({row["service"] for row in positions}) > 1
    assert market.tables["ORDERS"]
    assert market.fleet["orders_per_min"] > 100
    assert market.balance["bold"]["funded_cents"] == 20_000_00 - 99_01
    assert market.balance["calm"]["funded_cents"] == 30_000_00 + 250_75


def test_all_money_and_all_units_sum_to_zero(market: Seen) -> None:
    accounts = market.tables["ACCOUNTS"]
    assert total(accounts, "cash_cents") == 0
    assert total(accounts, "units") == 0
    below = [row["account"] for row in accounts if row["cash_cents"] < 0]
    assert below == ["issuer"]


def test_pnl_is_what_is_there_less_what_was_put_in(market: Seen) -> None:
    for name in ("maps", "charts", "calm"):  # nobody of these has ended
        worth = total(of(name, market.tables["POSITIONS"]), "value_cents")
        cash = total(of(name, market.tables["ACCOUNTS"]), "cash_cents")
        put_in, escrowed = (market.balance[name][field] for field in ("funded_cents", "escrowed_cents"))
        assert market.status[name]["pnl_cents"] == cash + escrowed + worth - put_in, name


def test_pnl_has_that_of_agents_which_have_ended(market: Seen) -> None:
    (treasury,) = [row for row in market.tables["ACCOUNTS"] if row["account"] == "treasury"]
    returned = treasury["cash_cents"] - 99_01
    living = total(of("bold", market.tables["AGENTS"]), "pnl_cents")
    assert market.status["bold"]["pnl_cents"] == living + returned - 10_000_00
    assert returned != 10_000_00


def test_a_position_is_worth_its_units_at_the_reference_value(market: Seen) -> None:
    for row in market.tables["POSITIONS"]:
        assert row["value_cents"] == row["units"] * row["reference_cents"]
        paid = row["cost_cents"] if row["units"] > 0 else -row["cost_cents"]
        assert row["unrealised_pnl_cents"] == row["value_cents"] - paid


def test_used_budget_is_cost_resting_orders_and_escrow(market: Seen) -> None:
    for name in DEPLOYMENTS:
        cost = total(of(name, market.tables["POSITIONS"]), "cost_cents")
        resting = total(of(name, market.tables["ORDERS"]), "value_cents")
        escrowed = market.balance[name]["escrowed_cents"]
        assert market.status[name]["used_budget_cents"] == cost + resting + escrowed, name


def test_claimed_cash_is_that_of_resting_buy_orders(market: Seen) -> None:
    claimed: defaultdict[str, int] = defaultdict(int)
    for order in market.tables["ORDERS"]:
        if order["side"] == "buy":
            claimed[order["agent"]] += order["left"] * order["price_cents"]
    accounts = [row for row in market.tables["ACCOUNTS"] if row["kind"] == "agent"]
    assert {row["account"]: row["reserved_cents"] for row in accounts if row["reserved_cents"]} == claimed
    for name in DEPLOYMENTS:
        assert market.balance[name]["reserved_cents"] == total(of(name, accounts), "reserved_cents")


def test_the_success_rate_is_that_of_the_orders_that_were_decided(market: Seen) -> None:
    for name, about in market.described.items():
        decided = about["filled"] + about["rejected"] + about["failed"]
        assert market.status[name]["success_pct"] == pytest.approx(100 * about["filled"] / decided), name
        assert decided <= about["orders"]


def test_the_fleet_is_the_sum_of_its_deployments(market: Seen) -> None:
    summed = ("pnl_cents", "orders_per_min", "funding_cents", "used_budget_cents", "agents", "healthy")
    for field in summed:
        assert market.fleet[field] == total(market.status.values(), field), field
    assert market.fleet["budget_cents"] == sum(one["budget_cents"] or 0 for one in market.status.values())
    assert market.status["court"]["budget_cents"] is None
    assert market.status["court"]["avg_latency_ms"] is None


def test_what_is_said_of_agents_sums_to_what_is_said_of_their_deployment(market: Seen) -> None:
    for name in ("maps", "charts", "calm", "court"):
        agents = of(name, market.tables["AGENTS"])
        for field in ("cash_cents", "pnl_cents", "orders_per_min", "used_budget_cents"):
            (row,) = of(name, market.tables["DEPLOYMENTS"])
            assert row[field] == total(agents, field), (name, field)


def test_a_condition_on_money_is_in_dollars(tmp_path: Path) -> None:
    given = ("--ephemeral", "--clock", "virtual", "-o", "json", "-c", MARKET)
    ran = Desk(tmp_path, tmp_path).call(*given, "-c", "SHOW AGENTS; SHOW AGENTS WHERE used_budget > 112.50")
    everybody, dear = [json.loads(line) for line in ran.out.splitlines()[-2:]]
    expected = [
        row["agent"] for row in everybody if Decimal(row["used_budget_cents"] or 0) / 100 > Decimal("112.5")
    ]
    assert [row["agent"] for row in dear] == expected
    assert 0 < len(expected) < len(everybody)


RUNAWAY = """
    DEPLOY arbiter COUNT 2 AS court WITH {"escrow_threshold": 100, "dispute_timeout": 120};
    DEPLOY buyer COUNT 2 AS desk WITH {"service": "Maps", "strategy": "aggressive", "risk_tolerance": 1};
    WAIT 20s;
    DEPLOY seller AS rocket WITH {"service": "Maps", "price": 1000};
    WAIT 30s
"""
"""A price that runs away: trades in escrow are disputed, and their arbiters hold them for two minutes."""


def test_a_home_is_sound_when_trades_in_escrow_were_handed_over_and_decided(tmp_path: Path) -> None:
    given = ("--ephemeral", "--clock", "virtual", "-o", "json", "-c", RUNAWAY)
    ran = Desk(tmp_path, tmp_path).call(
        *given, "-c", "SHOW ACCOUNTS WHERE kind = escrow; DRAIN arbiter_001; WAIT 3m; CHECK HOME"
    )
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert answers[-1]["findings"] == []
    assert len(answers[-4]) > 1
    assert ran.status == 0
