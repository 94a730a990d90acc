r"""Which of many names a typed word means, and how well.

Three ways, the best first; capitals make no difference:

0. the name begins with the word: `trad` is trading-fleet-v1,
1. the letters of the word begin parts of the name, or go on with the part they are in: `tfv1`, `v1`,
   `flee` (each letter takes the nearest place, so that a search never tries twice),
2. the letters come in that order anywhere in the name, from three letters on: `tdng`.

Names are searched as one text, each in lower case behind a line break: one pattern runs over all of them.
Names of the same way keep their order.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

_BETWEEN = r"\-._ /"
"""What stands between the parts of a name."""
_DIGITS = "0123456789"
SCATTERED = 2
"""The loosest way."""
_FEW = 10
_SCATTERED_MIN = 3


class Hit(Struct, frozen=True, order=True):
    way: int
    index: int


def searchable(names: Iterable[str]) -> str:
    """Names as `hits` searches them; none has a line break in it."""
    return "".join(f"\n{name.lower()}" for name in names)


def hits(names: str, word: str, limit: int) -> list[Hit]:
    """At most `limit` of the names of a `searchable`, the best first; without a word the first ones.

    A looser way is tried only where the tighter ones found few.
    """
    if limit < 1:
        return []
    if not word:
        return [Hit(0, index) for index in range(min(limit, names.count("\n")))]
    word = word.lower()
    if "\n" in word:
        return []
    found: dict[int, int] = {}
    for way, ends in enumerate(_ways(names, word)):
        for index in _indexes(names, ends):
            found.setdefault(index, way)
            if len(found) == limit:
                break
        if len(found) >= min(limit, _FEW):
            break
    return sorted(Hit(way, index) for index, way in found.items())


def _ways(names: str, word: str) -> Iterator[Iterator[int]]:
    """For each way where in `names` its finds end."""
    yield _begun_with(names, word)
    parts = _part_begun_by(word[0]) + "".join(map(_next_in_parts, word[1:]))
    yield (found.end() for found in re.finditer(parts, names))
    if len(word) >= _SCATTERED_MIN:
        letters = map(re.escape, word)
        anywhere = "\n" + "".join(f"[^\n{letter}]*+{letter}" for letter in letters)
        yield (found.end() for found in re.finditer(anywhere, names))


def _begun_with(names: str, word: str) -> Iterator[int]:
    begun = f"\n{word}"
    place = names.find(begun)
    while place >= 0:
        yield place + len(begun)
        place = names.find(begun, place + 1)


def _part_begun_by(letter: str) -> str:
    """A digit begins a part behind anything but a digit: the 1 of `v1`."""
    before = r"(?<![0-9].)" if letter in _DIGITS else rf"(?<=[\n{_BETWEEN}].)"
    return re.escape(letter) + before


def _next_in_parts(letter: str) -> str:
    """The letter at once, or else the nearest part that it begins; atomic, so that no search tries twice."""
    far = r"[^\n]*?(?<![0-9])" if letter in _DIGITS else rf"(?:[^\n{_BETWEEN}]*+[{_BETWEEN}])+?"
    return f"(?>{re.escape(letter)}|{far}{re.escape(letter)})"


def _indexes(names: str, ends: Iterable[int]) -> Iterator[int]:
    """The index of the name in which each find ends, rising."""
    index, counted = -1, 0
    for end in ends:
        index += names.count("\n", counted, end)
        counted = end
        yield index
