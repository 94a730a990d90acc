"""The one writer: what it numbers, when a statement enters the history, and what a failed commit undoes."""

from collections.abc import Callable, Iterator

import pytest
from typing_extensions import override

from palm_ual.agents import contract as co
from palm_ual.errors import CommitFailed, HomeCorrupt, InvariantBroken, OutcomeUnknown
from palm_ual.market import flow
from palm_ual.model import events as ev
from palm_ual.model.limits import FLOW_BATCH_MS, FLOW_BATCH_OPS_MAX
from palm_ual.model.logs import WrittenLine
from palm_ual.runtime.exchange import Exchange
from palm_ual.runtime.folding import fold
from palm_ual.runtime.registry import Registry
from palm_ual.store.memory import MemoryJournal
from palm_ual.world.check import check
from palm_ual.world.snapshot import same_world
from tests.runtime.palms import FullDisk
from tests.world.stories import BUYER


class Clock:
    """Fleet time that a test sets."""

    def __init__(self) -> None:
        self.at_ms = 0

    def now_ms(self) -> int:
        return self.at_ms


def registry_on(journal: MemoryJournal, clock: Clock | None = None) -> Registry:
    return Registry(journal, fold(journal), clock or Clock(), lambda: 1_000)


def made(uid: int = 1, name: str = "x") -> ev.DeploymentCreated:
    return ev.DeploymentCreated(uid, name, 3, BUYER)


def kinds(journal: MemoryJournal) -> list[tuple[str, int]]:
    return [(type(record.event).__name__, record.statement) for record in journal.events()]


def test_an_event_is_in_the_world_at_once_and_on_disk_after_the_commit() -> None:
    journal = MemoryJournal()
    registry = registry_on(journal)
    registry.record(made())
    assert registry.world.find("x") is not None
    assert journal.head() == 0
    registry.write_lines([WrittenLine("buyer_001", 0, "hello")])
    committed = registry.commit()
    assert [record.seq for record in committed.records] == [1]
    assert (journal.head(), len(journal.log_tail("buyer_001", 9))) == (1, 1)
    assert same_world(fold(journal), registry.world)
    assert registry.commit().records == []


def test_a_statement_enters_the_history_with_its_first_event() -> None:
    journal = MemoryJournal()
    registry = registry_on(journal)
    assert registry.begin_statement("DEPLOY x", "busy") == 1
    registry.forget_statement()
    assert registry.begin_statement("DEPLOY y", None) == 1
    registry.record(made())
    registry.record(ev.SizeSet(1, 4))
    registry.forget_statement()
    registry.record(ev.SizeSet(1, 5))
    registry.commit()
    assert kinds(journal) == [
        ("StatementAccepted", 1),
        ("DeploymentCreated", 1),
        ("SizeSet", 1),
        ("SizeSet", 0),
    ]
    assert registry.begin_statement("SCALE y TO 6", None) == 2


def test_what_the_fleet_does_meanwhile_does_not_accept_a_statement() -> None:
    journal = MemoryJournal()
    registry = registry_on(journal)
    registry.record(made(), statement=0)
    registry.begin_statement("SCALE x TO 3", None)
    registry.record(ev.ConditionRaised(1, "CRASH_LOOP", "no"), statement=0)
    registry.forget_statement()
    registry.commit()
    assert kinds(journal) == [("DeploymentCreated", 0), ("ConditionRaised", 0)]


def test_a_failed_commit_puts_the_world_back_and_forgets_the_statement() -> None:
    journal = FullDisk()
    registry = registry_on(journal)
    registry.record(made())
    registry.commit()
    before = fold(journal)
    journal.full = iter([True])
    registry.begin_statement("RENAME x TO y", None)
    registry.record(ev.DeploymentRenamed(1, "y"))
    registry.write_lines([WrittenLine("buyer_001", 0, "hello")])
    with pytest.raises(CommitFailed):
        registry.commit()
    assert same_world(registry.world, before)
    assert registry.statement == 0
    registry.record(ev.SizeSet(1, 9))
    registry.commit()
    assert kinds(journal) == [("DeploymentCreated", 0), ("SizeSet", 0)]
    assert journal.log_tail("buyer_001", 9) == []


def test_after_an_unknown_outcome_every_commit_says_so_again() -> None:
    journal = FullDisk()
    registry = registry_on(journal)
    registry.record(made())
    journal.lost = True
    commit: Callable[[], object] = registry.commit
    with pytest.raises(OutcomeUnknown):
        commit()
    journal.lost = False
    with pytest.raises(OutcomeUnknown):
        commit()
    assert registry.lost is not None


