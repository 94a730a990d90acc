"""What no output may hold, told from the Unicode database alone."""

import unicodedata

_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def raw_in(text: str) -> list[str]:
    """Characters of `text` that steer a terminal, reorder text or show nothing; line breaks apart.

    An emoji may be made of several with joiners between them, and a script may have signs of its own
    that count as format characters and are seen; a letter may carry a few marks.
    """
    found, marks = [], 0
    for before, character in zip(f" {text}", text, strict=False):
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        joins = character in "\u200d\ufe0f" and before > "\u2000"
        seen = "\u0600" <= character <= "\u08e2"
        if marks > 4 or (category in _STEERING and character != "\n" and not joins and not seen):
            found.append(f"U+{ord(character):04X}")
    return found
