"""Config schemas: what `WITH {…}` may say, checked once at the border, strictly.

A type's `Config` is a pydantic model; each field carries its unit, bounds, default and meaning, which
is what DESCRIBE TYPE prints. The field names `funding`, `budget` and `service` mean the same for every
type: the orchestrator funds agents by them and shows them.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

from msgspec import Struct, json
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from palm_ual.errors import InvalidValue, PalmError, UnknownKey
from palm_ual.model.limits import DURATION_MS_MAX, MONEY_CENTS_MAX, TEXT_CHARS_MAX
from palm_ual.model.money import cents_of, format_dollars, plain_dollars
from palm_ual.model.nearest import did_you_mean, nearest


class AgentConfig(BaseModel):
    """Base of all config schemas: strict, frozen, and no key that it does not declare."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _to_cents(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be an amount in dollars, as a number")
    try:
        return cents_of(value)
    except PalmError as error:
        raise ValueError(error.message) from error


def _to_decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be a number")
    return Decimal(value)


Money: TypeAlias = Annotated[
    int, BeforeValidator(_to_cents), Field(ge=0, le=MONEY_CENTS_MAX, json_schema_extra={"unit": "dollars"})
]
"""Dollars in the text, whole cents in the value; never negative."""

Fraction: TypeAlias = Annotated[
    Decimal, BeforeValidator(_to_decimal), Field(ge=0, le=1, json_schema_extra={"unit": "fraction"})
]
"""An exact number from 0 to 1."""

