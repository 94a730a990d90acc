"""What a process that is killed and a disk that fails leave of a fleet."""

import asyncio
from collections.abc import Mapping

import pytest
from typing_extensions import override

from palm_ual.errors import CommitFailed, OutcomeUnknown
from palm_ual.model import events as ev
from palm_ual.model import results as rs
from palm_ual.runtime.folding import fold
from palm_ual.store.memory import MemoryJournal
from palm_ual.world.snapshot import same_world
from tests.runtime.palms import Fleet, FullDisk, on_palm, worker

# Killed


class Killed(BaseException):
    """As by kill -9: nothing is written after it."""


class Mortal(MemoryJournal):
    """A disk whose process can be killed."""

    dead = False

    @override
    def commit(self) -> None:
        if self.dead:
            raise Killed
        super().commit()

    @override
    def write_snapshot(self, parts: Mapping[str, bytes], *, seq: int) -> None:
        if self.dead:
            raise Killed
        super().write_snapshot(parts, seq=seq)


def killed_after(text: str) -> Mortal:
    """A disk as a process leaves it that is killed when it has done these."""
    journal = Mortal()

    async def main(fleet: Fleet) -> None:
        await fleet.do(text)
        journal.dead = True

    with pytest.raises(Killed):
        on_palm(main, journal)
    journal.dead = False
    journal.reopen()
    return journal


def test_after_a_crash_without_a_snapshot_agents_start_afresh_under_their_numbers() -> None:
    journal = killed_after(worker(3) + "; WAIT 30s")

    async def look(fleet: Fleet) -> tuple[dict[int, str], int]:
        assert fleet.states() == {1: "Ready", 2: "Ready", 3: "Ready"}
        await fleet.do("WAIT 2500ms")
        return fleet.states(), fleet.minds()[1]["steps"]

    assert on_palm(look, journal) == ({1: "Ready", 2: "Ready", 3: "Ready"}, 3)


def test_a_drained_agent_of_a_killed_process_does_not_go_to_work() -> None:
    async def look(fleet: Fleet) -> tuple[dict[int, str], int]:
        await fleet.do("WAIT 10s")
        return fleet.states(), fleet.minds()[1]["steps"]

    assert on_palm(look, killed_after(worker(1) + "; DRAIN x")) == ({1: "Drained"}, 0)


def test_a_drained_agent_that_was_put_away_before_it_had_met_what_it_owed_meets_it_again() -> None:
    journal = Mortal()

    async def first(fleet: Fleet) -> None:
        await fleet.do(worker(1, owes=4) + "; WAIT 2s")

    async def drained_and_killed(fleet: Fleet) -> None:
        await fleet.do("DRAIN x")
        assert fleet.minds()[1]["owed"] == 0
        journal.dead = True

    async def look(fleet: Fleet) -> tuple[dict[int, str], int]:
        assert fleet.minds()[1]["owed"] == 4
        await fleet.do("WAIT 10s")
        return fleet.states(), fleet.minds()[1]["owed"]

    on_palm(first, journal)
    with pytest.raises(Killed):
        on_palm(drained_and_killed, journal)
    journal.dead = False
    journal.reopen()
    assert on_palm(look, journal) == ({1: "Drained"}, 0)


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("SET capacity = 50", {}),
        ("DEPLOY buyer COUNT 3 AS x NOWAIT", {1: "Ready", 2: "Ready", 3: "Ready"}),
        ("DEPLOY buyer COUNT 3 AS x; SCALE x TO 1 NOWAIT", {1: "Ready"}),
        ("DEPLOY buyer COUNT 3 AS x; SCALE x TO 4 NOWAIT", {1: "Ready", 2: "Ready", 3: "Ready", 4: "Ready"}),
        ("DEPLOY buyer COUNT 2 AS x; DRAIN x NOWAIT", {1: "Drained", 2: "Drained"}),
        ("DEPLOY buyer COUNT 2 AS x; RESTART x NOWAIT", {1: "Ready", 2: "Ready"}),
        ("DEPLOY buyer COUNT 2 AS x; TERMINATE buyer_001 NOWAIT", {2: "Ready", 3: "Ready"}),
        ("DEPLOY buyer COUNT 2 AS x; DELETE x NOWAIT", {}),
    ],
)
def test_an_accepted_statement_is_carried_out_by_the_next_process(text: str, states: dict[int, str]) -> None:
    journal = killed_after(text)

    async def look(fleet: Fleet) -> dict[int, str]:
        await fleet.do("WAIT 10s")
        return fleet.states() if fleet.palm.world.deployments else {}

    assert on_palm(look, journal) == states


