"""From a statement back to text: `parse(unparse(s)) == (s,)`."""

from collections.abc import Iterable
from decimal import Decimal

from palm_ual.lang import statements as s
from palm_ual.lang.literals import is_name
from palm_ual.lang.reader import machine
from palm_ual.model.durations import format_duration
from palm_ual.model.money import plain_dollars

_NOISE = frozenset({"DEPLOYMENT", "AGENT", "INSTANCE", "TYPE"})
"""Words that may stand before a name: a name like them is quoted."""
_LITERALS = frozenset({"TRUE", "FALSE", "NULL"})


def unparse(statement: s.AnyStatement) -> str:
    """One line of UAL, without the `;`. Words that mean the same come out as the one usual word."""
    match statement:
        case s.PalmStatus() | s.FleetStatus() | s.Show() | s.Describe() | s.DescribeType() | s.Logs():
            return _looking(statement)
        case s.Balance(account=account):
            return f"BALANCE {_name(account)}"
        case s.CheckHome():
            return "CHECK HOME"
        case s.Watch():
            return _watch(statement)
        case s.WaitFor() | s.Wait() | s.Source() | s.Help() | s.Exit():
            return _steering(statement)
        case s.Deploy() | s.Set() | s.Scale() | s.Delete() | s.Rename():
            return _said(_managing(statement), *_ending(statement))
        case s.Drain() | s.Resume() | s.Restart() | s.Terminate():
            return _said(_operating(statement), *_ending(statement))
        case s.CancelOrders() | s.Fund() | s.Transfer():
            return _said(_trading(statement), *_ending(statement))


def unparse_condition(condition: s.Condition) -> str:
    """What stands behind WHERE or UNTIL."""
    return _condition(condition)


