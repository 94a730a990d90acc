"""What happened, in the past tense: the journal's only content, and the only way the world changes.

A lifecycle event carries ranges of agent numbers, not one row an agent, so that deploying 100,000
agents writes a handful of rows. Deployments are named by `uid`, which a rename does not touch.
A field once released is never renamed or given another meaning; new fields have defaults.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from palm_ual.model.ids import Ranges

Health: TypeAlias = Literal["healthy", "degraded", "unhealthy"]


class Revision(Struct, frozen=True):
    """One version of a deployment's agent template, numbered from 1 and never reused.

    `config` is canonical JSON text of what WITH said (None without WITH); the money an agent is
    started with has been read from it by its type's schema.
    """

    number: int
    type_name: str
    """Short name, the first part of agent ids."""
    type_ref: str
    """How the type is found again: a name, or `module:Class`."""
    config: str | None
    labels: dict[str, str]
    funding_cents: int
    budget_cents: int | None
    service: str | None = None
    type_dir: str | None = None
    """Directory that a `module:Class` type was found in, if it was not installed."""


class Event(Struct, frozen=True, tag_field="kind", tag=True):
    """Base of all events."""


class FleetResumed(Event, frozen=True):
    """A process holds the home and runs its fleet."""

    release: str


class FleetSuspended(Event, frozen=True):
    """The fleet stands still; every agent's state is in the snapshot written with this."""


class StatementAccepted(Event, frozen=True):
    text: str
    because: str | None = None


class StatementEnded(Event, frozen=True):
    outcome: Literal["done", "failed", "interrupted", "accepted"]
    code: str | None = None
    message: str | None = None


class SettingSet(Event, frozen=True):
    """A setting of the home."""

    name: str
    value: int


class DeploymentCreated(Event, frozen=True):
    uid: int
    name: str
    size: int
    revision: Revision
    ready_by_ms: int | None = None
    """Fleet time by which all agents must have been Ready once, or the deployment is given up."""


class SizeSet(Event, frozen=True):
    uid: int
    size: int
    drain_timeout_ms: int = 60_000


class DeploymentRenamed(Event, frozen=True):
    uid: int
    name: str


class DrainRequested(Event, frozen=True):
    """The whole deployment takes no new work, and no new agents."""

    uid: int
    deadline_ms: int


class ResumeRequested(Event, frozen=True):
    """The whole deployment takes work again."""

    uid: int


class RestartRequested(Event, frozen=True):
    """These agents are to be replaced by themselves, a few at a time."""

    uid: int
    agents: Ranges


class DeleteRequested(Event, frozen=True):
    uid: int
    deadline_ms: int
    force: bool = False
    """End the agents at once, whatever they owe."""
    reason: str = "deleted"


class DeploymentDeleted(Event, frozen=True):
    """Its last agent is gone."""

    uid: int


class AgentsPlaced(Event, frozen=True):
    """Numbers were taken and money set aside: `funding_cents` each, `minted_cents` of it new."""

    uid: int
    revision: int
    agents: Ranges
    funding_cents: int
    minted_cents: int


class AgentsStarted(Event, frozen=True):
    """The engine has them; they are Ready when their first step is done."""

    uid: int
    agents: Ranges


class AgentsBecameReady(Event, frozen=True):
    uid: int
    agents: Ranges


class AgentsDrainBegun(Event, frozen=True):
    """They take no new work; what follows when they owe nothing is `then`."""

    uid: int
    agents: Ranges
    deadline_ms: int
    then: Literal["stay", "end", "restart"]


class AgentsBecameDrained(Event, frozen=True):
    """They owe nothing."""

    uid: int
    agents: Ranges


class AgentsResumed(Event, frozen=True):
    """Drained agents take work again."""

    uid: int
    agents: Ranges


class AgentsEnded(Event, frozen=True):
    """Gone for good; what they held went back to the treasury."""

    uid: int
    agents: Ranges
    returned_cents: int
    reason: str
    dropped: Ranges = ()
    """Those that were ended by force while they still owed something."""


class AgentFailed(Event, frozen=True):
    """A step or start raised, or did not come back in time; it is started again at `retry_at_ms`."""

    uid: int
    number: int
    reason: str
    retry_at_ms: int
    failures: int
    """How many times in a row, this one included."""


class AgentHealthChanged(Event, frozen=True):
    uid: int
    number: int
    health: Health
    reason: str | None = None


class ConditionRaised(Event, frozen=True):
    """A standing fact about a deployment: SCALING_STUCK, TYPE_UNAVAILABLE, CRASH_LOOP."""

    uid: int
    code: str
    reason: str


class ConditionCleared(Event, frozen=True):
    uid: int
    code: str


AnyEvent: TypeAlias = (
    FleetResumed
    | FleetSuspended
    | StatementAccepted
    | StatementEnded
    | SettingSet
    | DeploymentCreated
    | SizeSet
    | DeploymentRenamed
    | DrainRequested
    | ResumeRequested
    | RestartRequested
    | DeleteRequested
    | DeploymentDeleted
    | AgentsPlaced
    | AgentsStarted
    | AgentsBecameReady
    | AgentsDrainBegun
    | AgentsBecameDrained
    | AgentsResumed
    | AgentsEnded
    | AgentFailed
    | AgentHealthChanged
    | ConditionRaised
    | ConditionCleared
)


def uid_of(event: AnyEvent) -> int:
    """The deployment an event is about; 0 for one about the home or a statement."""
    uid: int = getattr(event, "uid", 0)
    return uid


class Recorded(Struct, frozen=True):
    """An event with its place in the journal. `seq` rises by one, without gaps, from 1."""

    seq: int
    at_ms: int
    """Fleet time."""
    wall_ms: int
    """Wall-clock time, milliseconds since the epoch, UTC."""
    statement: int
    """Which statement caused it, directly or as its consequence; 0 for none."""
    event: AnyEvent
