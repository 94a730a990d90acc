"""The history of statements: outcomes, interruptions, and what would undo them."""

import asyncio
from contextlib import aclosing

import pytest

from palm_ual.lang import statements as st
from palm_ual.lang.parser import parse
from palm_ual.service.execute import execute
from tests.runtime.palms import Fleet, on_palm, worker


def test_the_history_has_every_changing_statement_with_its_outcome() -> None:
    async def main(fleet: Fleet) -> list[tuple[object, ...]]:
        await fleet.do("DEPLOY buyer AS x BECAUSE 'we begin'; DEPLOY buyer AS y NOWAIT; PALM STATUS; WAIT 1s")
        await fleet.fails("DEPLOY buyer AS x")
        await fleet.fails("SCALE nobody TO 3")
        await fleet.do("SET ticks = all; SCALE x TO 1")
        await fleet.fails("RESUME x")
        await fleet.do(worker(2, "z", owes=1, never_drains=True))
        await fleet.fails("DRAIN worker_001 TIMEOUT 1s")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await fleet.do("RESTART worker_002")
        rows = await fleet.rows("SHOW STATEMENTS")
        return [
            (row["statement"], row["text"], row["outcome"], row["code"], row["because"]) for row in rows[::-1]
        ]

    history = on_palm(main)
    assert [(number, str(text)[:14], *rest) for number, text, *rest in history] == [
        (1, "DEPLOY buyer A", "done", "", "we begin"),
        (2, "DEPLOY buyer A", "accepted", "", ""),
        (3, "DEPLOY 'tests.", "done", "", ""),
        (4, "DRAIN worker_0", "failed", "SCALING_STUCK", ""),
        (5, "RESTART worker", "interrupted", "", ""),
    ]


@pytest.mark.parametrize("how", ["cancelled", "closed"])
def test_an_interrupted_statement_stays_in_the_history_and_its_work_goes_on(how: str) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(4, owes=5))
        (statement,) = parse("SCALE x TO 1")
        assert isinstance(statement, st.Scale)
        try:
            async with (
                asyncio.timeout(1.5),
                aclosing(execute(fleet.palm, statement, fleet.session)) as results,
            ):
                async for _ in results:
                    if how == "closed":
                        break
        except TimeoutError:
            assert how == "cancelled"
        assert fleet.session.undo == "SCALE x TO 4"
        assert fleet.palm.followers == []
        assert (await fleet.rows("SHOW STATEMENTS"))[0]["outcome"] == "interrupted"
        await fleet.do("WAIT 10s")
        assert fleet.states() == {1: "Ready"}

    on_palm(main)


@pytest.mark.parametrize(
    ("text", "undo"),
    [
        ("DEPLOY buyer AS w", "DELETE w"),
        ("SCALE x TO 3", "SCALE x TO 2"),
        ("DRAIN x", "RESUME x"),
        ("DRAIN worker_001", "RESUME worker_001"),
        ("SET capacity = 50", "SET capacity = 100"),
        ("RENAME x TO z", "RENAME z TO x"),
        ("RESUME y", "DRAIN y"),
        ("RESTART x", None),
        ("DELETE x", None),
        ("PALM STATUS", None),
    ],
)
def test_an_interrupted_statement_says_what_would_undo_it(text: str, undo: str | None) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2, owes=1) + "; DEPLOY buyer AS y; DRAIN y")
        (statement,) = parse(text)
        async with aclosing(execute(fleet.palm, statement, fleet.session)) as results:  # type: ignore[arg-type]
            await anext(results)
        assert fleet.session.undo == undo

    on_palm(main)


def test_a_statement_that_is_done_has_nothing_to_undo() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer AS x; SCALE x TO 2")
        assert fleet.session.undo is None

    on_palm(main)