def test_after_an_event_that_does_not_fit_nothing_more_is_written() -> None:
    """The world may be half changed, and the journal is the truth."""
    journal = MemoryJournal()
    registry = registry_on(journal)
    registry.record(made())
    with pytest.raises(InvariantBroken):
        registry.record(ev.SizeSet(9, 1))
    with pytest.raises(InvariantBroken):
        registry.commit()
    assert journal.head() == 0


def test_a_statement_may_enter_the_history_without_an_event() -> None:
    journal = MemoryJournal()
    registry = registry_on(journal)
    registry.begin_statement("SET ticks = all", "to see them")
    registry.keep_statement()
    registry.keep_statement()
    registry.commit()
    assert kinds(journal) == [("StatementAccepted", 1)]


def test_fleet_time_in_the_journal_never_falls() -> None:
    journal, clock = MemoryJournal(), Clock()
    registry = registry_on(journal, clock)
    clock.at_ms = 5_000
    registry.record(made())
    clock.at_ms = 4_000
    assert registry.record(ev.SizeSet(1, 4)).at_ms == 5_000


# Market flow

ISSUED_CENTS = 1_000_000
ONE = (co.Buy("General", 1),)


def opened(journal: MemoryJournal, clock: Clock) -> tuple[Registry, Exchange]:
    """A home with one agent, ready and rich, and its market."""
    registry = Registry(journal, fold(journal), clock, lambda: 1_000)
    registry.record(ev.FleetResumed("0", 7))
    revision = ev.Revision(1, "clerk", "clerk", None, {}, ISSUED_CENTS, None)
    registry.record(ev.DeploymentCreated(1, "x", 1, revision))
    registry.record(ev.AgentsPlaced(1, 1, ((1, 1),), ISSUED_CENTS, ISSUED_CENTS))
    registry.record(ev.AgentsStarted(1, ((1, 1),)))
    registry.record(ev.AgentsBecameReady(1, ((1, 1),)))
    registry.commit()
    return registry, Exchange(registry, lambda: 0)


def test_a_batch_is_recorded_before_any_other_event_and_is_no_statements_doing() -> None:
    journal = MemoryJournal()
    registry, exchange = opened(journal, Clock())
    head = journal.head()
    exchange.carry_out(1, 1, ONE, 0)
    registry.begin_statement("SCALE x TO 4", None)
    exchange.carry_out(1, 1, ONE, 0)
    registry.record(ev.SizeSet(1, 4))
    exchange.carry_out(1, 1, ONE, 0)
    registry.record(ev.SizeSet(1, 5))
    registry.record(ev.SizeSet(1, 6))
    registry.forget_statement()
    exchange.carry_out(1, 1, ONE, 0)
    registry.commit()
    told = [(type(r.event).__name__, r.statement) for r in journal.events(after=head)]
    assert told == [
        ("MarketTraded", 0),
        ("StatementAccepted", 1),
        ("SizeSet", 1),
        ("MarketTraded", 0),
        ("SizeSet", 1),
        ("SizeSet", 1),
        ("MarketTraded", 0),
    ]
    traded = [r.event for r in journal.events() if isinstance(r.event, ev.MarketTraded)]
    assert [(event.first_op, event.count, event.sums.orders) for event in traded] == [
        (1, 2, 2),
        (3, 1, 1),
        (4, 1, 1),
    ]
    assert same_world(fold(journal), registry.world)


def test_who_acts_is_told_anew_in_every_batch() -> None:
    journal = MemoryJournal()
    registry, exchange = opened(journal, Clock())
    for _ in range(2):
        exchange.carry_out(1, 1, ONE, 0)
        assert flow.ACTOR in registry.batch.ops[:3]
        registry.close_batch()
    registry.commit()
    assert same_world(fold(journal), registry.world)


@pytest.mark.parametrize(
    ("passed_ms", "due"),
    [(0, False), (FLOW_BATCH_MS - 1, False), (FLOW_BATCH_MS, True), (FLOW_BATCH_MS + 1, True)],
)
def test_market_flow_waits_so_long_for_more_of_it(passed_ms: int, due: bool) -> None:
    clock = Clock()
    clock.at_ms = 500
    registry, exchange = opened(MemoryJournal(), clock)
    assert (registry.commit_due(), registry.flow_due_ms()) == (False, None)
    exchange.carry_out(1, 1, ONE, 500)
    clock.at_ms += passed_ms
    assert registry.commit_due() is due
    exchange.carry_out(1, 1, ONE, clock.at_ms)
    assert (registry.commit_due(), registry.flow_due_ms()) == (due, 500 + FLOW_BATCH_MS)
    registry.commit()
    assert (registry.commit_due(), registry.flow_due_ms()) == (False, None)


