"""WATCH against a running fleet: when it looks, what counts as a change, and how it ends."""

import asyncio
from contextlib import aclosing

import pytest

from palm_ual.errors import InvalidValue, NotFound, UnknownKey, WaitTimedOut
from palm_ual.lang.parser import parse
from palm_ual.model import results as rs
from palm_ual.service.execute import execute
from tests.runtime.palms import Fleet, on_palm, worker
from tests.service.floor import buy, clerks, sell


async def watched(fleet: Fleet, text: str) -> list[rs.Watched]:
    looks = await fleet.do(text)
    assert all(isinstance(look, rs.Watched) for look in looks)
    return [look for look in looks if isinstance(look, rs.Watched)]


def times(looks: list[rs.Watched]) -> list[int]:
    """Of each look, counted from the first."""
    return [look.at_ms - looks[0].at_ms for look in looks]


# When it looks


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("FOR 4s", [0, 2_000, 4_000]),
        ("FOR 5s", [0, 2_000, 4_000, 5_000]),
        ("EVERY 500ms FOR 1s", [0, 500, 1_000]),
        ("FOR 250ms EVERY 100ms", [0, 100, 200, 250]),
        ("FOR 1s EVERY 1h", [0, 1_000]),
        ("FOR 0s", [0]),
    ],
)
def test_it_looks_at_once_then_every_so_often_and_when_its_time_is_over(
    clauses: str, expected: list[int]
) -> None:
    async def main(fleet: Fleet) -> None:
        looks = await watched(fleet, f"WATCH PALM STATUS {clauses}")
        assert times(looks) == expected
        assert [look.look for look in looks] == list(range(1, len(expected) + 1))

    on_palm(main)


def test_without_a_for_it_goes_on_until_it_is_left() -> None:
    async def main(fleet: Fleet) -> None:
        (statement,) = parse("WATCH PALM STATUS")
        count = 0
        async with aclosing(execute(fleet.palm, statement, fleet.session)) as looks:  # type: ignore[arg-type]
            async for look in looks:
                assert isinstance(look, rs.Watched)
                count += 1
                if count == 1_000:
                    break
        assert fleet.palm.now_ms >= 999 * 2_000

    on_palm(main)


def test_a_slow_look_leaves_the_fleet_as_much_time_as_it_took() -> None:
    async def main(fleet: Fleet) -> None:
        (statement,) = parse("WATCH PALM STATUS EVERY 1s FOR 20s")
        seen: list[int] = []
        async with aclosing(execute(fleet.palm, statement, fleet.session)) as looks:  # type: ignore[arg-type]
            async for look in looks:
                assert isinstance(look, rs.Watched)
                seen.append(look.at_ms)
                if len(seen) in (2, 3):
                    await asyncio.sleep(5)  # whoever shows it is slow
        assert [time - seen[0] for time in seen] == [0, 1_000, 11_000, 20_000]

    on_palm(main)


def test_each_look_says_when_it_was_and_what_of() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer AS f1; WAIT 3s")
        looks = await watched(fleet, "watch  fleet status deployment F1 every 1s for 1s")
        assert [look.statement for look in looks] == ["FLEET STATUS F1"] * 2
        assert {look.every_ms for look in looks} == {1_000}
        assert [look.wall_ms - look.at_ms for look in looks] == [1_767_225_600_000] * 2
        assert looks[0].at_ms == 3_000

    on_palm(main)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("PALM STATUS", rs.PalmStatusShown),
        ("FLEET STATUS", rs.FleetStatusShown),
        ("FLEET STATUS x", rs.FleetStatusShown),
        ("SHOW SETTINGS", rs.TableShown),
        ("LIST AGENTS", rs.TableShown),
        ("DESCRIBE x", rs.Described),
        ("STATUS worker_001", rs.Described),
        ("DESCRIBE TYPE buyer", rs.Described),
        ("LOGS worker_001 TAIL 3", rs.LogShown),
        ("BALANCE treasury", rs.BalanceShown),
    ],
)
def test_whatever_looks_can_be_watched(text: str, kind: type[rs.Result]) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker())
        (alone,) = await fleet.do(text)
        (look,) = await watched(fleet, f"WATCH {text} FOR 0s")
        assert isinstance(look.answer, kind)
        assert look.answer == alone

    on_palm(main)


# What counts as a change


def changes(looks: list[rs.Watched]) -> list[int]:
    return [time for time, look in zip(times(looks), looks, strict=True) if look.changed]


