"""Who sells and who arbitrates follows what becomes of the agents, live, at replay and out of a snapshot."""

from collections.abc import Callable

import msgspec
import pytest

from palm_ual.errors import InvariantBroken
from palm_ual.model import events as ev
from palm_ual.model.ids import ranges_of
from palm_ual.store.memory import MemoryJournal
from palm_ual.world.evolve import replay
from palm_ual.world.records import World
from palm_ual.world.snapshot import MARKET_PART, load_world, snapshot_parts
from tests.runtime.palms import Fleet, on_palm
from tests.world.stories import BUYER, Story


def seller(cents: int | None, service: str | None = "Compute") -> ev.Revision:
    return ev.Revision(
        1, "seller", "seller", None, {}, 0, None, role="seller", quoted_service=service, price_cents=cents
    )


def arbiter(cents: int | None) -> ev.Revision:
    return ev.Revision(
        1, "arbiter", "arbiter", None, {}, 0, None, role="arbiter", escrow_threshold_cents=cents
    )


def told(*deployments: tuple[ev.Revision, int]) -> Story:
    """Deployments with so many ready agents each."""
    story = Story()
    for uid, (revision, count) in enumerate(deployments, 1):
        story.created(count, name=f"d{uid}", revision=revision)
        first = story.world.next_numbers.get(revision.type_name, 1)
        if count:
            story.placed(count, uid=uid).ready(*range(first, first + count), uid=uid)
    return story


def restored(world: World) -> World:
    return load_world(snapshot_parts(world).get, agents=True, statements=True)


def agree(story: Story) -> tuple[dict[str, int], dict[tuple[int, int], int]]:
    """Anchors and arbiters, the same live, at replay and out of a snapshot."""
    live, again, read = story.world, replay(World(), story.records), restored(story.world)
    for other in (again, read):
        assert other.market.anchors == live.market.anchors
        assert other.market.desk.ready == live.market.desk.ready
        assert other.market.desk.from_cents == live.market.desk.from_cents
    return live.market.anchors, live.market.desk.ready


def ended(story: Story, *numbers: int, uid: int = 1) -> Story:
    return story.tell(ev.AgentsEnded(uid, ranges_of(list(numbers)), 0, "", ()))


Chapter = Callable[[Story], object]

FATES: dict[str, tuple[Chapter, set[int]]] = {
    "nothing": (lambda story: None, {1, 2, 3}),
    "one drains": (lambda story: story.draining(2), {1, 3}),
    "one has drained": (lambda story: story.drained(2), {1, 3}),
    "one drains and is resumed": (
        lambda story: story.draining(2).tell(ev.AgentsResumed(1, ((2, 2),))),
        {1, 2, 3},
    ),
    "one has drained and is resumed": (
        lambda story: story.drained(2).tell(ev.AgentsResumed(1, ((2, 2),))),
        {1, 2, 3},
    ),
    "one failed": (lambda story: story.failed(2), {1, 3}),
    "one failed and is to start": (
        lambda story: story.failed(2).tell(ev.AgentsStarted(1, ((2, 2),))),
        {1, 3},
    ),
    "one failed and is back": (lambda story: story.failed(2).ready(2), {1, 2, 3}),
    "one is to be restarted": (
        lambda story: story.tell(ev.RestartRequested(1, ((2, 2),))).drained(2, then="restart"),
        {1, 3},
    ),
    "one was restarted": (
        lambda story: story.tell(ev.RestartRequested(1, ((2, 2),))).drained(2, then="restart").ready(2),
        {1, 2, 3},
    ),
    "one ended": (lambda story: ended(story.drained(2, then="end"), 2), {1, 3}),
    "one ended by force": (lambda story: ended(story, 2), {1, 3}),
    "one is ill": (
        lambda story: story.tell(ev.AgentHealthChanged(1, 2, "unhealthy", "no")),
        {1, 2, 3},
    ),
    "all drain": (lambda story: story.draining(1, 2, 3), set()),
    "all ended": (lambda story: ended(story, 1, 2, 3), set()),
    "all are gone": (lambda story: ended(story, 1, 2, 3).tell(ev.DeploymentDeleted(1)), set()),
    "another comes": (lambda story: story.placed(1).ready(4), {1, 2, 3, 4}),
    "another is placed": (lambda story: story.placed(1), {1, 2, 3}),
    "renamed": (lambda story: story.tell(ev.DeploymentRenamed(1, "z")), {1, 2, 3}),
}


