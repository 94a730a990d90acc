"""What a statement answers: typed events, in the order in which they became true.

The service yields them; renderers turn them into text, JSON, YAML or CSV. Text in them may come from
outside (names, logs, reasons) and is made safe where it is shown, not here.
Units end a name; money is whole cents; times are milliseconds of fleet time unless `wall` is in the name.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from palm_ual.model.answer_parts import Cell as Cell
from palm_ual.model.answer_parts import CellKind as CellKind
from palm_ual.model.answer_parts import Column as Column
from palm_ual.model.answer_parts import DeploymentLine as DeploymentLine
from palm_ual.model.answer_parts import Fact as Fact
from palm_ual.model.answer_parts import HomeFinding as HomeFinding
from palm_ual.model.answer_parts import LogLine as LogLine
from palm_ual.model.answer_parts import Trend as Trend
from palm_ual.model.ids import Ranges


class Result(Struct, frozen=True, tag_field="event", tag=True):
    """Base of all result events."""


class PalmStatusShown(Result, frozen=True):
    """Answer of PALM STATUS."""

    agents: int
    capacity: int
    healthy: int
    unhealthy: int
    deploying: int
    total_iusd_cents: int
    available_capacity: int


class FleetStatusShown(Result, frozen=True):
    """Answer of FLEET STATUS: the sums of `deployments`, or of one. None is "not measured"."""

    deployment: str
    """The name, `all (3)`, or `none`."""
    status: str | None
    """Worst of HEALTHY, DEPLOYING, DRAINING, DEGRADED, UNHEALTHY; None without any deployment."""
    agents: int
    healthy: int
    degraded: int
    unhealthy: int
    pnl_cents: int | None
    avg_latency_ms: float | None
    orders_per_min: int | None
    success_pct: float | None
    funding_cents: int | None
    budget_cents: int | None
    used_budget_cents: int | None
    deployments: tuple[DeploymentLine, ...] = ()
    """Empty for one deployment; else a line for each."""
    p99_latency_ms: float | None = None
    trend: Trend | None = None
    """Drawn under the box on a terminal."""


class TableShown(Result, frozen=True):
    """Answer of a SHOW: rows in order, each with a cell for each column."""

    what: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Described(Result, frozen=True):
    """Answer of DESCRIBE: facts, then tables under headings, then why it is not where it should be."""

    kind: Literal["deployment", "agent", "type"]
    name: str
    facts: tuple[Fact, ...]
    tables: tuple[tuple[str, TableShown], ...] = ()
    reasons: tuple[str, ...] = ()
    trend: Trend | None = None
    """Drawn on a terminal."""


AccountKind: TypeAlias = Literal["agent", "deployment", "treasury", "house", "issuer", "escrow"]


class BalanceShown(Result, frozen=True):
    """Answer of BALANCE. What an account of that kind cannot have is None."""

    account: str
    kind: AccountKind
    balance_cents: int
    """Its cash; the issuer's is below 0 by all the money there is."""
    reserved_cents: int | None = None
    """Of the cash, what resting buy orders have claimed."""
    escrowed_cents: int | None = None
    """What it has paid into escrows that are not settled."""
    funded_cents: int | None = None
    pnl_cents: int | None = None
    positions: tuple[tuple[str, int, int], ...] = ()
    """Service, units, and what they are worth at the reference value in cents."""


class HomeChecked(Result, frozen=True):
    """Answer of CHECK HOME: what was looked at, and what was found; all is well without findings."""

    events: int
    market_batches: int
    compacted_batches: int
    orders: int
    trades: int
    accounts: int
    issued_cents: int
    file_bytes: int | None
    findings: tuple[HomeFinding, ...] = ()


class LogShown(Result, frozen=True):
    """Lines an agent wrote, oldest first; FOLLOW gives one of these for each batch."""

    agent: str
    lines: tuple[LogLine, ...]


Watchable: TypeAlias = PalmStatusShown | FleetStatusShown | TableShown | Described | BalanceShown | LogShown
"""What the statements answer that WATCH may repeat."""


class Watched(Result, frozen=True):
    """One look of a WATCH."""

    answer: Watchable
    wall_ms: int
    """When it was looked."""
    at_ms: int
    every_ms: int
    changed: bool
    """Whether it says something else than the last look that did; the first one always does. What only the
    clock has moved, an age or a trend, is no change.
    """
    statement: str
    """What is looked at, as UAL."""
    look: int = 1
    """Which look it is."""


class HelpShown(Result, frozen=True):
    """Answer of HELP: `topic` None is the overview."""

    topic: str | None
    syntax: tuple[str, ...]
    text: tuple[str, ...]
    example: tuple[str, ...] = ()


class SettingChanged(Result, frozen=True):
    name: str
    value: str


# Work in progress. `first_index` counts from 1 over the statement's `total`, so that a renderer can
# choose its ticks (the first two, `...`, the last) without remembering anything.


