"""The deployer's passes against a real engine, on virtual time."""

import pytest

from palm_ual.errors import DeploymentFailed, InsufficientCapacity, ScalingStuck
from palm_ual.model import events as ev
from palm_ual.model.limits import RESTARTS_MAX
from tests.runtime.palms import Fleet, on_palm, worker


def test_agents_are_placed_started_and_ready_in_that_order() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer COUNT 3 AS x")
        kinds = [
            type(r.event).__name__ for r in fleet.palm.registry.journal.events() if getattr(r.event, "uid", 0)
        ]
        assert kinds == ["DeploymentCreated", "AgentsPlaced", "AgentsStarted", "AgentsBecameReady"]

    on_palm(main)


def test_deploying_ten_thousand_writes_a_handful_of_events() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("SET capacity = 10000; DEPLOY buyer COUNT 10000 AS x")
        assert fleet.palm.registry.journal.head() < 15
        assert fleet.palm.world.deployments[1].ready == 10_000

    on_palm(main)


# Deploys that fail


def test_a_deploy_that_is_not_ready_in_time_ends_what_it_started_and_returns_the_money() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("SET deploy_timeout = 6s")
        error = await fleet.fails(worker(3, start_crash=100, funding=100))
        assert isinstance(error, DeploymentFailed)
        assert error.message == (
            'deployment "x" was given up: 0 of 3 agents ready at the deadline; '
            "worker_001 failed: OSError: no desk for worker_001"
        )
        assert fleet.palm.now_ms == 6_000
        world = fleet.palm.world
        assert (world.agents, len(world.deployments), world.issued_cents) == (0, 0, 30_000)
        assert world.treasury_cents == 30_000

    on_palm(main)


def test_a_deploy_that_fails_again_and_again_is_given_up_before_its_deadline() -> None:
    async def main(fleet: Fleet) -> None:
        error = await fleet.fails(worker(1, start_crash=100))
        assert f"worker_001 failed {RESTARTS_MAX} times in a row: OSError" in error.message
        assert fleet.palm.now_ms == 1_000 + 2_000 + 4_000 + 8_000
        failures = [event.failures for event in fleet.events(ev.AgentFailed)]
        assert failures == [1, 2, 3, 4, 5]

    on_palm(main)


def test_agents_that_were_ready_end_as_well_when_a_deploy_is_given_up() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("SET deploy_timeout = 5s")
        error = await fleet.fails(worker(8, step_crash=50))
        assert isinstance(error, DeploymentFailed)
        (ended,) = fleet.events(ev.AgentsEnded)
        assert ended.agents == ((8, 1),)
        assert fleet.events(ev.AgentsBecameReady)

    on_palm(main)


def test_a_number_is_not_used_again_after_a_deploy_failed() -> None:
    async def main(fleet: Fleet) -> dict[int, str]:
        await fleet.fails(worker(3, start_crash=100))
        await fleet.do(worker(2))
        return fleet.states()

    assert on_palm(main) == {4: "Ready", 5: "Ready"}


def test_money_that_came_back_is_used_before_new_money_is_made() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2, funding=100) + "; DELETE x; " + worker(3, "y", funding=100))
        assert fleet.palm.world.issued_cents == 30_000
        assert [event.minted_cents for event in fleet.events(ev.AgentsPlaced)] == [20_000, 10_000]

    on_palm(main)


# Crashes


def test_a_crashing_agent_starts_again_after_ever_longer_pauses_and_is_then_a_condition() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(1, step_crash=100) + " NOWAIT; SCALE x TO 2 NOWAIT; WAIT 40s")
        deployment = fleet.palm.world.deployments[1]
        assert list(deployment.conditions) == ["CRASH_LOOP"]
        assert deployment.conditions["CRASH_LOOP"].since_ms == 15_000
        pauses = [e.retry_at_ms for e in fleet.events(ev.AgentFailed) if e.number == 1]
        assert pauses == [1_000, 3_000, 7_000, 15_000, 31_000, 63_000]

    on_palm(main)