def _said(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _looking(
    statement: s.PalmStatus | s.FleetStatus | s.Show | s.Describe | s.DescribeType | s.Logs,
) -> str:
    match statement:
        case s.PalmStatus():
            return "PALM STATUS"
        case s.FleetStatus(name=name):
            return _said("FLEET STATUS", name and _name(name, machine().keywords))
        case s.Show():
            return _show(statement)
        case s.Describe(name=name):
            return f"DESCRIBE {_name(name)}"
        case s.DescribeType(type_name=type_name):
            return f"DESCRIBE TYPE {_type(type_name)}"
        case s.Logs(agent=agent, tail=tail, follow=follow):
            return _said(f"LOGS {_name(agent)}", _number("TAIL", tail), "FOLLOW" if follow else None)


def _show(statement: s.Show) -> str:
    where, order_by = statement.where, statement.order_by
    return _said(
        f"SHOW {statement.what}",
        f"OF {_name(statement.of)}" if statement.of is not None else None,
        f"WHERE {_condition(where)}" if where is not None else None,
        f"ORDER BY {_field(order_by)}" if order_by is not None else None,
        "DESC" if statement.descending else None,
        _number("LIMIT", statement.limit),
        _lasting("SINCE", statement.since_ms),
    )


def _watch(statement: s.Watch) -> str:
    until = statement.until
    return _said(
        f"WATCH {unparse(statement.statement)}",
        _lasting("EVERY", statement.every_ms),
        _lasting("FOR", statement.for_ms),
        f"UNTIL {_condition(until)}" if until is not None else None,
    )


def _deploy(statement: s.Deploy) -> str:
    return _said(
        f"DEPLOY {_type(statement.type_name)}",
        f"COUNT {statement.count}" if statement.count != 1 else None,
        f"AS {_name(statement.name)}" if statement.name is not None else None,
        f"WITH {_json(statement.config)}" if statement.config is not None else None,
        f"LABELS {_json(statement.labels)}" if statement.labels is not None else None,
    )


def _managing(statement: s.Deploy | s.Set | s.Scale | s.Delete | s.Rename) -> str:
    match statement:
        case s.Deploy():
            return _deploy(statement)
        case s.Set(name=name, value=value):
            return f"SET {_name(name)} = {_value(value)}"
        case s.Scale(name=name, size=size):
            return f"SCALE {_name(name)} TO {size}"
        case s.Delete(name=name, force=force):
            return f"DELETE {_name(name)}{' FORCE' if force else ''}"
        case s.Rename(name=name, to=to):
            return f"RENAME {_name(name)} TO {_name(to)}"


def _operating(statement: s.Drain | s.Resume | s.Restart | s.Terminate) -> str:
    match statement:
        case s.Drain(name=name, timeout_ms=timeout_ms):
            return _said(f"DRAIN {_name(name)}", _lasting("TIMEOUT", timeout_ms))
        case s.Resume(name=name):
            return f"RESUME {_name(name)}"
        case s.Restart(name=name):
            return f"RESTART {_name(name)}"
        case s.Terminate(agent=agent, force=force):
            return f"TERMINATE {_name(agent)}{' FORCE' if force else ''}"


def _trading(statement: s.CancelOrders | s.Fund | s.Transfer) -> str:
    match statement:
        case s.CancelOrders(name=name):
            return f"CANCEL ORDERS {_name(name)}"
        case s.Fund(agent=agent, amount_cents=amount_cents):
            return f"FUND {_name(agent)} AMOUNT {plain_dollars(amount_cents)}"
        case s.Transfer(amount_cents=amount_cents, source=source, target=target):
            return f"TRANSFER {plain_dollars(amount_cents)} IUSD FROM {_name(source)} TO {_name(target)}"


def _ending(statement: s.Changing) -> Iterable[str]:
    if statement.because is not None:
        yield f"BECAUSE {_text(statement.because)}"
    if statement.nowait:
        yield "NOWAIT"


def _steering(statement: s.AnySteering) -> str:
    match statement:
        case s.WaitFor(name=name, condition=condition, timeout_ms=timeout_ms):
            return _said(f"WAIT FOR {_name(name)} {condition}", _lasting("TIMEOUT", timeout_ms))
        case s.Wait(length_ms=length_ms):
            return f"WAIT {format_duration(length_ms)}"
        case s.Source(path=path):
            return f"SOURCE {_text(path)}"
        case s.Help(topic=topic):
            return _said("HELP", topic)
        case s.Exit():
            return "EXIT"


def _number(keyword: str, number: int | None) -> str | None:
    return None if number is None else f"{keyword} {number}"


def _lasting(keyword: str, length_ms: int | None) -> str | None:
    return None if length_ms is None else f"{keyword} {format_duration(length_ms)}"


def _condition(condition: s.Condition, binding: int = 0) -> str:
    """`binding` is how tightly the place around it binds: 0 OR, 1 AND, 2 NOT."""
    match condition:
        case s.Comparison(field=field, op="LIKE", value=str() as pattern):
            return f"{_field(field)} LIKE {_text(pattern)}"
        case s.Comparison(field=field, op=op, value=value):
            return f"{_field(field)} {op} {_list(value) if isinstance(value, tuple) else _value(value)}"
        case s.Not(operand=operand):
            return f"NOT {_condition(operand, 2)}"
        case s.And(left=left, right=right):
            text = f"{_condition(left, 1)} AND {_condition(right, 2)}"
            return f"({text})" if binding > 1 else text
        case s.Or(left=left, right=right):
            text = f"{_condition(left)} OR {_condition(right, 1)}"
            return f"({text})" if binding > 0 else text


def _list(values: Iterable[s.Scalar]) -> str:
    return f"({', '.join(_value(value) for value in values)})"


def _name(name: str, reserved: frozenset[str] = _NOISE) -> str:
    return f'"{name}"' if name.upper() in reserved else name


def _type(type_name: str) -> str:
    if not is_name(type_name):
        return _text(type_name)
    return _name(type_name, frozenset({"FROM"}))


def _field(field: str) -> str:
    return field if is_name(field) and field.upper() != "NOT" else _quoted(field, '"')


def _value(value: s.Scalar) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case str():
            return value if is_name(value) and value.upper() not in _LITERALS else _text(value)
        case s.Duration(length_ms=length_ms):
            return format_duration(length_ms)
        case s.Percent(pct=pct):
            return f"{pct}%"


def _text(text: str) -> str:
    return _quoted(text, "'" if "'" not in text else '"')


def _quoted(text: str, quote: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    return f"{quote}{escaped}{quote}"


def _json(value: s.Json) -> str:
    match value:
        case dict():
            pairs = [f"{_json(key)}: {_json(item)}" for key, item in value.items()]
            return f"{{{', '.join(pairs)}}}"
        case list():
            return "[" + ", ".join(_json(item) for item in value) + "]"
        case str():
            return _quoted(value, '"')
        case _:
            return _value(value)