@pytest.mark.parametrize("other", ["event", "line"])
def test_market_flow_does_not_wait_where_something_else_is_written(other: str) -> None:
    registry, exchange = opened(MemoryJournal(), Clock())
    exchange.carry_out(1, 1, ONE, 0)
    assert not registry.commit_due()
    if other == "event":
        registry.record(ev.SizeSet(1, 4))
    else:
        registry.write_lines([WrittenLine("clerk_001", 0, "hello")])
    assert registry.commit_due()


@pytest.mark.parametrize(("count", "due"), [(-1, False), (0, True), (1, True)])
def test_so_many_operations_wait_for_nothing(count: int, due: bool) -> None:
    registry, exchange = opened(MemoryJournal(), Clock())
    market = registry.world.market
    for _ in range(FLOW_BATCH_OPS_MAX + count):
        registry.batch.add(market, (flow.CANCEL_ALL,))
    assert registry.commit_due() is due
    if due:
        exchange.carry_out(1, 1, (), 0)
        assert registry.batch.count == 0


def test_a_snapshot_has_the_open_batch_in_it() -> None:
    journal = MemoryJournal()
    registry, exchange = opened(journal, Clock())
    exchange.carry_out(1, 1, ONE, 0)
    registry.write_snapshot({})
    assert kinds(journal)[-1] == ("MarketTraded", 0)
    assert journal.snapshot_seq() == journal.head()
    exchange.carry_out(1, 1, ONE, 0)
    registry.commit()
    assert same_world(fold(journal), registry.world)


def test_a_snapshot_that_does_not_fit_loses_no_flow() -> None:
    journal = FullDisk()
    registry, exchange = opened(journal, Clock())
    exchange.carry_out(1, 1, ONE, 0)
    journal.full = iter([True])
    with pytest.raises(CommitFailed):
        registry.write_snapshot({})
    exchange.carry_out(1, 1, ONE, 0)
    registry.commit()
    assert kinds(journal)[-2:] == [("MarketTraded", 0), ("MarketTraded", 0)]
    assert same_world(fold(journal), registry.world)
    assert registry.world.market.orders_count == 2


# What ends writing


@pytest.mark.parametrize("op", [object(), 1 << 64, "half \ud800"])
def test_a_batch_that_cannot_be_packed_ends_writing(op: object) -> None:
    journal = MemoryJournal()
    registry, exchange = opened(journal, Clock())
    head = journal.head()
    exchange.carry_out(1, 1, ONE, 0)
    registry.batch.ops.append(op)  # type: ignore[arg-type]
    with pytest.raises((TypeError, OverflowError, UnicodeEncodeError)) as met:
        registry.commit()
    for again in (
        registry.commit,
        lambda: registry.record(ev.SizeSet(1, 4)),
        lambda: registry.write_snapshot({}),
    ):
        with pytest.raises(met.type):
            again()
    assert registry.lost is met.value
    assert registry.commit_due()
    assert not registry.compact()
    assert journal.head() == head


class Unreadable(FullDisk):
    """A full disk that cannot be read any more either, once `torn` says so."""

    torn = False

    @override
    def events(self, *, after: int = 0, upto: int | None = None) -> Iterator[ev.Recorded]:
        if self.torn:
            raise HomeCorrupt("a block cannot be read")
        return super().events(after=after, upto=upto)


def test_after_a_failed_commit_a_journal_that_cannot_be_folded_ends_writing() -> None:
    journal = Unreadable()
    registry, exchange = opened(journal, Clock())
    exchange.carry_out(1, 1, ONE, 0)
    journal.full, journal.torn = iter([True]), True
    commit: Callable[[], object] = registry.commit
    with pytest.raises(HomeCorrupt):
        commit()
    journal.torn = False
    for again in (commit, lambda: registry.record(ev.SizeSet(1, 4))):
        with pytest.raises(HomeCorrupt):
            again()
    assert isinstance(registry.lost, HomeCorrupt)


def test_flow_that_was_not_written_did_not_happen() -> None:
    journal = FullDisk()
    registry, exchange = opened(journal, Clock())
    exchange.carry_out(1, 1, (*ONE, co.Buy("Compute", 1, 40_00, rests=True)), 0)
    registry.commit()
    before = fold(journal)
    exchange.carry_out(1, 1, (*ONE, co.Buy("Storage", 1), co.CancelAll()), 0)
    journal.full = iter([True])
    with pytest.raises(CommitFailed):
        registry.commit()
    assert same_world(registry.world, before)
    assert (registry.batch.count, registry.batch.ops, registry.flow_due_ms()) == (0, [], None)
    assert [book.name for book in registry.world.market.books] == ["General", "Compute"]
    exchange.carry_out(1, 1, ONE, 0)
    registry.commit()
    assert same_world(fold(journal), registry.world)
    assert check(registry.world) == []
