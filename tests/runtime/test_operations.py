"""What may be asked of a fleet: everything is checked first, and what is refused changes nothing."""

import pytest

from palm_ual.errors import (
    Conflict,
    InsufficientCapacity,
    InvalidValue,
    LimitExceeded,
    PalmError,
    UnknownKey,
)
from palm_ual.model.events import AgentsEnded
from palm_ual.model.limits import ISSUED_CENTS_MAX, LABEL_CHARS_MAX, LABELS_MAX
from palm_ual.model.money import format_dollars
from tests.runtime.palms import Fleet, on_palm, worker

SCENE = (
    "SET capacity = 20; "
    + worker(3, "slow", owes=3, never_drains=True)
    + "; DEPLOY buyer COUNT 2 AS x; "
    + worker(2, "gone", owes=3, never_drains=True)
    + "; DELETE gone NOWAIT; DRAIN slow NOWAIT; DEPLOY seller COUNT 2 AS y; DRAIN seller_001; "
    + worker(1, "ill", step_crash=100)
    + " NOWAIT; SCALE ill TO 2 NOWAIT; WAIT 17s"
)
"""x works, slow drains and never gets there, gone is being deleted, one of y is drained, ill has failed."""

REFUSED: dict[str, tuple[type[PalmError], str]] = {
    "DEPLOY buyer AS X": (Conflict, 'the name "X" is taken by deployment "x"'),
    "DEPLOY buyer AS buyer_001": (InvalidValue, '"buyer_001" looks like an agent\'s id'),
    "DEPLOY buyer AS Treasury": (InvalidValue, '"Treasury" is an account of the home'),
    "DEPLOY buyer AS house": (InvalidValue, '"house" is an account of the home'),
    "DEPLOY buyer AS escrow-17": (InvalidValue, '"escrow-17" is an account of the home'),
    "DEPLOY buyer COUNT 10 AS z": (InsufficientCapacity, "needs 10 more agents, 9 of 20 are free"),
    "DEPLOY buyer COUNT 0": (InvalidValue, "COUNT must be a whole number from 1 to 1,000,000"),
    "DEPLOY buyer COUNT 1000001": (InvalidValue, "a count may be at most 1,000,000"),
    'DEPLOY buyer WITH {"fundng": 5}': (UnknownKey, 'buyer has no config key "fundng"'),
    'DEPLOY buyer LABELS {"tier": 1}': (InvalidValue, 'label "tier" must be a text'),
    'DEPLOY buyer LABELS {"": "a"}': (LimitExceeded, "is over 63 characters, or empty"),
    "SCALE x TO 12": (InsufficientCapacity, "needs 10 more agents, 9 of 20 are free"),
    "SCALE x TO 1000001": (InvalidValue, "a count may be at most 1,000,000"),
    "SCALE gone TO 3": (Conflict, 'deployment "gone" is being deleted'),
    "SCALE slow TO 4": (Conflict, 'deployment "slow" is drained and takes no new agents'),
    "RENAME x TO Y": (Conflict, 'the name "Y" is taken by deployment "y"'),
    "RENAME x TO seller_002": (InvalidValue, "looks like an agent's id"),
    "RENAME x TO ISSUER": (InvalidValue, '"ISSUER" is an account of the home'),
    "RENAME gone TO z": (Conflict, "is being deleted"),
    "DRAIN gone": (Conflict, "is being deleted"),
    "DRAIN worker_006": (Conflict, "an agent that is Failed cannot drain"),
    "DRAIN worker_005": (Conflict, "is being deleted"),
    "RESUME gone": (Conflict, "is being deleted"),
    "RESUME worker_001": (Conflict, 'deployment "slow" is drained as a whole'),
    "RESTART gone": (Conflict, "is being deleted"),
    "RESTART slow": (Conflict, "its agents start again when it is resumed"),
    "RESTART worker_001": (Conflict, "its agents start again when it is resumed"),
    "RESTART worker_006": (Conflict, "nothing to restart"),
    "DELETE gone": (Conflict, 'deployment "gone" is being deleted already'),
    "SET capacity = 10": (Conflict, "11 agents exist or are promised, so the capacity cannot be 10"),
    "SET capacity = 0": (InvalidValue, "capacity must be a whole number from 1 to 1,000,000"),
    "SET capacity = 1000001": (InvalidValue, "capacity must be a whole number from 1 to 1,000,000"),
    "SET capacity = 10.5": (InvalidValue, "capacity must be a whole number"),
    "SET capacity = many": (InvalidValue, "capacity must be a whole number"),
    "SET capacity = off": (InvalidValue, "capacity must be a whole number"),
    "SET issue_cap = -1": (InvalidValue, "issue_cap must be an amount in dollars, or off"),
    "SET issue_cap = 5%": (InvalidValue, "issue_cap must be an amount in dollars, or off"),
    "SET issue_cap = 5m": (InvalidValue, "issue_cap must be an amount in dollars, or off"),
    "SET issue_cap = null": (InvalidValue, "issue_cap must be an amount in dollars, or off"),
    "SET issue_cap = 0.001": (InvalidValue, "a fraction of a cent is not money"),
    "SET issue_cap = 10000000000000.01": (InvalidValue, "at most 10,000,000,000,000 dollars"),
    "SET retention = 59999ms": (InvalidValue, "retention must be a duration from 1m to 366d, or off"),
    "SET retention = 60": (InvalidValue, "retention must be a duration from 1m to 366d, or off"),
    "SET retention = true": (InvalidValue, "retention must be a duration from 1m to 366d, or off"),
    "SET capcity = 10": (UnknownKey, 'there is no setting "capcity"'),
}


