"""The built-in arbiter."""

from collections.abc import Iterable

from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, Money, Seconds
from palm_ual.agents.contract import Dispute, HandOver, Intent, Refund, Release, Sight, Step
from palm_ual.agents.trader import PACE_MS, Trader, TraderState, pause_ms
from palm_ual.market.view import HeldTrade

OFFER_AGAIN_MS = 60_000
"""How soon an arbiter that drains offers its cases to others again: one may have become ready."""


class ArbiterConfig(AgentConfig):
    """What an arbiter is told."""

    funding: Money = Field(0, description="what the agent is started with")
    escrow_threshold: Money = Field(10_000_00, description="orders of at least this much go through escrow")
    dispute_timeout: Seconds = Field(3_600, description="a disputed order is refunded after this time")


class Docket(TraderState):
    """What an arbiter remembers; its cases are the ledger's."""

    offered_ms: int = -OFFER_AGAIN_MS
    """When it last offered its cases to others."""


class Arbiter(Trader[Docket]):
    """Holds large orders in escrow until it releases or refunds them."""

    name = "arbiter"
    summary = "holds large orders in escrow"
    Config = ArbiterConfig
    State = Docket
    role = "arbiter"

    def __init__(self, config: ArbiterConfig) -> None:
        super().__init__(config)
        self._timeout_ms = config.dispute_timeout * 1_000

    @override
    def step(self, state: Docket, sight: Sight, chance: Chance) -> Step:
        """Decides on all that it holds."""
        wake_in_ms = pause_ms(chance.below(PACE_MS))
        if not sight.has_market:
            return Step(wake_in_ms)
        market, now_ms = sight.market, sight.now_ms
        state.able_ms = now_ms
        if now_ms >= state.check_ms:
            self.check(state, market, now_ms)
        return Step(wake_in_ms, self._decisions(market.cases(), now_ms))

    @override
    def drain(self, state: Docket, sight: Sight, chance: Chance) -> Step:
        """Hands its cases over. What nobody took by the next step it decides on as ever."""
        if sight.has_market and sight.now_ms - state.offered_ms >= OFFER_AGAIN_MS:
            state.offered_ms = sight.now_ms
            offers = tuple(HandOver(held.case) for held in sight.market.cases())
            return Step(pause_ms(chance.below(PACE_MS)), offers)
        return self.step(state, sight, chance)

    def _decisions(self, cases: Iterable[HeldTrade], now_ms: int) -> tuple[Intent, ...]:
        decisions: list[Intent] = []
        for held in cases:
            if held.disputed_ms is None:
                decisions.append(Dispute(held.case) if held.is_off else Release(held.case))
            elif now_ms - held.disputed_ms >= self._timeout_ms:
                decisions.append(Refund(held.case))
        return tuple(decisions)
