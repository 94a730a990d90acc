"""What is shown of the market: figures, orders, positions, accounts and balances of a fleet that trades."""

import pytest

from palm_ual.errors import InvalidValue, NotFound, PalmError
from palm_ual.lang import statements as st
from palm_ual.lang.parser import parse
from palm_ual.model import results as rs
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.folding import fold
from palm_ual.service.answers import answer, needs_agents, needs_statements
from palm_ual.service.session import Session
from palm_ual.service.sources import Sources
from palm_ual.store.memory import MemoryJournal
from tests.runtime.palms import Fleet, on_palm
from tests.service.floor import agent, arbiters, bid, book, buy, clerks, sell


async def busy(fleet: Fleet) -> None:
    """Two services, a long and a short position, two orders that rest, an escrow, and a deployment at rest."""
    await fleet.do(clerks(2, budget=5_000) + "; " + clerks(1, "short", short=True) + "; " + clerks(1, "idle"))
    buy(fleet, "clerk_001", 3)
    sell(fleet, "short_001", 4, "Compute")
    bid(fleet, "clerk_001", 2, 50)
    bid(fleet, "clerk_002", 1, 80, "Compute")
    await fleet.do(arbiters(900))
    buy(fleet, "clerk_002", 10)
    assert list(fleet.palm.world.market.desk.cases) == [1]


def looked(text: str, journal: MemoryJournal) -> rs.ResultEvent:
    """The answer of a one-liner that reads no more of the home than it has to."""
    (statement,) = parse(text)
    assert not isinstance(statement, st.Watch)
    assert isinstance(statement, st.Looking)
    world = fold(journal, agents=needs_agents(statement), statements=needs_statements(statement))
    sources = Sources(world, journal, Catalog(), Session(), now_ms=world.at_ms, wall_ms=world.wall_ms)
    return answer(statement, sources)


# Status


def test_a_status_has_the_figures_of_those_that_trade_and_says_what_cannot_be_known() -> None:
    async def main(fleet: Fleet) -> None:
        await busy(fleet)
        (whole,) = await fleet.do("FLEET STATUS")
        (idle,) = await fleet.do("FLEET STATUS idle")
        (one,) = await fleet.do("FLEET STATUS x")
        assert isinstance(whole, rs.FleetStatusShown)
        assert isinstance(idle, rs.FleetStatusShown)
        assert isinstance(one, rs.FleetStatusShown)
        general, compute = book(fleet), book(fleet, "Compute")
        used_cents = 3 * general.house_ask_cents + 2 * 5_000 + 8_000 + 10 * general.house_ask_cents
        short_cents = 4 * compute.house_bid_cents
        assert (one.orders_per_min, one.success_pct, one.used_budget_cents) == (4, 100.0, used_cents)
        assert one.pnl_cents == 3 * (general.reference_cents - general.house_ask_cents)
        assert whole.pnl_cents == one.pnl_cents + short_cents - 4 * compute.reference_cents
        assert (whole.orders_per_min, whole.used_budget_cents) == (6, used_cents + short_cents)
        assert (one.funding_cents, one.budget_cents) == (2_000_000, 1_000_000)
        assert (whole.funding_cents, whole.budget_cents) == (4_000_000, 1_000_000)
        assert (whole.avg_latency_ms, whole.p99_latency_ms) == (0.0, 0.0)
        unknown = (idle.pnl_cents, idle.avg_latency_ms, idle.orders_per_min, idle.success_pct)
        assert (*unknown, idle.used_budget_cents, idle.p99_latency_ms, idle.trend) == (None,) * 7
        assert idle.funding_cents == 1_000_000

    on_palm(main)


def test_a_status_of_a_fleet_that_does_not_trade_knows_its_money_and_nothing_else() -> None:
    async def main(fleet: Fleet) -> None:
        (nobody,) = await fleet.do("FLEET STATUS")
        assert isinstance(nobody, rs.FleetStatusShown)
        assert (nobody.pnl_cents, nobody.funding_cents, nobody.used_budget_cents) == (None, None, None)
        await fleet.do(clerks(2))
        (status,) = await fleet.do("FLEET STATUS")
        assert isinstance(status, rs.FleetStatusShown)
        assert (status.pnl_cents, status.funding_cents, status.budget_cents) == (None, 2_000_000, None)

    on_palm(main)


def test_the_success_is_not_known_until_an_order_is_decided() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1))
        bid(fleet, "clerk_001", 1, 50)
        (status,) = await fleet.do("FLEET STATUS x")
        assert isinstance(status, rs.FleetStatusShown)
        assert (status.pnl_cents, status.orders_per_min, status.success_pct) == (0, 1, None)
        bid(fleet, "clerk_001", 10**6, 50)
        (status,) = await fleet.do("FLEET STATUS x")
        assert isinstance(status, rs.FleetStatusShown)
        assert (status.orders_per_min, status.success_pct) == (2, 0.0)

    on_palm(main)