@pytest.mark.parametrize(("fate", "left"), FATES.values(), ids=FATES)
def test_arbiters_are_those_that_are_ready(fate: Chapter, left: set[int]) -> None:
    story = told((arbiter(500_00), 3))
    fate(story)
    _, ready = agree(story)
    assert ready == {(1, number): 500_00 for number in left}
    assert story.world.market.desk.has_arbiters is bool(left)
    assert (story.world.market.desk.from_cents == 500_00) is bool(left)


@pytest.mark.parametrize(("fate", "left"), FATES.values(), ids=FATES)
def test_the_anchor_is_the_mean_price_of_the_sellers_that_are_ready(fate: Chapter, left: set[int]) -> None:
    vendor = msgspec.structs.replace(seller(110_00), type_name="vendor")
    story = told((seller(50_00), 3), (vendor, 1))
    fate(story)
    anchors, _ = agree(story)
    assert anchors == {"Compute": (50_00 * len(left) + 110_00) // (len(left) + 1)}


@pytest.mark.parametrize(
    ("sellers", "anchors"),
    [
        ([], {}),
        ([(seller(50_00), 0)], {}),
        ([(seller(0), 3)], {}),
        ([(seller(None), 3)], {}),
        ([(seller(50_00, None), 3)], {}),
        ([(BUYER, 3)], {}),
        ([(seller(1), 3)], {"Compute": 1}),
        ([(seller(50_00), 1), (seller(50_01), 1)], {"Compute": 50_00}),
        ([(seller(50_00), 2), (seller(80_00), 1), (seller(0), 5)], {"Compute": 60_00}),
        ([(seller(50_00), 2), (seller(80_00, "Storage"), 1)], {"Compute": 50_00, "Storage": 80_00}),
        ([(seller(50_00), 2), (BUYER, 4), (arbiter(1), 2)], {"Compute": 50_00}),
    ],
)
def test_every_service_has_an_anchor_of_its_own(
    sellers: list[tuple[ev.Revision, int]], anchors: dict[str, int]
) -> None:
    assert agree(told(*sellers))[0] == anchors


def test_the_lowest_threshold_of_those_ready_holds() -> None:
    story = told((arbiter(500_00), 1), (arbiter(200_00), 2), (arbiter(None), 1), (BUYER, 1))
    desk = story.world.market.desk
    free = Story().world.market.desk.from_cents
    assert agree(story)[1] == {(1, 1): 500_00, (2, 2): 200_00, (2, 3): 200_00}
    steps: list[tuple[Callable[[], object], int]] = [
        (lambda: story.draining(2, uid=2), 200_00),
        (lambda: story.failed(3, uid=2), 500_00),
        (lambda: story.drained(1, uid=1), free),
        (lambda: story.ready(3, uid=2), 200_00),
    ]
    for step, from_cents in steps:
        step()
        assert desk.from_cents == from_cents
        agree(story)
    assert not story.world.market.desk.ready.get((3, 4))


def test_a_threshold_of_nothing_holds_every_order() -> None:
    story = told((arbiter(0), 1))
    assert agree(story)[1] == {(1, 1): 0}
    assert story.world.market.desk.from_cents == 0


# What an older release left


def plain(revision: ev.Revision) -> ev.Revision:
    """As a release wrote it that knew of no market."""
    return msgspec.structs.replace(
        revision, role=None, quoted_service=None, price_cents=None, escrow_threshold_cents=None
    )


def test_a_role_that_is_found_later_holds_for_those_that_are_ready() -> None:
    story = told((plain(arbiter(500_00)), 3), (plain(seller(50_00)), 2))
    story.draining(2)
    assert agree(story) == ({}, {})
    story.tell(ev.RevisionUpgraded(1, arbiter(500_00)), ev.RevisionUpgraded(2, seller(50_00)))
    assert agree(story) == ({"Compute": 50_00}, {(1, 1): 500_00, (1, 3): 500_00})


NEW = {
    "market",
    "retention_ms",
    "issue_cap_cents",
    "figures",
    "role",
    "quoted_service",
    "price_cents",
    "escrow_threshold_cents",
    "funded_cents",
    "trading",
}
"""Keys of a snapshot that the release before the market did not write."""


def older_home(*, snapshot: bool) -> MemoryJournal:
    """Sellers and arbiters of a release that knew of no market, with or without a snapshot of its own."""
    story = told((plain(seller(None)), 2), (plain(arbiter(None)), 1))
    journal = MemoryJournal()
    journal.append(story.records)
    journal.commit()
    if snapshot:
        parts = dict(snapshot_parts(story.world))
        parts = {name: without(body, NEW) for name, body in parts.items() if name != MARKET_PART}
        journal.write_snapshot(parts, seq=story.world.seq)
    return journal


def without(body: bytes, keys: set[str]) -> bytes:
    """JSON with some keys left out, at any depth."""

    def bare(value: object) -> object:
        if isinstance(value, dict):
            return {key: bare(inner) for key, inner in value.items() if key not in keys}
        return [bare(inner) for inner in value] if isinstance(value, list) else value

    return msgspec.json.encode(bare(msgspec.json.decode(body)))


@pytest.mark.parametrize("snapshot", [False, True])
def test_a_home_of_an_older_release_gets_its_roles_when_it_is_opened(snapshot: bool) -> None:
    journal = older_home(snapshot=snapshot)

    async def main(fleet: Fleet) -> int:
        world = fleet.palm.world
        upgraded = {(event.uid, event.revision.role) for event in fleet.events(ev.RevisionUpgraded)}
        assert upgraded == {(1, "seller"), (2, "arbiter")}
        await fleet.do("FUND seller_001 AMOUNT 1000; FUND seller_002 AMOUNT 1000; WAIT 30s")
        assert world.market.anchors == {"General": 100_00}
        assert list(world.market.desk.ready) == [(2, 1)]
        for number in (1, 2):
            trading = world.deployments[1].agents[number].trading
            assert trading is not None
            assert trading.may_short
        return len(fleet.events(ev.RevisionUpgraded))

    assert on_palm(main, journal) == 2

    async def again(fleet: Fleet) -> int:
        assert fleet.palm.world.market.anchors == {"General": 100_00}
        return len(fleet.events(ev.RevisionUpgraded))

    assert on_palm(again, journal) == 2


def test_an_upgrade_of_a_revision_that_is_not_there_does_not_fit() -> None:
    story = told((BUYER, 1))
    event = ev.RevisionUpgraded(1, msgspec.structs.replace(BUYER, number=9))
    with pytest.raises(InvariantBroken):
        story.tell(event)


def older_trader(later: Chapter) -> Story:
    """One that has traded before its role was found."""
    story = told((plain(seller(50_00)), 1))
    account = story.world.account(1, 1)
    later(story)
    assert account.trading is not None
    return story


def test_who_has_traded_before_its_role_was_found_may_sell_short_live_as_out_of_a_snapshot() -> None:
    """Else a journal goes on from a snapshot in another way than it was written, and is taken for damaged."""
    story = older_trader(lambda story: story.tell(ev.RevisionUpgraded(1, seller(50_00))))
    may = [world.account(1, 1).trading for world in (story.world, restored(story.world))]
    assert [trading is not None and trading.may_short for trading in may] == [True, True]
