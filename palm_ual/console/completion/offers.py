"""What completion offers, before it is ranked among others: an offer has a name to match, and what it writes."""

from collections.abc import Iterable

from msgspec import Struct

from palm_ual.console.completion.matching import hits, searchable
from palm_ual.lang.literals import is_name


class Offer(Struct, frozen=True, gc=False):
    name: str
    """What is matched."""
    text: str
    """What is written."""
    about: str = ""
    shown: str = ""
    """How a menu shows it, if not by its name."""


class Matched(Struct, frozen=True, gc=False):
    """An offer and how well it matches, as `palm_ual.console.completion.matching` counts: 0 is best."""

    way: int
    offer: Offer


class Typed(Struct, frozen=True):
    """The word being written: its opening quote, if it has one, and the rest."""

    quote: str
    body: str


def typed(word: str) -> Typed:
    return Typed(word[0], word[1:]) if word[:1] in ("'", '"') else Typed("", word)


def matched(offers: Iterable[Offer], body: str, limit: int) -> list[Matched]:
    """Those that the word may mean, the best first."""
    offers = list(offers)
    found = hits(searchable(offer.name for offer in offers), body, limit)
    return [Matched(hit.way, offers[hit.index]) for hit in found]


def named(name: str, quote: str, reserved: Iterable[str]) -> str:
    """A name as a statement has it: in double quotes if they were opened, or a keyword could stand in its place."""
    return f'"{name}"' if quote or name.upper() in reserved else name


def quoted(text: str, quote: str = "'") -> str:
    """A text as a statement has it."""
    quote = quote or "'"
    return quote + text.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote


def valued(value: str, quote: str) -> str:
    """A word among values: with quotes only where it needs them, or they were opened."""
    plain = is_name(value) and value.upper() not in ("TRUE", "FALSE", "NULL")
    return value if plain and not quote else quoted(value, quote)


def json_key(key: str) -> str:
    """A key with the colon behind it, ready for its value."""
    return quoted(key, '"') + ": "
