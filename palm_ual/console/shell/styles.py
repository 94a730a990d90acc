"""A palette as a style of prompt_toolkit."""

from collections.abc import Mapping

from prompt_toolkit.styles import Style

from palm_ual.console.terminal.palette import Palette, Part, as_prompt_toolkit

_PARTS: Mapping[str, Part] = {
    "completion-menu": "menu",
    "completion-menu.completion": "menu",
    "completion-menu.completion.current": "menu.current",
    "completion-menu.meta.completion": "menu.about",
    "completion-menu.meta.completion.current": "menu.current",
    "completion-menu.multi-column-meta": "menu.about",
    "scrollbar.background": "menu",
    "scrollbar.button": "menu.current",
    "search-toolbar": "dim",
    "search-toolbar.text": "",
    "incsearch": "menu.about",
    "incsearch.current": "menu.current",
    "search": "menu.about",
    "search.current": "menu.current",
}
"""What prompt_toolkit calls its own parts; its colours for them are no terminal's own."""


def style_of(palette: Palette) -> Style:
    """Every part of the palette under its own name, and prompt_toolkit's parts by ours."""
    own = [(part, as_prompt_toolkit(look)) for part, look in palette.items() if part]
    theirs = [(part, f"noinherit {as_prompt_toolkit(palette[ours])}") for part, ours in _PARTS.items()]
    return Style(own + theirs)
