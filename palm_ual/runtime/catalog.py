"""Agent types as the runtime needs them: found, checked, and made into behaviours of revisions.

Imports the schemas' library only when a type is really wanted.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from palm_ual.errors import InvalidValue, LimitExceeded, PalmError, TypeUnavailable
from palm_ual.model.events import Revision, Role
from palm_ual.model.limits import LABEL_CHARS_MAX, LABELS_MAX, MONEY_CENTS_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from palm_ual.agents.config import AgentConfig
    from palm_ual.agents.contract import AgentType
    from palm_ual.agents.finder import FoundType

_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted")


class Catalog:
    """Finds types, looking for `module:Class` in `directories` too, and remembers what it found."""

    def __init__(self, directories: Sequence[str] = ()) -> None:
        self._directories = tuple(os.path.abspath(path) for path in directories)
        self._found: dict[tuple[str, str | None], FoundType] = {}

    def find(self, ref: str, *, directory: str | None = None) -> FoundType:
        """A type by name or `module:Class`; errors as `palm_ual.agents.finder.find_type`."""
        from palm_ual.agents.finder import find_type

        key = (ref, directory) if ":" in ref else (ref.lower(), None)
        if key not in self._found:
            more = self._directories if directory is None else (directory,)
            self._found[key] = find_type(key[0], directories=more)
        return self._found[key]

    def revision(
        self, ref: str, *, number: int, config: Mapping[str, Any] | None, labels: Mapping[str, Any] | None
    ) -> Revision:
        """A checked revision.

        Raises:
            UnknownKey, InvalidValue: of the config or the labels.
            TypeUnavailable: the type cannot be run as it is written.
        """
        found = self.find(ref)
        checked = _checked(found, config or {})
        return Revision(
            number=number,
            type_name=found.name,
            type_ref=found.ref,
            config=None if config is None else _encoder.encode(config).decode(),
            labels=checked_labels(labels or {}),
            funding_cents=_cents(checked, "funding", found) or 0,
            budget_cents=_cents(checked, "budget", found),
            service=_service(checked, found) if config and "service" in config else None,
            type_dir=found.directory,
            **_market_fields(checked, found),
        )

    def upgraded(self, revision: Revision) -> Revision | None:
        """A revision of a release that had no market, with its role in it; None where nothing is missing."""
        if revision.role is not None:
            return None
        found = self.find(revision.type_ref, directory=revision.type_dir)
        if found.type.role is None:
            return None
        checked = _checked(found, decode_config(revision.config))
        return msgspec.structs.replace(revision, **_market_fields(checked, found))

    def behaviour(self, revision: Revision) -> AgentType[Any]:
        """The type of a revision, instantiated with its config.

        Raises:
            TypeUnavailable, InvalidValue: it does not load any more, or no longer takes that config.
        """
        found = self.find(revision.type_ref, directory=revision.type_dir)
        if found.name != revision.type_name:
            raise InvalidValue(f"agent type {revision.type_ref} is now called {found.name}")
        checked = _checked(found, decode_config(revision.config))
        try:
            return found.type(checked)
        except Exception as error:  # a user's class may raise anything
            raise _unusable(found, error) from error

    def problem_with(self, revision: Revision) -> str | None:
        """Why the type of a revision cannot be run here, if so."""
        try:
            self.behaviour(revision)
        except PalmError as error:
            return error.message
        return None


def _checked(found: FoundType, config: Mapping[str, Any]) -> AgentConfig:
    from palm_ual.agents.config import checked_config

    try:
        return checked_config(found.type.Config, config, type_name=found.name)
    except PalmError:
        raise
    except Exception as error:  # a user's validator may raise anything
        raise _unusable(found, error) from error


def _unusable(found: FoundType, error: Exception) -> TypeUnavailable:
    return TypeUnavailable(
        f"agent type '{found.ref}' cannot be run: {type(error).__name__}: {error}", word=found.ref
    )


def _cents(checked: AgentConfig, key: str, found: FoundType) -> int | None:
    """A money key that means the same for every type, and is stored outside its config."""
    value = getattr(checked, key, None)
    if value is None or (type(value) is int and 0 <= value <= MONEY_CENTS_MAX):
        return value
    raise TypeUnavailable(f"agent type '{found.ref}' needs a `{key}` that is Money", word=found.ref)


def _market_fields(checked: AgentConfig, found: FoundType) -> dict[str, Any]:
    """What the market has to know of a type's role and config."""
    role = found.type.role
    if role not in (None, *get_args(Role)):
        raise TypeUnavailable(
            f"agent type '{found.ref}' has a role that does not exist: {role!r}", word=found.ref
        )
    fields: dict[str, Any] = {"role": role}
    if role == "seller":
        fields["quoted_service"] = _service(checked, found)
        fields["price_cents"] = _cents(checked, "price", found)
    elif role == "arbiter":
        fields["escrow_threshold_cents"] = _cents(checked, "escrow_threshold", found)
    if role == "arbiter" and fields["escrow_threshold_cents"] is None:
        raise TypeUnavailable(
            f"agent type '{found.ref}' is an arbiter and has no config key \"escrow_threshold\"",
            word=found.ref,
        )
    return fields


def _service(checked: AgentConfig, found: FoundType) -> str | None:
    value = getattr(checked, "service", None)
    if value is None or isinstance(value, str):
        return value
    raise TypeUnavailable(f"agent type '{found.ref}' needs a `service` that is a ServiceName", word=found.ref)


def decode_config(text: str | None) -> dict[str, Any]:
    """A revision's stored config as it was given: whole numbers as int, others as exact Decimal."""
    import json
    from decimal import Decimal

    if text is None:
        return {}
    config: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return config


def checked_labels(labels: Mapping[str, Any]) -> dict[str, str]:
    """Labels as texts.

    Raises:
        InvalidValue: a value is not a text.
        LimitExceeded: too many, or one too long.
    """
    if len(labels) > LABELS_MAX:
        raise LimitExceeded(f"at most {LABELS_MAX} labels, not {len(labels)}")
    for key, value in labels.items():
        if not isinstance(value, str):
            raise InvalidValue(f'label "{key}" must be a text', hint='write it in quotes: "1"', word=key)
        if not key or len(key) > LABEL_CHARS_MAX or len(value) > LABEL_CHARS_MAX:
            raise LimitExceeded(
                f'label "{key[:20]}" is over {LABEL_CHARS_MAX} characters, or empty', word=key
            )
    return dict(labels)