def test_a_statement_that_was_at_work_when_its_process_was_killed_was_interrupted() -> None:
    journal = Mortal()

    async def main(fleet: Fleet) -> None:
        asyncio.get_running_loop().call_later(0.5, setattr, journal, "dead", True)
        await fleet.do(worker(1, start_crash=100))

    with pytest.raises(Killed):
        on_palm(main, journal)
    journal.dead = False
    journal.reopen()
    assert fold(journal).statements[0].outcome == "running"

    async def look(fleet: Fleet) -> object:
        return (await fleet.rows("SHOW STATEMENTS"))[0]["outcome"]

    assert on_palm(look, journal) == "interrupted"


# A disk that fails


def test_a_statement_that_cannot_be_written_is_refused_whole() -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer COUNT 3 AS x; WAIT 1s")
        before, minds = fold(journal), fleet.minds()
        for text in (
            "DEPLOY seller AS y",
            "SCALE x TO 1",
            "DRAIN buyer_001",
            "RESTART x",
            "RENAME x TO z",
            "TERMINATE buyer_002 FORCE",
            "DELETE x FORCE",
            "SET capacity = 7",
        ):
            journal.full = iter([True])
            error = await fleet.fails(text)
            assert isinstance(error, CommitFailed), text
            assert same_world(fleet.palm.world, before), text
            assert fleet.minds() == minds, text
            assert [row["text"] for row in await fleet.rows("SHOW STATEMENTS")] == [
                "DEPLOY buyer COUNT 3 AS x"
            ]
        await fleet.do("WAIT 5s; SCALE x TO 4")
        assert fleet.states() == dict.fromkeys((1, 2, 3, 4), "Ready")
        assert sorted(fleet.minds()) == [1, 2, 3, 4]

    on_palm(main, journal)


def test_a_deployment_that_was_not_written_leaves_no_behaviour_to_the_next_of_its_number() -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> dict[int, object]:
        journal.full = iter([True])
        await fleet.fails("DEPLOY buyer AS x")
        await fleet.do(worker(1))
        return fleet.minds()

    assert on_palm(main, journal) == {
        1: {"unit": 1, "steps": 1, "owed": 0, "ill": "", "broken": False, "unrestorable": False}
    }


def test_the_fleet_goes_on_by_itself_when_there_is_room_again() -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer COUNT 2 AS x NOWAIT")
        journal.full = iter([True, True, True])
        await fleet.do("WAIT 2500ms")
        assert fleet.palm.world.agents == 0
        await fleet.do("WAIT 2s")
        assert fleet.states() == {1: "Ready", 2: "Ready"}

    on_palm(main, journal)


def test_a_crash_that_could_not_be_written_is_not_forgotten_though_a_statement_is_written_meanwhile() -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(1, step_crash=100, until_ms=1) + " NOWAIT")
        journal.full = iter([False, False, True])
        await fleet.do("WAIT 500ms; SET capacity = 50")
        assert fleet.states() == {1: "Starting"}
        assert fleet.minds() == {}
        await fleet.do("WAIT 600ms")
        assert fleet.states() == {1: "Failed"}
        await fleet.do("WAIT FOR x HEALTHY")
        (failed,) = fleet.events(ev.AgentFailed)
        assert failed.reason == "RuntimeError: lost the thread"

    on_palm(main, journal)


