"""Every kind of statement against a running fleet: the results it yields, in order, and its errors."""

import asyncio

import pytest

from palm_ual.errors import (
    Conflict,
    DeploymentFailed,
    InvalidValue,
    NotFound,
    ScalingStuck,
    UnknownKey,
    WaitTimedOut,
)
from palm_ual.model import results as rs
from tests.runtime.palms import Fleet, on_palm, worker

# Deploying


def test_deploy_tells_every_agent_as_it_becomes_ready() -> None:
    async def main(fleet: Fleet) -> list[rs.ResultEvent]:
        return await fleet.do("DEPLOY buyer COUNT 3")

    assert on_palm(main) == [
        rs.DeployStarted("buyer-fleet", "buyer", 3, with_config=False),
        rs.AgentsReady("buyer", ((1, 3),), 1, 3),
        rs.DeployFinished("buyer-fleet", with_config=False),
    ]


def test_deploy_with_a_config_tells_the_funding_and_the_service() -> None:
    async def main(fleet: Fleet) -> list[rs.ResultEvent]:
        return await fleet.do('DEPLOY seller COUNT 2 AS s WITH {"funding": 500, "service": "Compute"}')

    assert on_palm(main) == [
        rs.DeployStarted("s", "seller", 2, with_config=True),
        rs.AgentsReady("seller", ((1, 2),), 1, 2, 50_000, "Compute"),
        rs.DeployFinished("s", with_config=True),
    ]


def test_agents_that_come_up_one_by_one_are_counted_on() -> None:
    async def main(fleet: Fleet) -> list[rs.ResultEvent]:
        return await fleet.do(worker(4, start_crash=50, until_ms=3_000))

    ready = [result for result in on_palm(main) if isinstance(result, rs.AgentsReady)]
    assert len(ready) > 1
    assert [result.first_index for result in ready] == [
        1 + sum(last - first + 1 for other in ready[:at] for first, last in other.agents)
        for at in range(len(ready))
    ]
    assert {result.total for result in ready} == {4}


def test_nowait_is_accepted_and_left_to_run() -> None:
    async def main(fleet: Fleet) -> None:
        assert await fleet.do("DEPLOY buyer COUNT 2 AS x NOWAIT") == [
            rs.DeployStarted("x", "buyer", 2, with_config=False),
            rs.Accepted("DEPLOY buyer COUNT 2 AS x NOWAIT", "x"),
        ]
        assert fleet.palm.world.agents == 0
        assert fleet.session.left_running
        await fleet.do("WAIT 1s")
        assert fleet.palm.world.deployments[1].ready == 2

    on_palm(main)


# Scaling


def test_scale_up_and_down_tell_what_comes_and_goes() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer COUNT 2 AS x")
        assert await fleet.do("SCALE x TO 4") == [
            rs.ScaleStarted("x", 2, 4, 2),
            rs.AgentsReady("buyer", ((3, 4),), 1, 2),
            rs.ScaleFinished("x", 4),
        ]
        assert await fleet.do("SCALE x TO 1") == [
            rs.ScaleStarted("x", 4, 1, -3),
            rs.AgentsDraining("buyer", ((4, 2),), 1, 3, closing=((4, 2),)),
            rs.AgentsTerminated("buyer", ((4, 2),), 1, 3),
            rs.ScaleFinished("x", 1),
        ]
        assert await fleet.do("SCALE x TO 1") == [rs.ScaleFinished("x", 1, changed=False)]
        await fleet.do("SCALE x TO 0")
        assert fleet.states() == {}

    on_palm(main)


def test_a_scale_that_cannot_finish_says_why_and_goes_on() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("SET deploy_timeout = 5s; " + worker(1))
        await fleet.do(worker(1, "y", start_crash=100, until_ms=20_000) + " NOWAIT; SCALE y TO 2 NOWAIT")
        error = await fleet.fails("SCALE y TO 3")
        assert isinstance(error, ScalingStuck)
        assert "starts again in" in error.message
        assert error.hint is not None
        assert "DESCRIBE y" in error.hint
        await fleet.do("WAIT FOR y HEALTHY")

    on_palm(main)


# Draining, restarting, ending


def test_drain_and_resume() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2, owes=1))
        assert await fleet.do("DRAIN x") == [
            rs.DrainStarted("x", 2),
            rs.AgentsDraining("worker", ((1, 2),), 1, 2, closing=((1, 2),)),
            rs.AgentsDrained("worker", ((1, 2),), 1, 2),
            rs.DrainFinished("x"),
        ]
        assert await fleet.do("RESUME x") == [rs.Resumed("x", 2)]
        assert (await fleet.do("DRAIN worker_002"))[-1] == rs.DrainFinished("worker_002")
        assert await fleet.do("RESUME WORKER_002") == [rs.Resumed("worker_002", 1)]
        assert isinstance(await fleet.fails("RESUME x"), Conflict)

    on_palm(main)