Seconds: TypeAlias = Annotated[
    int, Field(ge=1, le=DURATION_MS_MAX // 1000, json_schema_extra={"unit": "seconds"})
]
"""A whole number of seconds of fleet time, at most a year."""

ServiceName: TypeAlias = Annotated[str, Field(min_length=1, max_length=TEXT_CHARS_MAX)]


def checked_config(schema: type[AgentConfig], given: Mapping[str, Any], *, type_name: str) -> AgentConfig:
    """`given` as the schema's value.

    Raises:
        UnknownKey: a key the schema does not have, with its nearest match.
        InvalidValue: a value that is not allowed, naming the key.
    """
    try:
        return schema.model_validate(dict(given))
    except ValidationError as error:
        raise _first_problem(schema, error, type_name) from error


def _first_problem(schema: type[AgentConfig], error: ValidationError, type_name: str) -> PalmError:
    problem = error.errors(include_url=False)[0]
    key = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        return unknown_key(key, sorted(schema.model_fields), owner=type_name)
    hint = f"DESCRIBE TYPE {type_name} shows what it may be"
    if problem["type"] == "missing":
        return InvalidValue(f'{type_name} needs the config key "{key}"', hint=hint)
    field = schema.model_fields.get(key)
    if field is None:
        return InvalidValue(f"this config does not fit: {problem['msg']}", hint=hint)
    if problem["type"] == "value_error":
        text = str(problem["msg"]).removeprefix("Value error, ")
        return InvalidValue(f'config key "{key}": {text}', hint=hint, word=key)
    found = InvalidValue(
        f'config key "{key}" must be {describe_field(key, field).allowed}', hint=hint, word=key
    )
    if isinstance(problem["input"], str):
        near = nearest(problem["input"], map(str, _choices(field)))
        found.note = None if near is None else f'did you mean "{near}"?'
    return found


def unknown_key(key: str, known: list[str], *, owner: str) -> UnknownKey:
    """The error for a key that `owner` does not have, with its nearest match."""
    error = UnknownKey(
        f'{owner} has no config key "{key}"',
        hint=f"its keys are {', '.join(known)}" if known else f"{owner} takes no config",
        word=key,
    )
    error.note = did_you_mean(key, known)
    return error


class ConfigField(Struct, frozen=True):
    """One key of a schema, in words."""

    key: str
    allowed: str
    words: tuple[str, ...]
    """As JSON the values that it may be, where these are few."""
    unit: str | None
    default: str | None
    """None where the key must be given."""
    written: str | None
    """The default as JSON, if it is a plain value."""
    meaning: str


def config_fields(schema: type[AgentConfig]) -> tuple[ConfigField, ...]:
    """Every key of a schema, in the order of its declaration."""
    return tuple(describe_field(key, field) for key, field in schema.model_fields.items())


def describe_field(key: str, field: FieldInfo) -> ConfigField:
    """One key: what it may be, its unit, default and meaning."""
    unit = next((str(extra["unit"]) for extra in _extras(field) if "unit" in extra), None)
    money = unit == "dollars"
    words = _words(field)
    return ConfigField(
        key=key,
        allowed=_allowed(field, words, money=money),
        words=words,
        unit=unit,
        default=_default(field, money=money),
        written=_written(field, money=money),
        meaning=field.description or "",
    )


def _words(field: FieldInfo) -> tuple[str, ...]:
    if _bare(field.annotation) is bool:
        return ("true", "false")
    return tuple([json.encode(choice).decode() for choice in _choices(field)])


def _allowed(field: FieldInfo, words: tuple[str, ...], *, money: bool) -> str:
    if words:
        return f"one of {', '.join(words)}" if _choices(field) else " or ".join(words)
    bounds = {
        name: getattr(part, name)
        for part in _metadata(field)
        for name in ("ge", "gt", "le", "lt", "min_length", "max_length")
        if getattr(part, name, None) is not None
    }
    if "max_length" in bounds:
        return f"a text of {bounds.get('min_length', 0)} to {bounds['max_length']:,} characters"
    if money:
        return f"an amount from $0 to {format_dollars(bounds['le'])}"
    kind = {"int": "a whole number", "Decimal": "a number", "str": "a text"}.get(
        getattr(_bare(field.annotation), "__name__", ""), "a value"
    )
    low, high = bounds.get("ge", bounds.get("gt")), bounds.get("le", bounds.get("lt"))
    if low is not None and high is not None:
        return f"{kind} from {low:,} to {high:,}"
    return kind if low is None else f"{kind} of {low:,} or more"


def _default(field: FieldInfo, *, money: bool) -> str | None:
    if field.default_factory is not None:
        return next(
            (str(extra["default_text"]) for extra in _extras(field) if "default_text" in extra), "computed"
        )
    if field.default is PydanticUndefined:
        return None
    if field.default is None:
        return "none"
    if money:
        return format_dollars(field.default)
    if isinstance(field.default, bool):
        return str(field.default).lower()
    return f"{field.default:,}" if isinstance(field.default, int) else str(field.default)


def _written(field: FieldInfo, *, money: bool) -> str | None:
    value = field.default
    if isinstance(value, int) and money:
        return plain_dollars(value)
    if isinstance(value, Decimal):
        return str(value)
    return json.encode(value).decode() if isinstance(value, bool | int | str) else None


def _metadata(field: FieldInfo) -> list[Any]:
    """Constraints of a field, also those inside `X | None`."""
    nested = [part for branch in get_args(field.annotation) for part in getattr(branch, "__metadata__", ())]
    return [*field.metadata, *nested, *(deep for part in nested for deep in getattr(part, "metadata", ()))]


def _extras(field: FieldInfo) -> list[dict[str, Any]]:
    found = [part.json_schema_extra for part in (field, *_metadata(field)) if isinstance(part, FieldInfo)]
    return [extra for extra in found if isinstance(extra, dict)]


def _bare(annotation: Any) -> Any:
    """`X` of `X | None`, and of `Annotated[X, …]`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    rest = [part for part in get_args(annotation) if part is not type(None)]
    return _bare(rest[0]) if len(rest) == 1 and get_origin(annotation) is not Literal else annotation


def _choices(field: FieldInfo) -> tuple[Any, ...]:
    bare = _bare(field.annotation)
    return get_args(bare) if get_origin(bare) is Literal else ()
