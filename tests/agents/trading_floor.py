"""A market with agents on it, run by hand: virtual time, one thread, no engine, no journal.

It carries intents out as a fleet does: an agent steps when it is due, what it intends is done as soon as its
step is over, and the reference values move each second.
"""

from collections.abc import Callable, Iterator
from functools import partial
from heapq import heappop, heappush
from typing import Any, NamedTuple

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, checked_config
from palm_ual.agents.contract import (
    HEALTHY,
    AgentType,
    Buy,
    Cancel,
    CancelAll,
    Dispute,
    HandOver,
    HealthReport,
    Intent,
    Refund,
    Release,
    Sell,
    Sight,
    Step,
    Write,
)
from palm_ual.market import flow
from palm_ual.market.accounts import BUY, SELL, Account, Figures, Trading, pnl_of
from palm_ual.market.market import Market
from palm_ual.market.view import MarketView

CASE_CODES = {
    Release: flow.RELEASE,
    Dispute: flow.DISPUTE,
    Refund: flow.REFUND,
    HandOver: flow.HAND_OVER,
}


class Placed(NamedTuple):
    """An order that was submitted. `refusal` says why it was refused, if it was."""

    at_ms: int
    order: Buy | Sell
    refusal: str | None


class Decided(NamedTuple):
    """What an arbiter said of a case."""

    at_ms: int
    intent: Release | Dispute | Refund | HandOver


class Fleet:
    """Agents of one type and config: they share a behaviour and the sums, as a deployment's do."""

    def __init__(self, floor: "Floor", uid: int, kind: type[AgentType[Any]], config: dict[str, Any]) -> None:
        self.uid = uid
        self.config: Any = checked_config(kind.Config, config, type_name=kind.name)
        self.behaviour = kind(self.config)
        self.figures = floor.market.figures[uid] = Figures(uid)
        self.sight = Sight(kind.name, 0, 0, look=partial(floor.view, uid))
        self.agents: list[Agent] = []


class Agent:
    """One of them, and what it did."""

    def __init__(self, fleet: Fleet, number: int) -> None:
        config: AgentConfig = fleet.config
        self.fleet = fleet
        self.number = number
        self.account = Account(number, getattr(config, "funding", 0))
        fleet.figures.cash_cents += self.account.cash_cents
        fleet.figures.funding_cents += self.account.cash_cents
        self.state: Any = None
        self.due_ms: int | None = None
        self.draining = False
        self.taken: list[Step] = []
        self.placed: list[Placed] = []
        self.decided: list[Decided] = []
        self.written: list[str] = []
        self.health: HealthReport = HEALTHY

    @property
    def trading(self) -> Trading:
        """What it has at the market, made with the first look, as the fleet does."""
        fleet = self.fleet
        if self.account.trading is None:
            self.account.trading = Trading(
                fleet.figures,
                budget_cents=getattr(fleet.config, "budget", None),
                may_short=fleet.behaviour.role == "seller",
            )
        return self.account.trading

    @property
    def is_ready(self) -> bool:
        return bool(self.taken) and not self.draining

    @property
    def orders(self) -> list[Buy | Sell]:
        return [placed.order for placed in self.placed]

    @property
    def refusals(self) -> list[str]:
        return [placed.refusal for placed in self.placed if placed.refusal is not None]

    @property
    def used_cents(self) -> int:
        return self.trading.used_budget_cents

    def units(self, service: int = 0) -> int:
        return self.trading.position(service).units


