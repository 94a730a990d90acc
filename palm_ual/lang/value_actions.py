"""What is done for the rules of conditions, JSON, names and values: tokens become values. See `actions`."""

from collections.abc import Callable
from typing import Any, TypeAlias

from palm_ual.errors import LimitExceeded, UalSyntaxError
from palm_ual.lang import literals
from palm_ual.lang import statements as s
from palm_ual.lang.machine import Action
from palm_ual.model.limits import (
    CONDITION_DEPTH_MAX,
    CONFIG_CHARS_MAX,
    JSON_DEPTH_MAX,
    STATEMENT_CHARS_MAX,
)


class Reading:
    """What one run over a text counts."""

    __slots__ = ("depth", "statements")

    def __init__(self) -> None:
        self.depth = 0
        self.statements = 0


Values: TypeAlias = list[Any]
Nested: TypeAlias = tuple[s.Condition, int]
"""A condition and how many levels it has."""


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


def last(_: Reading, v: Values, _start: int, _end: int) -> Any:  # noqa: ANN401 - what stands behind a noise word
    return v[-1]


def _grouped(_: Reading, v: Values, _start: int, _end: int) -> Nested:
    nested: Nested = v[1]
    return nested


def _path(source: str, start: int) -> str:
    return literals.text_of(source, start, STATEMENT_CHARS_MAX)


VALUE_ACTIONS: dict[str, Action] = {
    "either": _joined(s.Or),
    "both": _joined(s.And),
    "negated": _negated,
    "grouped": _grouped,
    "comparison": _comparison,
    "membership": _membership,
    "deployment": last,
    "agent": last,
    "deployment_or_agent": last,
    "described": last,
    "account": last,
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
