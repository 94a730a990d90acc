"""The agent contract: everything an agent type is, and everything it may ask for.

An agent type is a class with a config schema; the class is instantiated once for each revision of a
deployment, with the checked config. Each agent is a *state* of the type's own making, which the
instance's methods work on:

    start(sight, chance)          -> the state of a fresh agent
    step(state, sight, chance)    -> Step: when to wake next, and what the agent intends
    obligations(state, sight)     -> what it still owes
    drain(state, sight, chance)   -> Step: one step towards owing nothing
    health(state, sight)          -> how it is
    snapshot(state), restore(...) -> the state as JSON, and back

A method may change the state it is given and nothing else. Time is `sight.now_ms`, chance is `chance`:
an agent that uses only these runs the same way twice. What it wants of the world it returns as intents;
the engine carries them out. A step should be short: all agents of an in-process engine share one thread.
An exception from any method is a crash: the agent is started afresh after a pause, and its reason kept.

Find your type by `'module:Class'` in UAL, or register it in the entry-point group `palm_ual.agent_types`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from palm_ual.agents.chance import Chance
from palm_ual.model.events import Health
from palm_ual.model.ids import agent_id

StateT = TypeVar("StateT")


class Write(Struct, frozen=True):
    """Add a line to the agent's log (`LOGS buyer_001`)."""

    text: str


Intent: TypeAlias = Write


class Step(Struct, frozen=True):
    """What a step came to. `wake_in_ms` is when to step next, 1 or more; None sleeps until drained."""

    wake_in_ms: int | None
    intents: tuple[Intent, ...] = ()


class Obligation(Struct, frozen=True):
    """Something the agent still owes, in words that finish the sentence "it owes …"."""

    text: str


class HealthReport(Struct, frozen=True):
    """How an agent is; anything but healthy says why."""

    health: Health
    reason: str | None = None


HEALTHY = HealthReport("healthy")


class Sight:
    """What an agent sees during one step. It is reused between steps: keep values, not the object."""

    __slots__ = ("draining", "now_ms", "number", "type_name")

    def __init__(self, type_name: str, number: int, now_ms: int, *, draining: bool = False) -> None:
        self.type_name = type_name
        self.number = number
        self.now_ms = now_ms
        """Fleet time."""
        self.draining = draining

    @property
    def agent_id(self) -> str:
        """The agent's own id."""
        return agent_id(self.type_name, self.number)


class AgentType(ABC, Generic[StateT]):
    """Base of all agent types; see the module's text."""

    name: ClassVar[str]
    """Short name, lower case: the first part of agent ids."""
    summary: ClassVar[str]
    """One line for SHOW TYPES."""
    Config: ClassVar[Any]
    """Its schema, a subclass of `palm_ual.agents.config.AgentConfig`."""
    State: ClassVar[Any]
    """A `msgspec.Struct`, dataclass or other type that msgspec turns into JSON and back."""

    def __init__(self, config: Any) -> None:
        self.config = config

    @abstractmethod
    def start(self, sight: Sight, chance: Chance) -> StateT:
        """The state of a fresh agent. It is Ready when its first step has come back."""

    @abstractmethod
    def step(self, state: StateT, sight: Sight, chance: Chance) -> Step:
        """One step of its work."""

    def obligations(self, state: StateT, sight: Sight) -> Sequence[Obligation]:
        """What it still owes; empty for an agent that may end at any time."""
        return ()

    def drain(self, state: StateT, sight: Sight, chance: Chance) -> Step:
        """One step towards owing nothing; asked until `obligations` is empty. The default just works on."""
        return self.step(state, sight, chance)

    def health(self, state: StateT, sight: Sight) -> HealthReport:
        """How it is, asked after each step of a type that overrides this."""
        return HEALTHY

    def snapshot(self, state: StateT) -> Any:
        """The state as plain JSON values."""
        return msgspec.to_builtins(state)

    def restore(self, saved: Any) -> StateT:
        """The state that `snapshot` gave."""
        restored: StateT = msgspec.convert(saved, self.State)
        return restored
