"""How a fleet is, in a few figures that cost next to nothing: for a bar that shows them all the time.

A prompt imports this before there is a fleet: what a look needs is imported at the first one.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from palm_ual.runtime.palm import Palm
    from palm_ual.service.figures import Measured
    from palm_ual.world.records import Deployment, World

ILL_MAX = 100
"""Deployments that a pulse names; the others are only counted."""
_NEWS_MAX = 3
"""Deployments that have a line of their own."""
_MEASURED_PER_MS = 1
"""Trading deployments whose figures are added up for each millisecond of fleet time: a thousandth of it, about."""
_WELL_FOR_S = 60.0
"""How long one that was told must have been well before it is news again."""


class Ill(Struct, frozen=True):
    """A deployment that is not well."""

    name: str
    status: str
    """`DEGRADED` or `UNHEALTHY`."""
    degraded: int
    unhealthy: int


class Pulse(Struct, frozen=True):
    """A fleet at one moment. What was not measured is None."""

    deployments: int
    agents: int
    capacity: int
    healthy: int
    degraded: int
    unhealthy: int
    """Agents that failed included."""
    deploying: int
    changing: int
    """Deployments that are still on their way to what they should be."""
    orders_per_min: int | None
    pnl_cents: int | None
    ill: tuple[Ill, ...]
    """Unhealthy ones first, then oldest first; at most `ILL_MAX`."""
    ills: int
    """How many there are."""


class Pulses:
    """Takes one pulse after the other of one fleet.

    Counters are of the moment. The figures of very many trading deployments are not added up at each
    look: those of 10,000 are up to ten seconds old.
    """

    def __init__(self) -> None:
        self._measured: Measured | None = None
        self._measured_ms = 0
        self._trading = 0

    def take(self, palm: "Palm") -> Pulse:
        """Called in the fleet's thread."""
        from palm_ual.service.work import settled

        world = palm.world
        measured = self._measure(world, palm.now_ms)
        plain, others = _parted(world.deployments.values())
        ill, ills = _ill_among(others)
        return Pulse(
            deployments=len(world.deployments),
            agents=plain + sum(deployment.total for deployment in others),
            capacity=world.capacity,
            healthy=plain + sum(deployment.healthy for deployment in others),
            degraded=sum(deployment.degraded for deployment in others),
            unhealthy=sum(deployment.sick for deployment in others),
            deploying=sum(deployment.deploying for deployment in others),
            changing=sum(not settled(deployment) for deployment in others),
            orders_per_min=measured.orders_per_min,
            pnl_cents=measured.pnl_cents,
            ill=ill,
            ills=ills,
        )

    def _measure(self, world: "World", now_ms: int) -> "Measured":
        from palm_ual.service.figures import measure

        known = self._measured
        if known is not None and now_ms - self._measured_ms < self._trading // _MEASURED_PER_MS:
            return known
        trading = [one.figures for one in world.deployments.values() if one.figures.orders]
        self._measured_ms, self._trading = now_ms, len(trading)
        measured = self._measured = measure(trading, world.market.references, now_ms=now_ms)
        return measured


class News:
    """What has become worse than it was told, or was at the beginning.

    What gets better is no news. What was told once is not told again before it has been well for a while,
    unless it gets worse: a deployment whose agents fail again and again is one story. Of more than
    `ILL_MAX` that are not well, those not named are not compared.
    """

    def __init__(self, beginning: Pulse, now_s: float) -> None:
        self._told = {one.name: _rank(one) for one in beginning.ill}
        self._ill_s = dict.fromkeys(self._told, now_s)
        """When it was last seen not to be well."""
        self._more = beginning.ills > len(beginning.ill)

    def since(self, now: Pulse, now_s: float) -> tuple[str, ...]:
        """A line for each deployment that is worse, and one for all beyond a few."""
        unknown = _WORST if self._more else _WELL
        worse = [one for one in now.ill if _rank(one) > self._told.get(one.name, unknown)]
        for one in now.ill:
            self._told[one.name] = max(_rank(one), self._told.get(one.name, _WELL))
            self._ill_s[one.name] = now_s
        for name in [name for name, last_s in self._ill_s.items() if now_s - last_s >= _WELL_FOR_S]:
            del self._told[name], self._ill_s[name]
        self._more = now.ills > len(now.ill)
        lines = [_in_words(one) for one in worse[:_NEWS_MAX]]
        if len(worse) > _NEWS_MAX:
            more = len(worse) - _NEWS_MAX
            lines.append(f"and {more:,} more deployment{'s' if more > 1 else ''}")
        return tuple(lines)


_WELL, _WORST = 0, 3


def _rank(ill: Ill) -> int:
    """How bad it is: some agents degraded, some unhealthy, none healthy any more."""
    if ill.status == "UNHEALTHY":
        return _WORST
    return 2 if ill.unhealthy else 1


def _in_words(ill: Ill) -> str:
    counts = [
        f"{count:,} {word}"
        for count, word in ((ill.unhealthy, "unhealthy"), (ill.degraded, "degraded"))
        if count
    ]
    return f"{ill.name} is {ill.status}" + (f": {', '.join(counts)}" if counts else "")


def _parted(deployments: "Iterable[Deployment]") -> "tuple[int, list[Deployment]]":
    """How many agents are in deployments that have all they should have, and the deployments of which more is
    to be said. One look at each: there may be ten thousand.
    """
    agents, others = 0, []
    for one in deployments:
        if (
            one.healthy == one.total == one.size
            and not one.conditions
            and not one.drains
            and not one.restarting
            and one.delete_deadline_ms is None
            and one.drain_deadline_ms is None
        ):
            agents += one.total
        else:
            others.append(one)
    return agents, others


def _ill_among(deployments: "Iterable[Deployment]") -> "tuple[tuple[Ill, ...], int]":
    """The worst of those that are not well, and how many there are."""
    from palm_ual.service.wording import status_of

    bad: list[Deployment] = []
    ailing: list[Deployment] = []
    for one in deployments:
        if one.delete_deadline_ms is None and (one.conditions or one.degraded or one.sick):
            (ailing if one.healthy or not one.sick else bad).append(one)
    ill = [Ill(one.name, status_of(one), one.degraded, one.sick) for one in (*bad, *ailing)[:ILL_MAX]]
    return tuple(sorted(ill, key=_rank, reverse=True)), len(bad) + len(ailing)
