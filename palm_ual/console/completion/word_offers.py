"""Offers of the language itself: keywords, topics, settings, fields, config keys, durations, file names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palm_ual.console.commands import COMMANDS
from palm_ual.console.completion import meanings
from palm_ual.console.completion.fields import fields_of, values_of
from palm_ual.console.completion.offers import Matched, Offer, Typed, json_key, matched, named, quoted, valued
from palm_ual.lang.literals import is_name
from palm_ual.lang.vocabulary import ALIAS_RANK, RANKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from palm_ual.agents.config import ConfigField
    from palm_ual.console.completion.directory import FileName
    from palm_ual.console.completion.wanted import Wanted
    from palm_ual.service.names import Known

_VALUES = frozenset({"TRUE", "FALSE", "NULL"})
"""Keywords that are values: offered where one of them would do, and there alone."""


def keywords(words: Iterable[str], typed: Typed, *, aliases: bool, limit: int) -> list[Matched]:
    """In the case in which the word was begun; either the usual ones or those that mean the same as others."""
    if typed.quote:
        return []
    chosen = (word for word in words if (RANKS.get(word, 0) >= ALIAS_RANK) == aliases and word not in _VALUES)
    offers = [_keyword(word, typed) for word in sorted(chosen, key=lambda word: (RANKS.get(word, 0), word))]
    return matched(offers, typed.body, limit)


def _keyword(word: str, typed: Typed) -> Offer:
    text = meanings.PAIRS.get(word, word)
    written = text.lower() if typed.body.islower() else text
    return Offer(word, written, meanings.KEYWORDS.get(word, ""), shown=text)


def topics(typed: Typed, limit: int) -> list[Matched]:
    from palm_ual.lang.help import TOPICS

    first = [topic.words[0] for topic in TOPICS]
    others = [word for topic in TOPICS for word in topic.words[1:]]
    lower = typed.body.islower()
    words = [*first, *(word for word in others if word not in first)]
    offers = (Offer(word, word.lower() if lower else word, meanings.KEYWORDS.get(word, "")) for word in words)
    return matched(offers, typed.body, limit)


def commands(word: str, limit: int) -> list[Matched]:
    offers = [Offer(f"\\{command}", f"\\{command}", entry.about) for command, entry in COMMANDS.items()]
    return [each for each in matched(offers, word, limit) if each.way == 0]


# Tables


def fields(wanted: Wanted, known: Known, typed: Typed, limit: int) -> list[Matched]:
    """The table's own, then labels, where its rows have them."""
    if typed.quote == "'" or wanted.table is None:
        return []
    own = fields_of(wanted.table)
    offers = [
        Offer(name, _field(name, typed.quote), meanings.FIELDS[kind])
        for name, kind in own.items()
        if kind != "labels"
    ]
    if "labels" in own:
        offers += [
            Offer(name, _field(name, typed.quote), "label")
            for key in known.labels
            if key.isprintable()
            for name in (f"labels.{key}" if key.lower() in own else key,)
        ]
    return matched(offers, typed.body, limit)


def _field(name: str, quote: str) -> str:
    return name if not quote and is_name(name) and name.upper() != "NOT" else quoted(name, '"')


def field_values(wanted: Wanted, typed: Typed, limit: int) -> list[Matched]:
    """Values of a field that has few, and may be nobody's name."""
    field = (wanted.field or "").lower()
    kind = fields_of(wanted.table).get(field) if wanted.table else None
    if kind == "duration_ms":
        return durations(typed, limit)
    values = ("true", "false") if kind == "flag" else values_of(field) if kind == "word" else ()
    return matched([Offer(value, _value(value, typed)) for value in values], typed.body, limit)


def _value(value: str, typed: Typed) -> str:
    return value if value in ("true", "false") else valued(value, typed.quote)


# Settings


def settings(typed: Typed, limit: int) -> list[Matched]:
    from palm_ual.service.session import SETTINGS

    return matched(
        [Offer(each.name, named(each.name, typed.quote, ()), each.meaning) for each in SETTINGS],
        typed.body,
        limit,
    )


def setting_values(name: str, typed: Typed, limit: int) -> list[Matched]:
    from palm_ual.service.session import SETTINGS

    setting = next((each for each in SETTINGS if each.name == name.lower()), None)
    if setting is None:
        return []
    offers = [Offer(word, valued(word, typed.quote)) for word in setting.words]
    lengths = durations(typed, limit) if setting.takes_duration else []
    return lengths + matched(offers, typed.body, limit)


# Config


def config_keys(
    config: Sequence[ConfigField], given: frozenset[str], typed: Typed, limit: int
) -> list[Matched]:
    """Keys with the colon behind them; those that must be given first."""
    if typed.quote == "'":
        return []
    fields = sorted(
        (field for field in config if field.key not in given), key=lambda field: field.default is not None
    )
    return matched([Offer(f.key, json_key(f.key), _about_key(f)) for f in fields], typed.body, limit)


def _about_key(field: ConfigField) -> str:
    unit = "" if field.unit in (None, "dollars", "fraction") else f" of {field.unit}"
    default = "must be given" if field.default is None else f"default {field.default}"
    return f"{field.allowed}{unit}; {default}"


def config_values(config: Sequence[ConfigField], key: str, typed: Typed, limit: int) -> list[Matched]:
    field = next((each for each in config if each.key == key), None)
    if field is None or typed.quote == "'":
        return []
    values = field.words or ((field.written,) if field.written is not None else ())
    offers = [
        Offer(value.strip('"'), value, "default" if value == field.written else "")
        for value in values
        if value.startswith('"') or not typed.quote
    ]
    return matched(offers, typed.body, limit)


# Values that need no fleet


def comparators(limit: int) -> list[Matched]:
    return matched([Offer(sign, sign, about) for sign, about in meanings.COMPARATORS.items()], "", limit)


def durations(typed: Typed, limit: int) -> list[Matched]:
    """For a number the units it may have."""
    if typed.quote or not (typed.body.isdecimal() or not typed.body):
        return []
    texts = [f"{typed.body}{unit}" for unit in meanings.UNITS] if typed.body else list(meanings.DURATIONS)
    offers = [Offer(text, text, meanings.UNITS[text.lstrip("0123456789")]) for text in texts]
    return matched(offers, typed.body, limit)


def file_names(files: Sequence[FileName], wanted: Wanted, typed: Typed, limit: int) -> list[Matched]:
    """A directory stays open, with a slash behind it; what begins with a dot is offered to who types one."""
    directory, name = wanted.directory or "", typed.body.rpartition("/")[2]
    quote = typed.quote or "'"
    offers = []
    for file in files:
        if file.name.startswith(".") and not name.startswith("."):
            continue
        path = quoted(directory + file.name, quote)
        if file.is_directory:
            offers.append(Offer(f"{file.name}/", f"{path[:-1]}/", "directory"))
        else:
            offers.append(Offer(file.name, path, "UAL" if file.name.endswith(".ual") else "file"))
    return matched(offers, name, limit)