class Floor:
    """The market, the fleets, and their time."""

    def __init__(self, seed: int = 1) -> None:
        self.market = Market(self._account)
        self.market.seed = self.seed = seed
        self.now_ms = 0
        self.latency_us: Callable[[Agent], int] = lambda _: 40
        """How long the market takes to answer an agent's next order."""
        self.loses: Callable[[Agent], bool] = lambda _: False
        """Whether an agent's next order is lost on its way."""
        self.fleets: list[Fleet] = []
        self._due: list[tuple[int, int, int]] = []

    # Agents

    def deploy(self, kind: type[AgentType[Any]], count: int = 1, **config: Any) -> list[Agent]:
        """Agents of a type, which step for the first time when the floor runs next. Money is in dollars."""
        fleet = Fleet(self, len(self.fleets), kind, config)
        self.fleets.append(fleet)
        for number in range(1, count + 1):
            agent = Agent(fleet, number)
            fleet.agents.append(agent)
            agent.state = fleet.behaviour.start(*self.given(agent))
            self._schedule(agent, self.now_ms)
        return fleet.agents

    def view(self, uid: int, number: int, now_ms: int) -> MarketView:
        fleet = self.fleets[uid]
        budget_cents = getattr(fleet.config, "budget", None)
        return MarketView(self.market, fleet.agents[number - 1].account, now_ms, budget_cents)

    def given(self, agent: Agent) -> tuple[Sight, Chance]:
        """What the agent's methods are called with now."""
        sight = agent.fleet.sight
        sight.number, sight.now_ms, sight.draining = agent.number, self.now_ms, agent.draining
        return sight, Chance(self.seed + agent.fleet.uid, agent.number, len(agent.taken))

    def owes(self, agent: Agent) -> bool:
        """Whether it may not end yet."""
        sight, _ = self.given(agent)
        return agent.trading.owes or bool(agent.fleet.behaviour.obligations(agent.state, sight))

    def drain(self, agent: Agent) -> None:
        """No new work from now on: its orders are off the books, and it closes what it has."""
        agent.draining = agent.account.closing = True
        self.market.cancel_all(agent.account)
        self._settle_role(agent)
        self._schedule(agent, self.now_ms)

    def resume(self, agent: Agent) -> None:
        """Back to work."""
        agent.draining = agent.account.closing = False
        self._settle_role(agent)
        self._schedule(agent, self.now_ms)

    def each_agent(self) -> Iterator[Agent]:
        for fleet in self.fleets:
            yield from fleet.agents

    def pnl_cents(self, agent: Agent) -> int:
        return pnl_of(agent.account, self.market.references) or 0

    # Time

    def run(self, seconds: int) -> None:
        """Let so much fleet time pass."""
        self.run_until(self.now_ms + seconds * 1_000)

    def run_until(self, end_ms: int) -> None:
        """Steps and ticks up to a time, that one included; the market moves before agents act."""
        while True:
            due_ms = self._due[0][0] if self._due else end_ms + 1
            at_ms = min(due_ms, self.market.tick_at_ms)
            if at_ms > end_ms:
                break
            self._turn_to(at_ms)
            if self.market.tick_at_ms <= due_ms:
                self.market.tick(at_ms)
            else:
                _, uid, number = heappop(self._due)
                agent = self.fleets[uid].agents[number - 1]
                if agent.due_ms == at_ms:
                    self._step(agent)
        self._turn_to(end_ms)

    def _turn_to(self, at_ms: int) -> None:
        self.now_ms = self.market.now_ms = at_ms

    def _schedule(self, agent: Agent, due_ms: int) -> None:
        agent.due_ms = due_ms
        heappush(self._due, (due_ms, agent.fleet.uid, agent.number))

    def _step(self, agent: Agent) -> None:
        behaviour = agent.fleet.behaviour
        agent.due_ms = None
        if agent.draining and not self.owes(agent):
            return
        sight, chance = self.given(agent)
        act = behaviour.drain if agent.draining else behaviour.step
        step: Step = act(agent.state, sight, chance)
        agent.taken.append(step)
        for intent in step.intents:
            self.carry_out(agent, intent)
        agent.health = behaviour.health(agent.state, sight)
        if len(agent.taken) == 1:
            self._settle_role(agent)
        if step.wake_in_ms is not None:
            self._schedule(agent, self.now_ms + step.wake_in_ms)

    def _account(self, uid: int, number: int) -> Account:
        agent = self.fleets[uid].agents[number - 1]
        assert agent.trading is not None, "it is made ready to trade"
        return agent.account

    def _settle_role(self, agent: Agent) -> None:
        """Ready sellers' prices draw the reference values, and ready arbiters hold trades."""
        fleet = agent.fleet
        if fleet.behaviour.role == "seller":
            self._settle_anchors()
        elif fleet.behaviour.role == "arbiter":
            key = (fleet.uid, agent.number)
            if agent.is_ready:
                self.market.desk.join(key, fleet.config.escrow_threshold)
            else:
                self.market.desk.leave(key)

    def _settle_anchors(self) -> None:
        prices: dict[str, list[int]] = {}
        for agent in self.each_agent():
            config = agent.fleet.config
            if agent.is_ready and agent.fleet.behaviour.role == "seller" and config.price:
                prices.setdefault(config.service, []).append(config.price)
        self.market.anchors = {name: sum(cents) // len(cents) for name, cents in prices.items()}

    # Intents

    def carry_out(self, agent: Agent, intent: Intent) -> None:
        """Do what an agent intends, at once."""
        match intent:
            case Write(text):
                agent.written.append(text)
            case Buy() | Sell():
                self._place(agent, intent)
            case Cancel(number):
                if (order := agent.trading.resting.get(number)) is not None:
                    self.market.cancel(order)
            case CancelAll():
                self.market.cancel_all(agent.account)
            case Release() | Dispute() | Refund() | HandOver():
                agent.decided.append(Decided(self.now_ms, intent))
                assert intent.case in agent.trading.cases, "it decides on what is its own"
                flow.play_case(self.market, CASE_CODES[type(intent)], intent.case)

    def _place(self, agent: Agent, order: Buy | Sell) -> None:
        trading = agent.trading
        if self.loses(agent):
            self.market.fail(agent.account)
            refusal = trading.refusal
        else:
            refusal = self.market.place(
                agent.account,
                self.market.open_book(order.service),
                BUY if isinstance(order, Buy) else SELL,
                order.units,
                order.limit_cents,
                rests=order.rests,
            )
            self.market.answered(agent.account, self.latency_us(agent))
        agent.placed.append(Placed(self.now_ms, order, refusal))