def test_a_drain_is_done_when_all_are_drained_also_those_that_were_still_starting() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(3, start_crash=60, until_ms=6_000) + " NOWAIT; WAIT 500ms; DRAIN x")
        assert set(fleet.states().values()) == {"Drained"}

    on_palm(main)


def test_a_drain_has_a_deadline_of_its_own() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(1, owes=1, never_drains=True))
        error = await fleet.fails("DRAIN x TIMEOUT 3s")
        assert isinstance(error, ScalingStuck)
        assert error.hint == "it goes on draining; TERMINATE worker_001 FORCE ends one at once"
        assert fleet.palm.now_ms == 3_000

    on_palm(main)


def test_restart_of_a_deployment_and_of_one_agent() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer COUNT 3 AS x")
        assert await fleet.do("RESTART x") == [
            rs.RestartStarted("x", 3, 2),
            rs.AgentsReady("buyer", ((1, 2),), 1, 3),
            rs.AgentsReady("buyer", ((3, 3),), 3, 3),
            rs.RestartFinished("x"),
        ]
        assert (await fleet.do("RESTART buyer_002"))[0] == rs.RestartStarted("buyer_002", 1, 2)
        assert [agent.restarts for agent in fleet.palm.world.deployments[1].agents.values()] == [1, 2, 1]

    on_palm(main)


def test_terminate_waits_for_the_one_that_takes_its_place() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2, owes=3) + "; WAIT 1s")
        assert await fleet.do("TERMINATE worker_001") == [
            rs.TerminateStarted("worker_001", force=False),
            rs.AgentsDraining("worker", ((1, 1),), 1, 1, closing=((1, 1),)),
            rs.AgentsReady("worker", ((3, 3),), 1, 1),
            rs.AgentsTerminated("worker", ((1, 1),), 1, 1),
        ]
        forced = await fleet.do("TERMINATE worker_002 FORCE")
        assert rs.AgentsTerminated("worker", ((2, 2),), 1, 1, 1) in forced
        assert list(fleet.states()) == [3, 4]

    on_palm(main)


def test_delete_drains_first_unless_it_is_forced() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2, owes=1) + "; " + worker(1, "y", owes=9))
        assert await fleet.do("DELETE x") == [
            rs.DeleteStarted("x", 2, force=False),
            rs.AgentsDraining("worker", ((2, 1),), 1, 2, shutdown=True, closing=((2, 1),)),
            rs.AgentsTerminated("worker", ((2, 1),), 1, 2, shutdown=True),
            rs.DeleteFinished("x"),
        ]
        assert await fleet.do("DELETE y FORCE") == [
            rs.DeleteStarted("y", 1, force=True),
            rs.AgentsTerminated("worker", ((3, 3),), 1, 1, 1),
            rs.DeleteFinished("y"),
        ]
        assert isinstance(await fleet.fails("DELETE x"), NotFound)

    on_palm(main)


def test_a_delete_that_is_stuck_can_be_forced() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2, owes=1, never_drains=True) + "; SET drain_timeout = 2s")
        error = await fleet.fails("DELETE x")
        assert isinstance(error, ScalingStuck)
        assert error.hint == "it goes on draining; DELETE x FORCE ends it at once"
        assert isinstance(await fleet.fails("DELETE x"), Conflict)
        await fleet.do("DELETE x FORCE")
        assert fleet.palm.world.deployments == {}

    on_palm(main)


def test_nothing_says_that_it_is_done_for_a_deployment_that_was_given_up_meanwhile() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(
            "SET deploy_timeout = 5s; "
            + worker(12, start_crash=80, owes=3, never_drains=True)
            + " NOWAIT; WAIT 100ms"
        )
        assert set(fleet.states().values()) == {"Ready", "Failed"}
        error = await fleet.fails("RESTART x")
        assert isinstance(error, DeploymentFailed)
        assert error.message == 'deployment "x" was given up meanwhile'

    on_palm(main, seed=3)


# Renaming and settings


def test_rename_and_set() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer AS x")
        assert await fleet.do("RENAME X TO y") == [rs.Renamed("x", "y")]
        assert await fleet.do("SET capacity = 50") == [rs.SettingChanged("capacity", "50")]
        assert await fleet.do("SET Ticks = ALL") == [rs.SettingChanged("ticks", "all")]
        assert fleet.session.ticks == "all"
        assert isinstance(await fleet.fails("SET ticks = none"), InvalidValue)
        assert fleet.palm.world.capacity == 50

    on_palm(main)


# Waiting


