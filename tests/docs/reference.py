"""The reference of README.md, made from the code: `python -m tests.docs.reference` writes it."""

import re
from collections.abc import Iterable, Sequence

from palm_ual import errors
from palm_ual.cli.arguments import EXIT_STATUSES, Argument, documented_arguments
from palm_ual.cli.manual import ENVIRONMENT
from palm_ual.console.commands import COMMANDS, in_columns
from palm_ual.console.own_files.config import config_keys
from palm_ual.console.shell.keys import KEYS
from palm_ual.lang.help import CLAUSES, STATEMENTS, Topic
from palm_ual.model import limits
from palm_ual.model.durations import format_duration
from palm_ual.model.money import format_dollars
from palm_ual.model.results import (
    BalanceShown,
    Column,
    FleetStatusShown,
    HomeChecked,
    PalmStatusShown,
    Result,
)
from palm_ual.service import listings, market_listings
from palm_ual.service.conditions import field_name
from palm_ual.service.session import SETTINGS
from tests.docs.readme import README, ROOT, read_readme, with_generated

PACKAGE = ROOT / "palm_ual"
LIMITS = {
    "SCRIPT_BYTES_MAX": "bytes of a script",
    "SCRIPT_STATEMENTS_MAX": "statements of a program, sourced files included",
    "STATEMENT_CHARS_MAX": "characters of a statement",
    "CONFIG_CHARS_MAX": "characters of a `WITH` or `LABELS` block",
    "JSON_DEPTH_MAX": "levels of nesting in JSON",
    "JSON_DIGITS_MAX": "digits of a JSON number",
    "CONDITION_DEPTH_MAX": "levels of nesting in a condition",
    "NAME_CHARS_MAX": "characters of a name",
    "TEXT_CHARS_MAX": "characters of a text such as a service or a `BECAUSE`",
    "LABELS_MAX": "labels of a deployment",
    "LABEL_CHARS_MAX": "characters of a label's key or value",
    "AGENTS_MAX": "agents of a `COUNT`, and the largest `capacity`",
    "CAPACITY_DEFAULT": "agents a fresh home has room for",
    "MONEY_CENTS_MAX": "money in one amount",
    "ISSUED_CENTS_MAX": "money ever issued to a home",
    "DURATION_MS_MAX": "the longest duration",
    "LOG_LINE_CHARS_MAX": "characters of a log line; longer ones are cut",
    "LOG_LINES_PER_AGENT_MAX": "log lines kept of an agent",
    "STATEMENTS_KEPT_MAX": "statements kept for `SHOW STATEMENTS`",
    "ECHO_CHARS_MAX": "characters of your input that an error message repeats",
    "RESTARTS_MAX": "failures of an agent in a row before a new deployment is given up, or it is a `CRASH_LOOP`",
    "BACKOFF_FIRST_MS": "pause before the first restart; it doubles",
    "BACKOFF_MAX_MS": "the longest pause before a restart",
    "START_TIMEOUT_MS": "what an agent may take to come back from its first step",
    "DEPLOY_TIMEOUT_MS": "what agents may take to become ready (`SET deploy_timeout`)",
    "DRAIN_TIMEOUT_MS": "what agents may take to meet what they owe (`SET drain_timeout`, `TIMEOUT`)",
    "MAX_UNAVAILABLE": "agents that `RESTART` of a deployment takes away at a time",
    "LAUNCH_BATCH_MAX": "agents started in one pass",
    "INTENTS_PER_STEP_MAX": "intents of one step of an agent; more is a crash",
    "STEP_TIMEOUT_MS": "one call into an agent's code, before it counts as a crash",
    "SNAPSHOT_EVERY_MS": "agents' own state, and fleet time, that a killed process loses at the most",
    "SNAPSHOT_EVENTS_MAX": "events after which a running fleet is put away as a snapshot",
    "SERVICES_MAX": "services that a home's market trades",
    "ORDER_UNITS_MAX": "units of an order",
    "RESTING_ORDERS_MAX": "orders of an agent that rest at a time",
    "FLOW_BATCH_MS": "market flow that a killed process loses",
    "FLOW_BATCH_OPS_MAX": "operations of market flow that are written as one",
    "RETENTION_DEFAULT_MS": "market flow kept in detail, unless `SET retention` says otherwise",
    "RETENTION_MIN_MS": "the shortest `retention`",
    "LOCK_TIMEOUT_MS": "how long a held home is waited for, unless `--lock-timeout` says otherwise",
    "WATCH_EVERY_MS": "how often `WATCH` looks, unless `EVERY` says otherwise",
    "WATCH_EVERY_MIN_MS": "the shortest `EVERY`",
    "SHELL_CONFIG_BYTES_MAX": "bytes of `config.toml`",
    "HISTORY_DEFAULT": "typed texts that the history keeps, unless `history` in the config says otherwise",
    "HISTORY_MAX": "the most that `history` may be",
    "HISTORY_TEXT_CHARS_MAX": "characters of a typed text that the history keeps",
    "HISTORY_BYTES_MAX": "bytes of the history file that are read",
    "HIGHLIGHT_RESTARTS_MAX": "errors in a typed text behind which colours follow the grammar again",
    "SUGGESTIONS_MAX": "suggestions for a place",
    "COMPLETION_CHARS_MAX": "characters before the cursor that completion looks at",
    "FILES_LISTED_MAX": "names of a directory that completion looks at",
    "LABEL_VALUES_KNOWN_MAX": "labels that completion knows",
    "NOT_READY_KNOWN_MAX": "agents of a deployment whose states completion knows, where they are not Ready",
    "QUESTIONS_WAITING_MAX": "questions that a prompt asks its fleet without an answer yet",
    "COLOURED_CHARS_MAX": "characters of a typed text that is coloured, and completed as it is typed",
}
"""Every bound in words; a test sees to it that none is missing."""

