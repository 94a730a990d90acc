"""What is done for each rule of the grammar: tokens become values, values become statements.

Each function gets the values of a rule's symbols and the place of the whole in the text. `ACTIONS` names
them as the grammar does; a rule that is not in it has one symbol and its value.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from palm_ual.errors import LimitExceeded, UalSyntaxError
from palm_ual.lang import literals
from palm_ual.lang import statements as s
from palm_ual.lang.machine import Action, check_length
from palm_ual.model.limits import (
    CONDITION_DEPTH_MAX,
    CONFIG_CHARS_MAX,
    JSON_DEPTH_MAX,
    SCRIPT_STATEMENTS_MAX,
    STATEMENT_CHARS_MAX,
)


class Reading:
    """What one run over a text counts."""

    __slots__ = ("depth", "statements")

    def __init__(self) -> None:
        self.depth = 0
        self.statements = 0


Values: TypeAlias = list[Any]
Clause: TypeAlias = tuple[str, Any, int, int]
"""Keyword, value, and where the keyword stands."""
Nested: TypeAlias = tuple[s.Condition, int]
"""A condition and how many levels it has."""


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


def _where_clause(_: Reading, v: Values, start: int, _end: int) -> Clause:
    return "WHERE", v[1][0], start, start + len(v[0])


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


# Conditions


def _joined(make: type[s.And] | type[s.Or]) -> Action:
    def join(_: Reading, v: Values, start: int, end: int) -> Nested:
        (left, left_depth), (right, right_depth) = v[0], v[2]
        return make(left, right), _level(max(left_depth, right_depth), start, end)

    return join


def _negated(_: Reading, v: Values, start: int, end: int) -> Nested:
    operand, depth = v[1]
    return s.Not(operand), _level(depth, start, end)


def _level(depth: int, start: int, end: int) -> int:
    if depth >= CONDITION_DEPTH_MAX:
        error = LimitExceeded(f"a condition may have at most {CONDITION_DEPTH_MAX} levels of AND, OR and NOT")
        raise error.at(start, end)
    return depth + 1


def _comparison(_: Reading, v: Values, _start: int, _end: int) -> Nested:
    return s.Comparison(v[0], v[1].upper(), v[2]), 1


def _membership(_: Reading, v: Values, _start: int, _end: int) -> Nested:
    more = v[4][1::2] if len(v) > 5 else ()
    return s.Comparison(v[0], "IN", (v[3], *more)), 1


# JSON


def _enter(reading: Reading, _v: Values, start: int, end: int) -> None:
    reading.depth += 1
    if reading.depth > JSON_DEPTH_MAX:
        raise LimitExceeded(f"JSON may be nested at most {JSON_DEPTH_MAX} deep").at(start, end)


def _object(reading: Reading, v: Values, _start: int, _end: int) -> dict[str, s.Json]:
    reading.depth -= 1
    made: dict[str, s.Json] = {}
    more = v[2][1::2] if len(v) > 3 else ()
    for (key, start, end), value in (v[1], *more) if len(v) > 2 else ():
        if key in made:
            message = f'the key "{literals.shown(key)}" is given twice'
            raise UalSyntaxError(message, hint="leave one of the two out").at(start, end)
        made[key] = value
    return made


def _array(reading: Reading, v: Values, _start: int, _end: int) -> list[s.Json]:
    reading.depth -= 1
    return [v[1], *(v[2][1::2] if len(v) > 3 else ())] if len(v) > 2 else []


def _key(_: Reading, v: Values, start: int, end: int) -> tuple[str, int, int]:
    return literals.text_of(v[0], start), start, end


def _pair(_: Reading, v: Values, _start: int, _end: int) -> tuple[tuple[str, int, int], s.Json]:
    return v[0], v[2]


def _json_literal(_: Reading, v: Values, start: int, end: int) -> bool | None:
    source: str = v[0]
    if not source.islower():
        error = UalSyntaxError(f"JSON writes {source.lower()} in lower case")
        raise error.at(start, end, f"did you mean {source.lower()}?")
    return _LITERALS[source]


_LITERALS = {"true": True, "false": False, "null": None}


def _config(_: Reading, v: Values, start: int, end: int) -> dict[str, s.Json]:
    if end - start > CONFIG_CHARS_MAX:
        raise LimitExceeded(f"a config may have at most {CONFIG_CHARS_MAX:,} characters").at(start, start + 1)
    config: dict[str, s.Json] = v[0]
    return config


# Names and values


def _from(read: Callable[[str, int], Any]) -> Action:
    def made(_: Reading, v: Values, start: int, _end: int) -> Any:  # noqa: ANN401 - whatever `read` gives
        return read(v[0], start)

    return made


def _last(_: Reading, v: Values, _start: int, _end: int) -> Any:  # noqa: ANN401 - what stands behind a noise word
    return v[-1]


def _grouped(_: Reading, v: Values, _start: int, _end: int) -> Nested:
    nested: Nested = v[1]
    return nested


def _path(source: str, start: int) -> str:
    return literals.text_of(source, start, STATEMENT_CHARS_MAX)


ACTIONS: dict[str, Action] = {
    "start": _start,
    "statement": _statement,
    "clause": _clause,
    "where_clause": _where_clause,
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
    "deploy": _deploy,
    "create": _create,
    "creation": _last,
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
    "either": _joined(s.Or),
    "both": _joined(s.And),
    "negated": _negated,
    "grouped": _grouped,
    "comparison": _comparison,
    "membership": _membership,
    "deployment": _last,
    "agent": _last,
    "deployment_or_agent": _last,
    "described": _last,
    "account": _last,
    "name": _from(literals.name_of),
    "quoted_name": _from(literals.name_of),
    "type_name": _from(literals.type_of),
    "type_text": _from(literals.type_of),
    "text": _from(literals.text_of),
    "path": _from(_path),
    "bare_text": _from(literals.bare_text_of),
    "count": _from(literals.count_of),
    "amount": _from(literals.amount_cents_of),
    "duration": _from(literals.length_ms_of),
    "duration_value": _from(lambda source, start: s.Duration(literals.length_ms_of(source, start))),
    "percent": _from(lambda source, start: s.Percent(literals.percent_of(source, start))),
    "integer": _from(literals.number_of),
    "number": _from(literals.number_of),
    "true": _from(lambda _source, _start: True),
    "false": _from(lambda _source, _start: False),
    "null": _from(lambda _source, _start: None),
    "enter": _enter,
    "object": _object,
    "array": _array,
    "key": _key,
    "pair": _pair,
    "json_integer": _from(literals.json_number_of),
    "json_number": _from(literals.json_number_of),
    "json_literal": _json_literal,
    "config": _config,
    "labels": _config,
}
