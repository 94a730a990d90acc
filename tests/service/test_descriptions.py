"""DESCRIBE of whoever trades: figures, what it has and owes, and what keeps it from being drained."""

from palm_ual.model import results as rs
from palm_ual.model.results import Cell, Described, TableShown
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.folding import fold
from palm_ual.service.descriptions import describe
from palm_ual.service.session import Session
from palm_ual.service.sources import Sources
from palm_ual.store.memory import MemoryJournal
from tests.runtime.palms import Fleet, on_palm
from tests.service.floor import KEEPER, arbiters, bid, book, buy, clerks, sell


async def described(fleet: Fleet, name: str) -> Described:
    (result,) = await fleet.do(f"DESCRIBE {name}")
    assert isinstance(result, Described)
    return result


def facts(described: Described) -> dict[str, Cell]:
    return {fact.name: fact.value for fact in described.facts}


def tables(described: Described) -> dict[str, TableShown]:
    return {table.what: table for _, table in described.tables}


def rows(described: Described, what: str) -> list[dict[str, Cell]]:
    table = tables(described)[what]
    return [dict(zip((c.name for c in table.columns), row, strict=True)) for row in table.rows]


def test_a_deployment_is_described_with_its_figures_positions_orders_and_escrows() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(2, budget=5_000))
        buy(fleet, "clerk_001", 3)
        buy(fleet, "clerk_002", 2)
        sell(fleet, "clerk_002", 1)
        sell(fleet, "clerk_002", 9)
        bid(fleet, "clerk_001", 2, 50)
        await fleet.do(arbiters(900))
        buy(fleet, "clerk_001", 10)
        one, general = await described(fleet, "x"), book(fleet)
        ask_cents = general.house_ask_cents
        known = facts(one)
        figures = ("orders", "filled", "rejected", "failed", "orders_per_min", "success_pct", "latency_ms")
        assert [known[name] for name in figures] == [6, 3, 1, 0, 6, 75.0, 0.0]
        assert known["used_budget_cents"] == 14 * ask_cents + 10_000
        assert (known["budget_cents"], known["total_budget_cents"]) == (500_000, 1_000_000)
        assert known["escrowed_cents"] == 10 * ask_cents
        assert known["pnl_cents"] == (
            5 * (general.reference_cents - ask_cents) - general.reference_cents + general.house_bid_cents
        )
        assert (known["resting"], known["in_escrow"]) == (1, 1)
        (position,) = rows(one, "positions")
        assert (position["units"], position["value_cents"]) == (4, 4 * general.reference_cents)
        (order,) = rows(one, "resting_orders")
        assert (order["agent"], order["left"], order["price_cents"]) == ("clerk_001", 2, 5_000)
        (case,) = rows(one, "escrows")
        assert (case["escrow"], case["buyer"], case["seller"], case["arbiter"]) == (
            "escrow-1",
            "clerk_001",
            "house",
            "arbiter_001",
        )
        assert (case["value_cents"], case["disputed"]) == (10 * ask_cents, False)
        assert one.trend is None
        await fleet.do("WAIT 30s")
        trend = (await described(fleet, "x")).trend
        assert trend is not None
        assert len(trend.pnl_cents) >= 5
        assert sum(trend.orders_per_min) == 6 * 60_000 // trend.step_ms

    on_palm(main)


def test_an_agent_is_described_with_what_it_has_and_why_it_was_refused() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(2) + "; FUND clerk_001 AMOUNT 5")
        buy(fleet, "clerk_001", 3)
        sell(fleet, "clerk_001", 9)
        bid(fleet, "clerk_001", 2, 50)
        one, idle = await described(fleet, "clerk_001"), await described(fleet, "clerk_002")
        known, unknown = facts(one), facts(idle)
        assert known["refusal"] == "more than it has"
        assert known["owes"] == "1 resting order, an open position of 3 General"
        assert (known["funded_cents"], known["reserved_cents"]) == (1_000_500, 10_000)
        assert (known["orders"], known["rejected"], known["success_pct"]) == (3, 1, 50.0)
        (position,) = rows(one, "positions")
        assert position["average_cost_cents"] == book(fleet).house_ask_cents
        assert one.reasons == ()
        nothing = ("pnl_cents", "success_pct", "latency_ms", "p99_latency_ms", "orders_per_min", "refusal")
        assert [unknown[name] for name in nothing] == [None] * 6
        assert (unknown["orders"], unknown["owes"], unknown["used_budget_cents"]) == (0, "nothing", None)
        assert set(tables(idle)) == {"events"}

    on_palm(main)


def test_of_many_orders_the_oldest_are_shown_and_all_are_counted() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(2))
        for number in range(12):
            bid(fleet, "clerk_001", 1, 50 + number)
        for name in ("x", "clerk_001"):
            one = await described(fleet, name)
            heading = next(heading for heading, table in one.tables if table.what == "resting_orders")
            assert heading == "Resting orders (the oldest 10 of 12)"
            assert [row["price_cents"] for row in rows(one, "resting_orders")] == [
                5_000 + 100 * number for number in range(10)
            ]
            assert facts(one)["resting"] == 12

    on_palm(main)


def test_an_arbiter_is_described_with_what_it_decides_on() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1) + f"; {arbiters(900)}")
        buy(fleet, "clerk_001", 10)
        for name in ("arbiter_001", "arbiters", "clerk_001", "x"):
            one = await described(fleet, name)
            assert [row["escrow"] for row in rows(one, "escrows")] == ["escrow-1"]
        assert facts(await described(fleet, "arbiter_001"))["owes"] == "1 held escrow"

    on_palm(main)


def test_an_agent_that_drains_says_what_keeps_it_and_so_does_its_deployment() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(f"DEPLOY '{KEEPER}' COUNT 5 AS x")
        buy(fleet, "keeper_005", 2)
        await fleet.do("DRAIN x NOWAIT; WAIT 2s")
        one = await described(fleet, "keeper_005")
        (asked, owes) = one.reasons
        assert asked == "drained by request"
        assert owes.startswith("it owes ")
        assert owes.endswith("parcels, an open position of 2 General")
        (whole,) = (await described(fleet, "x")).reasons
        assert "keeper_001 (" in whole
        assert "and 2 more" in whole

    on_palm(main)


def test_what_keeps_an_agent_from_being_drained_is_also_known_while_nobody_holds_the_home() -> None:
    journal = MemoryJournal()

    async def main(fleet: Fleet) -> None:
        await fleet.do(f"DEPLOY '{KEEPER}' AS x")
        buy(fleet, "keeper_001", 2)
        await fleet.do("DRAIN x NOWAIT; WAIT 2s")

    on_palm(main, journal)
    world = fold(journal)
    sources = Sources(world, journal, Catalog(), Session(), now_ms=world.at_ms, wall_ms=world.wall_ms)
    one = describe("keeper_001", sources)
    assert one.reasons == ("drained by request", "it owes an open position of 2 General")
    assert any(
        "keeper_001 (an open position of 2 General)" in reason for reason in describe("x", sources).reasons
    )


def test_a_deployment_that_waits_for_money_says_so() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(2) + "; SET issue_cap = 1")
        await fleet.do("TRANSFER 1 IUSD FROM clerk_002 TO clerk_001; TERMINATE clerk_002 NOWAIT; WAIT 2s")
        reasons = (await described(fleet, "x")).reasons
        assert reasons == ("1 more wait for money: no more may be issued",)
        assert isinstance((await fleet.do("FLEET STATUS x"))[0], rs.FleetStatusShown)

    on_palm(main)
