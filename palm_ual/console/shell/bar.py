"""The line under the prompt: how the fleet is. Pure."""

from collections.abc import Iterable

from palm_ual.console.figures import UNKNOWN, counted
from palm_ual.console.lines import Glyphs
from palm_ual.console.width import cut, width
from palm_ual.model.money import format_dollars
from palm_ual.service.pulse import Pulse

Part = tuple[str, str]
"""A style of the palette, and a text."""
_BETWEEN = "  "


def bar_parts(pulse: Pulse | None, columns: int, glyphs: Glyphs) -> list[Part]:
    """What fits of the fleet's pulse, the most important first; None stands for a home that is being opened."""
    if pulse is None:
        return [("bar", cut(" opening the home...", columns, glyphs.cut))]
    shown: list[Part] = []
    room = columns - 1
    for style, text in _figures(pulse, glyphs):
        needed = width(text) + (len(_BETWEEN) if shown else 1)
        if needed > room:
            break
        shown.append((style, (_BETWEEN if shown else " ") + text))
        room -= needed
    return shown


def _figures(pulse: Pulse, glyphs: Glyphs) -> Iterable[Part]:
    yield "bar", f"{pulse.agents:,}/{pulse.capacity:,} agents"
    if pulse.agents:
        yield ("bar.ok" if pulse.healthy else "bar"), f"{glyphs.ok} {pulse.healthy:,}"
    if pulse.degraded:
        yield "bar.warn", f"{glyphs.warn} {pulse.degraded:,}"
    if pulse.unhealthy:
        yield "bar.bad", f"{glyphs.bad} {pulse.unhealthy:,}"
    if pulse.deploying:
        yield "bar", f"{pulse.deploying:,} starting"
    yield (
        "bar",
        "PnL " + (UNKNOWN if pulse.pnl_cents is None else format_dollars(pulse.pnl_cents, signed=True)),
    )
    orders = UNKNOWN if pulse.orders_per_min is None else f"{pulse.orders_per_min:,.0f}"
    yield "bar", f"{orders} orders/min"
    if pulse.changing:
        yield "bar", f"{counted(pulse.changing, 'deployment')} changing"
