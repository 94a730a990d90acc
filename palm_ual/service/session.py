"""Settings: those of one session, which ends with the process, and how those of the home are written."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Literal, TypeAlias, get_args

from msgspec import Struct

from palm_ual.errors import InvalidValue, UnknownKey
from palm_ual.lang.statements import Duration, Scalar
from palm_ual.model.durations import format_duration
from palm_ual.model.limits import (
    AGENTS_MAX,
    DEPLOY_TIMEOUT_MS,
    DRAIN_TIMEOUT_MS,
    DURATION_MS_MAX,
    RETENTION_MIN_MS,
)
from palm_ual.model.money import cents_of, plain_dollars
from palm_ual.model.nearest import did_you_mean

OutputFormat: TypeAlias = Literal["text", "json", "ndjson", "yaml", "csv"]
FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)
Notices: TypeAlias = Literal["bell", "quiet", "off"]
NOTICES: tuple[Notices, ...] = get_args(Notices)
"""The first is what counts unless something else was said."""
Ticks: TypeAlias = Literal["some", "all"]
Scope: TypeAlias = Literal["home", "session"]
_SWITCH = ("on", "off")


class Session:
    """Mutable on purpose: `SET` changes it, and it ends with the process."""

    def __init__(self, *, output: OutputFormat = "text", confirm: bool = True) -> None:
        self.ticks: Ticks = "some"
        self.output: OutputFormat = output
        self.confirm = confirm
        self.notices: Notices = NOTICES[0]
        self.timing = False
        self.deploy_timeout_ms = DEPLOY_TIMEOUT_MS
        self.drain_timeout_ms = DRAIN_TIMEOUT_MS
        self.undo: str | None = None
        """The statement that would undo the one at work, once it was accepted."""
        self.left_at_work = False
        """Whether a statement was accepted, and then interrupted."""
        self.left_running = False
        """Whether a statement was accepted and not waited for (NOWAIT)."""


class Setting(Struct, frozen=True):
    """One setting: whose it is, what it does, and what it may be."""

    name: str
    scope: Scope
    meaning: str
    words: tuple[str, ...] = ()
    """The words that it may be."""
    value: str = ""
    """What it may be beside them, in words."""
    takes_duration: bool = False

    @property
    def allowed(self) -> str:
        """All that it may be, in words."""
        words = either(self.words)
        return f"{self.value}, or {words}" if self.value and words else self.value or words


def either(words: Sequence[str]) -> str:
    """`on or off`, `bell, quiet or off`"""
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


_RETENTION = f"a duration from {format_duration(RETENTION_MIN_MS)} to {format_duration(DURATION_MS_MAX)}"
SETTINGS = (
    Setting(
        "capacity",
        "home",
        "how many agents the home may hold",
        value=f"a whole number from 1 to {AGENTS_MAX:,}",
    ),
    Setting("confirm", "session", "ask before ending things, on a terminal", _SWITCH),
    Setting(
        "deploy_timeout",
        "session",
        "how long agents may take to become ready",
        value="a duration",
        takes_duration=True,
    ),
    Setting(
        "drain_timeout",
        "session",
        "how long agents may take to meet what they owe",
        value="a duration",
        takes_duration=True,
    ),
    Setting(
        "issue_cap",
        "home",
        "up to how much money DEPLOY, SCALE and FUND may have issued",
        ("off",),
        "an amount in dollars",
    ),
    Setting(
        "notices",
        "session",
        "whether a prompt says what turns unhealthy: with a bell, without, or not at all",
        NOTICES,
    ),
    Setting("output", "session", "how answers are written", FORMATS),
    Setting(
        "retention",
        "home",
        "how long market flow is kept in detail; then its sums",
        ("off",),
        _RETENTION,
        takes_duration=True,
    ),
    Setting("ticks", "session", "a line for every agent, or for the first two and the last", get_args(Ticks)),
    Setting("timing", "session", "whether a prompt says how long each statement took", _SWITCH),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def find_setting(name: str) -> Setting:
    """A setting by name, whatever the case.

    Raises:
        UnknownKey: there is none, with the nearest.
    """
    setting = _BY_NAME.get(name.lower())
    if setting is not None:
        return setting
    error = UnknownKey(
        f'there is no setting "{name}"', hint=f"the settings are {', '.join(_BY_NAME)}", word=name
    )
    error.note = did_you_mean(name, _BY_NAME)
    raise error


def wrong_value(setting: Setting, value: Scalar) -> InvalidValue:
    """The error for a value a setting cannot take."""
    return InvalidValue(f"{setting.name} must be {setting.allowed}", word=spelled(value))


def spelled(value: Scalar) -> str:
    """A value as it is written in a statement, without quotes."""
    if isinstance(value, Duration):
        return format_duration(value.length_ms)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value.pct) + "%" if hasattr(value, "pct") else str(value)


def set_session(session: Session, setting: Setting, value: Scalar) -> str:
    """Change a setting of the session; returns how it now reads.

    Raises:
        InvalidValue: not what this setting may be.
    """
    change = _CHANGES[setting.name]
    if not change(session, value):
        raise wrong_value(setting, value)
    return session_value(session, setting.name)


def session_value(session: Session, name: str) -> str:
    """How a setting of the session reads now."""
    value = getattr(session, _ATTRIBUTES.get(name, name))
    if isinstance(value, bool):
        return "on" if value else "off"
    return format_duration(value) if isinstance(value, int) else str(value)


_ATTRIBUTES = {"deploy_timeout": "deploy_timeout_ms", "drain_timeout": "drain_timeout_ms"}


def _set_switch(name: str) -> Callable[[Session, Scalar], bool]:
    def change(session: Session, value: Scalar) -> bool:
        word = spelled(value).lower()
        if word in (*_SWITCH, "true", "false"):
            setattr(session, name, word in ("on", "true"))
            return True
        return False

    return change


def _set_word(name: str) -> Callable[[Session, Scalar], bool]:
    def change(session: Session, value: Scalar) -> bool:
        word = "off" if value is False else spelled(value).lower()
        if word not in _BY_NAME[name].words:
            return False
        setattr(session, name, word)
        return True

    return change


def _set_duration(name: str) -> Callable[[Session, Scalar], bool]:
    def change(session: Session, value: Scalar) -> bool:
        if not isinstance(value, Duration) or value.length_ms <= 0:
            return False
        setattr(session, _ATTRIBUTES[name], value.length_ms)
        return True

    return change


_CHANGES: dict[str, Callable[[Session, Scalar], bool]] = {
    "confirm": _set_switch("confirm"),
    "notices": _set_word("notices"),
    "output": _set_word("output"),
    "ticks": _set_word("ticks"),
    "timing": _set_switch("timing"),
    "deploy_timeout": _set_duration("deploy_timeout"),
    "drain_timeout": _set_duration("drain_timeout"),
}


def whole_number(setting: Setting, value: Scalar) -> int:
    """A setting's value as a whole number.

    Raises:
        InvalidValue: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
        raise wrong_value(setting, value)
    return int(value)


# Settings of the home


def home_value(setting: Setting, value: Scalar) -> int | None:
    """A value for a setting of the home as the home keeps it: agents, cents or milliseconds; None is off.

    Raises:
        InvalidValue: not of the kind that this setting takes. Whether it is in range is for the fleet to say.
    """
    if setting.name != "capacity" and spelled(value).lower() in ("off", "none"):
        return None
    if setting.name == "retention":
        if not isinstance(value, Duration):
            raise wrong_value(setting, value)
        return value.length_ms
    if setting.name == "capacity":
        return whole_number(setting, value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        raise wrong_value(setting, value)
    try:
        return cents_of(value)
    except InvalidValue as error:
        error.word = spelled(value)
        raise


def home_value_in_words(name: str, value: int | None) -> str:
    """How a value of a setting of the home reads, and is written."""
    if value is None:
        return "off"
    if name == "issue_cap":
        return plain_dollars(value)
    return format_duration(value) if name == "retention" else str(value)
