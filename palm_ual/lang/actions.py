"""What is done for each rule of the grammar: values become statements; `value_actions` makes the values.

Each function gets the values of a rule's symbols and the place of the whole in the text. `ACTIONS` names
them as the grammar does; a rule that is not in it has one symbol and its value.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from palm_ual.errors import InvalidValue, LimitExceeded, UalSyntaxError
from palm_ual.lang import statements as s
from palm_ual.lang.machine import Action, check_length
from palm_ual.lang.value_actions import VALUE_ACTIONS, Reading, Values, last
from palm_ual.model.durations import format_duration
from palm_ual.model.limits import (
    SCRIPT_STATEMENTS_MAX,
    WATCH_EVERY_MIN_MS,
)

Clause: TypeAlias = tuple[str, Any, int, int]
"""Keyword, value, and where the keyword stands."""


def _start(_: Reading, v: Values, _start: int, _end: int) -> tuple[s.Statement, ...]:
    return tuple(one for one in v[0] if one != ";") if v else ()


def _statement(reading: Reading, v: Values, start: int, end: int) -> s.Statement:
    reading.statements += 1
    if reading.statements > SCRIPT_STATEMENTS_MAX:
        raise LimitExceeded(f"a script may have at most {SCRIPT_STATEMENTS_MAX:,} statements").at(start, end)
    check_length(start, end)
    statement: s.Statement = v[0]
    return statement


# Clauses


def _clause(_: Reading, v: Values, start: int, _end: int) -> Clause:
    return v[0].upper(), v[1] if len(v) > 1 else True, start, start + len(v[0])


def _condition_clause(_: Reading, v: Values, start: int, _end: int) -> Clause:
    return v[0].upper(), v[1][0], start, start + len(v[0])


def _every_clause(_: Reading, v: Values, start: int, end: int) -> Clause:
    if v[1] < WATCH_EVERY_MIN_MS:
        raise InvalidValue(f"EVERY must be at least {format_duration(WATCH_EVERY_MIN_MS)}").at(start, end)
    return "EVERY", v[1], start, start + len(v[0])


def _order_clause(_: Reading, v: Values, start: int, _end: int) -> Clause:
    return "ORDER BY", (v[2], len(v) > 3), start, start + len(v[0])


def _said(clauses: Sequence[Clause]) -> dict[str, Any]:
    """The clauses by keyword, `AS` for `NAME`; each may be given once."""
    said: dict[str, Any] = {}
    for keyword, value, start, end in clauses:
        key = "AS" if keyword == "NAME" else keyword
        if key in said:
            raise UalSyntaxError(f"{keyword} is given twice", hint="leave one of the two out").at(start, end)
        said[key] = value
    return said


def _rest(v: Values, index: int) -> dict[str, Any]:
    return _said(v[index]) if len(v) > index else {}


# Looking


def _palm_status(_: Reading, _v: Values, start: int, end: int) -> s.PalmStatus:
    return s.PalmStatus(span=s.Span(start, end))


def _fleet_status(_: Reading, v: Values, start: int, end: int) -> s.FleetStatus:
    return s.FleetStatus(name=v[2] if len(v) > 2 else None, span=s.Span(start, end))


def _shown(what: s.Listing, said: dict[str, Any], start: int, end: int) -> s.Show:
    order_by, descending = said.get("ORDER BY", (None, False))
    return s.Show(
        what=what,
        of=said.get("OF"),
        where=said.get("WHERE"),
        order_by=order_by,
        descending=descending,
        limit=said.get("LIMIT"),
        since_ms=said.get("SINCE"),
        span=s.Span(start, end),
    )


def _show(_: Reading, v: Values, start: int, end: int) -> s.Show:
    return _shown(v[1].upper(), _rest(v, 2), start, end)


def _show_agents(_: Reading, v: Values, start: int, end: int) -> s.Show:
    return _shown("AGENTS", _said(v[-1]) if isinstance(v[-1], list) else {}, start, end)


def _describe(_: Reading, v: Values, start: int, end: int) -> s.Describe:
    return s.Describe(name=v[1], span=s.Span(start, end))


def _describe_type(_: Reading, v: Values, start: int, end: int) -> s.DescribeType:
    return s.DescribeType(type_name=v[2], span=s.Span(start, end))


def _logs(_: Reading, v: Values, start: int, end: int) -> s.Logs:
    said = _rest(v, 2)
    return s.Logs(agent=v[1], tail=said.get("TAIL"), follow="FOLLOW" in said, span=s.Span(start, end))


def _balance(_: Reading, v: Values, start: int, end: int) -> s.Balance:
    return s.Balance(account=v[1], span=s.Span(start, end))


def _check_home(_: Reading, _v: Values, start: int, end: int) -> s.CheckHome:
    return s.CheckHome(span=s.Span(start, end))


def _watched_logs(_: Reading, v: Values, start: int, end: int) -> s.Logs:
    tail = v[2][1] if len(v) > 2 else None
    return s.Logs(agent=v[1], tail=tail, span=s.Span(start, end))


def _watch(_: Reading, v: Values, start: int, end: int) -> s.Watch:
    said = _rest(v, 2)
    return s.Watch(
        statement=v[1],
        every_ms=said.get("EVERY"),
        for_ms=said.get("FOR"),
        until=said.get("UNTIL"),
        span=s.Span(start, end),
    )


# Changing


def _ending(said: dict[str, Any], start: int, end: int) -> dict[str, Any]:
    """What every changing statement has."""
    ending = {"because": said.get("BECAUSE"), "span": s.Span(start, end)}
    return ending | {"nowait": True} if "NOWAIT" in said else ending


def _changing(make: type[s.Changing], clauses: int, **places: int) -> Action:
    """For a statement with no clauses of its own: where its fields stand, and where its clauses begin."""

    def made(_: Reading, v: Values, start: int, end: int) -> s.Changing:
        fields = {field: v[place] for field, place in places.items()}
        return make(**fields, **_ending(_rest(v, clauses), start, end))

    return made


def _deployed(type_name: str, said: dict[str, Any], start: int, end: int) -> s.Deploy:
    return s.Deploy(
        type_name=type_name,
        count=said.get("COUNT", 1),
        name=said.get("AS"),
        config=said.get("WITH"),
        labels=said.get("LABELS"),
        **_ending(said, start, end),
    )


def _deploy(_: Reading, v: Values, start: int, end: int) -> s.Deploy:
    return _deployed(v[1], _rest(v, 2), start, end)


def _create(_: Reading, v: Values, start: int, end: int) -> s.Deploy:
    replicas: Clause = ("COUNT", v[3], start, end)
    return _deployed(v[1], _said([replicas, *(v[4] if len(v) > 4 else ())]), start, end)


def _delete(_: Reading, v: Values, start: int, end: int) -> s.Delete:
    said = _rest(v, 2)
    return s.Delete(name=v[1], force="FORCE" in said, **_ending(said, start, end))


def _drain(_: Reading, v: Values, start: int, end: int) -> s.Drain:
    said = _rest(v, 2)
    return s.Drain(name=v[1], timeout_ms=said.get("TIMEOUT"), **_ending(said, start, end))


def _terminate(_: Reading, v: Values, start: int, end: int) -> s.Terminate:
    said = _rest(v, 2)
    return s.Terminate(agent=v[1], force="FORCE" in said, **_ending(said, start, end))


# The session


def _wait_for(_: Reading, v: Values, start: int, end: int) -> s.WaitFor:
    timeout_ms = v[4][1] if len(v) > 4 else None
    return s.WaitFor(name=v[2], condition=v[3].upper(), timeout_ms=timeout_ms, span=s.Span(start, end))


def _wait(_: Reading, v: Values, start: int, end: int) -> s.Wait:
    return s.Wait(length_ms=v[1], span=s.Span(start, end))


def _source(_: Reading, v: Values, start: int, end: int) -> s.Source:
    return s.Source(path=v[1], span=s.Span(start, end))


def _help(_: Reading, v: Values, start: int, end: int) -> s.Help:
    return s.Help(topic=v[1] if len(v) > 1 else None, span=s.Span(start, end))


def _exit(_: Reading, _v: Values, start: int, end: int) -> s.Exit:
    return s.Exit(span=s.Span(start, end))


ACTIONS: dict[str, Action] = {
    "start": _start,
    "statement": _statement,
    "clause": _clause,
    "condition_clause": _condition_clause,
    "every_clause": _every_clause,
    "order_clause": _order_clause,
    "palm_status": _palm_status,
    "fleet_status": _fleet_status,
    "show": _show,
    "show_agents": _show_agents,
    "describe": _describe,
    "describe_type": _describe_type,
    "logs": _logs,
    "balance": _balance,
    "check_home": _check_home,
    "watch": _watch,
    "watched_logs": _watched_logs,
    "deploy": _deploy,
    "create": _create,
    "creation": last,
    "scale": _changing(s.Scale, 4, name=1, size=3),
    "delete": _delete,
    "rename": _changing(s.Rename, 4, name=1, to=3),
    "drain": _drain,
    "resume": _changing(s.Resume, 2, name=1),
    "restart": _changing(s.Restart, 2, name=1),
    "terminate": _terminate,
    "cancel_orders": _changing(s.CancelOrders, 3, name=2),
    "fund": _changing(s.Fund, 4, agent=1, amount_cents=3),
    "transfer": _changing(s.Transfer, 7, amount_cents=1, source=4, target=6),
    "set": _changing(s.Set, 4, name=1, value=3),
    "wait_for": _wait_for,
    "wait": _wait,
    "source": _source,
    "help": _help,
    "exit": _exit,
    **VALUE_ACTIONS,
}
