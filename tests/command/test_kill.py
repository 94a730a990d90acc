"""The command killed at any moment: what it had acknowledged is there, and nothing is half done for long."""

import json
import os
import random
import select
import signal
import time
from typing import NamedTuple

import pytest

from palm_ual.world.check import check
from tests.command.homes import world_of
from tests.command.ual import LONGEST_S, Desk, ended

CYCLES = int(os.environ.get("KILL_CYCLES", "15"))
SEED = int(os.environ.get("KILL_SEED", "0"))
STATEMENTS_A_CYCLE = 6
Sizes = dict[str, int]
"""Deployments by name, with the size each should have."""


class Intended(NamedTuple):
    """A statement, and the fleet after it."""

    text: str
    after: Sizes


def program(chance: random.Random, before: Sizes, cycle: int) -> list[Intended]:
    """Statements that all succeed one after the other, from the fleet as it is."""
    sizes, steps = dict(before), []
    for number in range(STATEMENTS_A_CYCLE):
        name = chance.choice([*sizes, ""])
        kind = chance.choice(["scale", "scale", "delete", "deploy"]) if name else "deploy"
        size = chance.randint(1, 12)
        if kind == "deploy":
            if len(sizes) == 7:
                continue
            name = f"d{cycle}-{number}"
            text = f"DEPLOY buyer COUNT {size} AS {name}"
        elif kind == "scale":
            text = f"SCALE {name} TO {size}"
        else:
            text = f"DELETE {name}"
        if kind == "delete":
            del sizes[name]
        else:
            sizes[name] = size
        steps.append(Intended(text, dict(sizes)))
    return steps


def killed(desk: Desk, steps: list[Intended], chance: random.Random) -> int:
    """Run the statements, kill the command some time after one of its lines; how many were acknowledged."""
    process = desk.start("-o", "ndjson", "-c", "; ".join(step.text for step in steps))
    assert process.stdout is not None
    fd, read, wanted = process.stdout.fileno(), b"", chance.randint(0, 3 * len(steps))
    deadline_s = time.monotonic() + (LONGEST_S if wanted else chance.uniform(0.05, 0.25))
    while (
        read.count(b"\n") < wanted and select.select([fd], [], [], max(0, deadline_s - time.monotonic()))[0]
    ):
        data = os.read(fd, 65536)
        if not data:
            break
        read += data
    select.select([], [], [], chance.choice([0, chance.uniform(0, 0.004)]))
    process.send_signal(signal.SIGKILL)
    ran = ended(process)
    assert ran.err == ""
    lines = (read.decode() + ran.out).split("\n")[:-1]
    endings = {"deploy_finished", "scale_finished", "delete_finished"}
    return sum(json.loads(line)["event"] in endings for line in lines)


def intended_by(desk: Desk) -> Sizes:
    """What should be there: all but what is being deleted."""
    deployments = world_of(desk.home).deployments.values()
    return {deployment.name: deployment.size for deployment in deployments if not deployment.deleting}


@pytest.mark.timeout(CYCLES * 10 + 60)
def test_whatever_was_acknowledged_survives_being_killed(desk: Desk) -> None:
    chance = random.Random(SEED)
    assert desk.call("-c", "DEPLOY buyer COUNT 4 AS first").status == 0
    sizes: Sizes = {"first": 4}
    moments = set()
    for cycle in range(CYCLES):
        steps = program(chance, sizes, cycle)
        acknowledged = killed(desk, steps, chance)
        moments.add(acknowledged)
        states = [sizes, *(step.after for step in steps)]
        assert check(world_of(desk.home)) == []
        found = intended_by(desk)
        assert found in states[acknowledged : acknowledged + 2], [step.text for step in steps]
        settled = desk.call("-c", "WAIT 50ms", *(f"-cWAIT FOR {name} COMPLETE TIMEOUT 20s" for name in found))
        assert (settled.status, settled.err) == (0, "")
        world = world_of(desk.home)
        assert check(world) == []
        assert {deployment.name: deployment.ready for deployment in world.deployments.values()} == found
        sizes = found
    assert len(moments) > 1
