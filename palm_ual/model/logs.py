"""Lines that agents write."""

from msgspec import Struct


class WrittenLine(Struct, frozen=True):
    """One line of one agent's log, at a fleet time."""

    agent: str
    at_ms: int
    text: str
