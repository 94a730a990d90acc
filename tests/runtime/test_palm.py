"""A running fleet: how it is put away and taken up, and who may follow what it does."""

import asyncio

import pytest
from typing_extensions import override

from palm_ual.agents.contract import AgentType
from palm_ual.errors import HomeCorrupt, TypeUnavailable
from palm_ual.model.events import Revision
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.folding import fold
from palm_ual.store.memory import MemoryJournal
from tests.runtime.palms import Fleet, on_palm, worker


async def deploy_and_live(fleet: Fleet) -> dict[int, object]:
    await fleet.do(worker(3, owes=1) + "; WAIT 5s")
    return fleet.minds()


# Suspended and resumed


def test_agents_go_on_from_what_they_had_in_mind_when_the_fleet_was_put_away() -> None:
    journal = MemoryJournal()
    before = on_palm(deploy_and_live, journal)
    assert before[1]["steps"] >= 5  # type: ignore[index]

    async def again(fleet: Fleet) -> dict[int, object]:
        return fleet.minds()

    assert on_palm(again, journal) == before


def test_fleet_time_stands_still_while_nobody_holds_the_home() -> None:
    journal = MemoryJournal()

    async def now(fleet: Fleet) -> int:
        began_ms = fleet.palm.now_ms
        await fleet.do("WAIT 5s")
        return began_ms

    assert [on_palm(now, journal) for _ in range(3)] == [0, 5_000, 10_000]


def test_a_fleet_is_suspended_when_its_block_ends_and_runs_while_it_lasts() -> None:
    journal = MemoryJournal()

    async def look(fleet: Fleet) -> bool:
        return fleet.palm.world.suspended

    assert on_palm(look, journal) is False
    assert fold(journal).suspended is True
    assert journal.snapshot_seq() == journal.head()


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt(), asyncio.CancelledError()])
def test_a_fleet_is_suspended_whatever_ends_its_block(error: BaseException) -> None:
    journal = MemoryJournal()

    async def fail(fleet: Fleet) -> None:
        await fleet.do(worker(2))
        raise error

    with pytest.raises(type(error)):
        on_palm(fail, journal)
    assert fold(journal).suspended is True


def test_drained_and_draining_agents_are_taken_up_as_such() -> None:
    journal = MemoryJournal()
    put_away: list[object] = []

    async def first(fleet: Fleet) -> None:
        await fleet.do(worker(3, owes=2, never_drains=True))
        await fleet.do("DEPLOY buyer AS y; DRAIN y; DRAIN worker_002 NOWAIT")
        put_away.append(fleet.minds("y"))

    async def second(fleet: Fleet) -> tuple[dict[int, str], dict[int, str]]:
        await fleet.do("WAIT 3s")
        assert fleet.minds()[2]["steps"] == 1
        assert [fleet.minds("y")] == put_away
        return fleet.states(), fleet.states("y")

    on_palm(first, journal)
    assert on_palm(second, journal) == ({1: "Ready", 2: "Draining", 3: "Ready"}, {1: "Drained"})


def test_health_that_changes_while_the_fleet_is_away_is_noticed() -> None:
    """An agent that was ill when it was put away and is well at its next step says so."""
    journal = MemoryJournal()

    async def first(fleet: Fleet) -> None:
        await fleet.do(worker(2, sick=100))
        await fleet.do("WAIT 30s")

    async def second(fleet: Fleet) -> tuple[int, int]:
        deployment = fleet.palm.world.deployments[1]
        assert deployment.degraded + deployment.unhealthy
        await fleet.do("WAIT 3s")
        return deployment.healthy, len(deployment.health_reasons)

    on_palm(first, journal)
    assert on_palm(second, journal, catalog=_Cured()) == (2, 0)


class _Cured(Catalog):
    """The faults of all workers are over."""

    @override
    def behaviour(self, revision: Revision) -> AgentType[object]:
        made = super().behaviour(revision)
        return type(made)(made.config.model_copy(update={"until_ms": 0}))


def test_an_agent_whose_state_cannot_be_restored_starts_afresh_after_a_pause() -> None:
    journal = MemoryJournal()

    async def first(fleet: Fleet) -> None:
        await fleet.do(worker(1, restore_crash=100))

    async def second(fleet: Fleet) -> tuple[dict[int, str], int]:
        await fleet.do("WAIT 0s")
        failed = fleet.states()
        await fleet.do("WAIT 3s")
        return failed, fleet.palm.world.deployments[1].agents[1].restarts

    on_palm(first, journal)
    assert on_palm(second, journal) == ({1: "Failed"}, 1)


def test_a_damaged_image_is_a_damaged_home() -> None:
    journal = MemoryJournal()
    on_palm(deploy_and_live, journal)
    parts = {name: journal.snapshot_part(name) or b"" for name in journal.snapshot_parts()}
    journal.write_snapshot({**parts, "images:1": b"[5]"}, seq=journal.head())
    with pytest.raises(HomeCorrupt, match="images:1"):
        on_palm(deploy_and_live, journal)


# A type that does not load


class Forgetful(Catalog):
    """A process in which no worker can be run."""

    @override
    def behaviour(self, revision: Revision) -> AgentType[object]:
        if revision.type_name == "worker":
            raise TypeUnavailable("agent type 'worker' does not load: ModuleNotFoundError")
        return super().behaviour(revision)


def test_a_fleet_of_a_type_that_does_not_load_opens_says_so_and_goes_on_when_it_loads_again() -> None:
    journal = MemoryJournal()
    before = on_palm(deploy_and_live, journal)

    async def without(fleet: Fleet) -> tuple[list[str], dict[int, str]]:
        await fleet.do("WAIT 60s")
        for text in ("SCALE x TO 4", "RESTART x", "RESUME x", "WAIT FOR x HEALTHY"):
            assert isinstance(await fleet.fails(text), TypeUnavailable), text
        return list(fleet.palm.world.deployments[1].conditions), fleet.states()

    ready = {1: "Ready", 2: "Ready", 3: "Ready"}
    assert on_palm(without, journal, catalog=Forgetful()) == (["TYPE_UNAVAILABLE"], ready)

    async def with_it(fleet: Fleet) -> tuple[list[str], dict[int, str]]:
        assert fleet.minds() == before
        await fleet.do("SCALE x TO 4")
        return list(fleet.palm.world.deployments[1].conditions), fleet.states()

    assert on_palm(with_it, journal) == ([], {**ready, 4: "Ready"})


def test_a_deployment_of_a_type_that_does_not_load_can_be_deleted() -> None:
    journal = MemoryJournal()
    on_palm(deploy_and_live, journal)

    async def delete(fleet: Fleet) -> int:
        await fleet.do("DELETE x FORCE")
        return fleet.palm.world.agents

    assert on_palm(delete, journal, catalog=Forgetful()) == 0


# Following


def test_a_follower_sees_everything_that_is_committed_in_order_and_nothing_before() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer AS x")
        with fleet.palm.follow() as follower:
            await fleet.do("SET capacity = 50; RENAME x TO y")
            seen = (await follower.next()).records
            assert [type(record.event).__name__ for record in seen] == [
                "StatementAccepted",
                "SettingSet",
                "StatementEnded",
                "StatementAccepted",
                "DeploymentRenamed",
                "StatementEnded",
            ]
            assert follower.taken().records == []
        assert fleet.palm.followers == []

    on_palm(main)
