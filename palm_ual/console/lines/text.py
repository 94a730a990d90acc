"""What happened, as text for people: from each result event to styled lines. Pure."""

from collections.abc import Iterator
from typing import TypeAlias

from palm_ual.console.lines.box import fleet_lines
from palm_ual.console.lines.figures import counted, fleet_time, waited
from palm_ual.console.lines.lines import BLANK, Glyphs, Line, plain
from palm_ual.console.lines.safe import safe
from palm_ual.console.lines.tables import table_lines
from palm_ual.console.lines.ticks import Ticks, tick_lines
from palm_ual.model.ids import split_agent_id
from palm_ual.model.money import format_balance
from palm_ual.model.results import (
    Accepted,
    AgentsDrained,
    AgentsDraining,
    AgentsReady,
    AgentsTerminated,
    BalanceShown,
    DeleteFinished,
    DeleteStarted,
    DeployFinished,
    DeployStarted,
    Described,
    DrainFinished,
    DrainStarted,
    FleetStatusShown,
    Funded,
    HelpShown,
    HomeChecked,
    LogShown,
    OrdersCancelledShown,
    PalmStatusShown,
    Renamed,
    RestartFinished,
    RestartStarted,
    ResultEvent,
    Resumed,
    ScaleFinished,
    ScaleStarted,
    SettingChanged,
    TableShown,
    TerminateStarted,
    Transferred,
    Waited,
    WaitMet,
    Watched,
)

Description: TypeAlias = Described | BalanceShown | HomeChecked
Answer: TypeAlias = PalmStatusShown | FleetStatusShown | TableShown | LogShown | HelpShown
Start: TypeAlias = (
    DeployStarted | ScaleStarted | DeleteStarted | DrainStarted | RestartStarted | TerminateStarted
)
Ending: TypeAlias = DeployFinished | ScaleFinished | DeleteFinished | DrainFinished | RestartFinished
Booking: TypeAlias = Funded | Transferred | OrdersCancelledShown
Remark: TypeAlias = SettingChanged | Resumed | Renamed | WaitMet | Waited | Accepted


def render(event: ResultEvent, *, ticks: Ticks, width: int | None, glyphs: Glyphs) -> Iterator[Line]:
    """Lines in the tutorial's words. `width` is the terminal's columns; None leaves everything whole."""
    match event:
        case Watched():
            return _watched_lines(event, ticks, width, glyphs)
        case AgentsReady() | AgentsDraining() | AgentsDrained() | AgentsTerminated():
            return tick_lines(event, ticks, glyphs)
        case PalmStatusShown() | FleetStatusShown() | TableShown() | LogShown() | HelpShown():
            return _answer(event, width, glyphs)
        case Described() | BalanceShown() | HomeChecked():
            return _description(event, width, glyphs)
        case (
            DeployStarted()
            | ScaleStarted()
            | DeleteStarted()
            | DrainStarted()
            | RestartStarted()
            | TerminateStarted()
        ):
            return map(_said, _start(event))
        case DeployFinished() | ScaleFinished() | DeleteFinished() | DrainFinished() | RestartFinished():
            return _ending(event)
        case Funded() | Transferred() | OrdersCancelledShown():
            return map(_said, _booking(event))
        case SettingChanged() | Resumed() | Renamed() | WaitMet() | Waited() | Accepted():
            return map(_said, _remark(event))


def _answer(event: Answer, columns: int | None, glyphs: Glyphs) -> Iterator[Line]:
    match event:
        case PalmStatusShown():
            return _palm_lines(event)
        case FleetStatusShown():
            return fleet_lines(event, columns, glyphs)
        case TableShown():
            return table_lines(event, columns, glyphs)
        case LogShown():
            return _log_lines(event)
        case HelpShown():
            return _help_lines(event)


def _description(event: Description, columns: int | None, glyphs: Glyphs) -> Iterator[Line]:
    from palm_ual.console.lines import descriptions  # a status does without

    match event:
        case Described():
            return descriptions.described_lines(event, columns, glyphs)
        case BalanceShown():
            return descriptions.balance_lines(event, columns, glyphs)
        case HomeChecked():
            return descriptions.home_lines(event, glyphs)


def _watched_lines(event: Watched, ticks: Ticks, columns: int | None, glyphs: Glyphs) -> Iterator[Line]:
    """The answer. Where there is no terminal only what has changed, with a blank line between."""
    if columns is None and not event.changed:
        return
    if columns is None and event.look > 1:
        yield BLANK
    yield from render(event.answer, ticks=ticks, width=columns, glyphs=glyphs)


