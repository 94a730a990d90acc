"""The command killed at any moment: what it had acknowledged is there, and nothing is half done for long."""

import json
import os
import random
import select
import signal
import time
from typing import NamedTuple

import pytest

from palm_ual.model.ids import agent_id
from palm_ual.world.check import check
from palm_ual.world.evolve import replay
from palm_ual.world.records import World
from tests.command.homes import journal_of, world_of
from tests.command.ual import LONGEST_S, Desk, ended

CYCLES = int(os.environ.get("KILL_CYCLES", "15"))
SEED = int(os.environ.get("KILL_SEED", "0"))
STATEMENTS_A_CYCLE = 6
TRADING_CYCLES = max(4, CYCLES // 3)
TRADING_CYCLES_MAX = 5 * TRADING_CYCLES
"""A busy machine is killed at fewer different moments: then it is tried more often."""
ENDINGS = {
    *("deploy_finished", "scale_finished", "delete_finished"),
    *("funded", "transferred", "orders_cancelled", "waited"),
}
"""One of these acknowledges each statement of these tests."""
TRADING_FLEET = """
    DEPLOY buyer COUNT 60 WITH {"strategy": "aggressive", "risk_tolerance": 1};
    DEPLOY seller COUNT 6;
    DEPLOY arbiter COUNT 2 WITH {"escrow_threshold": 400};
"""
FUNDING_CENTS = 10_000_00
BUYERS = [f"buyer_{number:03d}" for number in range(1, 61)]
Sizes = dict[str, int]
"""Deployments by name, with the size each should have; or agents by id, with what each was given in cents."""


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


def killed(desk: Desk, steps: list[Intended], chance: random.Random, *, lines_each: int) -> int:
    """Run the statements, kill the command some time after one of its lines; how many were acknowledged."""
    process = desk.start("-o", "ndjson", "-c", "; ".join(step.text for step in steps))
    assert process.stdout is not None
    fd, read, wanted = process.stdout.fileno(), b"", chance.randint(0, lines_each * len(steps))
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
    return sum(json.loads(line)["event"] in ENDINGS for line in lines)


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
        acknowledged = killed(desk, steps, chance, lines_each=3)
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


def money_program(chance: random.Random, before: Sizes) -> list[Intended]:
    """Money given and moved about while everybody trades, and how much each has been given after each."""
    given, steps = dict(before), []
    for _ in range(30):
        payer, payee = chance.sample(BUYERS, 2)
        cents = chance.randint(1, 50_00)
        amount = f"{cents // 100}.{cents % 100:02d}"
        match chance.choice(("fund", "fund", "transfer", "transfer", "cancel", "wait", "wait", "wait")):
            case "fund":
                given[payee] += cents
                text = f"FUND {payee} AMOUNT {amount}"
            case "transfer":
                given[payer] -= cents
                given[payee] += cents
                text = f"TRANSFER {amount} IUSD FROM {payer} TO {payee}"
            case "cancel":
                text = "CANCEL ORDERS seller-fleet"
            case _:
                text = "WAIT 15ms"
        steps.append(Intended(text, dict(given)))
    return steps


def given_by(world: World) -> Sizes:
    """What each buyer was given."""
    (deployment,) = [one for one in world.deployments.values() if one.type_name == "buyer"]
    return {agent_id("buyer", agent.number): agent.funded_cents for agent in deployment.agents.values()}


class Held(NamedTuple):
    """Who holds what: cash by account, units by agent and service, what is left of resting orders by number."""

    cash: dict[str, int]
    units: dict[tuple[str, str], int]
    left: dict[int, int]


def held_in(world: World) -> Held:
    """As the ledger and the books have it."""
    market, held = world.market, Held({}, {}, {})
    held.cash.update(issuer=-world.issued_cents, treasury=world.treasury_cents, house=0)
    for deployment, agent in world.each_agent():
        name = agent_id(deployment.type_name, agent.number)
        held.cash[name] = agent.cash_cents
        for service, position in ({} if agent.trading is None else agent.trading.positions).items():
            if position.owned or position.escrowed:
                held.units[name, market.books[service].name] = position.owned
    held.cash.update({f"escrow-{number}": case.cents for number, case in market.desk.cases.items()})
    held.left.update({number: order.left for number, order in market.orders.items()})
    return held


def held_as_shown(desk: Desk) -> Held:
    """As a command shows it that wakes nobody, and that finds that all is well."""
    ran = desk.call("-o", "json", "-c", "SHOW ACCOUNTS; SHOW POSITIONS; SHOW ORDERS; CHECK HOME")
    assert ran.status == 0, ran.err
    accounts, positions, orders, checked = [json.loads(line) for line in ran.out.splitlines()]
    assert checked["findings"] == []
    assert sum(row["units"] for row in accounts) == 0
    return Held(
        {row["account"]: row["cash_cents"] for row in accounts},
        {(row["agent"], row["service"]): row["units"] for row in positions},
        {row["order"]: row["left"] for row in orders},
    )


@pytest.mark.timeout(CYCLES * 10 + 60)
def test_a_fleet_killed_while_it_trades_goes_on_from_what_was_written(desk: Desk) -> None:
    chance = random.Random(SEED)
    assert desk.call("-c", TRADING_FLEET, "-c", "WAIT 500ms").status == 0
    given = dict.fromkeys(BUYERS, FUNDING_CENTS)
    moments: set[int] = set()
    trades, rested, escrowed = list[int](), 0, 0
    for cycle in range(TRADING_CYCLES_MAX):
        if cycle >= TRADING_CYCLES and rested and escrowed and len(moments) > 1:
            break
        steps = money_program(chance, given)
        acknowledged = killed(desk, steps, chance, lines_each=1)
        with journal_of(desk.home) as journal:
            written = list(journal.events())
        world = replay(World(), written)
        assert check(world) == []
        states = [given, *(step.after for step in steps)]
        given = given_by(world)
        assert given in states[acknowledged : acknowledged + 2]
        held = held_as_shown(desk)
        assert held == held_in(world)
        assert sum(held.cash.values()) == 0
        # A command that goes on with the fleet begins with that, and leaves it written as it was.
        assert desk.call("-c", "WAIT 0s").status == 0
        with journal_of(desk.home) as journal:
            assert list(journal.events())[: len(written)] == written
        moments.add(acknowledged)
        trades.append(world.market.trades)
        rested += len(held.left)
        escrowed += len(world.market.desk.cases)
    assert len(moments) > 1
    assert trades[0] < trades[-1]
    assert trades == sorted(trades)
    assert rested > 0
    assert escrowed > 0
