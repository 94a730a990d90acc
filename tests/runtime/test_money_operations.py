"""Money and orders by hand: what may be moved, issued and cancelled, and the settings that bound it."""

import pytest

from palm_ual.errors import Conflict, InvalidValue, LimitExceeded, NotFound, PalmError
from palm_ual.model.events import AgentsDrainBegun, OrdersCancelled
from palm_ual.model.limits import DURATION_MS_MAX, MONEY_CENTS_MAX
from palm_ual.runtime import operations
from palm_ual.world.lookup import resolve
from tests.runtime.palms import Fleet, on_palm
from tests.service.floor import FUNDING, agent, arbiters, bid, buy, clerks

MONEY = (
    clerks(2)
    + f"; {arbiters(400)}; "
    + clerks(1, "done", funding=100)
    + "; TERMINATE clerk_003 FORCE; SCALE done TO 0"
)
"""clerk_001 will have an escrow open, clerk_003 has ended, and the treasury has a hundred dollars."""

UNPAID: dict[str, tuple[type[PalmError], str]] = {
    "FUND clerk_003 AMOUNT 5": (NotFound, "agent clerk_003 has ended"),
    "FUND clerk_009 AMOUNT 5": (NotFound, 'there is no agent "clerk_009"'),
    "FUND x AMOUNT 5": (NotFound, '"x" is a deployment, not an agent'),
    "FUND treasury AMOUNT 5": (NotFound, 'there is no agent "treasury"'),
    "TRANSFER 5 IUSD FROM clerk_001 TO Clerk_001": (InvalidValue, "clerk_001 would pay itself"),
    "TRANSFER 5 IUSD FROM treasury TO TREASURY": (InvalidValue, "treasury would pay itself"),
    "TRANSFER 5 IUSD FROM house TO clerk_001": (InvalidValue, "the house has no money of its own"),
    "TRANSFER 5 IUSD FROM clerk_001 TO house": (InvalidValue, "the house has no money of its own"),
    "TRANSFER 5 IUSD FROM issuer TO clerk_001": (InvalidValue, "only DEPLOY, SCALE and FUND"),
    "TRANSFER 5 IUSD FROM x TO clerk_001": (InvalidValue, '"x" is a deployment'),
    "TRANSFER 5 IUSD FROM clerk_001 TO x": (InvalidValue, '"x" is a deployment'),
    "TRANSFER 5 IUSD FROM escrow-1 TO clerk_001": (Conflict, "escrow-1 holds its money until an arbiter"),
    "TRANSFER 5 IUSD FROM escrow-2 TO clerk_001": (NotFound, 'there is no account "escrow-2"'),
    "TRANSFER 5 IUSD FROM clerk_003 TO clerk_001": (NotFound, "agent clerk_003 has ended"),
    "TRANSFER 5 IUSD FROM tresury TO clerk_001": (NotFound, 'there is no account "tresury"'),
    "TRANSFER 100.01 IUSD FROM treasury TO clerk_001": (Conflict, "the treasury has $100, not $100.01"),
    "TRANSFER 10000.01 IUSD FROM clerk_002 TO clerk_001": (
        Conflict,
        "clerk_002 has $10,000, not $10,000.01",
    ),
    "CANCEL ORDERS nobody": (NotFound, 'there is no deployment or agent "nobody"'),
    "CANCEL ORDERS treasury": (NotFound, 'there is no deployment or agent "treasury"'),
}


@pytest.fixture(scope="module")
def unpaid() -> dict[str, tuple[PalmError, bool]]:
    async def main(fleet: Fleet) -> dict[str, tuple[PalmError, bool]]:
        await fleet.do(MONEY)
        buy(fleet, "clerk_001", 5)
        assert list(fleet.palm.world.market.desk.cases) == [1]
        found = {}
        for text in UNPAID:
            before = fleet.palm.world.seq, fleet.palm.world.last_statement
            error = await fleet.fails(text)
            found[text] = error, before == (fleet.palm.world.seq, fleet.palm.world.last_statement)
        return found

    return on_palm(main)


