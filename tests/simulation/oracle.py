"""What the journal says of money, units, orders and escrows, worked out by a market that is too simple to be wrong."""

from collections.abc import Callable

import msgspec

from palm_ual.market import flow
from palm_ual.model import events as ev
from palm_ual.model.ids import Ranges, numbers_of
from palm_ual.world.records import World
from tests.market.compare import differences
from tests.market.naive import NaiveMarket
from tests.market.naive_values import NaiveAgent, Who

_TREASURY: Who = (0, 0)
_STATES: dict[type, str] = {
    ev.AgentsStarted: "Starting",
    ev.AgentsBecameReady: "Ready",
    ev.AgentsDrainBegun: "Draining",
    ev.AgentsBecameDrained: "Drained",
}


class Oracle:
    """Follows the records of one home, and says through `complain` what should not have happened."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self.complain = complain
        self.market = NaiveMarket()
        self._revisions: dict[int, ev.Revision] = {}
        self._states: dict[Who, str] = {}
        self._issue_cap: int | None = None
        self._has_seed = False

    def follow(self, record: ev.Recorded) -> None:
        """One record, in order."""
        event = record.event
        match event:
            case ev.FleetResumed():
                if not self._has_seed:
                    self.market.seed, self._has_seed = event.seed, True
            case ev.SettingSet(name="issue_cap"):
                self._issue_cap = event.value
            case ev.MarketTraded():
                self._play(event)
            case ev.MoneyMoved() | ev.AgentsPlaced():
                self._pay(event)
            case ev.OrdersCancelled():
                for number in numbers_of(event.agents):
                    self.market.cancel_all((event.uid, number))
            case ev.DeploymentCreated():
                self._revisions[event.uid] = event.revision
            case ev.AgentsEnded():
                self._end(event)
            case _:
                self._move(event)
        self._settle_roles()

    def _play(self, event: ev.MarketTraded) -> None:
        market = self.market
        if event.first_op != market.applied + 1:
            self.complain(f"operation {event.first_op} follows {market.applied}")
        before = _sums(market)
        market.play(msgspec.msgpack.decode(event.ops))
        if market.applied != event.first_op + event.count - 1:
            self.complain(f"{event.count} operations are {market.applied - event.first_op + 1}")
        happened = [after - first for after, first in zip(_sums(market), before, strict=True)]
        if happened != [*msgspec.structs.astuple(event.sums)]:
            self.complain(f"a batch came to {happened}, not {event.sums}")

    # Money

    def _pay(self, event: ev.MoneyMoved | ev.AgentsPlaced) -> None:
        market = self.market
        market.issued += event.minted_cents
        market.treasury += event.minted_cents
        if event.minted_cents and self._issue_cap is not None and market.issued > self._issue_cap:
            self.complain(f"{market.issued} cents are issued, {self._issue_cap} may be")
        if isinstance(event, ev.AgentsPlaced):
            for number in numbers_of(event.agents):
                self._place(event, number)
        else:
            self._change(event.source, -event.cents)
            self._change(event.target, event.cents)
        if market.treasury < 0:
            self.complain(f"the treasury has {market.treasury} cents after {event}")

    def _place(self, event: ev.AgentsPlaced, number: int) -> None:
        revision, cents = self._revisions[event.uid], event.funding_cents
        who = (event.uid, number)
        self.market.agents[who] = NaiveAgent(
            cents, cents, revision.budget_cents, may_short=revision.role == "seller"
        )
        self.market.treasury -= cents
        self._states[who] = "Pending"

    def _change(self, who: Who, cents: int) -> None:
        if who == _TREASURY:
            self.market.treasury += cents
            return
        agent = self.market.agents[who]
        agent.cash += cents
        agent.funded += cents
        if agent.cash < self.market.claimed(who):
            self.complain(f"{who} gave {-cents} cents, and has {agent.cash} left")

    # Agents

    def _move(self, event: ev.AnyEvent) -> None:
        match event:
            case (
                ev.AgentsStarted() | ev.AgentsBecameReady() | ev.AgentsDrainBegun() | ev.AgentsBecameDrained()
            ):
                self._set(event.uid, event.agents, _STATES[type(event)])
            case ev.AgentsResumed():
                for number in numbers_of(event.agents):
                    if self._states[event.uid, number] in ("Draining", "Drained"):
                        self._set(event.uid, ((number, number),), "Ready")
            case ev.AgentFailed():
                for case in list(self.market.cases.values()):
                    if case.arbiter == (event.uid, event.number):
                        self.market.decide(flow.HAND_OVER, case)
                self._set(event.uid, ((event.number, event.number),), "Failed")
            case _:
                pass

    def _set(self, uid: int, agents: Ranges, state: str) -> None:
        for number in numbers_of(agents):
            who = (uid, number)
            self._states[who] = state
            self.market.agents[who].closing = state in ("Draining", "Drained")
            if state in ("Draining", "Failed"):
                self.market.cancel_all(who)
            if state == "Drained" and self.market.owes(who):
                self.complain(f"{who} is drained and owes something")

    def _end(self, event: ev.AgentsEnded) -> None:
        returned, dropped = 0, numbers_of(event.dropped)
        for number in numbers_of(event.agents):
            who = (event.uid, number)
            if self.market.owes(who):
                self.complain(f"{who} ended and owes something")
            if who in self.market.forced and not dropped:
                self.complain(f"{who} was ended by force, and nobody is told")
            agent = self.market.agents.pop(who)
            self.market.ended[event.uid].append(agent)
            self.market.treasury += agent.cash
            returned += agent.cash
            del self._states[who]
            self.market.forced.discard(who)
        if returned != event.returned_cents:
            self.complain(f"{event} returns {returned} cents")

    def _settle_roles(self) -> None:
        arbiters: list[tuple[int, Who]] = []
        prices: dict[str, list[int]] = {}
        for who, state in self._states.items():
            if who in self.market.forced:
                continue
            revision = self._revisions[who[0]]
            if (
                state == "Ready"
                and revision.role == "arbiter"
                and revision.escrow_threshold_cents is not None
            ):
                arbiters.append((revision.escrow_threshold_cents, who))
            if (
                state == "Ready"
                and revision.role == "seller"
                and revision.quoted_service
                and revision.price_cents
            ):
                prices.setdefault(revision.quoted_service, []).append(revision.price_cents)
        self.market.arbiters = sorted(arbiters)
        self.market.means = {service: sum(asked) // len(asked) for service, asked in prices.items()}

    # What it is compared with

    def differences(self, world: World) -> list[str]:
        """Where a world is not what its journal says. An end by force is over by then."""
        found = [f"{who} was ended by force and is there" for who in self.market.forced]
        accounts = {(deployment.uid, agent.number): agent for deployment, agent in world.each_agent()}
        return found + differences(self.market, world.market, accounts)


def _sums(market: NaiveMarket) -> list[int]:
    return [
        market.placed,
        market.trades,
        market.traded_units,
        market.volume,
        market.minted,
        market.burned,
    ]