def test_the_first_look_is_a_change_and_then_only_what_differs_from_the_last_change() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2))
        later = asyncio.create_task(_after(fleet, 3, worker(1, "y")))
        looks = await watched(fleet, "WATCH SHOW DEPLOYMENTS EVERY 1s FOR 8s")
        await later
        assert changes(looks) == [0, 4_000]
        assert [len(look.answer.rows) for look in looks if isinstance(look.answer, rs.TableShown)] == [
            *[1] * 4,
            *[2] * 5,
        ]

    on_palm(main)


async def _after(fleet: Fleet, seconds: float, text: str) -> None:
    await asyncio.sleep(seconds + 0.5)
    await fleet.do(text)


@pytest.mark.parametrize("text", ["SHOW AGENTS", "DESCRIBE worker_001", "FLEET STATUS", "DESCRIBE x"])
def test_time_that_only_passes_is_no_change(text: str) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker())
        looks = await watched(fleet, f"WATCH {text} EVERY 30s FOR 5m")
        assert len(looks) == 11
        assert changes(looks) == [0]

    on_palm(main)


@pytest.mark.parametrize("text", ["FLEET STATUS x", "DESCRIBE x"])
def test_a_trend_that_only_grows_is_no_change(text: str) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks() + clerks(1, "y"))
        buy(fleet, "clerk_001", 1)
        sell(fleet, "clerk_001", 1)
        buy(fleet, "clerk_002", 1)  # for its sake the market goes on
        await fleet.do("WAIT 3m")
        looks = await watched(fleet, f"WATCH {text} EVERY 1s FOR 10s")
        assert len({str(getattr(look.answer, "trend", None)) for look in looks}) > 1
        assert changes(looks) == [0]

    on_palm(main)


# UNTIL


def test_until_ends_it_at_the_first_look_that_fits() -> None:
    async def main(fleet: Fleet) -> None:
        later = asyncio.create_task(_after(fleet, 4, worker(3)))
        looks = await watched(fleet, "WATCH PALM STATUS EVERY 1s FOR 1h UNTIL agents = 3")
        await later
        assert times(looks)[-1] == 5_000
        assert changes(looks) == [0, 5_000]

    on_palm(main)


def test_what_fits_at_once_is_looked_at_once() -> None:
    async def main(fleet: Fleet) -> None:
        assert len(await watched(fleet, "WATCH PALM STATUS UNTIL agents = 0")) == 1

    on_palm(main)


def test_what_meets_the_condition_is_told_though_only_time_has_passed() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker())
        looks = await watched(fleet, "WATCH DESCRIBE worker_001 UNTIL ready >= 6s")
        assert changes(looks) == [0, 6_000]

    on_palm(main)


def test_every_row_of_a_table_must_fit_and_there_must_be_one() -> None:
    async def main(fleet: Fleet) -> None:
        looks = asyncio.create_task(
            watched(fleet, "WATCH SHOW AGENTS EVERY 1s UNTIL state = ready AND deployment = X")
        )
        await _after(fleet, 2, worker(2))
        await _after(fleet, 0, "WAIT 1s")
        assert times(await looks)[-1] == 3_000
        await fleet.do(worker(1, "y"))
        error = await fleet.fails("WATCH SHOW AGENTS FOR 2s UNTIL deployment = x")
        assert isinstance(error, WaitTimedOut)
        assert await watched(fleet, "WATCH SHOW AGENTS OF x FOR 2s UNTIL deployment = x")

    on_palm(main)


@pytest.mark.parametrize(
    ("statement", "condition"),
    [
        ("PALM STATUS", "total_iusd = 10000 AND available_capacity = 99"),
        ("FLEET STATUS", "status = healthy AND deployment = X AND funding = 10000"),
        ("FLEET STATUS x", "success = null OR success > 50%"),
        ("DESCRIBE x", "status = healthy AND tier = 'gold' AND kind = DEPLOYMENT"),
        ("DESCRIBE x", "funding = 10000.00 AND labels.tier LIKE 'g%'"),
        ("DESCRIBE clerk_001", "state = READY AND health IN (healthy, degraded) AND ready < 1h"),
        ("DESCRIBE TYPE buyer", "name = buyer"),
        ("BALANCE clerk_001", "balance = 10000 AND kind = Agent AND account = CLERK_001"),
        ("SHOW AGENTS", "cash >= 10000 AND tier = gold AND since < 1h"),
        ("SHOW SETTINGS", "NOT setting = 'x'"),
    ],
)
def test_its_fields_are_those_of_the_answer(statement: str, condition: str) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks() + ' LABELS {"tier": "gold"}')
        assert len(await watched(fleet, f"WATCH {statement} FOR 2s UNTIL {condition}")) == 1

    on_palm(main)


