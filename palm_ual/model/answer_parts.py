"""What answers are made of: columns and cells, facts, lines, short histories."""

from typing import Literal, TypeAlias

from msgspec import Struct


class DeploymentLine(Struct, frozen=True):
    """One deployment's line under the fleet's box."""

    deployment: str
    status: str
    agents: int
    size: int
    healthy: int
    degraded: int
    unhealthy: int


class Trend(Struct, frozen=True):
    """A short history, oldest first, a point every `step_ms` of fleet time. None is "not measured"."""

    step_ms: int
    pnl_cents: tuple[int, ...]
    orders_per_min: tuple[int, ...]
    latency_ms: tuple[float | None, ...]


CellKind: TypeAlias = Literal[
    "text",
    "word",
    "count",
    "cents",
    "pct",
    "latency_ms",
    "duration_ms",
    "at_ms",
    "wall_ms",
    "flag",
    "labels",
    "ids",
]
"""How a column is shown: `word` is one of a fixed few (compared without case), `cents` shows as dollars,
`pct` with one decimal, `latency_ms` as in the fleet's box (both may be floats), `duration_ms` as an age,
`wall_ms` as a UTC time.
"""


class Column(Struct, frozen=True):
    """`name` is the JSON field (with its unit); `title` is the heading of the text table."""

    name: str
    title: str
    kind: CellKind = "text"


Cell: TypeAlias = "str | int | float | bool | None | dict[str, str] | dict[str, str | int] | tuple[str, ...]"
"""None is "not measured" and prints as n/a."""


class Fact(Struct, frozen=True):
    """One line of a description. `kind` as for a column."""

    name: str
    title: str
    value: Cell
    kind: CellKind = "text"


class HomeFinding(Struct, frozen=True):
    """One thing that is not as it should be."""

    what: str
    detail: str


class LogLine(Struct, frozen=True):
    at_ms: int
    text: str
