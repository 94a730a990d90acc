"""Random statements about a fleet. Each seed has its own kinds, faults and temper (swarm testing)."""

import random
from collections.abc import Callable
from typing import Literal

from palm_ual.lang import statements as st
from palm_ual.model.ids import agent_id
from palm_ual.world.records import World
from tests.simulation import workers
from tests.simulation.trades import SERVICES

Runnable = st.AnyLooking | st.AnyChanging | st.Wait | st.WaitFor

UNTIL_MS = 150_000
"""Fleet time at which all faults are over."""
NAMES = ("alpha", "beta", "gamma", "Delta", "old-fleet")

_FAULTS: dict[str, Callable[[random.Random], object]] = {
    "start_crash": lambda chance: chance.choice([5, 40, 100]),
    "step_crash": lambda chance: chance.choice([1, 10, 60]),
    "drain_crash": lambda chance: chance.choice([20, 100]),
    "owes_crash": lambda chance: chance.choice([5, 50]),
    "restore_crash": lambda chance: chance.choice([20, 100]),
    "nonsense": lambda chance: chance.choice([2, 20]),
    "sick": lambda _chance: 6,
    "never_drains": lambda _chance: True,
    "sleeper": lambda _chance: True,
    "chatty": lambda _chance: True,
    "careless": lambda chance: chance.choice([5, 30]),
    "idle": lambda _chance: True,
}


_TYPES = (
    workers.REF,
    workers.REF,
    workers.REF,
    workers.KEEPER_REF,
    workers.PEDDLER_REF,
    workers.JUDGE_REF,
    "buyer",
    "seller",
    "arbiter",
)


