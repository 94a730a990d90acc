"""The lines that tell of agents one by one: every agent, or the first, `...` and the last."""

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

from palm_ual.console.lines.figures import counted
from palm_ual.console.lines.lines import Glyphs, Line, Segment, Style
from palm_ual.console.lines.safe import safe
from palm_ual.model.ids import Ranges, agent_id, count_of, numbers_of
from palm_ual.model.money import format_dollars
from palm_ual.model.results import AgentsDrained, AgentsDraining, AgentsReady, AgentsTerminated

Ticks: TypeAlias = Literal["some", "all"]
Tick: TypeAlias = AgentsReady | AgentsDraining | AgentsDrained | AgentsTerminated

_Say: TypeAlias = Callable[[str], Line]
"""An agent's id to its line."""

EACH_MAX = 10
"""Up to so many agents of a statement each get a line."""

_INDENT: Segment = ("  ", "")
_MORE: Line = (("  ...", "dim"),)


def tick_lines(event: Tick, ticks: Ticks, glyphs: Glyphs) -> Iterator[Line]:
    """In the order in which the agents came; see the language's rule for more than ten."""
    every = ticks == "all" or event.total <= EACH_MAX
    match event:
        case AgentsReady():
            say = _ticked(glyphs.ok, "ok", _ready_words(event))
            yield from _each(event, say) if every else _first_two_and_last(event, say)
        case AgentsDraining():
            say = _waited_for if event.shutdown else _ticked(glyphs.wait, "warn", " - Closing positions...")
            yield from _each_closing(event, say) if every else _first_if_closing(event, say)
        case AgentsDrained():
            say = _ticked(glyphs.ok, "ok", " - Drained")
            yield from _each(event, say) if every else _first_of_more(event, say)
        case AgentsTerminated():
            say = _shut_down if event.shutdown else _ticked(glyphs.ok, "ok", " - Terminated")
            yield from _each(event, say) if every else _first_of_more(event, say)
            if event.dropped:
                yield from _dropped(event.dropped, glyphs)


def _ready_words(event: AgentsReady) -> str:
    words = "" if event.funding_cents is None else f" - Funded: {format_dollars(event.funding_cents)}"
    if event.service is not None:
        words += f" - Service: {safe(event.service, cell=True)}"
    return words or " - Ready"


def _ticked(glyph: str, style: Style, words: str) -> _Say:
    sign: Segment = (glyph, style)
    return lambda agent: (_INDENT, sign, (f" {agent}{words}", ""))


def _waited_for(agent: str) -> Line:
    return ((f"Waiting for {agent} to complete...", ""),)


def _shut_down(agent: str) -> Line:
    return (_INDENT, (f"{agent} ready for shutdown", ""))


def _each(event: Tick, say: _Say) -> Iterator[Line]:
    prefix = f"{safe(event.type_name, cell=True)}_"
    for first, last in event.agents:
        for number in range(first, last + 1) if first <= last else range(first, last - 1, -1):
            yield say(f"{prefix}{number:03d}")


def _each_closing(event: AgentsDraining, say: _Say) -> Iterator[Line]:
    closing = frozenset(numbers_of(event.closing))
    for number in numbers_of(event.agents):
        if number in closing:
            yield say(agent_id(safe(event.type_name, cell=True), number))


def _first_if_closing(event: AgentsDraining, say: _Say) -> Iterator[Line]:
    if not _holds(event, 1):
        return
    number = _number_at(event.agents, 1 - event.first_index)
    if any(min(run) <= number <= max(run) for run in event.closing):
        yield say(agent_id(safe(event.type_name, cell=True), number))


def _first_of_more(event: Tick, say: _Say) -> Iterator[Line]:
    yield from _at(event, 1, say)
    if _holds(event, 2):
        yield _MORE


def _first_two_and_last(event: Tick, say: _Say) -> Iterator[Line]:
    yield from _at(event, 1, say)
    yield from _at(event, 2, say)
    if _holds(event, 3):
        yield _MORE
    yield from _at(event, event.total, say)


def _holds(event: Tick, index: int) -> bool:
    return event.first_index <= index < event.first_index + count_of(event.agents)


def _at(event: Tick, index: int, say: _Say) -> Iterator[Line]:
    """The line of the statement's agent number `index`, counted from 1, if this event has it."""
    if _holds(event, index):
        number = _number_at(event.agents, index - event.first_index)
        yield say(agent_id(safe(event.type_name, cell=True), number))


def _number_at(ranges: Ranges, place: int) -> int:
    """The agent number at `place`, counted from 0, without spelling the ranges out."""
    for first, last in ranges:
        length = abs(last - first) + 1
        if place < length:
            return first + place if first <= last else first - place
        place -= length
    raise IndexError(place)


def _dropped(dropped: int, glyphs: Glyphs) -> Iterator[Line]:
    owed = f" {counted(dropped, 'agent')} still owed something: dropped"
    yield (_INDENT, (glyphs.warn, "warn"), (owed, ""))
