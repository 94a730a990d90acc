"""The port between the deployer and whatever runs agents."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from msgspec import Struct

from palm_ual.agents.contract import AgentType
from palm_ual.market.view import MarketView
from palm_ual.model.events import Health
from palm_ual.model.logs import WrittenLine

NO_RESTARTS: Mapping[int, int] = MappingProxyType({})


class AgentImage(Struct, frozen=True):
    """One agent as it is put away: `state` is what its type's `snapshot` gave."""

    number: int
    restarts: int
    steps: int
    due_ms: int | None
    state: Any


class Crash(Struct, frozen=True):
    """A method of the agent's type raised, or gave back what no step is."""

    uid: int
    number: int
    reason: str


class HealthSeen(Struct, frozen=True):
    """An agent says that its health has changed."""

    uid: int
    number: int
    health: Health
    reason: str | None


class Seen:
    """What an engine saw since it was last asked, in order, by deployment uid where it says so."""

    __slots__ = ("crashes", "drained", "health", "lines", "ready")

    def __init__(self) -> None:
        self.ready: dict[int, list[int]] = {}
        self.drained: dict[int, list[int]] = {}
        self.crashes: list[Crash] = []
        self.health: list[HealthSeen] = []
        self.lines: list[WrittenLine] = []


class Exchange(Protocol):
    """The way to the market, for agents by deployment uid and number."""

    def view(self, uid: int, number: int, now_ms: int) -> MarketView:
        """The market as one agent sees it."""

    def carry_out(self, uid: int, number: int, intents: Sequence[object], now_ms: int) -> Sequence[object]:
        """Do what an agent intends, at once and in order; returns those that are nothing for the market.

        Raises:
            TypeError, ValueError: one is not whole; those before it are done.
        """

    def owes(self, uid: int, number: int) -> list[str]:
        """What an agent owes by the ledger, in words."""


class Engine(Protocol):
    """Runs agents of deployments. Every call is short and returns at once."""

    def connect(self, exchange: Exchange) -> None:
        """Give agents a market. Called once, before any deployment is opened."""

    def open_deployment(self, uid: int, behaviour: AgentType[Any]) -> None:
        """Make ready to run agents of one deployment."""

    def close_deployment(self, uid: int) -> None:
        """Forget a deployment and whatever agents it still has."""

    def launch(
        self, uid: int, numbers: Sequence[int], *, restarts: Mapping[int, int] = NO_RESTARTS, now_ms: int
    ) -> None:
        """Start these afresh; what still runs under their numbers is gone. Seen as ready, or as a crash.

        `restarts` has how many times an agent was started before, where that is not 0: its chance differs.
        """

    def adopt(self, uid: int, images: Sequence[AgentImage], *, now_ms: int) -> None:
        """Go on with these from where they were put away."""

    def drain(self, uid: int, numbers: Sequence[int], *, now_ms: int) -> None:
        """Let these finish what they owe. Seen as drained."""

    def resume(self, uid: int, numbers: Sequence[int], *, now_ms: int) -> None:
        """Let these take work again."""

    def rest(self, uid: int, numbers: Sequence[int]) -> None:
        """Keep these as they are, drained: they take no steps."""

    def stop(self, uid: int, numbers: Sequence[int]) -> None:
        """End these at once."""

    def owes(self, uid: int, number: int) -> str | None:
        """What an agent still owes, in words; None if nothing, or if it is not running."""

    def run(self, now_ms: int) -> Seen:
        """Take every step that is due by `now_ms`."""

    def next_due_ms(self) -> int | None:
        """When the next step is due; None if nothing is."""

    def images(self, uid: int, restarts: Mapping[int, int], *, now_ms: int) -> list[AgentImage]:
        """Put away the agents of a deployment, leaving them running. `restarts` by number go with them."""

    def take_lines(self) -> list[WrittenLine]:
        """What was written to agents' logs since the last `run`."""
