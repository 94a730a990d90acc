"""Completion: what to offer at the end of a text, best first. Pure: what it has to know is passed in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from palm_ual.console.completion import fleet_offers as fleet
from palm_ual.console.completion import word_offers as words
from palm_ual.console.completion.matching import SCATTERED
from palm_ual.console.completion.offers import Matched, Offer, typed
from palm_ual.console.lines.safe import safe
from palm_ual.lang.highlight import pieces
from palm_ual.model.limits import SUGGESTIONS_MAX
from palm_ual.service.names import Known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from palm_ual.agents.config import ConfigField
    from palm_ual.console.completion.directory import FileName
    from palm_ual.console.completion.wanted import Wanted

_SHARE = SUGGESTIONS_MAX // 3
"""How many names of one sort there are at most, so that another sort is seen, too."""
_ENDING = frozenset({"DELETE", "TERMINATE", "FORCE", "SCALE", "DRAIN", "RESTART", "CANCEL"})
_NOTHING = Known()


class Suggestion(Struct, frozen=True):
    text: str
    """What replaces the text from `start` to its end."""
    start: int
    """An offset into the whole text that `wanted_at` was given."""
    about: str
    """A word or a short phrase on what it is; may be empty."""
    display: str
    """How a menu shows it."""


def suggestions(
    wanted: Wanted,
    known: Known | None = None,
    config: Sequence[ConfigField] = (),
    files: Sequence[FileName] = (),
) -> list[Suggestion]:
    """At most `SUGGESTIONS_MAX`, best first. What is not known yet is left out; the rest is offered.

    The better matches go first, names before keywords, and the usual keywords before the others. For a
    word that is right as it stands only longer ones are offered that begin with it, and letters in mere
    order count only where nothing begins with the word.
    """
    offers = _Offers(wanted, known or _NOTHING, config, files)
    found = sorted(offers.all(), key=lambda each: each.way)
    space = " " if wanted.follows else ""
    if any(_is(each.offer, wanted.word) for each in found):
        found = [each for each in found if each.way == 0 and not _is(each.offer, wanted.word)]
    elif found and found[0].way == 0:
        found = [each for each in found if each.way < SCATTERED]
    best = {each.offer.text: each.offer for each in reversed(found)}
    chosen = dict.fromkeys(each.offer.text for each in found)
    return [_suggested(best[text], wanted, space) for text in list(chosen)[:SUGGESTIONS_MAX]]


def _suggested(offer: Offer, wanted: Wanted, space: str) -> Suggestion:
    """A menu is no place for control characters: what a type says of itself is from outside."""
    about, shown = safe(offer.about, cell=True), safe(offer.shown or offer.name, cell=True)
    return Suggestion(space + offer.text, wanted.start, about, shown)


def _is(offer: Offer, word: str) -> bool:
    return word.lower() in (offer.text.lower(), (offer.shown or offer.name).lower())


class _Offers:
    """All that could stand in one place."""

    def __init__(
        self, wanted: Wanted, known: Known, config: Sequence[ConfigField], files: Sequence[FileName]
    ) -> None:
        self._wanted, self._known, self._config, self._files = wanted, known, config, files
        self._typed = typed(wanted.word)
        self._reserved = wanted.clauses | wanted.starters

    def all(self) -> Iterator[Matched]:
        wanted, typed = self._wanted, self._typed
        if wanted.command:
            yield from words.commands(wanted.word, SUGGESTIONS_MAX)
            return
        yield from self._names()
        yield from self._language()
        yield from self._json()
        for aliases in (False, True):
            yield from words.keywords(wanted.clauses, typed, aliases=aliases, limit=SUGGESTIONS_MAX)
            yield from words.keywords(wanted.starters, typed, aliases=aliases, limit=SUGGESTIONS_MAX)

    def _names(self) -> Iterator[Matched]:
        kinds, known, typed = self._wanted.kinds, self._known, self._typed
        if typed.quote == "'":
            return
        if kinds & {"deployment", "deployment_or_agent", "described", "account"}:
            yield from fleet.deployments(known, typed, self._reserved, _SHARE)
        if kinds & {"agent", "deployment_or_agent", "described", "account"}:
            yield from fleet.agents(known, typed, _SHARE)
        if kinds & {"agent_type", "described"}:
            yield from fleet.types(known, typed, _SHARE)
        if "account" in kinds:
            yield from fleet.accounts(known, typed, _SHARE)

    def _language(self) -> Iterator[Matched]:
        kinds, typed, limit = self._wanted.kinds, self._typed, SUGGESTIONS_MAX
        if "topic" in kinds:
            yield from words.topics(typed, limit)
        if "setting" in kinds:
            yield from words.settings(typed, limit)
        if self._wanted.setting == "":
            yield Matched(0, Offer("=", "=", "and its value"))
        if "field" in kinds:
            yield from words.fields(self._wanted, self._known, typed, limit)
        if "comparator" in kinds and not typed.body:
            yield from words.comparators(limit)
        if "value" in kinds:
            yield from self._values()
        if "duration" in kinds:
            yield from words.durations(typed, limit)
        if "file" in kinds:
            yield from words.file_names(self._files, self._wanted, typed, limit)

    def _values(self) -> Iterator[Matched]:
        wanted, known, typed = self._wanted, self._known, self._typed
        if wanted.setting:
            yield from words.setting_values(wanted.setting, typed, SUGGESTIONS_MAX)
        if not wanted.field or not wanted.table:
            return
        yield from words.field_values(wanted, typed, SUGGESTIONS_MAX)
        yield from fleet.field_values(known, wanted.field, typed, self._reserved, SUGGESTIONS_MAX)

    def _json(self) -> Iterator[Matched]:
        wanted, known, typed = self._wanted, self._known, self._typed
        if wanted.begins:
            yield Matched(0, Offer("{", "{", "keys and values as JSON"))
        if typed.quote == "'":
            return
        if "key" in wanted.kinds and wanted.in_labels:
            yield from fleet.label_keys(known, typed, wanted.given, SUGGESTIONS_MAX)
        elif "key" in wanted.kinds:
            yield from words.config_keys(self._config, wanted.given, typed, SUGGESTIONS_MAX)
        if "json" not in wanted.kinds or wanted.key is None:
            return
        if wanted.in_labels:
            yield from fleet.label_values(known, wanted.key, typed, '"', SUGGESTIONS_MAX)
            return
        yield from words.config_values(self._config, wanted.key, typed, SUGGESTIONS_MAX)
        if wanted.key == "service" and wanted.config is not None:
            yield from fleet.services(known, typed, '"', SUGGESTIONS_MAX)


def ends_things(text: str) -> bool:
    """Whether a text holds a statement that ends, stops or shrinks something, as far as words can tell.

    What a text says behind an error counts by its words alone.
    """
    if not _MAY_END.search(text):
        return False
    found = pieces(text)
    return any(p.kind == "keyword" and text[p.start : p.end].upper() in _ENDING for p in found)


_MAY_END = re.compile("|".join(_ENDING), re.IGNORECASE)
