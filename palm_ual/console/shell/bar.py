"""The line under the prompt: how the fleet is. Pure."""

from collections.abc import Iterable

from palm_ual.console.lines.figures import UNKNOWN, counted
from palm_ual.console.lines.lines import Glyphs, Line, Segment, plain
from palm_ual.console.lines.width import cut, width
from palm_ual.model.money import format_dollars
from palm_ual.service.pulse import Pulse

_BETWEEN = "  "


def bar_parts(pulse: Pulse | None, columns: int, glyphs: Glyphs) -> Line:
    """What fits of the fleet's pulse, the most important first; None stands for a home that is being opened."""
    if pulse is None:
        return plain(cut(" opening the home...", columns, glyphs.cut))
    shown: list[Segment] = []
    room = columns - 1
    for text, style in _figures(pulse, glyphs):
        needed = width(text) + (len(_BETWEEN) if shown else 1)
        if needed > room:
            break
        shown.append(((_BETWEEN if shown else " ") + text, style))
        room -= needed
    return tuple(shown)


def _figures(pulse: Pulse, glyphs: Glyphs) -> Iterable[Segment]:
    yield f"{pulse.agents:,}/{pulse.capacity:,} agents", ""
    if pulse.agents:
        yield f"{glyphs.ok} {pulse.healthy:,}", "ok" if pulse.healthy else ""
    if pulse.degraded:
        yield f"{glyphs.warn} {pulse.degraded:,}", "warn"
    if pulse.unhealthy:
        yield f"{glyphs.bad} {pulse.unhealthy:,}", "bad"
    if pulse.deploying:
        yield f"{pulse.deploying:,} starting", ""
    yield "PnL " + (UNKNOWN if pulse.pnl_cents is None else format_dollars(pulse.pnl_cents, signed=True)), ""
    orders = UNKNOWN if pulse.orders_per_min is None else f"{pulse.orders_per_min:,.0f}"
    yield f"{orders} orders/min", ""
    if pulse.changing:
        yield f"{counted(pulse.changing, 'deployment')} changing", ""
