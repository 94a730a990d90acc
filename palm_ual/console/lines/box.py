"""The fleet's overview: the tutorial's box, 64 columns wide."""

from collections.abc import Iterator

from palm_ual.console.lines.figures import UNKNOWN, latency, percent, share_pct
from palm_ual.console.lines.lines import BLANK, Glyphs, Line, Segment, Style, plain
from palm_ual.console.lines.safe import safe
from palm_ual.console.lines.width import cut, pad, width
from palm_ual.model.money import format_dollars
from palm_ual.model.results import DeploymentLine, FleetStatusShown

INNER = 62
BOX = INNER + 2
_ROOM = INNER - 2
"""A row keeps two blanks before the right border."""
_STATUS_COLUMNS_MAX = 12
_TITLE = " " * 22 + "Fleet Overview"


def fleet_lines(event: FleetStatusShown, columns: int | None, glyphs: Glyphs) -> Iterator[Line]:
    """The box, without its borders where the terminal has not the 64 columns for it, and the trend below."""
    yield from _box(event, columns, glyphs)
    if event.trend is not None and columns is not None:
        from palm_ual.console.lines.trend import trend_lines  # nothing that a pipe would need

        yield from trend_lines(event.trend, columns, glyphs)


def _box(event: FleetStatusShown, columns: int | None, glyphs: Glyphs) -> Iterator[Line]:
    if columns is not None and columns < BOX:
        yield plain("Fleet Overview", "head")
        yield BLANK
        yield from _rows(event, glyphs, room=None)
        return
    yield _rule(glyphs, glyphs.top)
    yield _row(plain(_TITLE, "head"), glyphs)
    yield _rule(glyphs, glyphs.middle)
    yield _row(BLANK, glyphs)
    for row in _rows(event, glyphs, room=_ROOM):
        yield _row(row, glyphs)
    yield _row(BLANK, glyphs)
    yield _rule(glyphs, glyphs.bottom)


def _rule(glyphs: Glyphs, corners: tuple[str, str]) -> Line:
    return plain(corners[0] + glyphs.across * INNER + corners[1], "dim")


def _row(inside: Line, glyphs: Glyphs) -> Line:
    filled = sum(width(text) for text, _ in inside)
    border: Segment = (glyphs.down, "dim")
    return (border, *inside, (" " * (INNER - filled), ""), border)


def _rows(event: FleetStatusShown, glyphs: Glyphs, room: int | None) -> Iterator[Line]:
    yield _fact("  Deployment: ", event.deployment, room, glyphs)
    yield _fact("  Status: ", event.status or UNKNOWN, room, glyphs, _style_of(event.status))
    yield BLANK
    yield plain("  Agents:", "head")
    share = f"{event.healthy:,} / {event.agents:,} ({share_pct(event.healthy, event.agents)})"
    yield _health(glyphs.ok, "ok", " Healthy:    ", share)
    yield _health(glyphs.warn, "warn", " Degraded:   ", f"{event.degraded:,}")
    yield _health(glyphs.bad, "bad", " Unhealthy:  ", f"{event.unhealthy:,}")
    yield BLANK
    yield plain("  Performance:", "head")
    yield _fact("    Total PnL:       ", _dollars(event.pnl_cents, signed=True), room, glyphs)
    yield _fact("    Avg Latency:     ", latency(event.avg_latency_ms), room, glyphs)
    yield _fact("    Orders/min:      ", _count(event.orders_per_min), room, glyphs)
    yield _fact("    Success Rate:    ", percent(event.success_pct), room, glyphs)
    yield BLANK
    yield plain("  Resources:", "head")
    yield _fact("    Total Funding:   ", _dollars(event.funding_cents), room, glyphs)
    yield _fact("    Total Budget:    ", _dollars(event.budget_cents), room, glyphs)
    yield _fact("    Used Budget:     ", _used(event), room, glyphs)
    if event.deployments:
        yield BLANK
        yield plain("  Deployments:", "head")
        yield from _deployments(event.deployments, glyphs, room)


def _fact(label: str, value: str, room: int | None, glyphs: Glyphs, style: Style = "") -> Line:
    shown = safe(value, cell=True)
    return ((label, ""), (shown if room is None else cut(shown, room - len(label), glyphs.cut), style))


def _health(sign: str, style: Style, label: str, value: str) -> Line:
    return (("    ", ""), (sign, style), (label + value, ""))


def _dollars(cents: int | None, *, signed: bool = False) -> str:
    return UNKNOWN if cents is None else format_dollars(cents, signed=signed)


def _count(count: int | None) -> str:
    return UNKNOWN if count is None else f"{count:,}"


def _used(event: FleetStatusShown) -> str:
    if event.used_budget_cents is None:
        return UNKNOWN
    used = format_dollars(event.used_budget_cents)
    return (
        f"{used} ({share_pct(event.used_budget_cents, event.budget_cents)})" if event.budget_cents else used
    )


def _style_of(status: str | None) -> Style:
    match status:
        case "HEALTHY":
            return "ok"
        case "UNHEALTHY":
            return "bad"
        case None:
            return "dim"
        case _:
            return "warn"


def _deployments(lines: tuple[DeploymentLine, ...], glyphs: Glyphs, room: int | None) -> Iterator[Line]:
    signs = {"ok": glyphs.ok, "warn": glyphs.warn, "bad": glyphs.bad}
    statuses = [cut(safe(line.status, cell=True), _STATUS_COLUMNS_MAX, glyphs.cut) for line in lines]
    counts = [f"{line.healthy:,} / {line.size:,}" for line in lines]
    names = [safe(line.deployment, cell=True) for line in lines]
    status_columns = max(map(width, statuses))
    name_columns = max(map(width, names))
    if room is not None:
        name_columns = min(name_columns, room - 10 - status_columns - max(map(len, counts)))
    for line, name, status, count in zip(lines, names, statuses, counts, strict=True):
        style = _style_of(line.status)
        yield (
            ("    ", ""),
            (signs.get(style, glyphs.ok), style),
            (f" {pad(cut(name, name_columns, glyphs.cut), name_columns)}  ", ""),
            (pad(status, status_columns), style),
            (f"  {count}", ""),
        )