@pytest.mark.parametrize(
    ("text", "word", "note"),
    [
        ("WATCH PALM STATUS UNTIL helthy = 3", "helthy", "did you mean healthy?"),
        ("WATCH FLEET STATUS FOR 1h UNTIL agents = 1 AND pln < 3", "pln", "did you mean pnl?"),
        ("WATCH FLEET STATUS UNTIL trend = 3", "trend", None),
        ("WATCH SHOW AGENTS UNTIL halth = healthy", "halth", "did you mean health?"),
        ("WATCH DESCRIBE x UNTIL config = 3", "config", None),
        ("WATCH BALANCE x UNTIL positions = 3", "positions", None),
        ("WATCH LOGS clerk_001 UNTIL txt LIKE 'a'", "txt", "did you mean text?"),
    ],
)
def test_an_unknown_field_is_told_before_the_first_look(text: str, word: str, note: str | None) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(2))
        began_ms = fleet.palm.now_ms
        error = await fails_at_once(fleet, text)
        assert isinstance(error, UnknownKey)
        assert (error.word, error.note) == (word, note)
        assert fleet.palm.now_ms == began_ms

    on_palm(main)


async def fails_at_once(fleet: Fleet, text: str) -> Exception:
    (statement,) = parse(text)
    async with aclosing(execute(fleet.palm, statement, fleet.session)) as looks:  # type: ignore[arg-type]
        with pytest.raises((UnknownKey, InvalidValue)) as caught:
            await anext(looks)
    return caught.value


def test_a_value_that_does_not_go_with_its_field_is_told_before_the_first_look() -> None:
    async def main(fleet: Fleet) -> None:
        error = await fails_at_once(fleet, "WATCH PALM STATUS UNTIL agents = many")
        assert isinstance(error, InvalidValue)
        assert error.word == "many"

    on_palm(main)


def test_a_field_that_is_there_no_more_reads_as_not_measured() -> None:
    async def main(fleet: Fleet) -> None:
        later = asyncio.create_task(_after(fleet, 1, worker(1, "buyer")))
        looks = await watched(fleet, "WATCH DESCRIBE buyer EVERY 1s FOR 5s UNTIL reference = null")
        await later
        assert times(looks)[-1] == 2_000
        assert [look.answer.kind for look in looks if isinstance(look.answer, rs.Described)] == [
            *["type"] * 2,
            "deployment",
        ]

    on_palm(main)


def test_a_label_that_goes_with_its_agent_is_no_unknown_field() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker() + ' LABELS {"tier": "gold"}; ' + worker(1, "y"))
        later = asyncio.create_task(_after(fleet, 1, "DELETE x FORCE"))
        error = await fleet.fails("WATCH SHOW AGENTS EVERY 1s FOR 5s UNTIL tier = silver")
        await later
        assert isinstance(error, WaitTimedOut)

    on_palm(main)


# How it ends


def test_a_for_that_is_over_before_the_condition_is_met_is_a_timeout() -> None:
    async def main(fleet: Fleet) -> None:
        began_ms = fleet.palm.now_ms
        error = await fleet.fails("WATCH PALM STATUS FOR 5s UNTIL agents = 3 AND NOT capacity > 5.50")
        assert isinstance(error, WaitTimedOut)
        assert error.message == "agents = 3 AND NOT capacity > 5.50 was not met within 5s"
        assert error.exit_status == 5
        assert fleet.palm.now_ms == began_ms + 5_000

    on_palm(main)


@pytest.mark.parametrize("look", ["FLEET STATUS x", "DESCRIBE x", "SHOW AGENTS OF x", "BALANCE x"])
def test_what_is_deleted_meanwhile_is_not_found(look: str) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker())
        later = asyncio.create_task(_after(fleet, 3, "DELETE x FORCE"))
        error = await fleet.fails(f"WATCH {look} EVERY 1s")
        await later
        assert isinstance(error, NotFound)

    on_palm(main)


def test_what_is_not_there_is_not_found_at_once() -> None:
    async def main(fleet: Fleet) -> None:
        assert isinstance(await fleet.fails("WATCH DESCRIBE nobody"), NotFound)
        assert fleet.palm.now_ms == 0

    on_palm(main)


def test_watching_leaves_no_statement_in_the_history() -> None:
    async def main(fleet: Fleet) -> None:
        await watched(fleet, "WATCH PALM STATUS FOR 2s")
        assert await fleet.rows("SHOW STATEMENTS") == []

    on_palm(main)


def test_an_interrupted_watch_is_not_taken_for_the_work_that_was_left_before_it() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(owes=10**6))
        await fleet.fails("DRAIN x TIMEOUT 1s")
        assert (fleet.session.left_at_work, fleet.session.undo) == (True, "RESUME x")
        await watched(fleet, "WATCH PALM STATUS FOR 0s")
        assert (fleet.session.left_at_work, fleet.session.undo) == (False, None)

    on_palm(main)
