"""Agents that are ended at once while they owe something by the ledger: everybody gets what is theirs."""

import pytest

from palm_ual.model import events as ev
from palm_ual.runtime.folding import fold
from palm_ual.store.memory import MemoryJournal
from palm_ual.world.check import check
from palm_ual.world.snapshot import same_world
from tests.runtime.palms import Fleet, on_palm

COURT = """
    DEPLOY arbiter COUNT 3 AS court WITH {"escrow_threshold": 1};
    DEPLOY seller COUNT 2 AS makers;
    DEPLOY buyer COUNT 20 AS takers WITH {"strategy": "aggressive"};
    WAIT 5s
"""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "end",
    [
        "DELETE court FORCE",
        "DEPLOY arbiter AS other WITH {'escrow_threshold': 1}; DELETE court FORCE; WAIT 3s".replace("'", '"'),
        "TERMINATE arbiter_001 FORCE; TERMINATE arbiter_002 FORCE",
        "DELETE takers FORCE",
        "DELETE makers FORCE; DELETE court FORCE; DELETE takers FORCE",
    ],
)
def test_ended_by_force_in_the_middle_of_trading_everything_is_settled(end: str, seed: int) -> None:
    journal = MemoryJournal()

    async def main(fleet: Fleet) -> None:
        await fleet.do(COURT)
        await fleet.do(end)
        assert check(fleet.palm.world) == []
        await fleet.do("WAIT 5s")
        fleet.palm.commit()
        assert same_world(fleet.palm.world, fold(journal))
        assert any(event.dropped for event in fleet.events(ev.AgentsEnded))

    on_palm(main, journal, seed=seed)


def test_what_a_crashed_arbiter_had_to_decide_is_decided_by_another() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(COURT)
        world, desk = fleet.palm.world, fleet.palm.world.market.desk
        held = next(iter(desk.cases.values()))
        uid, number = held.arbiter.key
        fleet.palm.registry.record(ev.AgentFailed(uid, number, "it crashed", fleet.palm.now_ms + 60_000, 1))
        assert held.arbiter.key != (uid, number)
        assert check(world) == []

    on_palm(main)
