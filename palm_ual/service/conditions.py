"""WHERE, UNTIL and ORDER BY over the rows of a table: a condition becomes a test of one row."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from palm_ual.errors import InvalidValue, UnknownKey
from palm_ual.lang.statements import And, Comparison, Condition, Duration, Not, Or, Percent, Scalar
from palm_ual.model.ids import split_agent_id
from palm_ual.model.nearest import did_you_mean
from palm_ual.model.results import Cell, CellKind, Column, Result
from palm_ual.service.session import spelled

Row: TypeAlias = tuple[Cell, ...]
Verdict: TypeAlias = "bool | None"
"""None: it cannot be said, as of an order of what was not measured; NOT leaves that as it is."""
Test: TypeAlias = Callable[[Row], Verdict]
Value: TypeAlias = "Cell | Decimal"
"""What a field reads as: money in dollars, everything else as its cell."""
Getter: TypeAlias = Callable[[Row], Value]

_NAMES = {"agent", "deployment"}
"""Columns of names, which are the same whatever their case."""
WORDS = frozenset({"account", "agent", "deployment", "health", "kind", "state", "status"})
"""Fields of answers that are no tables, which compare without case as they do in tables."""
_SEVERAL = frozenset({"deployments", "positions", "trend"})
"""Fields of answers with several values."""
_LABEL_PREFIX = "labels."
"""`labels.state` is the label of that name, where `state` is a column."""
_KINDS_WITH_UNITS = {"cents", "duration_ms", "at_ms", "wall_ms", "latency_ms", "pct"}
_ORDERED = {"<", "<=", ">", ">="}


def field_name(column: Column) -> str:
    """What a column is called in WHERE and ORDER BY: its JSON name without the unit."""
    for unit in ("_cents", "_ms", "_pct"):
        if column.kind in _KINDS_WITH_UNITS and column.name.endswith(unit):
            return column.name.removesuffix(unit).removesuffix("_wall")
    return column.name


def answer_columns(answer: type[Result]) -> tuple[Column, ...]:
    """The fields of an answer that is no table as UNTIL sees them: those that hold a single value."""
    names = [name for name in answer.__struct_fields__ if name not in _SEVERAL]
    return tuple(Column(name, name, _kind_of(name)) for name in names)


def _kind_of(name: str) -> CellKind:
    if name in WORDS:
        return "word"
    if name.endswith("_cents"):
        return "cents"
    if name.endswith("latency_ms"):
        return "latency_ms"
    return "pct" if name.endswith("_pct") else "count"


class Fields:
    """The fields of one table: its columns, and the labels of its rows."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        self._columns = {field_name(column): (index, column) for index, column in enumerate(columns)}
        self._labels_at = next((i for i, column in enumerate(columns) if column.kind == "labels"), None)
        self._labels: set[str] = set()
        self._empty = not rows
        if self._labels_at is not None:
            for row in rows:
                labels = row[self._labels_at]
                if isinstance(labels, dict):
                    self._labels.update(labels)

    def find(self, name: str) -> tuple[Getter, str]:
        """How to read a field from a row, and its kind. Money reads in dollars.

        Raises:
            UnknownKey: neither a column nor a label, with the nearest.
        """
        if (found := self._columns.get(name.lower())) is not None:
            index, column = found
            if column.kind == "cents":
                return lambda row: _dollars(row[index]), column.kind
            return lambda row: row[index], "word" if column.name in _NAMES else column.kind
        if name.lower().startswith(_LABEL_PREFIX) and self._labels_at is not None:
            label, labels_at = name[len(_LABEL_PREFIX) :], self._labels_at
            return lambda row: _label(row[labels_at], label), "text"
        at = self._labels_at
        note = did_you_mean(name, [*self._columns, *self._labels])
        if at is not None and (name in self._labels or (self._empty and note is None)):
            return lambda row: _label(row[at], name), "text"
        error = UnknownKey(
            f'there is no field "{name}"', hint=f"the fields are {', '.join(self._columns)}", word=name
        )
        error.note = note
        raise error

    def test(self, condition: Condition) -> Test:
        """A condition as a test of one row, which passes where the verdict is True."""
        match condition:
            case Comparison():
                return self._comparison(condition)
            case And():
                left, right = self.test(condition.left), self.test(condition.right)
                return lambda row: _both(left(row), right(row))
            case Or():
                left, right = self.test(condition.left), self.test(condition.right)
                return lambda row: _negated(_both(_negated(left(row)), _negated(right(row))))
            case Not():
                operand = self.test(condition.operand)
                return lambda row: _negated(operand(row))

    def _comparison(self, comparison: Comparison) -> Test:
        read, kind = self.find(comparison.field)
        if kind == "labels":
            raise InvalidValue(
                f"{comparison.field} holds several labels",
                hint="name one of them: tier = 'gold'",
                word=comparison.field,
            )
        if comparison.op == "IN":
            assert isinstance(comparison.value, tuple)
            wanted = [_comparable(value, kind, comparison.field) for value in comparison.value]
            return lambda row: _plain(read(row), kind) in wanted
        assert not isinstance(comparison.value, tuple)
        if comparison.op == "LIKE":
            return _like(read, kind, comparison)
        value = _comparable(comparison.value, kind, comparison.field)
        if comparison.op in _ORDERED and (kind == "flag" or not isinstance(value, int | Decimal | str)):
            raise InvalidValue(f"{comparison.field} cannot be ordered", word=comparison.field)
        compare = _OPERATORS[comparison.op]

        def test(row: Row) -> Verdict:
            cell = _plain(read(row), kind)
            if cell is None or value is None:
                if comparison.op in _ORDERED:
                    return None
                return (cell is value) is (comparison.op == "=")
            return _same_kind(cell, value) and compare(cell, value)

        return test


