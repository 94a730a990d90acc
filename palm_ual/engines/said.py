"""What an agent's code gave back or raised, made fit to be kept."""

from asyncio import CancelledError
from collections.abc import Sequence
from typing import Any

from palm_ual.agents.contract import HealthReport
from palm_ual.engines.engine import HealthSeen
from palm_ual.model.limits import DURATION_MS_MAX, INTENTS_PER_STEP_MAX

REASON_CHARS_MAX = 500
HEALTHS = ("healthy", "degraded", "unhealthy")
CRASHES = (Exception, SystemExit, GeneratorExit, CancelledError)
"""What an agent type of the user's may raise without taking the fleet with it; a real Ctrl-C is none of it."""


def storable(text: str) -> str:
    """Half a surrogate pair has no place in UTF-8: it is written as its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def checked_wake_ms(wake_in_ms: object) -> int:
    """A step's own time, which a careless type may have got wrong: it would be stored with the agent."""
    if type(wake_in_ms) is not int:
        raise TypeError(f"wake_in_ms must be a whole number or None, not {wake_in_ms!r}")
    if wake_in_ms > DURATION_MS_MAX:
        raise ValueError(f"wake_in_ms may be at most {DURATION_MS_MAX}")
    return max(1, wake_in_ms)


def checked_intents(intents: object) -> tuple[Any, ...]:
    """What a step intends, whole and at hand: no code of the agent's runs while it is carried out."""
    if type(intents) is not tuple and type(intents) is not list:
        raise TypeError(f"intents must be a tuple, not {type(intents).__name__}")
    if len(intents) > INTENTS_PER_STEP_MAX:
        raise ValueError(f"a step may intend at most {INTENTS_PER_STEP_MAX:,} things, not {len(intents):,}")
    return tuple(intents)


def checked_health(uid: int, number: int, report: HealthReport) -> HealthSeen:
    """What an agent says of itself, fit to be stored."""
    if report.health not in HEALTHS:
        raise ValueError(f"health must be one of {', '.join(HEALTHS)}, not {report.health!r}")
    reason = None if report.reason is None else storable(str(report.reason)[:REASON_CHARS_MAX])
    return HealthSeen(uid, number, report.health, reason)


def reason_of(error: BaseException) -> str:
    try:
        said = str(error)
    except CRASHES as second:
        said = f"(its text raised {type(second).__name__})"
    return storable(f"{type(error).__name__}: {said}"[:REASON_CHARS_MAX])


def in_words(owed: Sequence[str]) -> str | None:
    return storable(", ".join(owed)[:REASON_CHARS_MAX]) or None