def test_the_total_is_what_agents_and_escrows_hold() -> None:
    async def main(fleet: Fleet) -> None:
        await busy(fleet)
        await fleet.do("TRANSFER 25 IUSD FROM clerk_001 TO treasury")
        (status,) = await fleet.do("PALM STATUS")
        assert isinstance(status, rs.PalmStatusShown)
        rows = await fleet.rows("SHOW ACCOUNTS WHERE kind IN (agent, escrow)")
        assert status.total_iusd_cents == sum(int(str(row["cash_cents"])) for row in rows)

    on_palm(main)


LOOKS = (
    "FLEET STATUS",
    "FLEET STATUS x",
    "FLEET STATUS idle",
    "PALM STATUS",
    "SHOW DEPLOYMENTS",
    "BALANCE treasury",
    "BALANCE house",
    "BALANCE ISSUER",
)


def test_a_status_of_a_suspended_home_is_the_same_without_its_agents() -> None:
    journal = MemoryJournal()

    async def main(fleet: Fleet) -> None:
        await busy(fleet)
        await fleet.do("WAIT 30s; DEPLOY buyer COUNT 3; DEPLOY seller COUNT 2; WAIT 50s")
        assert fleet.palm.world.market.desk.cases == {}

    on_palm(main, journal)
    full, header = fold(journal), fold(journal, agents=False)
    assert full.agents == header.agents
    assert not any(deployment.agents for deployment in header.deployments.values())
    for text in LOOKS:
        (statement,) = parse(text)
        assert not needs_agents(statement)  # type: ignore[arg-type]
        whole, fewer = (
            answer(
                statement,  # type: ignore[arg-type]
                Sources(world, journal, Catalog(), Session(), now_ms=world.at_ms, wall_ms=world.wall_ms),
            )
            for world in (full, header)
        )
        assert whole == fewer
    status = looked("FLEET STATUS buyer-fleet", journal)
    assert isinstance(status, rs.FleetStatusShown)
    assert status.pnl_cents is not None
    assert status.trend is not None
    assert status.trend.pnl_cents[-1:] != ()


# Tables


def test_the_accounts_sum_to_nothing_in_money_and_in_units() -> None:
    async def main(fleet: Fleet) -> list[rs.Cell]:
        await busy(fleet)
        rows = await fleet.rows("SHOW ACCOUNTS")
        assert sum(int(str(row["cash_cents"])) for row in rows) == 0
        assert sum(int(str(row["units"])) for row in rows) == 0
        by_name = {row["account"]: row for row in rows}
        ask_cents = book(fleet).house_ask_cents
        assert by_name["issuer"]["cash_cents"] == -fleet.palm.world.issued_cents
        assert by_name["house"]["units"] == 4 - 3 - 10
        assert by_name["clerk_001"]["reserved_cents"] == 10_000
        assert by_name["short_001"]["units"] == -4
        assert (by_name["escrow-1"]["cash_cents"], by_name["escrow-1"]["units"]) == (10 * ask_cents, 10)
        unknown = [row["account"] for row in rows if row["reserved_cents"] is None]
        assert unknown == ["issuer", "treasury", "house", "escrow-1"]
        return list(by_name)

    assert on_palm(main) == [
        *("issuer", "treasury", "house"),
        *("clerk_001", "clerk_002", "short_001", "clerk_003", "arbiter_001"),
        "escrow-1",
    ]