@pytest.mark.parametrize("text", UNPAID)
def test_money_that_cannot_be_moved_is_refused_with_its_reason_and_stays(
    unpaid: dict[str, tuple[PalmError, bool]], text: str
) -> None:
    kind, message = UNPAID[text]
    error, unchanged = unpaid[text]
    assert type(error) is kind
    assert message in error.message
    assert unchanged


def test_money_that_resting_orders_claim_cannot_be_moved_and_the_rest_can_to_the_last_cent() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(2))
        bid(fleet, "clerk_001", 3, 50)
        error = await fleet.fails("TRANSFER 9850.01 IUSD FROM clerk_001 TO clerk_002")
        assert isinstance(error, Conflict)
        assert error.message == (
            "clerk_001 has $10,000, of which resting orders claim $150: $9,850 are free, not $9,850.01"
        )
        assert error.hint == "CANCEL ORDERS clerk_001 frees them"
        await fleet.do("TRANSFER 9850 IUSD FROM clerk_001 TO clerk_002")
        assert agent(fleet, "clerk_001").free_cents == 0
        assert isinstance(await fleet.fails("TRANSFER 0.01 IUSD FROM clerk_001 TO treasury"), Conflict)
        await fleet.do("CANCEL ORDERS clerk_001; TRANSFER 150 IUSD FROM clerk_001 TO treasury")
        assert agent(fleet, "clerk_001").cash_cents == 0

    on_palm(main)


def test_fund_has_only_that_issued_which_the_treasury_lacks() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1) + "; TRANSFER 300 IUSD FROM clerk_001 TO treasury")
        world = fleet.palm.world
        for amount, minted_cents in (("100", 0), ("199.99", 0), ("0.02", 1), ("5", 500)):
            before_cents = world.issued_cents
            await fleet.do(f"FUND clerk_001 AMOUNT {amount}")
            assert world.issued_cents - before_cents == minted_cents
        assert world.treasury_cents == 0
        assert agent(fleet, "clerk_001").funded_cents == 1_000_501

    on_palm(main)


def test_money_that_is_promised_to_agents_that_are_not_placed_is_not_spent_on_others() -> None:
    """A hundred dollars in the treasury, promised to the one agent that waits for its place."""

    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1) + "; TRANSFER 100 IUSD FROM clerk_001 TO treasury")
        await fleet.do("SET issue_cap = 10000; " + clerks(1, "late", funding=100) + " NOWAIT")
        error = await fleet.fails("FUND clerk_001 AMOUNT 1")
        assert isinstance(error, LimitExceeded)
        assert "the treasury can spare $0, and $0 more may be issued" in error.message
        assert isinstance(await fleet.fails("TRANSFER 1 IUSD FROM treasury TO clerk_001"), LimitExceeded)
        await fleet.do("WAIT 1s; WAIT FOR late HEALTHY")
        assert fleet.palm.world.issued_cents == 1_000_000

    on_palm(main)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (clerks(2, "y", funding=100), 'deployment "y"'),
        ("SCALE x TO 3", 'deployment "x"'),
        ("FUND clerk_001 AMOUNT 200", "funding clerk_001"),
    ],
)
@pytest.mark.parametrize("short_cents", [0, 1])
def test_nothing_is_issued_beyond_the_cap_and_everything_up_to_it(
    text: str, what: str, short_cents: int
) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1, funding=100) + f"; SET issue_cap = {(30_000 - short_cents) / 100:.2f}")
        before = fleet.palm.world.seq
        if not short_cents:
            await fleet.do(text)
            assert fleet.palm.world.issued_cents == 30_000
            return
        error = await fleet.fails(text)
        assert isinstance(error, LimitExceeded)
        assert error.message.startswith(
            f"{what} needs $200; the treasury can spare $0, and $199.99 more may be issued under the "
            "issue_cap of $299.99; nothing was "
        )
        assert error.hint == "raise the cap: SET issue_cap = 300"
        assert fleet.palm.world.seq == before
        await fleet.do(f"SET issue_cap = 300; {text}")

    on_palm(main)