def _palm_lines(event: PalmStatusShown) -> Iterator[Line]:
    yield plain("Fleet Status:", "head")
    yield plain(f"  Agents: {event.agents:,} / {event.capacity:,} (capacity)")
    yield plain(f"  Healthy: {event.healthy:,}")
    yield plain(f"  Unhealthy: {event.unhealthy:,}")
    yield plain(f"  Deploying: {event.deploying:,}")
    yield BLANK
    yield plain("Resources:", "head")
    yield plain(f"  Total IUSD: {format_balance(event.total_iusd_cents)}")
    yield plain(f"  Available Capacity: {counted(event.available_capacity, 'agent')}")


def _log_lines(event: LogShown) -> Iterator[Line]:
    for line in event.lines:
        yield ((f"{fleet_time(line.at_ms)}  ", "dim"), (_cell(line.text), ""))


def _help_lines(event: HelpShown) -> Iterator[Line]:
    blocks = ((event.syntax, "  "), (event.text, ""), (event.example, "  "))
    first = True
    for (lines, indent), heading in zip(blocks, ("", "", "Example:"), strict=True):
        if not lines:
            continue
        if not first:
            yield BLANK
        first = False
        if heading:
            yield plain(heading, "head")
        for line in lines:
            yield plain(f"{indent}{_cell(line)}", "key" if indent else "")


def _start(event: Start) -> Iterator[str]:
    match event:
        case DeployStarted():
            end = " with config..." if event.with_config else "..."
            yield f"Deploying {counted(event.count, f'{event.type_name} agent')}{end}"
        case ScaleStarted():
            size = counted(event.to_size, "agent")
            yield f"Scaling {event.deployment} from {event.from_size:,} to {size}..."
            if event.change > 0:
                yield f"  Deploying {counted(event.change, 'new agent')}..."
            elif event.change < 0:
                yield f"  Gracefully terminating {counted(-event.change, 'agent')}..."
        case DeleteStarted():
            ending = f"Terminating {counted(event.count, 'agent')} of {event.deployment}..."
            yield ending if event.force else "Initiating graceful shutdown..."
        case DrainStarted():
            whole = event.name if _is_agent(event.name) else f"{event.name} ({counted(event.count, 'agent')})"
            yield f"Draining {whole}..."
        case RestartStarted():
            yield _restart_words(event)
        case TerminateStarted():
            yield f"Terminating {event.agent}..."


def _restart_words(event: RestartStarted) -> str:
    if _is_agent(event.name):
        return f"Restarting {event.name}..."
    pace = f", at most {event.max_unavailable:,} at a time" if event.count > event.max_unavailable else ""
    return f"Restarting {counted(event.count, 'agent')} of {event.name}{pace}..."


def _ending(event: Ending) -> Iterator[Line]:
    match event:
        case DeployFinished():
            if not event.with_config:
                yield BLANK
                yield plain("Fleet deployed successfully!", "ok")
        case ScaleFinished():
            if event.changed:
                yield BLANK
                yield plain("Fleet scaled successfully!", "ok")
            else:
                yield _said(f"{event.deployment} already has {counted(event.size, 'agent')}")
        case DeleteFinished():
            yield plain("Shutdown complete", "ok")
        case DrainFinished():
            yield plain(_cell(f"{event.name} drained: takes no new work until RESUME {event.name}"), "ok")
        case RestartFinished():
            yield plain(_cell(f"{event.name} restarted"), "ok")


def _booking(event: Booking) -> Iterator[str]:
    match event:
        case Funded():
            amount, balance = format_balance(event.amount_cents), format_balance(event.balance_cents)
            yield f"{event.agent} funded with {amount}: {balance} now"
        case Transferred():
            yield f"{format_balance(event.amount_cents)} transferred from {event.source} to {event.target}"
        case OrdersCancelledShown():
            yield f"{counted(event.count, 'order')} of {event.name} cancelled"


def _remark(event: Remark) -> Iterator[str]:
    match event:
        case SettingChanged():
            yield f"{event.name} = {event.value}"
        case Resumed():
            verb = "takes" if event.count == 1 else "take"
            workers = "" if _is_agent(event.name) else f"{counted(event.count, 'agent')} "
            yield f"{event.name} resumed: {workers}{verb} new work"
        case Renamed():
            yield f"{event.name} renamed to {event.to}"
        case WaitMet():
            yield f"{event.name} is {event.condition} after {waited(event.waited_ms)}"
        case Waited():
            return
        case Accepted():
            yield f"accepted: {event.statement}; follow it with DESCRIBE {event.name}"


def _is_agent(name: str) -> bool:
    return split_agent_id(name) is not None


def _said(text: str) -> Line:
    return plain(_cell(text))


def _cell(text: str) -> str:
    return safe(text, cell=True)
