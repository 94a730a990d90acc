"""Agent types as a user might write them, well and badly."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal

from msgspec import Struct
from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, Fraction, Money, Seconds
from palm_ual.agents.contract import HEALTHY, AgentType, HealthReport, Obligation, Sight, Step, Write


class CourierConfig(AgentConfig):
    """What a courier is told."""

    funding: Money = Field(5_00, description="what it is started with")
    parcels: int = Field(3, ge=1, le=9, description="how many it carries at once")
    pause_s: Seconds = Field(2, description="time between two houses")
    care: Fraction = Field(Decimal("0.5"), description="how often it rings twice")
    vehicle: Literal["bike", "van"] = Field("bike", description="what it rides")
    express: bool = Field(False, description="whether it takes no other parcel")


class Round(Struct):
    """Where a courier is."""

    carried: int
    delivered: int = 0


class Courier(AgentType[Round]):
    """Carries parcels to houses, and owes the ones it has not delivered yet."""

    name = "courier"
    summary = "carries parcels"
    Config: ClassVar[Any] = CourierConfig
    State = Round

    @override
    def start(self, sight: Sight, chance: Chance) -> Round:
        return Round(1 + chance.below(int(self.config.parcels)))

    @override
    def step(self, state: Round, sight: Sight, chance: Chance) -> Step:
        if state.carried == 0 and not sight.draining:
            state.carried = int(self.config.parcels)
        return self._deliver(state, sight, chance)

    @override
    def drain(self, state: Round, sight: Sight, chance: Chance) -> Step:
        return self._deliver(state, sight, chance)

    def _deliver(self, state: Round, sight: Sight, chance: Chance) -> Step:
        state.carried, state.delivered = max(0, state.carried - 1), state.delivered + 1
        said = (Write(f"{sight.agent_id} rang twice"),) if chance.one_in(2) else ()
        return Step(1_000 * int(self.config.pause_s), said)

    @override
    def obligations(self, state: Round, sight: Sight) -> Sequence[Obligation]:
        return [Obligation(f"{state.carried} parcels")] if state.carried else []

    @override
    def health(self, state: Round, sight: Sight) -> HealthReport:
        return HealthReport("degraded", "tired") if state.delivered > 100 else HEALTHY


class PuppetConfig(AgentConfig):
    """It has money, and no budget."""

    funding: Money = Field(10_000_000_00, description="what it is started with")


class Nothing(Struct):
    """What it remembers."""


class Puppet(AgentType[Nothing]):
    """Does nothing by itself; a test trades for it."""

    name = "puppet"
    summary = "does nothing"
    Config = PuppetConfig
    State = Nothing

    @override
    def start(self, sight: Sight, chance: Chance) -> Nothing:
        return Nothing()

    @override
    def step(self, state: Nothing, sight: Sight, chance: Chance) -> Step:
        return Step(None)


class StrictConfig(AgentConfig):
    """It has a key that must be given."""

    place: str = Field(min_length=1, max_length=5, description="where")


class Strict(Courier):
    """Cannot do without a place."""

    name = "strict"
    summary = "needs a place"
    Config = StrictConfig


class Unmade(Courier):
    """Cannot be made."""

    name = "unmade"

    def __init__(self, config: CourierConfig) -> None:
        raise ZeroDivisionError("made of nothing")


class CarelessConfig(AgentConfig):
    """Its money is no Money, and its service no text."""

    funding: Decimal = Decimal("0.5")
    service: list[int] = Field(default_factory=list)


class Careless(Courier):
    """Has money that the orchestrator cannot hand out."""

    name = "careless"
    Config = CarelessConfig


class Nameless(Courier):
    """Has a name that no id can begin with."""

    name = "Not A Name"


class Speechless(Courier):
    """Says nothing of itself."""

    name = "speechless"
    summary = ""


class Schemaless(Courier):
    """Takes any config, which is to say none."""

    name = "schemaless"
    Config = dict


NOT_A_TYPE = "courier"
