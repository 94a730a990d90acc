"""What happened, in the past tense: the journal's only content, and the only way the world changes.

A lifecycle event carries ranges of agent numbers, not one row an agent, so that deploying 100,000
agents writes a handful of rows. Deployments are named by `uid`, which a rename does not touch.
A field once released is never renamed or given another meaning; new fields have defaults.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from palm_ual.model.ids import Ranges

Health: TypeAlias = Literal["healthy", "degraded", "unhealthy"]
Role: TypeAlias = Literal["buyer", "seller", "arbiter"]


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
    role: Role | None = None
    """What the market takes its agents for; None for a trader like any other."""
    quoted_service: str | None = None
    """What a seller sells."""
    price_cents: int | None = None
    """A seller's own price; the reference value of its service reverts to the mean of these."""
    escrow_threshold_cents: int | None = None
    """An arbiter's: orders of at least this much are held in escrow."""


class Event(Struct, frozen=True, tag_field="kind", tag=True):
    """Base of all events."""


class FleetResumed(Event, frozen=True):
    """A process holds the home and runs its fleet."""

    release: str
    seed: int = 0
    """For a home that has no market yet: how its reference values will move."""


class FleetSuspended(Event, frozen=True):
    """The fleet stands still; every agent's state is in the snapshot written with this."""


class StatementAccepted(Event, frozen=True):
    text: str
    because: str | None = None


Outcome: TypeAlias = Literal["done", "failed", "interrupted", "accepted"]


class StatementEnded(Event, frozen=True):
    outcome: Outcome
    code: str | None = None
    message: str | None = None


class SettingSet(Event, frozen=True):
    """A setting of the home."""

    name: str
    value: int | None
    """A count, cents or milliseconds, as the setting's name says; None is off."""


class FlowSums(Struct, frozen=True):
    """What a stretch of market flow came to. Sums of two stretches are the sums of both together."""

    orders: int = 0
    trades: int = 0
    units: int = 0
    volume_cents: int = 0
    minted_cents: int = 0
    burned_cents: int = 0


class MarketTraded(Event, frozen=True):
    """A batch of market flow: what was asked of the market, in order, packed as `palm_ual.market.flow` says.

    The first operation is number `first_op`, counted from 1 over the life of the home.
    """

    first_op: int
    count: int
    ops: bytes
    sums: FlowSums


class MarketCompacted(Event, frozen=True):
    """Stands for the rows from `first_seq` up to its own, all of them market flow, once they are past their
    retention: their operations are gone, their sums are kept.
    """

    first_seq: int
    from_ms: int
    """Fleet time of the first of them."""
    batches: int
    ops: int
    sums: FlowSums


class MoneyMoved(Event, frozen=True):
    """FUND and TRANSFER: `cents` from one account to another, `minted_cents` of it new.

    An account is `(uid, number)` of an agent, or (0, 0) for the treasury.
    """

    source: tuple[int, int]
    target: tuple[int, int]
    cents: int
    minted_cents: int = 0


class OrdersCancelled(Event, frozen=True):
    """CANCEL ORDERS: whatever these agents have resting is off the books."""

    uid: int
    agents: Ranges


class DeploymentCreated(Event, frozen=True):
    uid: int
    name: str
    size: int
    revision: Revision
    ready_by_ms: int | None = None
    """Fleet time by which all agents must have been Ready once, or the deployment is given up."""


class RevisionUpgraded(Event, frozen=True):
    """A revision of an older release, with what this one knows of its type besides: its role in the market."""

    uid: int
    revision: Revision


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
    closing: Ranges = ()
    """Those that had something to close: a position, an escrow, or what their type says they owe."""


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
    | MarketTraded
    | MarketCompacted
    | MoneyMoved
    | OrdersCancelled
    | DeploymentCreated
    | RevisionUpgraded
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
    if isinstance(event, MoneyMoved):
        return event.target[0] or event.source[0]
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
