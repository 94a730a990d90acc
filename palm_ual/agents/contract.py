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
the engine carries them out, in order, as soon as the step is done. A step should be short: all agents of
an in-process engine share one thread. An exception from any method is a crash: the agent is started afresh
after a pause, and its reason kept.

What an agent has and what the market offers it sees in `sight.market`: cash, positions and orders are the
ledger's and not the agent's to remember. A state may be older or newer than the ledger after a crash of the
process, so decide from what is seen. The answer to an order is the change that the next step sees, and
`sight.market.refusal` where it was refused. A draining agent's orders are cancelled, and from it only orders
that make a position smaller are taken.

Some config keys mean the same for every type: `funding` and `budget` (Money) are what it is given and what it
may tie up; with a `role`, a seller's `service` and `price`, and an arbiter's `escrow_threshold`.

Find your type by `'module:Class'` in UAL, or register it in the entry-point group `palm_ual.agent_types`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from palm_ual.agents.chance import Chance
from palm_ual.market.view import MarketView
from palm_ual.model.events import Health, Role
from palm_ual.model.ids import agent_id
from palm_ual.model.limits import MONEY_CENTS_MAX, ORDER_UNITS_MAX

StateT = TypeVar("StateT")


class Write(Struct, frozen=True, gc=False):
    """Add a line to the agent's log (`LOGS buyer_001`)."""

    text: str


class Buy(Struct, frozen=True, gc=False):
    """Buy units of a service for at most `limit_cents` each, or for the best price there is.

    What does not trade at once rests on the book if it `rests`, and is cancelled otherwise.
    """

    service: str
    units: int
    limit_cents: int | None = None
    rests: bool = False


class Sell(Struct, frozen=True, gc=False):
    """Sell units of a service for at least `limit_cents` each; else as `Buy`."""

    service: str
    units: int
    limit_cents: int | None = None
    rests: bool = False


class Cancel(Struct, frozen=True, gc=False):
    """Take one of the agent's own resting orders off the book; one that is gone already is no error."""

    order: int


class CancelAll(Struct, frozen=True, gc=False):
    """Take all of the agent's resting orders off their books."""


class Release(Struct, frozen=True, gc=False):
    """An arbiter's: the trade it holds stands."""

    case: int


class Dispute(Struct, frozen=True, gc=False):
    """An arbiter's: the trade it holds is not fair, and will be refunded."""

    case: int


class Refund(Struct, frozen=True, gc=False):
    """An arbiter's: the trade it holds does not stand."""

    case: int


class HandOver(Struct, frozen=True, gc=False):
    """An arbiter's: another ready arbiter decides on the trade it holds; without one it keeps it."""

    case: int


Intent: TypeAlias = Write | Buy | Sell | Cancel | CancelAll | Release | Dispute | Refund | HandOver


class Step(Struct, frozen=True, gc=False):
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

    __slots__ = ("_look", "draining", "now_ms", "number", "type_name")

    def __init__(
        self,
        type_name: str,
        number: int,
        now_ms: int,
        *,
        draining: bool = False,
        look: Callable[[int, int], MarketView] | None = None,
    ) -> None:
        """`look` gives an agent's view of the market by its number and the time."""
        self._look = look
        self.type_name = type_name
        self.number = number
        self.now_ms = now_ms
        """Fleet time."""
        self.draining = draining

    @property
    def agent_id(self) -> str:
        """The agent's own id."""
        return agent_id(self.type_name, self.number)

    @property
    def market(self) -> MarketView:
        """The market as the agent sees it now, its own orders of this step not yet included.

        Raises:
            LookupError: whatever runs the agent has no market.
        """
        if self._look is None:
            raise LookupError("there is no market here")
        return self._look(self.number, self.now_ms)

    @property
    def has_market(self) -> bool:
        """Whether `market` can be looked at."""
        return self._look is not None


CLOSING_PACE_MS = 1_000
"""How soon an agent that closes its positions looks again."""


def closing_orders(sight: Sight) -> tuple[Intent, ...]:
    """What closes the agent's open positions, as far as its cash and the size of one order go.

    Units that it has bought and that are held in escrow are on their way: they are not bought twice.
    """
    market = sight.market
    free_cents = market.free_cents
    intents: list[Intent] = []
    for service, units in market.positions().items():
        prices = market.prices(service)
        assert prices is not None, "what it has a position in is traded"
        if units > 0:
            most = min(ORDER_UNITS_MAX, MONEY_CENTS_MAX // prices.bid_cents)
            intents.append(Sell(service, min(units, most)))
            continue
        missing = -units - market.incoming_units(service)
        closes = min(missing, ORDER_UNITS_MAX, free_cents // prices.ask_cents)
        if closes > 0:
            free_cents -= closes * prices.ask_cents
            intents.append(Buy(service, closes, prices.ask_cents))
    return tuple(intents)


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
    role: ClassVar[Role | None] = None
    """Sellers may sell short, and their `price` draws the reference value of their `service`; arbiters hold
    trades of at least their `escrow_threshold`.
    """

    def __init__(self, config: Any) -> None:
        self.config = config

    @abstractmethod
    def start(self, sight: Sight, chance: Chance) -> StateT:
        """The state of a fresh agent. It is Ready when its first step has come back."""

    @abstractmethod
    def step(self, state: StateT, sight: Sight, chance: Chance) -> Step:
        """One step of its work."""

    def obligations(self, state: StateT, sight: Sight) -> Sequence[Obligation]:
        """What it owes beside what the ledger knows of: its positions, orders and escrows count always."""
        return ()

    def drain(self, state: StateT, sight: Sight, chance: Chance) -> Step:
        """One step towards owing nothing; asked until nothing is owed. Its orders were cancelled before the
        first. The default closes positions at the best price there is, and then works on.
        """
        closing = closing_orders(sight) if sight.has_market else ()
        return Step(CLOSING_PACE_MS, closing) if closing else self.step(state, sight, chance)

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
