"""The one writer: what it numbers, when a statement enters the history, and what a failed commit undoes."""

from collections.abc import Callable

import pytest

from palm_ual.errors import CommitFailed, InvariantBroken, OutcomeUnknown
from palm_ual.model import events as ev
from palm_ual.model.logs import WrittenLine
from palm_ual.runtime.folding import fold
from palm_ual.runtime.registry import Registry
from palm_ual.store.memory import MemoryJournal
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
