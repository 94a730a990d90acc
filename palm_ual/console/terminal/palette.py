"""How everything looks that a terminal shows: answers, the text being typed, and the parts of the shell.

Only the sixteen colours that every terminal's own scheme sets, so that its owner decides the shades.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from palm_ual.console.lines.lines import Style
from palm_ual.lang.highlight import PieceKind

Colour: TypeAlias = Literal["", "red", "green", "yellow", "blue", "magenta", "cyan"]
"""By its ANSI name; "" is the terminal's own. The bright ones are left out: schemes use them for greys,
some for the background itself.
"""

Theme: TypeAlias = Literal["auto", "dark", "light", "plain"]

Part: TypeAlias = Literal[
    Style,
    PieceKind,
    "prompt",
    "bar",
    "bar.ok",
    "bar.warn",
    "bar.bad",
    "menu",
    "menu.current",
    "menu.about",
    "suggestion",
    "problem",
]
"""Every style of a line, every kind of piece of a typed text, and the parts of the shell."""


class Look(Struct, frozen=True):
    """Looks lie over one another: what one does not set, the one below it does."""

    colour: Colour = ""
    bold: bool = False
    dim: bool = False
    underline: bool = False
    reverse: bool = False


Palette: TypeAlias = Mapping[Part, Look]


def _palette(ok: Colour, warn: Colour, bad: Colour, key: Colour, value: Colour) -> Palette:
    """`value` is for types and figures; without colours bold, dim and reverse tell things apart."""
    return {
        "": Look(),
        "ok": Look(ok),
        "warn": Look(warn, bold=not warn),
        "bad": Look(bad, bold=True),
        "dim": Look(dim=True),
        "head": Look(bold=True),
        "key": Look(key),
        "keyword": Look(bold=True),
        "name": Look(key),
        "type": Look(value),
        "number": Look(value),
        "duration": Look(value),
        "percent": Look(value),
        "text": Look(ok),
        "sign": Look(),
        "comment": Look(dim=True),
        "backslash": Look(key, bold=True),
        "error": Look(bad, underline=not bad),
        "prompt": Look(key, bold=True),
        "bar": Look(reverse=True),
        "bar.ok": Look(ok, reverse=True),
        "bar.warn": Look(warn, bold=not warn, reverse=True),
        "bar.bad": Look(bad, bold=True, reverse=True),
        "menu": Look(reverse=True),
        "menu.current": Look(key, bold=True, underline=not key, reverse=True),
        "menu.about": Look(reverse=True),
        "suggestion": Look(dim=True),
        "problem": Look(bad, underline=True),
    }


_BOTH = _palette(ok="green", warn="magenta", bad="red", key="cyan", value="magenta")
"""Neither yellow, which is lost on white, nor blue, which is lost on black."""

PALETTES: Mapping[Literal["dark", "light", "plain"], Palette] = {
    "dark": _palette(ok="green", warn="yellow", bad="red", key="cyan", value="magenta"),
    "light": _palette(ok="green", warn="magenta", bad="red", key="blue", value="magenta"),
    "plain": _palette(ok="", warn="", bad="", key="", value=""),
}


def palette_for(theme: Theme, environ: Mapping[str, str]) -> Palette:
    """The terminal is never asked: "auto" goes by `COLORFGBG`, else it takes what reads on both.

    `NO_COLOR` leaves bold, dim, underline and reverse, whatever the theme.
    """
    if environ.get("NO_COLOR"):
        return PALETTES["plain"]
    if theme != "auto":
        return PALETTES[theme]
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    if background in _DARK_BACKGROUNDS:
        return PALETTES["dark"]
    return PALETTES["light"] if background in _LIGHT_BACKGROUNDS else _BOTH


_DARK_BACKGROUNDS = frozenset({"0", "1", "2", "3", "4", "5", "6", "8"})
_LIGHT_BACKGROUNDS = frozenset({"7", "9", "10", "11", "12", "13", "14", "15"})


def as_rich(look: Look) -> str:
    """As rich writes a style: `bold red`, `none`."""
    return " ".join([*_attributes(look), *([look.colour] if look.colour else [])]) or "none"


def as_prompt_toolkit(look: Look) -> str:
    """As prompt_toolkit writes a style: `bold fg:ansired`; put `noinherit` before it to lie over nothing."""
    return " ".join([*_attributes(look), *([f"fg:ansi{look.colour}"] if look.colour else [])])


def _attributes(look: Look) -> list[str]:
    names = ("bold", "dim", "underline", "reverse")
    return [name for name in names if getattr(look, name)]
