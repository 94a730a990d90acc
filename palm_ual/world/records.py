"""Deployments and agents in memory, with counters kept as events arrive.

Only `palm_ual.world.evolve` writes to these; everybody else reads. Counters make a status cost the
same for 10 agents and for 1,000,000.
"""

from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from palm_ual.market.accounts import Account, Figures, Trading
from palm_ual.market.market import Market
from palm_ual.model.events import Health, Revision
from palm_ual.model.limits import (
    CAPACITY_DEFAULT,
    DRAIN_TIMEOUT_MS,
    RETENTION_DEFAULT_MS,
    STATEMENTS_KEPT_MAX,
)


class AgentState(StrEnum):
    """Where an agent is in its life. A Terminated agent has left the world."""

    PENDING = "Pending"
    STARTING = "Starting"
    READY = "Ready"
    DRAINING = "Draining"
    DRAINED = "Drained"
    FAILED = "Failed"


STATES = tuple(AgentState)
SERVING = (AgentState.READY, AgentState.DRAINING, AgentState.DRAINED)
"""States in which an agent has a health of its own; a Failed one counts as unhealthy."""


HOME_SETTINGS = {"capacity": "capacity", "issue_cap": "issue_cap_cents", "retention": "retention_ms"}
"""Settings that belong to the home, each with the attribute of `World` that holds it."""


class Agent(Account):
    """One agent, and its account. `since_ms` is when it came into its state, `ready_ms` when it was last made Ready."""

    __slots__ = ("health", "ready_ms", "restarts", "revision", "since_ms", "state")

    def __init__(self, number: int, revision: int, cash_cents: int, since_ms: int) -> None:
        self.number = number
        self.cash_cents = self.funded_cents = cash_cents
        self.closing = False
        self.trading = None
        self.revision = revision
        self.since_ms = since_ms
        self.state = AgentState.PENDING
        self.health: Health = "healthy"
        self.ready_ms: int | None = None
        self.restarts = 0


def may_short(revision: Revision) -> bool:
    """Whether its agents may sell what they do not have."""
    return revision.role == "seller"


class DrainNote(Struct, frozen=True):
    """Why an agent drains and until when."""

    deadline_ms: int
    then: Literal["stay", "end", "restart"]


class FailureNote(Struct, frozen=True):
    """An agent's last failure; `failures` counts those in a row."""

    reason: str
    at_ms: int
    retry_at_ms: int
    failures: int


class Condition(Struct, frozen=True):
    """A standing fact about a deployment."""

    code: str
    reason: str
    since_ms: int


class Deployment:
    """A named set of agents of one type that should exist."""

    def __init__(self, uid: int, name: str, size: int, revision: Revision, created_wall_ms: int) -> None:
        self.uid = uid
        self.name = name
        self.size = size
        self.revisions = [revision]
        self.created_wall_ms = created_wall_ms
        self.ready_by_ms: int | None = None
        """Set while the first DEPLOY is still to become ready."""
        self.drain_timeout_ms = DRAIN_TIMEOUT_MS
        """How long agents that end or restart may take to meet their obligations."""
        self.drain_deadline_ms: int | None = None
        """Set while the whole deployment drains or is drained."""
        self.delete_deadline_ms: int | None = None
        """Set once its deletion was asked for."""
        self.delete_forced = False
        self.delete_reason = ""
        self.agents: dict[int, Agent] = {}
        """By number, rising; empty where only the counters were loaded."""
        self.total = 0
        """How many agents there are, in any state."""
        self.in_state: dict[AgentState, dict[int, None]] = {
            state: {} for state in STATES if state is not AgentState.READY
        }
        """Numbers in each state but Ready, in the order in which they came into it."""
        self.ready = 0
        self.healthy = 0
        """Serving agents by health; Failed ones are in none of the three."""
        self.degraded = 0
        self.unhealthy = 0
        self.figures = Figures(uid)
        """What its agents hold and what became of their orders."""
        self.ending = 0
        """How many drain, or have drained, in order to end."""
        self.drains: dict[int, DrainNote] = {}
        self.failures: dict[int, FailureNote] = {}
        self.health_reasons: dict[int, str] = {}
        self.restarting: dict[int, None] = {}
        """Agents that are still to be restarted, in order."""
        self.conditions: dict[str, Condition] = {}

    @property
    def revision(self) -> Revision:
        """The newest revision."""
        return self.revisions[-1]

    def revision_of(self, agent: Agent) -> Revision:
        """The revision that an agent was started with."""
        return next(made for made in reversed(self.revisions) if made.number == agent.revision)

    def trading_of(self, agent: Agent) -> Trading:
        """What an agent has at the market, made with the first look."""
        if agent.trading is None:
            revision = self.revision_of(agent)
            agent.trading = Trading(
                self.figures, budget_cents=revision.budget_cents, may_short=may_short(revision)
            )
        return agent.trading

    @property
    def cash_cents(self) -> int:
        """Money in the hands of its agents, escrow not included."""
        return self.figures.cash_cents

    @property
    def type_name(self) -> str:
        """Short name of the agent type."""
        return self.revision.type_name

    @property
    def draining(self) -> bool:
        """Whether the deployment as a whole takes no new work."""
        return self.drain_deadline_ms is not None

    @property
    def deleting(self) -> bool:
        """Whether its deletion was asked for."""
        return self.delete_deadline_ms is not None

    @property
    def wanted(self) -> int:
        """Agents that should exist: its size, or none once it is being deleted."""
        return 0 if self.deleting else self.size

    @property
    def staying(self) -> int:
        """Agents that are not on their way out."""
        return self.total - self.ending

    @property
    def reserved(self) -> int:
        """Places of the capacity it holds: what it should have or still has, whichever is more."""
        return max(self.wanted, self.total)

    def count(self, state: AgentState) -> int:
        """How many agents are in a state."""
        return self.ready if state is AgentState.READY else len(self.in_state[state])

    @property
    def deploying(self) -> int:
        """Agents that are not Ready yet."""
        return self.count(AgentState.PENDING) + self.count(AgentState.STARTING)

    @property
    def sick(self) -> int:
        """Agents shown as unhealthy: those that say so and those that failed."""
        return self.unhealthy + self.count(AgentState.FAILED)

    def ends(self, number: int) -> bool:
        """Whether the agent drains, or has drained, in order to end."""
        note = self.drains.get(number)
        return note is not None and note.then == "end"