def test_whoever_waits_for_an_accepted_statement_is_told_that_it_was_accepted() -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        journal.full = iter([False, True])
        error = await fleet.fails("DEPLOY buyer COUNT 2 AS x")
        assert isinstance(error, CommitFailed)
        assert (
            error.message
            == "the statement was accepted, but what comes of it cannot be written: the disk is full"
        )
        await fleet.do("WAIT FOR x COMPLETE")
        (row,) = await fleet.rows("SHOW STATEMENTS")
        assert (row["outcome"], row["code"]) == ("failed", "COMMIT_FAILED")

    on_palm(main, journal)


def test_a_statement_does_not_fail_because_its_outcome_cannot_be_written_at_once() -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        journal.full = iter([False, True])
        (changed,) = await fleet.do("SET capacity = 7")
        assert changed == rs.SettingChanged("capacity", "7")
        await fleet.do("WAIT 1ms")
        assert journal.head() == fleet.palm.world.seq
        assert (await fleet.rows("SHOW STATEMENTS"))[0]["outcome"] == "done"

    on_palm(main, journal)
    assert fold(journal).statements[0].outcome == "done"


class NoRoomForOutcomes(MemoryJournal):
    """A disk that is full whenever a statement ends, so many times."""

    times = 1

    @override
    def commit(self) -> None:
        if self.times and any(isinstance(record.event, ev.StatementEnded) for record in self._collected):
            self.times -= 1
            raise CommitFailed("the disk is full")
        super().commit()


def test_an_outcome_is_written_soon_though_the_fleet_has_nothing_else_to_do() -> None:
    journal = NoRoomForOutcomes()

    async def main(fleet: Fleet) -> None:
        journal.times = 0
        await fleet.do("DEPLOY buyer AS x; WAIT 1s")
        journal.times = 2
        await fleet.do("DELETE x; WAIT 1s")
        assert journal.times == 0
        await fleet.do("WAIT 1s")
        assert journal.head() == fleet.palm.world.seq
        assert fold(journal).statements[-1].outcome == "done"

    on_palm(main, journal)


def test_after_an_unknown_outcome_nothing_more_is_written() -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer AS x")
        journal.lost = True
        assert isinstance(await fleet.fails("SCALE x TO 2"), OutcomeUnknown)
        assert isinstance(await fleet.fails("SCALE x TO 3"), OutcomeUnknown)

    with pytest.raises(OutcomeUnknown):
        on_palm(main, journal)
    assert [type(record.event) for record in journal.events()][-1] is ev.StatementEnded


def test_a_loop_that_meets_an_unknown_outcome_ends_the_block() -> None:
    journal = FullDisk()

    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer AS x NOWAIT")
        journal.lost = True
        await fleet.do("WAIT 1h")

    with pytest.raises(OutcomeUnknown):
        on_palm(main, journal)


def test_a_snapshot_is_written_after_so_many_events(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = MemoryJournal()
    monkeypatch.setattr("palm_ual.runtime.registry.SNAPSHOT_EVENTS_MAX", 4)

    async def main(fleet: Fleet) -> int:
        await fleet.do("DEPLOY buyer COUNT 2 AS x; WAIT 5s")
        assert same_world(fold(journal), fleet.palm.world)
        return journal.snapshot_seq()

    assert on_palm(main, journal) >= 4


def test_a_fleet_that_cannot_be_put_away_says_so_and_keeps_what_was_written() -> None:
    class NoRoomForSnapshots(MemoryJournal):
        full = False

        @override
        def write_snapshot(self, parts: Mapping[str, bytes], *, seq: int) -> None:
            if self.full:
                raise CommitFailed("the disk is full")
            super().write_snapshot(parts, seq=seq)

    journal = NoRoomForSnapshots()

    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer AS x")
        journal.full = True

    with pytest.raises(CommitFailed):
        on_palm(main, journal)
    journal.full = False

    async def look(fleet: Fleet) -> dict[int, str]:
        return fleet.states()

    assert on_palm(look, journal) == {1: "Ready"}
