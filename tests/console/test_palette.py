import io
from typing import get_args

import pytest
from rich.color import Color as RichColour
from rich.console import Console
from rich.style import Style as RichStyle
from rich.text import Text

from palm_ual.console.lines.lines import Line, Style
from palm_ual.console.terminal.painter import Painter
from palm_ual.console.terminal.palette import (
    PALETTES,
    Colour,
    Look,
    Palette,
    Part,
    Theme,
    as_prompt_toolkit,
    as_rich,
    palette_for,
)

BOTH = palette_for("auto", {})
NAMED = {"dark": PALETTES["dark"], "light": PALETTES["light"], "plain": PALETTES["plain"], "auto": BOTH}
XTERM = {"TERM": "xterm-256color"}

Shade = tuple[int, int, int]
SCHEMES: dict[str, dict[Colour, Shade]] = {
    "xterm": {
        "red": (205, 0, 0),
        "green": (0, 205, 0),
        "yellow": (205, 205, 0),
        "blue": (0, 0, 238),
        "magenta": (205, 0, 205),
        "cyan": (0, 205, 205),
    },
    "VGA": {
        "red": (170, 0, 0),
        "green": (0, 170, 0),
        "yellow": (170, 85, 0),
        "blue": (0, 0, 170),
        "magenta": (170, 0, 170),
        "cyan": (0, 170, 170),
    },
    "Tango": {
        "red": (204, 0, 0),
        "green": (78, 154, 6),
        "yellow": (196, 160, 0),
        "blue": (52, 101, 164),
        "magenta": (117, 80, 123),
        "cyan": (6, 152, 154),
    },
    "Campbell": {
        "red": (197, 15, 31),
        "green": (19, 161, 14),
        "yellow": (193, 156, 0),
        "blue": (0, 55, 218),
        "magenta": (136, 23, 152),
        "cyan": (58, 150, 221),
    },
}
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
CONTRAST_MIN = 1.85
"""Low, but sixteen colours that somebody else shades give no more; yellow on white and blue on black have less."""


def luminance(shade: Shade) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [part / 255 for part in shade]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(shade: Shade, other: Shade) -> float:
    """WCAG 2.2, contrast ratio."""
    dark, light = sorted((luminance(shade), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def colours_of(palette: Palette) -> set[Colour]:
    return {look.colour for look in palette.values() if look.colour}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("name", "backgrounds"), [("dark", [BLACK]), ("light", [WHITE]), ("auto", [BLACK, WHITE])]
)
def test_every_colour_can_be_read_on_the_backgrounds_it_is_for(
    name: str, backgrounds: list[Shade], scheme: str
) -> None:
    for colour in colours_of(NAMED[name]):
        for background in backgrounds:
            assert contrast(SCHEMES[scheme][colour], background) >= CONTRAST_MIN, colour


@pytest.mark.parametrize("name", NAMED)
def test_every_palette_has_a_look_for_everything(name: str) -> None:
    assert set(NAMED[name]) == set(get_args(Part))
    assert set(get_args(Style)) <= set(NAMED[name])


@pytest.mark.parametrize("name", NAMED)
def test_what_must_not_be_mixed_up_looks_different(name: str) -> None:
    palette = NAMED[name]
    ok, warn, bad, plain = palette["ok"], palette["warn"], palette["bad"], palette[""]
    assert len({warn, bad, plain}) == 3 or name == "plain"
    assert ok != bad
    assert len({palette["menu"], palette["menu.current"]}) == 2
    assert len({palette[part] for part in ("bar", "bar.warn")}) == 2
    assert palette["suggestion"] != plain != palette["problem"]


def test_the_plain_palette_has_no_colour() -> None:
    assert colours_of(PALETTES["plain"]) == set()


@pytest.mark.parametrize(
    ("theme", "environ", "expected"),
    [
        ("auto", {}, "auto"),
        ("auto", {"COLORFGBG": "15;0"}, "dark"),
        ("auto", {"COLORFGBG": "0;15"}, "light"),
        ("auto", {"COLORFGBG": "0;default;15"}, "light"),
        ("auto", {"COLORFGBG": "12;8"}, "dark"),
        ("auto", {"COLORFGBG": "0;7"}, "light"),
        ("auto", {"COLORFGBG": "default;default"}, "auto"),
        ("auto", {"COLORFGBG": "nonsense"}, "auto"),
        ("dark", {"COLORFGBG": "0;15"}, "dark"),
        ("light", {"COLORFGBG": "15;0"}, "light"),
        ("plain", {}, "plain"),
        ("dark", {"NO_COLOR": "1"}, "plain"),
        ("dark", {"NO_COLOR": ""}, "dark"),
    ],
)
def test_the_environment_and_the_theme_choose_the_palette(
    theme: Theme, environ: dict[str, str], expected: str
) -> None:
    assert palette_for(theme, environ) is NAMED[expected] or expected == "auto" == theme
    assert palette_for(theme, environ) == NAMED[expected]


LOOKS = sorted({look for palette in NAMED.values() for look in palette.values()}, key=repr)


@pytest.mark.parametrize("look", LOOKS, ids=repr)
def test_rich_understands_every_look(look: Look) -> None:
    style = RichStyle.parse(as_rich(look))
    assert style.color == (RichColour.parse(look.colour) if look.colour else None)
    assert [bool(x) for x in (style.bold, style.dim, style.underline, style.reverse)] == [
        look.bold,
        look.dim,
        look.underline,
        look.reverse,
    ]


@pytest.mark.parametrize("look", LOOKS, ids=repr)
def test_prompt_toolkit_understands_every_look(look: Look) -> None:
    styles = pytest.importorskip("prompt_toolkit.styles")
    attributes = styles.Style([]).get_attrs_for_style_str(f"noinherit {as_prompt_toolkit(look)}")
    assert (attributes.color or "") == (f"ansi{look.colour}" if look.colour else "")
    assert [attributes.bold, attributes.dim, attributes.underline, attributes.reverse] == [
        look.bold,
        look.dim,
        look.underline,
        look.reverse,
    ]


EVERYTHING: tuple[Line, ...] = (
    tuple([(f"a {style} piece ", style) for style in get_args(Style)]),
    (("", "ok"), ("✓", "ok"), ("", ""), (" [red]not markup[/red] :smile: 中文", "")),
    (),
)


@pytest.mark.parametrize("environ", [XTERM, {"TERM": "xterm"}, {"TERM": "xterm", "COLORTERM": "truecolor"}])
@pytest.mark.parametrize("name", NAMED)
def test_lines_get_the_codes_that_rich_would_give_them(name: str, environ: dict[str, str]) -> None:
    palette = NAMED[name]
    rich_s = Console(
        file=io.StringIO(), force_terminal=True, width=1000, legacy_windows=False, _environ=environ
    )
    with rich_s.capture() as captured:
        for line in EVERYTHING:
            text = Text()
            for piece, style in line:
                text.append(piece, as_rich(palette[style]))
            rich_s.print(text, soft_wrap=True, highlight=False)
    assert Painter(environ, palette).drawn(EVERYTHING) == captured.get()