class DeployStarted(Result, frozen=True):
    """`Deploying 5 buyer agents...`"""

    deployment: str
    type_name: str
    count: int
    with_config: bool


class AgentsReady(Result, frozen=True):
    """These became Ready, in this order. Funding and service are shown after a DEPLOY with WITH."""

    type_name: str
    agents: Ranges
    first_index: int
    total: int
    funding_cents: int | None = None
    service: str | None = None


class DeployFinished(Result, frozen=True):
    """`Fleet deployed successfully!`; nothing is printed after a DEPLOY with WITH, as in the tutorial."""

    deployment: str
    with_config: bool


class ScaleStarted(Result, frozen=True):
    """`Scaling x from 35 to 50 agents...` and the line under it."""

    deployment: str
    from_size: int
    to_size: int
    change: int
    """How many agents that starts, or, below 0, ends: not always the difference of the sizes."""


class AgentsDraining(Result, frozen=True):
    """`⏳ buyer_050 - Closing positions...` for those of them in `closing`; in a shutdown
    `Waiting for buyer_050 to complete...`
    """

    type_name: str
    agents: Ranges
    first_index: int
    total: int
    shutdown: bool = False
    closing: Ranges = ()
    """Those that have something to close: a position, an escrow, or what their type says they owe."""


class AgentsDrained(Result, frozen=True):
    """`✓ buyer_050 - Drained`: owes nothing more, takes no new work, still there."""

    type_name: str
    agents: Ranges
    first_index: int
    total: int


class AgentsTerminated(Result, frozen=True):
    """`✓ buyer_050 - Terminated`; `dropped` says how many of them still owed something (FORCE)."""

    type_name: str
    agents: Ranges
    first_index: int
    total: int
    dropped: int = 0
    shutdown: bool = False
    """`  buyer_050 ready for shutdown` instead."""


class ScaleFinished(Result, frozen=True):
    """`Fleet scaled successfully!`"""

    deployment: str
    size: int
    changed: bool = True
    """False where the deployment had that size already: says so instead."""


class DeleteStarted(Result, frozen=True):
    """`Initiating graceful shutdown...` (or `Terminating 5 agents of x...` with FORCE)"""

    deployment: str
    count: int
    force: bool


class DeleteFinished(Result, frozen=True):
    """`Shutdown complete`"""

    deployment: str


class DrainStarted(Result, frozen=True):
    """`Draining x (5 agents)...`"""

    name: str
    count: int


class DrainFinished(Result, frozen=True):
    """`x drained: takes no new work until RESUME x`"""

    name: str


class Resumed(Result, frozen=True):
    """`x resumed: 5 agents take new work`"""

    name: str
    count: int


class RestartStarted(Result, frozen=True):
    """`Restarting 5 agents of x, at most 2 at a time...`; for one agent `Restarting buyer_001...`"""

    name: str
    count: int
    max_unavailable: int


class RestartFinished(Result, frozen=True):
    """`x restarted`"""

    name: str


class TerminateStarted(Result, frozen=True):
    """`Terminating buyer_003...`"""

    agent: str
    force: bool


class Funded(Result, frozen=True):
    """`buyer_001 funded with $500.00: $10,500.00 now`"""

    agent: str
    amount_cents: int
    minted_cents: int
    """How much of it the treasury did not have and had issued."""
    balance_cents: int


class Transferred(Result, frozen=True):
    """`$500.00 transferred from a to b`"""

    source: str
    target: str
    amount_cents: int
    source_balance_cents: int
    target_balance_cents: int


class OrdersCancelledShown(Result, frozen=True):
    """`3 orders of buyer_001 cancelled`"""

    name: str
    count: int


class Renamed(Result, frozen=True):
    """`old renamed to new`"""

    name: str
    to: str


class WaitMet(Result, frozen=True):
    """`x is HEALTHY after 3s`"""

    name: str
    condition: str
    waited_ms: int


class Waited(Result, frozen=True):
    """Fleet time passed. Prints nothing as text."""

    length_ms: int


class Accepted(Result, frozen=True):
    """With NOWAIT: `accepted: …; follow it with DESCRIBE x`"""

    statement: str
    name: str


ResultEvent: TypeAlias = (
    PalmStatusShown
    | FleetStatusShown
    | TableShown
    | Described
    | BalanceShown
    | HomeChecked
    | LogShown
    | Watched
    | HelpShown
    | SettingChanged
    | DeployStarted
    | AgentsReady
    | DeployFinished
    | ScaleStarted
    | AgentsDraining
    | AgentsDrained
    | AgentsTerminated
    | ScaleFinished
    | DeleteStarted
    | DeleteFinished
    | DrainStarted
    | DrainFinished
    | Resumed
    | RestartStarted
    | RestartFinished
    | TerminateStarted
    | Funded
    | Transferred
    | OrdersCancelledShown
    | Renamed
    | WaitMet
    | Waited
    | Accepted
)