def test_a_crash_loop_is_over_when_an_agent_ran_for_two_minutes() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(1, step_crash=100, until_ms=20_000) + " NOWAIT; SCALE x TO 2 NOWAIT; WAIT 20s")
        assert list(fleet.palm.world.deployments[1].conditions) == ["CRASH_LOOP"]
        await fleet.do("WAIT 150s")
        assert fleet.states() == {1: "Ready", 2: "Ready"}
        assert list(fleet.palm.world.deployments[1].conditions) == []

    on_palm(main)


def test_a_crash_is_in_the_agents_log() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(1) + "; " + worker(1, "y", step_crash=100) + " NOWAIT; WAIT 1s")
        lines = fleet.palm.registry.journal.log_tail("worker_002", 100)
        assert lines[-1].text == "RuntimeError: lost the thread"
        assert fleet.palm.registry.journal.log_tail("worker_001", 100) == []

    on_palm(main)


def test_an_agent_that_crashes_while_draining_drains_again() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(1, owes=1, drain_crash=100, until_ms=5_000))
        await fleet.do("DRAIN x")
        assert fleet.states() == {1: "Drained"}
        assert len(fleet.events(ev.AgentFailed)) > 1

    on_palm(main)


def test_resume_lets_an_agent_work_that_failed_on_its_way_to_being_drained() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(1, owes=1, drain_crash=100) + "; DRAIN x NOWAIT; WAIT 500ms")
        assert fleet.states() == {1: "Failed"}
        await fleet.do("RESUME x; WAIT 20s")
        assert fleet.states() == {1: "Ready"}

    on_palm(main)


def test_an_agent_that_was_starting_when_its_deployment_was_drained_drains_too() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer COUNT 3 AS x NOWAIT; DRAIN x NOWAIT; WAIT 1s")
        assert fleet.states() == {}
        await fleet.do("RESUME x; WAIT 1s")
        assert fleet.states() == {1: "Ready", 2: "Ready", 3: "Ready"}
        await fleet.do(worker(2, "y", start_crash=100, until_ms=10_000) + " NOWAIT; WAIT 500ms")
        await fleet.do("DRAIN y")
        assert fleet.states("y") == {1: "Drained", 2: "Drained"}

    on_palm(main)


# Draining


def test_a_drain_that_passes_its_deadline_is_stuck_and_says_what_is_owed() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(3, owes=2, never_drains=True, until_ms=20_000) + "; SET drain_timeout = 4s")
        error = await fleet.fails("SCALE x TO 1")
        assert isinstance(error, ScalingStuck)
        assert error.message == (
            'deployment "x" makes no progress: 2 agents not drained by the deadline: '
            "worker_003 (2 parcels), worker_002 (2 parcels)"
        )
        assert fleet.palm.now_ms == 4_000
        assert list(fleet.palm.world.deployments[1].conditions) == ["SCALING_STUCK"]
        await fleet.do("WAIT FOR x COMPLETE")
        assert fleet.states() == {1: "Ready"}
        assert list(fleet.palm.world.deployments[1].conditions) == []

    on_palm(main)


def test_a_forced_delete_does_not_wait_and_says_what_was_dropped() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(3, owes=2, never_drains=True) + "; DELETE x NOWAIT; WAIT 1s")
        assert set(fleet.states().values()) == {"Draining"}
        await fleet.do("DELETE x FORCE")
        assert fleet.palm.now_ms == 1_000
        assert fleet.palm.world.deployments == {}
        (ended,) = fleet.events(ev.AgentsEnded)
        assert (ended.returned_cents, ended.dropped) == (30_000, ended.agents)

    on_palm(main)


def test_growing_again_while_others_still_drain_takes_new_numbers_within_the_capacity() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("SET capacity = 4; " + worker(4, owes=3))
        await fleet.do("SCALE x TO 2 NOWAIT; WAIT 1s; SCALE x TO 4")
        assert list(fleet.states()) == [1, 2, 5, 6]
        assert max(len(event.agents) for event in fleet.events(ev.AgentsPlaced)) == 1

    on_palm(main)