CHOSEN = {
    "SHOW ORDERS": [1, 2],
    "SHOW ORDERS OF X": [1, 2],
    "SHOW ORDERS OF clerk_002": [2],
    "SHOW ORDERS OF clerk_003": [],
    "SHOW ORDERS OF short": [],
    "SHOW ORDERS WHERE price < 60": [1],
    "SHOW ORDERS WHERE value >= 100": [1],
    "SHOW ORDERS WHERE service = 'Compute' AND side = BUY": [2],
    "SHOW ORDERS WHERE escrow = true": [],
    "SHOW ORDERS WHERE escrow != true AND age < 1s": [1, 2],
    "SHOW ORDERS WHERE agent = CLERK_001": [1],
    "SHOW ORDERS ORDER BY price DESC": [2, 1],
    "SHOW ORDERS ORDER BY price LIMIT 1": [1],
    "SHOW POSITIONS": ["clerk_001", "short_001"],
    "SHOW POSITIONS OF short": ["short_001"],
    "SHOW POSITIONS OF clerk_002": [],
    "SHOW POSITIONS WHERE units < 0": ["short_001"],
    "SHOW POSITIONS WHERE value > 0 AND cost > 300": ["clerk_001"],
    "SHOW POSITIONS WHERE unrealised_pnl < 0": ["clerk_001", "short_001"],
    "SHOW POSITIONS ORDER BY units LIMIT 1": ["short_001"],
    "SHOW ACCOUNTS OF x": ["clerk_001", "clerk_002"],
    "SHOW ACCOUNTS OF clerk_003": ["clerk_003"],
    "SHOW ACCOUNTS WHERE kind = Escrow": ["escrow-1"],
    "SHOW ACCOUNTS WHERE cash < 0": ["issuer"],
    "SHOW ACCOUNTS WHERE reserved > 0 ORDER BY cash DESC": ["clerk_001", "clerk_002"],
    "SHOW ACCOUNTS LIMIT 2": ["issuer", "treasury"],
    "SHOW AGENTS WHERE pnl < 0": ["clerk_001", "short_001"],
    "SHOW AGENTS WHERE pnl = null": ["clerk_003"],
    "SHOW AGENTS WHERE success = 100%": ["clerk_001", "short_001"],
    "SHOW AGENTS WHERE success >= 99.5": ["clerk_001", "short_001"],
    "SHOW AGENTS WHERE latency < 1ms AND orders_per_min >= 2": ["clerk_001", "clerk_002"],
    "SHOW AGENTS WHERE used_budget > 1000": ["clerk_002"],
    "SHOW DEPLOYMENTS WHERE pnl < 0 ORDER BY orders_per_min DESC": ["x", "short"],
    "SHOW DEPLOYMENTS WHERE p99_latency > 5": [],
    "SHOW DEPLOYMENTS WHERE success = null": ["idle", "arbiters"],
    "SHOW DEPLOYMENTS WHERE used_budget >= 400": ["x"],
}


@pytest.fixture(scope="module")
def firsts() -> dict[str, list[rs.Cell]]:
    """The first cell of each row that a SHOW gives."""

    async def main(fleet: Fleet) -> dict[str, list[rs.Cell]]:
        await busy(fleet)
        return {text: [next(iter(row.values())) for row in await fleet.rows(text)] for text in CHOSEN}

    return on_palm(main)


@pytest.mark.parametrize("text", CHOSEN)
def test_what_a_table_shows(firsts: dict[str, list[rs.Cell]], text: str) -> None:
    ids = [1, 2] if text.startswith("SHOW ORDERS") else []
    orders = {3: 1, 4: 2} if ids else {}
    assert [orders.get(cell, cell) if isinstance(cell, int) else cell for cell in firsts[text]] == CHOSEN[
        text
    ]


REFUSED: dict[str, tuple[type[PalmError], str]] = {
    "SHOW ORDERS OF nobody": (NotFound, 'there is no deployment or agent "nobody"'),
    "SHOW AGENTS OF clerk_001": (NotFound, 'there is no deployment "clerk_001"'),
    "SHOW ORDERS SINCE 5m": (InvalidValue, "SHOW ORDERS says how things are now"),
    "SHOW ACCOUNTS SINCE 5m": (InvalidValue, "SHOW ACCOUNTS says how things are now"),
    "SHOW ORDERS WHERE escrow = yes": (InvalidValue, "escrow is true or false"),
    "SHOW ORDERS WHERE escrow > false": (InvalidValue, "escrow cannot be ordered"),
    "SHOW ORDERS WHERE price = 5%": (InvalidValue, "price is not a percent"),
    "SHOW AGENTS WHERE latency > 5%": (InvalidValue, "latency is not a percent"),
    "SHOW AGENTS WHERE latency > 'long'": (InvalidValue, "latency is a number"),
    "SHOW AGENTS WHERE success > 5s": (InvalidValue, "success is not a duration"),
    "SHOW AGENTS WHERE success = 'all'": (InvalidValue, "success is a number"),
    "BALANCE nobody": (NotFound, 'there is no account "nobody"'),
    "BALANCE clerk_009": (NotFound, 'there is no account "clerk_009"'),
    "BALANCE escrow-2": (NotFound, 'there is no account "escrow-2"'),
    "BALANCE escrow-01": (NotFound, 'there is no account "escrow-01"'),
    "BALANCE shrt": (NotFound, 'there is no account "shrt"'),
}


def test_what_cannot_be_shown_is_refused_and_not_ignored() -> None:
    async def main(fleet: Fleet) -> None:
        await busy(fleet)
        for text, (kind, message) in REFUSED.items():
            error = await fleet.fails(text)
            assert (type(error), message in error.message) == (kind, True), error.message
        for wrong, right in (("shrt", "short"), ("treasur", "treasury"), ("hause", "house")):
            assert (await fleet.fails(f"BALANCE {wrong}")).hint == f"did you mean {right}?"

    on_palm(main)


