"""FUND, TRANSFER, CANCEL ORDERS and the settings of the home as statements: results, history, and undoing."""

from contextlib import aclosing

import pytest

from palm_ual.lang.parser import parse
from palm_ual.model import events as ev
from palm_ual.model import results as rs
from palm_ual.service.endings import what_ends
from palm_ual.service.execute import execute
from palm_ual.service.wording import event_in_words
from palm_ual.world.records import World
from tests.runtime.palms import Fleet, on_palm, worker
from tests.service.floor import FUNDING, agent, arbiters, bid, book, buy, clerks


def test_money_is_moved_at_once_and_the_balances_are_told() -> None:
    async def main(fleet: Fleet) -> list[rs.ResultEvent]:
        await fleet.do(clerks(2))
        return await fleet.do(
            "FUND Clerk_001 AMOUNT 12.50; TRANSFER 0.01 IUSD FROM clerk_001 TO CLERK_002;"
            "TRANSFER 20 IUSD FROM clerk_002 TO Treasury; TRANSFER 5 IUSD FROM treasury TO clerk_001;"
            "FUND clerk_002 AMOUNT 100"
        )

    assert on_palm(main) == [
        rs.Funded("clerk_001", 1_250, 1_250, 1_001_250),
        rs.Transferred("clerk_001", "clerk_002", 1, 1_001_249, 1_000_001),
        rs.Transferred("clerk_002", "treasury", 2_000, 998_001, 2_000),
        rs.Transferred("treasury", "clerk_001", 500, 1_500, 1_001_749),
        rs.Funded("clerk_002", 10_000, 8_500, 1_008_001),
    ]


def test_money_that_was_moved_is_no_profit() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(2))
        buy(fleet, "clerk_001", 1)
        (before,) = await fleet.rows("SHOW AGENTS OF x LIMIT 1")
        await fleet.do("FUND clerk_001 AMOUNT 500; TRANSFER 100 IUSD FROM clerk_001 TO clerk_002")
        (after,) = await fleet.rows("SHOW AGENTS OF x LIMIT 1")
        assert (
            before["pnl_cents"]
            == after["pnl_cents"]
            == book(fleet).reference_cents - book(fleet).house_ask_cents
        )
        (status,) = await fleet.do("FLEET STATUS x")
        assert isinstance(status, rs.FleetStatusShown)
        assert (status.pnl_cents, status.funding_cents) == (after["pnl_cents"], 2_050_000)

    on_palm(main)


def test_cancelled_orders_are_counted() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(2))
        for name in ("clerk_001", "clerk_001", "clerk_002"):
            bid(fleet, name, 1, 50)
        assert await fleet.do("CANCEL ORDERS CLERK_001; CANCEL ORDERS X; CANCEL ORDERS x") == [
            rs.OrdersCancelledShown("clerk_001", 2),
            rs.OrdersCancelledShown("x", 1),
            rs.OrdersCancelledShown("x", 0),
        ]
        assert fleet.palm.world.market.orders == {}
        assert agent(fleet, "clerk_001").free_cents == FUNDING * 100
        (row,) = await fleet.rows("SHOW AGENTS OF x LIMIT 1")
        assert (row["success_pct"], row["orders_per_min"]) == (None, 2)

    on_palm(main)


def test_the_history_tells_what_was_moved_and_why() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1))
        await fleet.do("FUND clerk_001 AMOUNT 5 BECAUSE 'it is poor'; SET issue_cap = 1000000")
        bid(fleet, "clerk_001", 1, 50)
        await fleet.do("CANCEL ORDERS clerk_001; TRANSFER 1 IUSD FROM clerk_001 TO treasury")
        rows = await fleet.rows("SHOW STATEMENTS")
        assert [(row["text"], row["outcome"], row["because"]) for row in rows[:4]] == [
            ("TRANSFER 1 IUSD FROM clerk_001 TO treasury", "done", ""),
            ("CANCEL ORDERS clerk_001", "done", ""),
            ("SET issue_cap = 1000000", "done", ""),
            ("FUND clerk_001 AMOUNT 5", "done", "it is poor"),
        ]
        events = await fleet.rows("SHOW EVENTS")
        told = {(row["event"], row["agents"], row["detail"]) for row in events}
        assert told >= {
            ("MoneyMoved", "clerk_001", "$5 from treasury to clerk_001, $5 newly issued"),
            ("MoneyMoved", "clerk_001", "$1 from clerk_001 to treasury"),
            ("SettingSet", "", "issue_cap = 1000000"),
            ("OrdersCancelled", "clerk_001", ""),
        }
        assert "MarketTraded" not in {row["event"] for row in events}

    on_palm(main)