RUNNING = "running"
"""In place of an outcome, while there is none."""


class StatementRecord(Struct):
    """One changing statement of the history."""

    number: int
    wall_ms: int
    at_ms: int
    text: str
    because: str | None
    outcome: str = RUNNING
    code: str | None = None
    message: str | None = None


class World:
    """All of it. `deployments` holds the living ones by uid, in the order in which they were made."""

    def __init__(self) -> None:
        self.seq = 0
        self.at_ms = 0
        self.wall_ms = 0
        self.suspended = True
        self.capacity = CAPACITY_DEFAULT
        self.issue_cap_cents: int | None = None
        """How much money DEPLOY and FUND may bring into being in all; None for any amount."""
        self.retention_ms: int | None = RETENTION_DEFAULT_MS
        """How long market flow is kept in detail; None for ever."""
        self.market = Market(self.account)
        self.deployments: dict[int, Deployment] = {}
        self.by_name: dict[str, Deployment] = {}
        """By lower-case name: names that differ only in case clash."""
        self.next_uid = 1
        self.next_numbers: dict[str, int] = {}
        """The next agent number of each type, over the whole home."""
        self.names: dict[int, str] = {}
        """Last name of every deployment ever made, so that old events can be read."""
        self.type_names: dict[int, str] = {}
        """Agent type of every deployment ever made, for the same reason."""
        self.statements: deque[StatementRecord] = deque(maxlen=STATEMENTS_KEPT_MAX)
        self.last_statement = 0

    def find(self, name: str) -> Deployment | None:
        """The deployment of that name, whatever the case."""
        return self.by_name.get(name.lower())

    def find_agent(self, type_name: str, number: int) -> tuple[Deployment, Agent] | None:
        """The living agent of that id."""
        for deployment in self.deployments.values():
            if deployment.type_name == type_name and (agent := deployment.agents.get(number)):
                return deployment, agent
        return None

    def number_used(self, type_name: str, number: int) -> bool:
        """Whether an agent of that id has ever existed."""
        return 0 < number < self.next_numbers.get(type_name, 1)

    @property
    def agents(self) -> int:
        """Agents of all deployments, in any state."""
        return sum(deployment.total for deployment in self.deployments.values())

    @property
    def reserved(self) -> int:
        """Places of the capacity that are taken or promised: the sum of `Deployment.reserved`."""
        # Each deployment that is to grow asks for it, of ten thousand: written out, it takes a fifth of the time.
        return sum(
            [
                one.total if one.total > one.size or one.delete_deadline_ms is not None else one.size
                for one in self.deployments.values()
            ]
        )

    def account(self, uid: int, number: int) -> Account:
        """An agent's account, made ready to trade.

        Raises:
            KeyError: there is no such agent.
        """
        deployment = self.deployments[uid]
        agent = deployment.agents[number]
        if agent.trading is None:
            deployment.trading_of(agent)
        return agent

    @property
    def treasury_cents(self) -> int:
        """Money that is in nobody's hands."""
        return self.market.ledger.treasury_cents

    @property
    def issued_cents(self) -> int:
        """All money there is."""
        return self.market.ledger.issued_cents

    @property
    def held_cents(self) -> int:
        """Money in the hands of agents and in escrow: the house has none."""
        return self.issued_cents - self.treasury_cents

    def each_agent(self) -> Iterator[tuple[Deployment, Agent]]:
        """Every agent, deployment by deployment, numbers rising."""
        for deployment in self.deployments.values():
            for agent in deployment.agents.values():
                yield deployment, agent
