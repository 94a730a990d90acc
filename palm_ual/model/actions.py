"""What a plan asks to be done, in the imperative, and why. The deployer applies actions; nothing else does."""

from typing import Literal, TypeAlias

from msgspec import Struct

from palm_ual.model.ids import Ranges


class Action(Struct, frozen=True, tag=True):
    """Base of all actions; each is about the one deployment that was planned for."""


class PlaceAgents(Action, frozen=True):
    """Take the next `count` numbers and fund them."""

    count: int


class LaunchAgents(Action, frozen=True):
    """Start these in the engine: fresh ones, failed ones whose time has come, drained ones to be restarted."""

    agents: Ranges


class BeginDrain(Action, frozen=True):
    """Let these finish what they owe and take no new work."""

    agents: Ranges
    then: Literal["stay", "end", "restart"]
    deadline_ms: int


class EndAgents(Action, frozen=True):
    """Take these out of the engine and out of the world; their money goes back."""

    agents: Ranges
    reason: str


class FailAgents(Action, frozen=True):
    """These did not come up in time: treat them as failed."""

    agents: Ranges
    reason: str


class AbandonDeploy(Action, frozen=True):
    """The deployment never became ready: end what was started and give the money back."""

    reason: str


class FinishDelete(Action, frozen=True):
    """The last agent is gone: forget the deployment."""


class RaiseCondition(Action, frozen=True):
    """State a standing fact."""

    code: str
    reason: str


class ClearCondition(Action, frozen=True):
    """The fact no longer holds."""

    code: str


AnyAction: TypeAlias = (
    PlaceAgents
    | LaunchAgents
    | BeginDrain
    | EndAgents
    | FailAgents
    | AbandonDeploy
    | FinishDelete
    | RaiseCondition
    | ClearCondition
)


class Reason(Struct, frozen=True):
    """Why a plan does what it does, or why it does nothing: a rule's name and a sentence with the figures."""

    rule: str
    text: str


class Plan(Struct, frozen=True):
    """One safe step. `wake_at_ms` says when to look again though nothing happened; None means never."""

    actions: tuple[AnyAction, ...]
    reasons: tuple[Reason, ...]
    wake_at_ms: int | None = None