def test_shrinking_before_anything_started_starts_only_what_is_left() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer COUNT 5 AS x NOWAIT; WAIT 0s; SCALE x TO 2; WAIT 1s")
        assert fleet.states() == {1: "Ready", 2: "Ready"}

    on_palm(main)


# Restarting


def test_a_restart_goes_two_by_two_and_keeps_the_numbers() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(5, owes=1) + "; WAIT 2s; RESTART x")
        drains = [event.agents for event in fleet.events(ev.AgentsDrainBegun)]
        assert drains == [((1, 2),), ((3, 4),), ((5, 5),)]
        agents = fleet.palm.world.deployments[1].agents.values()
        assert [(agent.number, agent.restarts, str(agent.state)) for agent in agents] == [
            (number, 1, "Ready") for number in range(1, 6)
        ]

    on_palm(main)


def test_drained_agents_are_restarted_without_waiting_for_their_turn() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(4) + "; DRAIN worker_001; DRAIN worker_003; RESTART x")
        assert fleet.states() == dict.fromkeys((1, 2, 3, 4), "Ready")

    on_palm(main)


def test_a_drain_given_during_a_restart_wins() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(4, owes=3) + "; RESTART x NOWAIT; WAIT 1s; DRAIN x")
        assert fleet.states() == dict.fromkeys((1, 2, 3, 4), "Drained")
        await fleet.do("WAIT 30s")
        assert fleet.states() == dict.fromkeys((1, 2, 3, 4), "Drained")

    on_palm(main)


# Several deployments


def test_a_place_is_given_to_whom_it_was_promised() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("SET capacity = 6; " + worker(4, owes=3) + "; DEPLOY buyer COUNT 2 AS y")
        await fleet.do("SCALE x TO 1 NOWAIT")
        error = await fleet.fails("SCALE y TO 4")
        assert isinstance(error, InsufficientCapacity)
        assert "needs 2 more agents, 0 of 6 are free" in error.message
        await fleet.do("WAIT FOR x COMPLETE; SCALE y TO 4")
        assert len(fleet.states("y")) == 4

    on_palm(main)


def test_types_of_one_name_share_their_numbers() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2) + "; " + worker(1, "y") + "; DEPLOY buyer AS z")
        assert (list(fleet.states()), list(fleet.states("y")), list(fleet.states("z"))) == ([1, 2], [3], [1])

    on_palm(main)


# Causes


def test_what_follows_from_a_statement_is_put_down_to_it_until_all_is_well() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2, step_crash=2, sick=0) + "; WAIT 200s")
        causes: dict[str, set[int]] = {}
        for record in fleet.palm.registry.journal.events():
            causes.setdefault(type(record.event).__name__, set()).add(record.statement)
        assert causes["AgentsPlaced"] == {1}
        assert causes["AgentFailed"] == {0}

    on_palm(main)


def test_what_was_under_way_is_not_put_down_to_a_statement_that_asks_for_it_again() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(1, owes=3) + "; WAIT 1s")
        await fleet.do("TERMINATE worker_001 NOWAIT; TERMINATE worker_001 NOWAIT; SET capacity = 50; WAIT 5s")
        ended = [
            r.statement for r in fleet.palm.registry.journal.events() if isinstance(r.event, ev.AgentsEnded)
        ]
        assert ended == [2]
        assert [row["text"] for row in await fleet.rows("SHOW STATEMENTS LIMIT 2")] == [
            "SET capacity = 50",
            "TERMINATE worker_001 NOWAIT",
        ]

    on_palm(main)


@pytest.mark.parametrize("text", ["RESUME x", "SCALE x TO 2", "DEPLOY byer", "SET ticks = all"])
def test_a_statement_that_changes_nothing_is_the_cause_of_nothing(text: str) -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(worker(2, step_crash=5))
        if text in ("DEPLOY byer", "RESUME x"):
            await fleet.fails(text)
        else:
            await fleet.do(text)
        await fleet.do("WAIT 100s; SET capacity = 50")
        assert {r.statement for r in fleet.palm.registry.journal.events()} == {0, 1, 2}
        (row, _) = await fleet.rows("SHOW STATEMENTS")
        assert row["text"] == "SET capacity = 50"

    on_palm(main)
