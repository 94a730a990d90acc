"""Characters that no UAL text has outside its quotes: which one it is, and what was probably meant."""

import unicodedata

from palm_ual.errors import UalSyntaxError
from palm_ual.lang.vocabulary import LOOKALIKES


def strange_character(text: str, position: int) -> UalSyntaxError | None:
    """The error for the character at this place; None for one that only stands in the wrong place."""
    character = text[position]
    if character.isascii() and character.isprintable() and character != "`":
        return None
    meant = _meant(character)
    error = UalSyntaxError(f"{described(character)} cannot stand here", hint=_hint(character, meant))
    error.at(position, position + 1, f"did you mean {_named(meant)}?" if meant else None)
    return error


def described(character: str) -> str:
    """`U+201C (left double quotation mark)`; the character itself is never shown."""
    name = unicodedata.name(character, "").lower()
    if not name:
        name = "control character" if unicodedata.category(character) == "Cc" else ""
    if character == "\ufeff":
        name = "byte order mark"
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def _meant(character: str) -> str | None:
    if character in LOOKALIKES:
        return LOOKALIKES[character]
    category = unicodedata.category(character)
    if category in {"Zs", "Zl", "Zp"} or character in "\x0b\x0c\x85":
        return " "
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain.isascii() and plain.isprintable() and plain else None


def _named(meant: str) -> str:
    return "a plain space" if meant == " " else meant


def _hint(character: str, meant: str | None) -> str:
    if meant is None:
        return "leave it out" if not character.isprintable() else "outside of texts, UAL is written in ASCII"
    if meant.isdigit():
        return "a whole number is written with the digits 0 to 9"
    if meant in "\"'":
        return f"UAL's quotes are the straight ones: {meant}"
    return "write a plain space" if meant == " " else f"write {meant}"