@pytest.mark.parametrize(
    ("text", "undo"),
    [
        (
            "TRANSFER 12.50 IUSD FROM clerk_001 TO Clerk_002",
            "TRANSFER 12.50 IUSD FROM clerk_002 TO clerk_001",
        ),
        ("TRANSFER 1 IUSD FROM clerk_001 TO treasury", "TRANSFER 1 IUSD FROM treasury TO clerk_001"),
        ("FUND clerk_001 AMOUNT 3", "TRANSFER 3 IUSD FROM clerk_001 TO treasury"),
        ("CANCEL ORDERS x", None),
        ("SET issue_cap = 30000", "SET issue_cap = off"),
        ("SET retention = off", "SET retention = 1h"),
        ("SET capacity = 20", "SET capacity = 100"),
        ("CHECK HOME", None),
        ("BALANCE x", None),
    ],
)
def test_a_statement_says_what_would_undo_it(text: str, undo: str | None) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(2))
        (statement,) = parse(text)
        async with aclosing(execute(fleet.palm, statement, fleet.session)) as results:  # type: ignore[arg-type]
            await anext(results)
        assert fleet.session.undo == undo
        if undo is not None:
            await fleet.do(undo)

    on_palm(main)


def test_settings_of_the_home_read_as_they_were_set() -> None:
    async def main(fleet: Fleet) -> None:
        assert await fleet.do("SET Issue_Cap = 50000.5; SET retention = 90m; SET capacity = 7") == [
            rs.SettingChanged("issue_cap", "50000.50"),
            rs.SettingChanged("retention", "90m"),
            rs.SettingChanged("capacity", "7"),
        ]
        rows = await fleet.rows("SHOW SETTINGS WHERE scope = home")
        assert {row["setting"]: row["value"] for row in rows} == {
            "capacity": "7",
            "issue_cap": "50000.50",
            "retention": "90m",
        }

    on_palm(main)


def test_flow_is_told_by_its_sums() -> None:
    sums = ev.FlowSums(orders=1_200, trades=3, units=4, volume_cents=500_050)
    world = World()
    assert event_in_words(ev.MarketTraded(1, 9, b"", sums), world) == "1,200 orders, 3 trades of $5,000.50"
    assert event_in_words(ev.MarketCompacted(1, 0, 40, 9, sums), world) == (
        "1,200 orders, 3 trades of $5,000.50; only the sums of 40 batches are kept"
    )


# Draining


def test_only_those_with_something_to_close_are_told_to_close_it() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(3))
        buy(fleet, "clerk_002", 1)
        results = await fleet.do("SCALE x TO 1")
        (draining,) = [result for result in results if isinstance(result, rs.AgentsDraining)]
        assert (draining.agents, draining.closing) == (((3, 2),), ((2, 2),))
        buy(fleet, "clerk_001", 1)
        results = await fleet.do("DRAIN clerk_001")
        (draining,) = [result for result in results if isinstance(result, rs.AgentsDraining)]
        assert draining.closing == ((1, 1),)

    on_palm(main)


def test_what_would_be_dropped_is_said_before_it_is() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1) + "; " + worker(1, "y"))
        (delete,) = parse("DELETE x FORCE")
        (terminate,) = parse("TERMINATE clerk_001 FORCE")
        (other,) = parse("TERMINATE worker_001 FORCE")
        assert what_ends(fleet.palm.world, delete) == (
            "DELETE x ends 1 clerk agent without draining them; $10,000 goes back to the treasury."
        )
        buy(fleet, "clerk_001", 3)
        bid(fleet, "clerk_001", 1, 50)
        await fleet.do(arbiters(500))
        buy(fleet, "clerk_001", 5)
        assert what_ends(fleet.palm.world, terminate) == (
            "TERMINATE clerk_001 FORCE ends it without draining it, though it owes 1 resting order, "
            "an open position of 3 General, 1 trade in escrow."
        )
        assert what_ends(fleet.palm.world, other) == (
            "TERMINATE worker_001 FORCE ends it without draining it, whatever it owes."
        )
        said = what_ends(fleet.palm.world, delete)
        assert said is not None
        assert said.endswith(" and what its positions bring go back to the treasury.")

    on_palm(main)


def test_every_statement_about_money_is_over_at_once() -> None:
    async def main(fleet: Fleet) -> int:
        await fleet.do(clerks(2))
        await fleet.do(
            "FUND clerk_001 AMOUNT 5; TRANSFER 5 IUSD FROM clerk_001 TO clerk_002; CANCEL ORDERS x"
        )
        return fleet.palm.now_ms

    assert on_palm(main) == 0