def test_wait_lets_fleet_time_pass() -> None:
    async def main(fleet: Fleet) -> int:
        assert await fleet.do("WAIT 90s") == [rs.Waited(90_000)]
        return fleet.palm.now_ms

    assert on_palm(main) == 90_000


def test_wait_for_says_how_long_it_took() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(3, start_crash=60, until_ms=5_000) + " NOWAIT")
        (met,) = await fleet.do("WAIT FOR x HEALTHY")
        assert isinstance(met, rs.WaitMet)
        assert (met.name, met.condition, met.waited_ms) == ("x", "HEALTHY", fleet.palm.now_ms)
        assert await fleet.do("WAIT FOR x COMPLETE; WAIT FOR worker_001 HEALTHY") == [
            rs.WaitMet("x", "COMPLETE", 0),
            rs.WaitMet("worker_001", "HEALTHY", 0),
        ]

    on_palm(main)


@pytest.mark.parametrize(
    ("text", "waited_ms"),
    [
        ("WAIT FOR x DRAINED TIMEOUT 5s", 5_000),
        ("WAIT FOR worker_001 DRAINED TIMEOUT 3s", 3_000),
        ("WAIT FOR x DRAINED", 120_000),
        ("WAIT FOR x DRAINED TIMEOUT 0s", 0),
    ],
)
def test_a_wait_that_is_not_met_in_time_has_a_status_of_its_own(text: str, waited_ms: int) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2))
        error = await fleet.fails(text)
        assert isinstance(error, WaitTimedOut)
        assert error.exit_status == 5
        assert fleet.palm.now_ms == waited_ms

    on_palm(main)


def test_a_wait_for_who_is_not_there_ends_at_once() -> None:
    async def main(fleet: Fleet) -> None:
        assert isinstance(await fleet.fails("WAIT FOR nobody HEALTHY"), NotFound)
        await fleet.do("DEPLOY buyer AS x; DRAIN x")
        assert await fleet.do("WAIT FOR x DRAINED") == [rs.WaitMet("x", "DRAINED", 0)]
        await fleet.do("SCALE x TO 0 NOWAIT")
        assert isinstance(await fleet.fails("WAIT FOR buyer_001 HEALTHY"), NotFound)

    on_palm(main)


# Looking


def test_looking_statements_answer_from_the_world_as_it_is() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2) + "; " + worker(1, "y", step_crash=100) + " NOWAIT; WAIT 1s")
        (status,) = await fleet.do("PALM STATUS")
        assert status == rs.PalmStatusShown(3, 100, 2, 1, 0, 3 * 10_000, 97)
        (whole,) = await fleet.do("FLEET STATUS")
        assert isinstance(whole, rs.FleetStatusShown)
        assert (whole.deployment, whole.status, whole.agents) == ("all (2)", "UNHEALTHY", 3)
        (one,) = await fleet.do("FLEET STATUS X")
        assert isinstance(one, rs.FleetStatusShown)
        assert (one.deployment, one.status, one.funding_cents) == ("x", "HEALTHY", 2 * 10_000)
        rows = await fleet.rows("SHOW AGENTS WHERE health = unhealthy")
        assert [(row["agent"], row["reason"]) for row in rows] == [
            ("worker_003", "RuntimeError: lost the thread")
        ]
        assert isinstance(await fleet.fails("FLEET STATUS z"), NotFound)
        assert isinstance(await fleet.fails("SHOW AGENTS WHERE helth = bad"), UnknownKey)

    on_palm(main)


def test_describe_ends_with_why_a_deployment_is_not_where_it_should_be() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(1, step_crash=100) + " NOWAIT; WAIT 100ms")
        (described,) = await fleet.do("DESCRIBE x")
        assert isinstance(described, rs.Described)
        assert described.reasons == ("worker_001 starts again in 1s: RuntimeError: lost the thread",)
        (agent,) = await fleet.do("DESCRIBE worker_001")
        assert isinstance(agent, rs.Described)
        assert agent.reasons == ("RuntimeError: lost the thread",)

    on_palm(main)


def test_logs_follow_an_agent_until_it_ends() -> None:
    async def main(fleet: Fleet) -> list[tuple[int, str]]:
        await fleet.do(worker(1, chatty=True) + "; WAIT 1500ms")
        shown: list[tuple[int, str]] = []

        async def follow() -> None:
            for result in await fleet.do("LOGS worker_001 TAIL 1 FOLLOW"):
                assert isinstance(result, rs.LogShown)
                shown.extend((line.at_ms, line.text) for line in result.lines)

        async with asyncio.TaskGroup() as group:
            following = group.create_task(follow())
            await asyncio.sleep(2)
            await fleet.do("DELETE x")
            await asyncio.sleep(0.1)
            assert following.done()
        return shown

    assert on_palm(main) == [(1_000, "step 2"), (2_000, "step 3"), (3_000, "step 4")]