class Mix:
    """What one seed does, and how often."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.capacity = chance.choice([6, 10, 20])
        self.faults = [name for name in _FAULTS if chance.random() < 0.4]
        kinds = [kind for kind in _KINDS if kind is _deploy or chance.random() < 0.75]
        self.kinds = kinds + [_deploy] * (1 + len(kinds) // 4)
        self.types = [*_TYPES, *chance.sample(_TYPES, 3)]
        self.interrupts = self._rate(0.6, 0.4)
        self.nowait = self._rate(0.7, 0.5)
        self.wrong = self._rate(0.6, 0.2)
        self.commit_fails = self._rate(0.4, 0.15)
        self.outcome_unknown = self._rate(0.2, 0.01)
        self.killed = self._rate(0.5, 0.05)
        self.loses = self._rate(0.3, 0.2)
        self.missing_types = self._rate(0.3, 0.6)
        self.orders_lost = self._rate(0.3, 0.2)
        self.answers_late = self._rate(0.3, 0.3)
        self.jumps = self._rate(0.5, 0.5)
        self.batch_ms = chance.choice([100, 1_000, 4_000])

    def _rate(self, of_seeds: float, highest: float) -> float:
        return self.chance.random() * highest if self.chance.random() < of_seeds else 0.0

    def statement(self, world: World) -> Runnable:
        """The next statement; most are about what exists."""
        return self.chance.choice(self.kinds)(self, world)

    def waits(self) -> bool:
        return self.chance.random() >= self.nowait

    def deployment(self, world: World) -> str:
        names = [deployment.name for deployment in world.deployments.values()]
        if not names or self.chance.random() < self.wrong:
            return self.chance.choice(NAMES)
        return self.chance.choice(names)

    def agent(self, world: World) -> str:
        ids = [agent_id(deployment.type_name, agent.number) for deployment, agent in world.each_agent()]
        if not ids or self.chance.random() < self.wrong:
            return self.chance.choice(["worker_001", "keeper_002", "peddler_001", "worker_999", "alpha"])
        return self.chance.choice(ids)

    def account(self, world: World) -> str:
        kind = self.chance.random()
        if kind < 0.3:
            return self.chance.choice(["treasury", "treasury", "treasury", "house", "issuer", "escrow-1"])
        return self.agent(world) if kind < 0.9 else self.deployment(world)

    def either(self, world: World) -> str:
        return self.deployment(world) if self.chance.random() < 0.6 else self.agent(world)

    def config(self, ref: str) -> dict[str, st.Json]:
        """For one of the types that misbehave."""
        chance = self.chance
        chosen: dict[str, st.Json] = {
            name: _FAULTS[name](chance)  # type: ignore[misc]
            for name in self.faults
            if chance.random() < 0.5 and (name != "idle" or ref == workers.JUDGE_REF)
        }
        chosen["until_ms"] = UNTIL_MS
        chosen["pace_ms"] = chance.choice([500, 1_000, 4_000])
        chosen["owes"] = chance.choice([0, 0, 1, 3])
        chosen["funding"] = chance.choice([0, 1, 3_000, 100_000])
        chosen["trades"] = chance.choice([0, 20, 60])
        chosen["quits"] = chance.random() < 0.6
        if chance.random() < 0.5:
            chosen["budget"] = chance.choice([0, 500, 20_000])
        if ref == workers.PEDDLER_REF:
            chosen["price"] = chance.choice([80, 100, 100, 130])
            chosen["service"] = chance.choice(SERVICES)
        if ref == workers.JUDGE_REF:
            chosen["escrow_threshold"] = chance.choice([1, 150, 150, 900])
        return chosen

    def built_in(self, ref: str) -> dict[str, st.Json] | None:
        """For one of the types that ship, so that there is something for them to do."""
        chance = self.chance
        if ref == "arbiter":
            return {"escrow_threshold": chance.choice([150, 600]), "dispute_timeout": chance.choice([1, 20])}
        if chance.random() < 0.3:
            return None
        strategies: list[st.Json] = ["conservative", "momentum", "aggressive"]
        chosen: dict[str, st.Json] = {"strategy": chance.choice(strategies)}
        if chance.random() < 0.5:
            chosen["service"] = chance.choice(SERVICES)
        if ref == "seller":
            chosen["price"] = chance.choice([90, 100, 110])
        return chosen


def _deploy(mix: Mix, world: World) -> Runnable:
    chance = mix.chance
    if chance.random() < mix.wrong:
        return chance.choice(
            [
                st.Deploy(type_name="byer"),
                st.Deploy(type_name="buyer", config={"fundng": 5}),
                st.Deploy(type_name="buyer", labels={"tier": 1}),
                st.Deploy(type_name="buyer", name="worker_001"),
                st.Deploy(type_name="buyer", count=1_000_001),
                st.Deploy(type_name="buyer", name="treasury"),
                st.Deploy(type_name="buyer", count=world.capacity - world.reserved + 1),
                st.Deploy(type_name="tests.simulation.nowhere:Type"),
            ]
        )
    count = chance.choice([1, 1, 2, 3, 5, 8, 12, 0])
    if chance.random() < 0.5:
        count = max(1, min(count, world.capacity - world.reserved))
    ref = chance.choice(mix.types)
    name = chance.choice([*NAMES, None]) if chance.random() < 0.3 else _free_name(chance, world)
    config = mix.config(ref) if ":" in ref else mix.built_in(ref)
    return st.Deploy(type_name=ref, count=count, name=name, config=config, nowait=not mix.waits())


def _free_name(chance: random.Random, world: World) -> str | None:
    free = [name for name in NAMES if world.find(name) is None]
    return chance.choice(free) if free else None


def _scale(mix: Mix, world: World) -> Runnable:
    name = mix.deployment(world)
    deployment = world.find(name)
    size = mix.chance.choice([0, 1, 2, 4, 7, 12])
    if deployment is not None and mix.chance.random() < 0.5:
        size = max(0, deployment.size + mix.chance.choice([-3, -2, -1, 1, 2, 3]))
    return st.Scale(name=name, size=size, nowait=not mix.waits())


def _delete(mix: Mix, world: World) -> Runnable:
    force = mix.chance.random() < 0.4
    return st.Delete(name=mix.deployment(world), force=force, nowait=not mix.waits())


def _rename(mix: Mix, world: World) -> Runnable:
    return st.Rename(name=mix.deployment(world), to=mix.chance.choice([*NAMES, "keeper_001"]))


def _drain(mix: Mix, world: World) -> Runnable:
    timeout_ms = mix.chance.choice([None, 0, 500, 5_000])
    return st.Drain(name=mix.either(world), timeout_ms=timeout_ms, nowait=not mix.waits())


def _resume(mix: Mix, world: World) -> Runnable:
    return st.Resume(name=mix.either(world))


def _restart(mix: Mix, world: World) -> Runnable:
    return st.Restart(name=mix.either(world), nowait=not mix.waits())


def _terminate(mix: Mix, world: World) -> Runnable:
    force = mix.chance.random() < 0.4
    return st.Terminate(agent=mix.agent(world), force=force, nowait=not mix.waits())


def _cancel_orders(mix: Mix, world: World) -> Runnable:
    return st.CancelOrders(name=mix.either(world))


def _fund(mix: Mix, world: World) -> Runnable:
    return st.Fund(agent=mix.agent(world), amount_cents=mix.chance.choice([1, 500_00, 20_000_00]))


def _transfer(mix: Mix, world: World) -> Runnable:
    return st.Transfer(
        amount_cents=mix.chance.choice([1, 500_00, 20_000_00]),
        source=mix.account(world),
        target=mix.account(world),
    )


def _set_money(mix: Mix, world: World) -> Runnable:
    """The settings that are about money and its flow."""
    chance = mix.chance
    if chance.random() < 0.5:
        more_cents = chance.choice([-100_00, 0, 50_000_00, 1_000_000_00])
        off = chance.random() < 0.3
        value: st.Scalar = "off" if off else max(0, (world.issued_cents + more_cents) // 100)
        return st.Set(name="issue_cap", value=value)
    lengths: list[st.Scalar] = ["off", st.Duration(60_000), st.Duration(60_000), st.Duration(59_999)]
    return st.Set(name="retention", value=chance.choice(lengths))


def _set(mix: Mix, world: World) -> Runnable:
    chance = mix.chance
    if chance.random() < mix.wrong:
        wrong: list[st.Scalar] = [0, "many", -3]
        return st.Set(name=chance.choice(["capacity", "capcity"]), value=chance.choice(wrong))
    if chance.random() < 0.3:
        setting = chance.choice(["deploy_timeout", "drain_timeout"])
        return st.Set(name=setting, value=st.Duration(chance.choice([1, 2_000, 20_000])))
    lowest = max(1, world.reserved - 2)
    return st.Set(name="capacity", value=chance.randint(lowest, lowest + mix.capacity))


def _wait(mix: Mix, _world: World) -> Runnable:
    return st.Wait(length_ms=mix.chance.choice([0, 10, 1_000, 15_000, 65_000]))


def _wait_for(mix: Mix, world: World) -> Runnable:
    conditions: list[Literal["HEALTHY", "COMPLETE", "DRAINED"]] = ["HEALTHY", "COMPLETE", "DRAINED"]
    condition = mix.chance.choice(conditions)
    return st.WaitFor(
        name=mix.either(world), condition=condition, timeout_ms=mix.chance.choice([0, 3_000, 20_000])
    )


def look(mix: Mix, world: World) -> Runnable:
    """A statement that only looks."""
    chance = mix.chance
    tables: list[st.Listing] = [
        *("DEPLOYMENTS", "AGENTS", "ORDERS", "POSITIONS", "ACCOUNTS", "EVENTS", "STATEMENTS", "SETTINGS"),
    ]
    looks: list[st.AnyLooking] = [
        st.PalmStatus(),
        st.FleetStatus(),
        st.FleetStatus(name=mix.deployment(world)),
        st.Show(what=chance.choice(tables), limit=20),
        st.Describe(name=mix.either(world)),
        st.Logs(agent=mix.agent(world), tail=5),
        st.Balance(account=mix.account(world)),
        st.CheckHome(),
    ]
    return chance.choice(looks)


_KINDS: tuple[Callable[[Mix, World], Runnable], ...] = (
    _deploy,
    _scale,
    _delete,
    _rename,
    _drain,
    _resume,
    _restart,
    _terminate,
    _cancel_orders,
    _fund,
    _transfer,
    _set_money,
    _set,
    _wait,
    _wait_for,
    look,
)
