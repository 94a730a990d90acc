"""Result events as plain data with stable snake_case names and units, for the machine formats."""

import re
from typing import TypeAlias

import msgspec

from palm_ual.model.ids import Ranges, agent_id, numbers_of
from palm_ual.model.results import (
    Accepted,
    AgentsDrained,
    AgentsDraining,
    AgentsReady,
    AgentsTerminated,
    BalanceShown,
    Cell,
    Described,
    FleetStatusShown,
    HelpShown,
    HomeChecked,
    LogShown,
    PalmStatusShown,
    Result,
    ResultEvent,
    TableShown,
    Watched,
)

Record: TypeAlias = dict[str, object]
"""What JSON can say: texts, whole numbers, floats, booleans, None, lists and objects of these."""

Answer: TypeAlias = (
    PalmStatusShown
    | FleetStatusShown
    | TableShown
    | Described
    | BalanceShown
    | HomeChecked
    | LogShown
    | Watched
    | HelpShown
)
AgentsMoved: TypeAlias = AgentsReady | AgentsDraining | AgentsDrained | AgentsTerminated


def record(event: ResultEvent) -> Record:
    """One event as one object: its kind under `event`, ranges of agents spelled out as ids."""
    kind: Record = {"event": kind_of(event)}
    if isinstance(event, TableShown):
        return kind | {"what": event.what, "rows": rows_of(event)}
    if isinstance(event, LogShown):
        return kind | {"agent": event.agent, "lines": log_lines_of(event)}
    if isinstance(event, Described):
        return kind | _description(event)
    if isinstance(event, AgentsMoved):
        return kind | _moved(event)
    if isinstance(event, BalanceShown):
        return kind | _balance(event)
    if isinstance(event, Watched):
        return kind | _fields(event) | {"answer": record(event.answer)}
    return kind | _fields(event)


def answer(event: Answer) -> Record | list[Record]:
    """What a looking statement answers: an object, or an array with an object for each row.

    A look of a WATCH is what its statement answers, so that what reads the one reads the other; an object
    says when it was, beside its own fields, and rows are left as they are.
    """
    match event:
        case TableShown():
            return rows_of(event)
        case LogShown():
            return log_lines_of(event)
        case Described():
            return _description(event)
        case BalanceShown():
            return _balance(event)
        case Watched():
            whole = answer(event.answer)
            return whole if isinstance(whole, list) else _times(event) | whole
        case PalmStatusShown() | FleetStatusShown() | HomeChecked() | HelpShown():
            return _fields(event)


def csv_rows(event: Answer) -> tuple[list[str], list[Record]]:
    """The same as a header and flat rows: sums and then each deployment, facts as pairs of name and value.

    The sums go without their trend, which is no single value.
    """
    if isinstance(event, Watched):
        return _watched_rows(event)
    if isinstance(event, TableShown):
        return [column.name for column in event.columns], rows_of(event)
    if isinstance(event, LogShown):
        return ["agent", "at_ms", "text"], log_lines_of(event)
    if isinstance(event, Described):
        pairs = _description(event).items()
        return ["name", "value"], [{"name": name, "value": value} for name, value in pairs]
    rows = [_balance(event) if isinstance(event, BalanceShown) else _fields(event)]
    if isinstance(event, FleetStatusShown):
        del rows[0]["deployments"], rows[0]["trend"]
        rows += [msgspec.to_builtins(line) for line in event.deployments]
    return list(dict.fromkeys(name for row in rows for name in row)), rows


def _watched_rows(event: Watched) -> tuple[list[str], list[Record]]:
    header, rows = csv_rows(event.answer)
    if isinstance(event.answer, TableShown | LogShown):
        return header, rows
    if isinstance(event.answer, Described):
        return header, [{"name": name, "value": value} for name, value in _times(event).items()] + rows
    return [*_times(event), *header], [_times(event) | row for row in rows]


def _times(event: Watched) -> Record:
    return {"wall_ms": event.wall_ms, "at_ms": event.at_ms}


def kind_of(event: Result) -> str:
    """`AgentsReady` is `agents_ready`, `OrdersCancelledShown` is `orders_cancelled`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(event).__name__.removesuffix("Shown")).lower()


def ids_of(type_name: str, agents: Ranges) -> list[str]:
    return [agent_id(type_name, number) for number in numbers_of(agents)]


def rows_of(event: TableShown) -> list[Record]:
    names = [column.name for column in event.columns]
    return [dict(zip(names, map(_value, row), strict=True)) for row in event.rows]


def log_lines_of(event: LogShown) -> list[Record]:
    return [{"agent": event.agent, "at_ms": line.at_ms, "text": line.text} for line in event.lines]


def _value(cell: Cell) -> object:
    return list(cell) if isinstance(cell, tuple) else cell


def _fields(event: Result) -> Record:
    """The event's own fields, which are stable names already; without its tag."""
    fields: dict[str, object] = msgspec.to_builtins(event)
    del fields["event"]
    return {"type" if name == "type_name" else name: value for name, value in fields.items()}


def _description(event: Described) -> Record:
    """Facts lie flat beside kind and name; a table is an array under its name. Only deployments have a trend."""
    out: Record = {"kind": event.kind, "name": event.name}
    out |= {fact.name: _value(fact.value) for fact in event.facts}
    out |= {table.what: rows_of(table) for _, table in event.tables}
    if event.kind == "deployment":
        out["trend"] = msgspec.to_builtins(event.trend)
    out["reasons"] = list(event.reasons)
    return out


def _balance(event: BalanceShown) -> Record:
    """A position is an object with its units and their value."""
    names = ("service", "units", "value_cents")
    return _fields(event) | {"positions": [dict(zip(names, held, strict=True)) for held in event.positions]}


def _moved(event: AgentsMoved) -> Record:
    out: Record = {"type": event.type_name, "agents": ids_of(event.type_name, event.agents)}
    out |= {"first_index": event.first_index, "total": event.total}
    match event:
        case AgentsReady():
            out |= {"funding_cents": event.funding_cents, "service": event.service}
        case AgentsTerminated():
            out["dropped"] = event.dropped
        case AgentsDraining():
            out["closing"] = ids_of(event.type_name, event.closing)
        case AgentsDrained():
            pass
    return out


class Summary:
    """One object for a working statement, put together from its events.

    `agents` are those that became Ready, `drained` and `terminated` those that ended so, each in the
    order in which it happened; the other fields are those of the events, later ones winning.
    """

    def __init__(self, statement: str) -> None:
        self._fields: Record = {"statement": statement, "outcome": "done"}
        self._agents: dict[str, list[str]] = {}
        self._dropped = 0
        self.empty = True

    def add(self, event: ResultEvent) -> None:
        self.empty = False
        if isinstance(event, AgentsMoved):
            self._move(event)
        elif isinstance(event, Accepted):
            self._fields["name"] = event.name
        else:
            self._fields |= _fields(event)

    def _move(self, event: AgentsMoved) -> None:
        match event:
            case AgentsReady():
                self._extend("agents", event)
            case AgentsDrained():
                self._extend("drained", event)
            case AgentsTerminated():
                self._extend("terminated", event)
                self._dropped += event.dropped
            case AgentsDraining():
                pass  # what became of them is told by the events that follow

    def _extend(self, name: str, event: AgentsReady | AgentsDrained | AgentsTerminated) -> None:
        self._agents.setdefault(name, []).extend(ids_of(event.type_name, event.agents))

    def record(self, outcome: str) -> Record:
        out = self._fields | {"outcome": outcome} | self._agents
        if "terminated" in self._agents:
            out["dropped"] = self._dropped
        return out