def _both(left: Verdict, right: Verdict) -> Verdict:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _negated(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


_NUMBERS = {
    "cents": "in dollars",
    "count": None,
    "latency_ms": "in milliseconds, or a duration: latency > 5ms",
    "pct": "in percent",
    "at_ms": "milliseconds of fleet time; SINCE narrows by age",
    "wall_ms": "milliseconds since 1970, UTC; SINCE narrows by age",
}
"""Kinds of fields that compare as numbers, and in which unit."""

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "!=": lambda left, right: bool(left != right),
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right),
    ">=": lambda left, right: bool(left >= right),
}


def sort_key(getter: Getter) -> Callable[[Row], tuple[bool, Any]]:
    """Order by a field; what was not measured comes last."""

    def key(row: Row) -> tuple[bool, Any]:
        value = getter(row)
        if isinstance(value, dict | tuple):
            value = str(value)
        elif isinstance(value, str) and (parts := split_agent_id(value)) is not None:
            return (False, (parts[0], parts[1]))
        elif isinstance(value, str):
            return (False, (value, 0))
        return (value is None, 0 if value is None else value)

    return key


def _dollars(cell: Cell) -> Decimal | None:
    return Decimal(cell) / 100 if isinstance(cell, int) else None


def _label(cell: Cell, name: str) -> str | None:
    found = cell.get(name) if isinstance(cell, dict) else None
    return found if isinstance(found, str) else None


def _plain(cell: Value, kind: str) -> Value:
    """A cell as it compares: words without case, lists as their text."""
    if isinstance(cell, tuple):
        return ",".join(cell)
    return cell.lower() if isinstance(cell, str) and kind == "word" else cell


def _same_kind(cell: Value, value: Value) -> bool:
    return isinstance(cell, str) == isinstance(value, str)


def _comparable(value: Scalar, kind: str, field: str) -> Value:
    if isinstance(value, Duration | Percent):
        return _measure_of(value, kind, field)
    if kind == "duration_ms":
        raise InvalidValue(f"{field} is a duration: write it as 30s or 5m", word=field)
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if kind in _NUMBERS and value is not None and not number:
        raise InvalidValue(f"{field} is a number", hint=_NUMBERS[kind], word=spelled(value))
    if kind == "flag" and not (value is None or isinstance(value, bool)):
        raise InvalidValue(f"{field} is true or false", word=spelled(value))
    if kind in ("text", "word") and isinstance(value, int | Decimal):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value.lower() if isinstance(value, str) and kind == "word" else value


def _measure_of(value: Duration | Percent, kind: str, field: str) -> int:
    """A value with a unit, in the unit of its field."""
    if isinstance(value, Percent):
        if kind != "pct":
            raise InvalidValue(f"{field} is not a percent", word=field)
        return value.pct
    if kind not in ("duration_ms", "latency_ms"):
        raise InvalidValue(f"{field} is not a duration", word=field)
    return value.length_ms


def _like(read: Getter, kind: str, comparison: Comparison) -> Test:
    if not isinstance(comparison.value, str) or kind not in ("text", "word"):
        raise InvalidValue(
            "LIKE needs a field of text and a text, with % for any characters and _ for one",
            word=comparison.field,
        )
    parts = (".*" if mark == "%" else "." if mark == "_" else re.escape(mark) for mark in comparison.value)
    pattern = re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if kind == "word" else 0))
    return lambda row: isinstance(cell := read(row), str) and pattern.fullmatch(cell) is not None
