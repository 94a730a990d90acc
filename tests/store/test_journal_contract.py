"""What every `Journal` promises, run over each of them."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.errors import InvariantBroken
from palm_ual.model import events as happened
from palm_ual.model.events import AnyEvent, Recorded
from palm_ual.model.limits import LOG_LINES_PER_AGENT_MAX
from palm_ual.model.logs import WrittenLine
from tests.store.homes import contents, control, fill, put_away, statement, trade
from tests.store.shelves import MemoryShelf, Shelf, SqliteShelf

REVISION = happened.Revision(
    1, "buyer", "buyer", '{"funding": 1}', {"tier": "gold"}, 100, None, "General", "/agents"
)
ONE_OF_EACH: list[AnyEvent] = [
    happened.FleetResumed("0.1.0"),
    happened.FleetSuspended(),
    happened.StatementAccepted("SCALE x TO 3", "it is busy ✓"),
    happened.StatementEnded("failed", "CONFLICT", 'the name "x" is taken'),
    happened.SettingSet("capacity", 200),
    happened.MarketTraded(1, 3, bytes(range(256)), happened.FlowSums(3, 2, 5, 10**15, 1, 0)),
    happened.MoneyMoved((0, 0), (1, 3), 10**15, 5),
    happened.OrdersCancelled(1, ((1, 3),)),
    happened.DeploymentCreated(1, "x", 3, REVISION),
    happened.RevisionUpgraded(1, REVISION),
    happened.SizeSet(1, 5),
    happened.DeploymentRenamed(1, "y"),
    happened.DrainRequested(1, 10**12),
    happened.ResumeRequested(1),
    happened.RestartRequested(1, ((1, 3), (9, 8))),
    happened.DeleteRequested(1, 5),
    happened.DeploymentDeleted(1),
    happened.AgentsPlaced(1, 1, ((1, 3),), 10**15, 0),
    happened.AgentsStarted(1, ((1, 3),)),
    happened.AgentsBecameReady(1, ((1, 3),)),
    happened.AgentsDrainBegun(1, ((1, 3),), 30_000, "end"),
    happened.AgentsBecameDrained(1, ((1, 3),)),
    happened.AgentsResumed(1, ((1, 3),)),
    happened.AgentsEnded(1, ((1, 3),), 300, "scaled down", ((2, 2),)),
    happened.AgentFailed(1, 2, "ValueError: \x1b[31m\x00\u202e", 1000, 3),
    happened.AgentHealthChanged(1, 2, "degraded", "slow"),
    happened.ConditionRaised(1, "CRASH_LOOP", "five times"),
    happened.ConditionCleared(1, "CRASH_LOOP"),
]


def test_a_new_journal_is_empty(shelf: Shelf) -> None:
    assert contents(shelf.journal) == (0, [], [], [], [[]] * 6, 0, {}, [])
    assert shelf.journal.snapshot_part("summary") is None
    assert shelf.journal.log_tail("buyer_001", 10) == []


def test_every_kind_of_event_is_the_same_after_reopening(shelf: Shelf) -> None:
    recorded = set(get_args(AnyEvent)) - {happened.MarketCompacted}
    assert {type(event) for event in ONE_OF_EACH} == recorded
    records = [Recorded(seq, seq, -seq, 7, event) for seq, event in enumerate(ONE_OF_EACH, 1)]
    shelf.journal.append(records)
    shelf.journal.commit()
    assert list(shelf.reopen().events()) == records


@pytest.mark.parametrize("forget", ["rollback", "reopen"])
def test_what_was_not_committed_was_never_there(shelf: Shelf, forget: str) -> None:
    fill(shelf.journal, 2)
    before = contents(shelf.journal)
    shelf.journal.append(statement(3), [WrittenLine("buyer_001", 1, "lost")])
    assert contents(shelf.journal) == before
    if forget == "rollback":
        shelf.journal.rollback()
    journal = shelf.reopen() if forget == "reopen" else shelf.journal
    journal.commit()
    assert contents(journal) == before
    assert "lost" not in [line.text for line in journal.log_tail("buyer_001", 100)]
    journal.append(statement(3))
    journal.commit()
    assert journal.head() == 9


def test_several_appends_are_one_commit(shelf: Shelf) -> None:
    shelf.journal.append(statement(1))
    shelf.journal.append(statement(2))
    assert shelf.journal.head() == 0
    shelf.journal.commit()
    assert [record.seq for record in shelf.reopen().events()] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("seqs", [[2], [0], [1, 3], [1, 1], [1, 2, 4]])
def test_a_gap_is_a_programming_mistake_and_nothing_is_collected(shelf: Shelf, seqs: list[int]) -> None:
    with pytest.raises(InvariantBroken):
        shelf.journal.append([Recorded(seq, 0, 0, 0, happened.FleetSuspended()) for seq in seqs])
    shelf.journal.commit()
    assert shelf.journal.head() == 0


@pytest.mark.parametrize(
    ("after", "upto", "expected"),
    [
        (0, None, range(1, 13)),
        (5, None, range(6, 13)),
        (5, 8, [6, 7, 8]),
        (0, 1, [1]),
        (11, 99, [12]),
        (12, None, []),
        (99, None, []),
        (8, 5, []),
    ],
)
def test_events_are_after_one_and_up_to_another(
    shelf: Shelf, after: int, upto: int | None, expected: list[int]
) -> None:
    fill(shelf.journal, 4)
    assert [record.seq for record in shelf.journal.events(after=after, upto=upto)] == list(expected)


def test_events_may_be_read_while_others_are_committed(shelf: Shelf) -> None:
    fill(shelf.journal, 2)
    reading = shelf.journal.events()
    assert next(reading).seq == 1
    fill(shelf.journal, 1, first=3)
    assert [record.seq for record in reading] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("limit", "deployment", "expected"),
    [
        (3, None, [12, 11, 10]),
        (99, None, range(12, 0, -1)),
        (0, None, []),
        (-1, None, []),
        (2, 2, [3, 2]),
        (99, 3, [6, 5, 4]),
        (99, 99, []),
        (99, 0, []),
    ],
)
def test_latest_events_are_newest_first(
    shelf: Shelf, limit: int, deployment: int | None, expected: list[int]
) -> None:
    fill(shelf.journal, 4)
    found = shelf.journal.latest_events(limit=limit, deployment=deployment)
    assert [record.seq for record in found] == list(expected)


def test_a_snapshot_is_committed_with_what_was_collected(shelf: Shelf) -> None:
    shelf.journal.append(statement(1))
    shelf.journal.write_snapshot({"summary": b"1", "agents": b"\x00\xff" * 100_000}, seq=3)
    journal = shelf.reopen()
    assert (journal.head(), journal.snapshot_seq(), list(journal.snapshot_parts())) == (
        3,
        3,
        ["agents", "summary"],
    )
    assert journal.snapshot_part("agents") == b"\x00\xff" * 100_000
    assert journal.snapshot_part("other") is None


def test_a_snapshot_replaces_the_one_before_whole(shelf: Shelf) -> None:
    shelf.journal.write_snapshot({"old": b"1", "summary": b"1"}, seq=0)
    shelf.journal.append(statement(1))
    shelf.journal.write_snapshot({"summary": b"2"}, seq=3)
    assert list(shelf.journal.snapshot_parts()) == ["summary"]
    assert shelf.journal.snapshot_part("old") is None
    assert shelf.reopen().snapshot_part("summary") == b"2"


@pytest.mark.parametrize(("parts", "seq"), [({"a": b""}, 2), ({"a": b""}, 4), ({"": b""}, 3)])
def test_a_snapshot_of_another_moment_is_a_programming_mistake(
    shelf: Shelf, parts: dict[str, bytes], seq: int
) -> None:
    shelf.journal.append(statement(1))
    with pytest.raises(InvariantBroken):
        shelf.journal.write_snapshot(parts, seq=seq)


def test_the_log_tail_is_the_agents_own_last_lines_oldest_first(shelf: Shelf) -> None:
    for number in range(6):
        shelf.journal.append([], [WrittenLine(f"buyer_{number % 2:03d}", number, f"line {number}")])
    shelf.journal.commit()
    journal = shelf.reopen()
    assert [line.text for line in journal.log_tail("buyer_001", 2)] == ["line 3", "line 5"]
    assert journal.log_tail("buyer_000", 99)[0] == WrittenLine("buyer_000", 0, "line 0")
    assert journal.log_tail("buyer_001", 0) == journal.log_tail("buyer_001", -1) == []


def test_an_agents_log_is_bounded_and_holds_the_newest(shelf: Shelf) -> None:
    written = 5 * LOG_LINES_PER_AGENT_MAX
    shelf.journal.append([], [WrittenLine("seller_001", 0, "kept")])
    for first in range(0, written, 100):
        lines = [WrittenLine("buyer_001", 0, str(number)) for number in range(first, first + 100)]
        shelf.journal.append([], lines)
        shelf.journal.commit()
    kept = [int(line.text) for line in shelf.reopen().log_tail("buyer_001", 10**6)]
    assert LOG_LINES_PER_AGENT_MAX <= len(kept) <= 2 * LOG_LINES_PER_AGENT_MAX
    assert kept == list(range(written - len(kept), written))
    assert [line.text for line in shelf.journal.log_tail("seller_001", 10**6)] == ["kept"]


def test_what_only_compacting_makes_is_not_recorded(shelf: Shelf) -> None:
    compacted = happened.MarketCompacted(1, 0, 1, 1, happened.FlowSums())
    with pytest.raises(InvariantBroken):
        shelf.journal.append([Recorded(1, 0, 0, 0, compacted)])
    shelf.journal.commit()
    assert shelf.journal.head() == 0


def test_closing_twice_is_closing_once(shelf: Shelf) -> None:
    shelf.journal.close()
    shelf.journal.close()


def commit(shelf: Shelf, records: list[Recorded]) -> None:
    shelf.journal.append(records)
    shelf.journal.commit()


ACTS: dict[str, Callable[[Shelf], object]] = {
    "append": lambda shelf: shelf.journal.append(control(shelf.journal.head(), 2)),
    "trade": lambda shelf: commit(shelf, trade(shelf.journal.head(), 3)),
    "trade a little": lambda shelf: commit(shelf, trade(shelf.journal.head(), 1)),
    "commit": lambda shelf: shelf.journal.commit(),
    "rollback": lambda shelf: shelf.journal.rollback(),
    "snapshot": lambda shelf: put_away(shelf.journal),
    "reopen": lambda shelf: shelf.reopen(),
    "compact the older half": lambda shelf: shelf.journal.compact(
        before_ms=5 * shelf.journal.head(), upto_seq=shelf.journal.head()
    ),
    "compact all": lambda shelf: shelf.journal.compact(before_ms=10**15, upto_seq=shelf.journal.head()),
    "compact up to": lambda shelf: shelf.journal.compact(
        before_ms=10**15, upto_seq=shelf.journal.head() * 2 // 3
    ),
}


def answer(act: str, shelf: Shelf) -> object:
    try:
        done = ACTS[act](shelf)
        return done if isinstance(done, int) else None
    except InvariantBroken as error:
        return str(error)


@given(st.lists(st.sampled_from(sorted(ACTS)), min_size=10, max_size=25))
def test_both_journals_hold_the_same_after_the_same_acts(acts: list[str]) -> None:
    with TemporaryDirectory() as directory:
        seen = []
        for shelf in (MemoryShelf(), SqliteShelf(Path(directory) / "home")):
            answers: list[object] = []
            for act in acts:
                answers.append(answer(act, shelf))
                answers.append(contents(shelf.journal))
                answers.append(msgspec.structs.replace(shelf.journal.verify(), file_bytes=None))
            shelf.journal.close()
            seen.append(answers)
        assert seen[0] == seen[1]