def test_a_cap_below_what_is_issued_is_kept_and_only_money_that_is_there_is_given() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(2, funding=100) + "; SET issue_cap = 0")
        assert isinstance(await fleet.fails("FUND clerk_001 AMOUNT 0.01"), LimitExceeded)
        await fleet.do("TRANSFER 30 IUSD FROM clerk_001 TO treasury; FUND clerk_002 AMOUNT 30")
        await fleet.do(clerks(1, "free", funding=0) + "; SCALE x TO 1; SCALE x TO 2")
        error = await fleet.fails("SCALE x TO 3")
        assert error.hint == "raise the cap: SET issue_cap = 270"  # 30 of the 100 dollars are there
        await fleet.do("SET issue_cap = off; SCALE x TO 3")
        assert fleet.palm.world.issue_cap_cents is None

    on_palm(main)


def test_an_order_that_is_cancelled_is_off_the_book_and_claims_nothing() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(3) + "; " + clerks(1, "y"))
        for name, orders in (("clerk_001", 2), ("clerk_003", 1), ("clerk_004", 1)):
            for _ in range(orders):
                bid(fleet, name, 1, 50)
        world = fleet.palm.world
        before = world.seq
        assert operations.cancel_orders(fleet.palm, resolve(world, "clerk_002")) == 0
        assert operations.cancel_orders(fleet.palm, resolve(world, "clerk_001")) == 2
        assert operations.cancel_orders(fleet.palm, resolve(world, "x")) == 1
        assert len(world.market.orders) == 1
        assert agent(fleet, "clerk_001").free_cents == FUNDING * 100
        cancelled = fleet.events(OrdersCancelled)
        assert [event.agents for event in cancelled] == [((1, 1),), ((3, 3),)]
        assert world.seq == before + 1 + 2  # the flow until then is a row, too

    on_palm(main)


def test_an_amount_is_money_and_more_than_nothing() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1))
        deployment = fleet.palm.world.deployments[1]
        for cents in (0, -1, MONEY_CENTS_MAX + 1):
            with pytest.raises(InvalidValue, match="an amount is more than nothing"):
                operations.fund(fleet.palm, deployment, deployment.agents[1], cents)
            with pytest.raises(InvalidValue, match="an amount is more than nothing"):
                operations.transfer(fleet.palm, resolve(fleet.palm.world, "clerk_001"), "treasury", cents)

    on_palm(main)


def test_settings_of_the_home_keep_their_value_and_their_bounds() -> None:
    async def main(fleet: Fleet) -> None:
        world = fleet.palm.world
        await fleet.do("SET issue_cap = 12.50; SET retention = 1m")
        assert (world.issue_cap_cents, world.retention_ms) == (1_250, 60_000)
        await fleet.do("SET issue_cap = 10000000000000; SET retention = 366d")
        assert (world.issue_cap_cents, world.retention_ms) == (MONEY_CENTS_MAX, DURATION_MS_MAX)
        await fleet.do("SET issue_cap = OFF; SET retention = none")
        assert (world.issue_cap_cents, world.retention_ms) == (None, None)

    on_palm(main)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("capacity", None),
        ("capacity", 0),
        ("issue_cap", -1),
        ("issue_cap", MONEY_CENTS_MAX + 1),
        ("retention", 59_999),
        ("retention", DURATION_MS_MAX + 1),
    ],
)
def test_a_setting_of_the_home_that_is_out_of_range_is_refused(name: str, value: int | None) -> None:
    async def main(fleet: Fleet) -> None:
        before = fleet.palm.world.seq
        with pytest.raises(InvalidValue, match=f"{name} must be"):
            operations.set_home(fleet.palm, name, value)
        assert fleet.palm.world.seq == before

    on_palm(main)


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        ("DRAIN x", ((1, 1), (3, 3))),
        ("DRAIN clerk_001", ((1, 1),)),
        ("DRAIN clerk_002", ()),
        ("TERMINATE clerk_003", ((3, 3),)),
        ("TERMINATE clerk_002", ()),
    ],
)
def test_a_drain_says_who_has_something_to_close(text: str, closing: object) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(3))
        buy(fleet, "clerk_001", 1)
        buy(fleet, "clerk_003", 2)
        await fleet.do(text)
        assert [event.closing for event in fleet.events(AgentsDrainBegun)] == [closing]

    on_palm(main)