LISTINGS: dict[str, Sequence[Column]] = {
    "DEPLOYMENTS": listings.DEPLOYMENT_COLUMNS,
    "AGENTS": listings.AGENT_COLUMNS,
    "ORDERS": market_listings.ORDER_COLUMNS,
    "POSITIONS": market_listings.POSITION_COLUMNS,
    "ACCOUNTS": market_listings.ACCOUNT_COLUMNS,
    "EVENTS": listings.EVENT_COLUMNS,
    "TYPES": listings.TYPE_COLUMNS,
    "SETTINGS": listings.SETTING_COLUMNS,
    "STATEMENTS": listings.STATEMENT_COLUMNS,
}


def parts() -> dict[str, str]:
    """Every generated part of the README, by name."""
    return {
        "statements": _topics(STATEMENTS),
        "clauses": _topics(CLAUSES),
        "fields": _fields(),
        "settings": _settings(),
        "errors": _errors(),
        "limits": _limits(),
        "options": _options(),
        "statuses": _statuses(),
        "environment": _environment(),
        "keys": _keys(),
        "config": _config(),
    }


def error_classes() -> list[type[errors.PalmError]]:
    """Every class that gives a code of its own, in the order of the module."""
    defined = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return [kind for kind in defined if "code" in vars(kind) and kind is not errors.PalmError]


def bounds() -> list[str]:
    """Every bound that something keeps to, in the order of the module."""
    modules = [path for path in PACKAGE.rglob("*.py") if path.name != "limits.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in modules)
    return [name for name in vars(limits) if name.isupper() and re.search(rf"\b{name}\b", code)]


def _topics(topics: Iterable[Topic]) -> str:
    return "\n".join(_topic(topic) for topic in topics)


def _topic(topic: Topic) -> str:
    syntax = "\n".join(topic.syntax)
    text = "\n".join(topic.text)
    examples = "\n".join(topic.example)
    return f"#### {topic.words[0]}\n\n```text\n{syntax}\n```\n\n{text}\n{topic.near}\n\n```ual\n{examples}\n```\n"


def _fields() -> str:
    rows = [(f"`SHOW {what}`", _columns(columns)) for what, columns in LISTINGS.items()]
    rows += [
        ("`PALM STATUS`", _names(PalmStatusShown)),
        ("`FLEET STATUS`", _names(FleetStatusShown)),
        ("`BALANCE`", _names(BalanceShown)),
        ("`CHECK HOME`", _names(HomeChecked)),
    ]
    return _table(("statement", "fields"), rows)


def _columns(columns: Sequence[Column]) -> str:
    return ", ".join(
        f"`{column.name}`"
        if field_name(column) == column.name
        else f"`{column.name}` (`{field_name(column)}`)"
        for column in columns
    )


def _names(kind: type[Result]) -> str:
    return ", ".join(f"`{name}`" for name in kind.__struct_fields__)


def _settings() -> str:
    rows = [(f"`{one.name}`", one.scope, one.allowed, one.meaning) for one in SETTINGS]
    return _table(("setting", "belongs to", "may be", "meaning"), rows)


def _errors() -> str:
    rows = [
        (f"`{kind.code}`", str(kind.exit_status), (kind.__doc__ or "").strip().partition("\n")[0])
        for kind in error_classes()
    ]
    return _table(("code", "exit status", "meaning"), rows)


def _options() -> str:
    return _table(("option", ""), [_option(one) for one in documented_arguments() if one.flags])


def _option(one: Argument) -> tuple[str, str]:
    value = "" if one.value == "nothing" else " " + ("|".join(one.choices) or one.named)
    return ", ".join(f"`{flag}{value}`" for flag in one.flags), one.about


def _statuses() -> str:
    return _table(("exit status", ""), [(str(status), meaning) for status, meaning in EXIT_STATUSES])


def _environment() -> str:
    rows = [
        (", ".join(f"`{name}`" for name in names.split(", ")), _marked(about)) for names, about in ENVIRONMENT
    ]
    return _table(("variable", ""), rows)


def _marked(about: str) -> str:
    """With what can be typed or named set apart from the prose."""
    return re.sub(r"(?<!\S)(~(?:/[\w./-]*\w)?|--[a-z]+|\\[a-z]|ual/[\w.]*\w|palm-ual)", r"`\1`", about)


def _keys() -> str:
    lines = in_columns((*KEYS, *COMMANDS.values()))
    return "```text\n" + "".join(f"{line}\n" for line in lines) + "```\n"


def _config() -> str:
    rows = [(f"`{key.name}`", key.allowed, f"`{key.default}`", key.meaning) for key in config_keys()]
    return _table(("key", "may be", "unless given", "meaning"), rows)


def _limits() -> str:
    return _table(("bound", "at most"), [(LIMITS[name], _amount(name)) for name in bounds()])


def _amount(name: str) -> str:
    value = getattr(limits, name)
    if name.endswith("CENTS_MAX"):
        return format_dollars(value)
    return format_duration(value) if "_MS" in name else f"{value:,}"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main() -> None:
    """Write the generated parts anew."""
    README.write_text(with_generated(read_readme(), parts()), encoding="utf-8")


if __name__ == "__main__":
    main()
