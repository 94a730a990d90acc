"""How far a statement's work has come."""

from msgspec import Struct

from palm_ual.model.ids import count_of
from palm_ual.model.results import (
    AgentsDrained,
    AgentsReady,
    AgentsTerminated,
    DeleteStarted,
    DeployStarted,
    DrainStarted,
    RestartStarted,
    ResultEvent,
    ScaleStarted,
)


class Progress(Struct, frozen=True):
    """`done` of `total` agents are where the statement wants them."""

    done: int
    total: int


def progress_of(event: ResultEvent) -> Progress | None:
    """What the event says about it; None where it says nothing."""
    if isinstance(event, AgentsReady | AgentsDrained | AgentsTerminated):
        return Progress(event.first_index - 1 + count_of(event.agents), event.total)
    if isinstance(event, DeployStarted | DeleteStarted | DrainStarted | RestartStarted):
        return Progress(0, event.count)
    if isinstance(event, ScaleStarted):
        return Progress(0, abs(event.change))
    return None
