"""Offers of what a fleet has: deployments, agents, types, accounts, labels."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from palm_ual.console.completion import meanings
from palm_ual.console.completion.matching import hits, searchable
from palm_ual.console.completion.offers import Matched, Offer, Typed, json_key, matched, named, quoted
from palm_ual.model.ids import agent_id
from palm_ual.model.limits import AGENTS_MAX
from palm_ual.service.names import Known, Run

_DIGITS_MIN = 3
_DIGITS_MAX = 7
"""Digits of an agent's number: as many as the largest needs, and at least three."""


def deployments(known: Known, typed: Typed, reserved: frozenset[str], limit: int) -> list[Matched]:
    return [
        Matched(hit.way, _deployment(known, hit.index, typed, reserved))
        for hit in hits(known.searchable, typed.body, limit)
    ]


def _deployment(known: Known, index: int, typed: Typed, reserved: frozenset[str]) -> Offer:
    found = known.deployments[index]
    about = f"{found.agents:,} {found.type_name}, {found.status}"
    return Offer(found.name, named(found.name, typed.quote, reserved), about)


def types(known: Known, typed: Typed, limit: int) -> list[Matched]:
    offers = [Offer(ref, named(ref, typed.quote, ("FROM",)), about) for ref, about in known.types.items()]
    return matched(offers, typed.body, limit)


def accounts(known: Known, typed: Typed, limit: int) -> list[Matched]:
    """Those of the home; agents and deployments have accounts under their own names."""
    own = [Offer(name, named(name, typed.quote, ()), about) for name, about in meanings.ACCOUNTS.items()]
    held = [Offer(name, named(name, typed.quote, ()), "an open escrow") for name in known.escrows]
    return matched([*own, *held], typed.body, limit)


def label_keys(known: Known, typed: Typed, given: frozenset[str], limit: int) -> list[Matched]:
    """Keys inside LABELS, with the colon behind them."""
    offers = [
        Offer(key, json_key(key), _some(values))
        for key, values in known.labels.items()
        if key not in given and key.isprintable()
    ]
    return matched(offers, typed.body, limit)


def label_values(known: Known, key: str, typed: Typed, quote: str, limit: int) -> list[Matched]:
    return _texts(known.labels.get(key, ()), f"label {key}", typed, quote, limit)


def services(known: Known, typed: Typed, quote: str, limit: int) -> list[Matched]:
    return _texts(known.services, "service", typed, quote, limit)


def _texts(values: tuple[str, ...], about: str, typed: Typed, quote: str, limit: int) -> list[Matched]:
    offers = [Offer(value, quoted(value, quote), about) for value in values if value.isprintable()]
    return matched(offers, typed.body, limit)


def field_values(
    known: Known, field: str, typed: Typed, reserved: frozenset[str], limit: int
) -> list[Matched]:
    """Values of a field that are names, and those of labels."""
    sort = field.lower()
    if sort in ("deployment", "agent") and typed.quote == "'":
        return []
    if sort == "deployment":
        return deployments(known, typed, reserved, limit)
    if sort == "agent":
        return agents(known, typed, limit)
    if sort == "type":
        return types(known, typed, limit)
    if sort == "service":
        return services(known, typed, typed.quote, limit)
    return label_values(known, field.removeprefix("labels."), typed, typed.quote, limit)


def _some(values: tuple[str, ...]) -> str:
    said = ", ".join(value for value in values[:3] if value.isprintable())
    return f"{said}, …" if len(values) > 3 else said


# Agents


def agents(known: Known, typed: Typed, limit: int) -> list[Matched]:
    """Ids that the word may mean. A prefix of digits is a few spans of numbers, so a million cost no more than ten.

    `buyer_04` is a prefix; `b42` and `buyer42` name the type as any name is matched, and then the number.
    """
    body = typed.body.lower()
    found = [Matched(0, offer) for offer in _by_prefix(known, body, typed.quote, limit)]
    if len(found) < limit and body:
        seen = {each.offer.name for each in found}
        found += [
            each
            for each in _by_type(known, body, typed.quote, limit - len(found))
            if each.offer.name not in seen
        ]
    return found


def _by_prefix(known: Known, body: str, quote: str, limit: int) -> list[Offer]:
    offers: list[Offer] = []
    for type_name in known.runs:
        prefix = f"{type_name}_"
        if prefix.startswith(body):
            spans = [(0, AGENTS_MAX * 10)]
        elif body.startswith(prefix):
            spans = _spans(body[len(prefix) :])
        else:
            continue
        for number, run in _numbers(known.runs[type_name], spans, limit - len(offers)):
            offers.append(_agent(known, type_name, number, run, quote))
    return offers


def _by_type(known: Known, body: str, quote: str, limit: int) -> Iterator[Matched]:
    parts = re.fullmatch(r"([a-z_]*?[a-z])_?([0-9]*)", body)
    if parts is None:
        return
    type_names = list(known.runs)
    for hit in hits(searchable(type_names), parts[1], len(type_names)):
        runs = known.runs[type_names[hit.index]]
        spans = [(int(parts[2]), int(parts[2])), *_spans(parts[2])] if parts[2] else [(0, AGENTS_MAX * 10)]
        for number, run in _numbers(runs, spans, limit):
            yield Matched(max(hit.way, 1), _agent(known, type_names[hit.index], number, run, quote))


def _agent(known: Known, type_name: str, number: int, run: Run, quote: str) -> Offer:
    deployment = known.deployments[run.deployment]
    state = known.not_ready.get((type_name, number)) or ("ready" if deployment.status == "healthy" else "")
    name = agent_id(type_name, number)
    return Offer(name, named(name, quote, ()), f"{deployment.name}, {state}" if state else deployment.name)


def _spans(digits: str) -> list[tuple[int, int]]:
    """The numbers whose digits, as an id has them, begin with these: `04` is 040 to 049, `1` 100 to 199, 1000 …"""
    if not (digits.isascii() and digits.isdecimal()):
        return [] if digits else [(0, AGENTS_MAX * 10)]
    lengths = range(max(len(digits), _DIGITS_MIN), _DIGITS_MAX + 1)
    scales = [10 ** (length - len(digits)) for length in lengths if length == _DIGITS_MIN or digits[0] != "0"]
    return [(int(digits) * scale, int(digits) * scale + scale - 1) for scale in scales]


def _numbers(runs: tuple[Run, ...], spans: list[tuple[int, int]], limit: int) -> Iterator[tuple[int, Run]]:
    """At most `limit` of the numbers in the spans that are in a run."""
    left = limit
    for low, high in spans:
        at = bisect_left(runs, low, key=lambda run: run.last)
        while at < len(runs) and runs[at].first <= high and left > 0:
            run = runs[at]
            for number in range(max(low, run.first), min(high, run.last, max(low, run.first) + left - 1) + 1):
                yield number, run
                left -= 1
            at += 1