@pytest.fixture(scope="module")
def refusals() -> dict[str, tuple[PalmError, bool]]:
    """Every refused statement's error, and whether the world was the same after it."""

    async def main(fleet: Fleet) -> dict[str, tuple[PalmError, bool]]:
        await fleet.do(SCENE)
        found = {}
        for text in REFUSED:
            before = fleet.palm.world.seq, fleet.palm.world.last_statement
            error = await fleet.fails(text)
            found[text] = error, before == (fleet.palm.world.seq, fleet.palm.world.last_statement)
        return found

    return on_palm(main)


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_go_is_refused_with_its_reason_and_leaves_nothing(
    refusals: dict[str, tuple[PalmError, bool]], text: str
) -> None:
    kind, message = REFUSED[text]
    error, unchanged = refusals[text]
    assert type(error) is kind
    assert message in error.message
    assert unchanged


def test_capacity_admits_up_to_the_last_place() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("SET capacity = 5; DEPLOY buyer COUNT 3 AS x; SCALE x TO 5; SET capacity = 5")
        assert isinstance(await fleet.fails("SCALE x TO 6"), InsufficientCapacity)
        assert isinstance(await fleet.fails("SET capacity = 4"), Conflict)

    on_palm(main)


def labels(count: int, length: int = 1) -> str:
    pairs = ", ".join(f'"k{number}": "{"v" * length}"' for number in range(count))
    return f"DEPLOY buyer LABELS {{{pairs}}}"


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (labels(LABELS_MAX), True),
        (labels(LABELS_MAX + 1), False),
        (labels(1, LABEL_CHARS_MAX), True),
        (labels(1, LABEL_CHARS_MAX + 1), False),
    ],
)
def test_labels_have_their_bounds(text: str, taken: bool) -> None:
    async def main(fleet: Fleet) -> None:
        if taken:
            await fleet.do(text)
        else:
            assert isinstance(await fleet.fails(text), LimitExceeded)

    on_palm(main)


def test_a_home_issues_no_more_money_than_it_can_count() -> None:
    """Also not to deployments that are promised it and have not been placed."""

    def rich(count: int, name: str) -> str:
        return worker(count, name, funding=10**13) + " NOWAIT"

    async def main(fleet: Fleet) -> None:
        await fleet.do("SET capacity = 5000")
        error = await fleet.fails(rich(1001, "z"))
        assert isinstance(error, LimitExceeded)
        assert format_dollars(ISSUED_CENTS_MAX) in error.message
        await fleet.do(rich(400, "a") + "; " + rich(400, "b"))
        assert isinstance(await fleet.fails(rich(201, "c")), LimitExceeded)
        assert isinstance(await fleet.fails("SCALE a TO 601"), LimitExceeded)
        await fleet.do("SCALE a TO 600 NOWAIT; WAIT 1s")
        assert fleet.palm.world.issued_cents == ISSUED_CENTS_MAX
        assert isinstance(await fleet.fails(worker(1, "d", funding=0.01)), LimitExceeded)
        assert isinstance(await fleet.fails("FUND worker_001 AMOUNT 0.01"), LimitExceeded)

    on_palm(main)


def test_names_are_given_and_kept_through_a_rename() -> None:
    async def main(fleet: Fleet) -> list[str]:
        await fleet.do(
            "DEPLOY buyer; DEPLOY buyer; RENAME buyer-fleet TO first; DEPLOY buyer; RENAME first TO First"
        )
        return [deployment.name for deployment in fleet.palm.world.deployments.values()]

    assert on_palm(main) == ["First", "buyer-fleet-2", "buyer-fleet"]


def test_one_agent_is_drained_and_resumed_by_itself() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer COUNT 3 AS x; DRAIN buyer_002")
        assert fleet.states() == {1: "Ready", 2: "Drained", 3: "Ready"}
        await fleet.do("RESUME buyer_002")
        assert fleet.states() == dict.fromkeys((1, 2, 3), "Ready")

    on_palm(main)


def test_resume_also_takes_back_what_single_drains_had_done() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer COUNT 2 AS x; DRAIN buyer_002; RESUME x")
        assert fleet.states() == {1: "Ready", 2: "Ready"}

    on_palm(main)


@pytest.mark.parametrize(("force", "owed"), [("", ()), (" FORCE", ((1, 1),))])
def test_a_terminated_agent_is_replaced(force: str, owed: object) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2, owes=3) + f"; WAIT 1s; TERMINATE worker_001{force}")
        assert fleet.states() == {2: "Ready", 3: "Ready"}
        (ended,) = fleet.events(AgentsEnded)
        assert ended.dropped == owed

    on_palm(main)


def test_a_drained_agent_that_is_terminated_is_replaced_and_a_drained_deployments_is_not() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer COUNT 2 AS x; DRAIN buyer_001; TERMINATE buyer_001")
        assert fleet.states() == {2: "Ready", 3: "Ready"}
        await fleet.do("DRAIN x; TERMINATE buyer_003; WAIT 5s")
        assert fleet.states() == {2: "Drained"}
        await fleet.do("RESUME x; WAIT 5s")
        assert fleet.states() == {2: "Ready", 4: "Ready"}

    on_palm(main)