def test_a_position_has_its_cost_and_worth_and_what_of_it_is_in_escrow() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1) + "; " + clerks(1, "short", short=True))
        buy(fleet, "clerk_001", 3)
        sell(fleet, "short_001", 3)
        await fleet.do(arbiters(150))
        sell(fleet, "clerk_001", 2)
        long, short = await fleet.rows("SHOW POSITIONS")
        accounts = await fleet.rows("SHOW ACCOUNTS WHERE units != 0")
        assert {row["account"]: row["units"] for row in accounts} == {
            "clerk_001": 1,
            "short_001": -3,
            "escrow-1": 2,
        }
        general = book(fleet)
        ask_cents, bid_cents, worth_cents = (
            general.house_ask_cents,
            general.house_bid_cents,
            3 * general.reference_cents,
        )
        assert (long["units"], long["escrowed_units"]) == (3, 2)
        assert (long["average_cost_cents"], long["cost_cents"]) == (ask_cents, 3 * ask_cents)
        assert (long["value_cents"], long["unrealised_pnl_cents"]) == (
            worth_cents,
            worth_cents - 3 * ask_cents,
        )
        assert (short["units"], short["average_cost_cents"]) == (-3, bid_cents)
        assert (short["value_cents"], short["unrealised_pnl_cents"]) == (
            -worth_cents,
            3 * bid_cents - worth_cents,
        )
        for name, row in (("clerk_001", long), ("short_001", short)):
            (shown,) = await fleet.do(f"BALANCE {name}")
            assert isinstance(shown, rs.BalanceShown)
            assert shown.pnl_cents == row["unrealised_pnl_cents"]
            assert shown.positions == (("General", row["units"], row["value_cents"]),)

    on_palm(main)


# Balances


def test_a_balance_says_what_is_claimed_and_what_is_in_escrow() -> None:
    async def main(fleet: Fleet) -> None:
        await busy(fleet)
        await fleet.do("FUND clerk_001 AMOUNT 12.50")
        general = book(fleet)
        ask_cents, reference_cents = general.house_ask_cents, general.reference_cents
        cash_cents = 1_001_250 - 3 * ask_cents
        (one,) = await fleet.do("BALANCE Clerk_001")
        assert one == rs.BalanceShown(
            "clerk_001",
            "agent",
            cash_cents,
            reserved_cents=10_000,
            escrowed_cents=0,
            funded_cents=1_001_250,
            pnl_cents=3 * (reference_cents - ask_cents),
            positions=(("General", 3, 3 * reference_cents),),
        )
        (both,) = await fleet.do("BALANCE X")
        assert both == rs.BalanceShown(
            "x",
            "deployment",
            cash_cents + 1_000_000 - 10 * ask_cents,
            reserved_cents=18_000,
            escrowed_cents=10 * ask_cents,
            funded_cents=2_001_250,
            pnl_cents=3 * (reference_cents - ask_cents),
            positions=(("General", 3, 3 * reference_cents),),
        )
        (held,) = await fleet.do("BALANCE ESCROW-1")
        assert held == rs.BalanceShown(
            "escrow-1", "escrow", 10 * ask_cents, positions=(("General", 10, 10 * reference_cents),)
        )
        (idle,) = await fleet.do("BALANCE clerk_003")
        assert isinstance(idle, rs.BalanceShown)
        assert (idle.balance_cents, idle.pnl_cents, idle.positions) == (1_000_000, None, ())

    on_palm(main)


def test_the_balances_of_the_homes_own_accounts_sum_to_nothing_with_all_the_others() -> None:
    async def main(fleet: Fleet) -> None:
        await busy(fleet)
        names = ("issuer", "treasury", "house", "x", "short", "idle", "arbiters", "escrow-1")
        shown = [(await fleet.do(f"BALANCE {name}"))[0] for name in names]
        assert sum(one.balance_cents for one in shown if isinstance(one, rs.BalanceShown)) == 0
        house = shown[2]
        assert isinstance(house, rs.BalanceShown)
        assert [(service, units) for service, units, _ in house.positions] == [
            ("General", -13),
            ("Compute", 4),
        ]

    on_palm(main)


def test_an_escrow_that_is_settled_has_no_balance_any_more() -> None:
    async def main(fleet: Fleet) -> None:
        await busy(fleet)
        await fleet.do("WAIT 5s")
        error = await fleet.fails("BALANCE escrow-1")
        assert error.message == "escrow-1 is settled: it holds nothing any more"
        assert agent(fleet, "clerk_002").trading is not None

    on_palm(main)
