"""Styled lines: what renderers make, and what a stream or a terminal draws. No escape codes in here."""

from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

Style: TypeAlias = Literal["", "ok", "warn", "bad", "dim", "head", "key"]
"""What a piece of text means; the terminal decides how that looks."""

Segment: TypeAlias = tuple[str, Style]
Line: TypeAlias = tuple[Segment, ...]

BLANK: Line = ()


class Glyphs(Struct, frozen=True):
    """Signs and box corners. All are one column wide, except `wait`, which may be two."""

    ok: str
    warn: str
    bad: str
    wait: str
    cut: str
    """Stands where a text was cut."""
    across: str
    down: str
    top: tuple[str, str]
    middle: tuple[str, str]
    bottom: tuple[str, str]
    bars: str
    """The heights of a trend's bars, lowest first; empty where no picture is drawn."""


_BARS = "▁▂▃▄▅▆▇█"
UNICODE = Glyphs("✓", "⚠", "✗", "⏳", "…", "─", "│", ("┌", "┐"), ("├", "┤"), ("└", "┘"), _BARS)
ASCII = Glyphs("+", "!", "x", "~", "...", "-", "|", ("+", "+"), ("+", "+"), ("+", "+"), ".:-=+*#@")


def glyphs_for(encoding: str, *, pictures: bool = True) -> Glyphs:
    """The tutorial's signs, or ASCII stand-ins where `encoding` cannot show every one of them."""
    try:
        f"✓⚠✗⏳…─│┌┐├┤└┘{_BARS}".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        glyphs = ASCII
    else:
        glyphs = UNICODE
    return glyphs if pictures else replace(glyphs, bars="")


def text_of(line: Line) -> str:
    """The line without its styles."""
    return "".join([text for text, _ in line])


def plain(text: str, style: Style = "") -> Line:
    """A line of one piece."""
    return ((text, style),)
