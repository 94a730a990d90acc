"""Text from outside, made safe to show: whatever could steer, hide or reorder becomes a visible escape."""

import re
from collections.abc import Callable
from functools import cache

from palm_ual.console.lines.lines import Line

MARKS_IN_A_ROW_MAX = 4
"""Combining marks one character may carry; hundreds of them draw over the lines above and below."""

_EMOJI = "\u231a-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_SIGNS_WITH_EMOJI_FORM = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u24c2\u25a0-\u25ff\u3030\u303d\u3297\u3299"
)

_UNSEEN = (
    "\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# A joiner is kept inside an emoji sequence, an emoji selector after a sign or in a keycap (1 FE0F 20E3).
_UNSEEN_UNLESS_EMOJI = (
    f"(?<![{_EMOJI}])(?<![{_EMOJI}]\ufe0f)\u200d|\u200d(?![{_EMOJI}])"
    f"|(?<![{_EMOJI}{_SIGNS_WITH_EMOJI_FORM}0-9#*])\ufe0f|(?<=[0-9#*])\ufe0f(?!\u20e3)"
)

# Every character of the Unicode categories Mn, Mc and Me lies in here, beside others: a run of these is
# looked at more closely.
_MARKS = (
    "\u0300-\u036f\u0483-\u1cff\u1dc0-\u1dff\u20d0-\u20ff\u2ce0-\u2dff\u302a-\u302f\u3099\u309a"
    "\ua66f-\uabff\ufb1e\ufe20-\ufe2f\U000101fd-\U0001efff"
)


# Compiled when first needed: plain ASCII, which is nearly everything, never pays for them.
@cache
def _suspect() -> re.Pattern[str]:
    """One set of characters, which is searched fast; what has none of them is safe."""
    return re.compile(f"[\\x00-\x08\x0b-\x1f{_UNSEEN}{_MARKS}\u200d\ufe0f]")


@cache
def _unsafe(*, cell: bool) -> re.Pattern[str]:
    controls = "\x00-\x1f" if cell else "\x00-\x08\x0b-\x1f"
    return re.compile(f"[{controls}{_UNSEEN}]|{_UNSEEN_UNLESS_EMOJI}")


@cache
def _maybe_marks() -> re.Pattern[str]:
    return re.compile(f"[{_MARKS}]{{{MARKS_IN_A_ROW_MAX + 1},}}")


_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def visible(character: str) -> str:
    r"""An escape that a person can read and look up: `\x1b`, `\u202e`, `\U000e0041`."""
    if short := _SHORT.get(character):
        return short
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def safe(text: str, *, cell: bool, escape: Callable[[str], str] = visible) -> str:
    """`text` with everything escaped that a terminal would obey or a reader would not see.

    In a `cell` tabs and line breaks are escaped too: they would forge columns and lines. The answer to
    clean text is that very text, and to an answer the answer itself.
    """
    if text.isascii() and text.isprintable():
        return text
    if (unsafe := _unsafe(cell=cell)).search(text):
        text = unsafe.sub(lambda found: escape(found[0]), text)
    if (marks := _maybe_marks()).search(text):
        text = marks.sub(lambda found: _few_marks(found[0], escape), text)
    return text


def safe_line(line: Line) -> Line:
    """The line with each of its pieces safe in a cell."""
    return tuple([(safe(text, cell=True), style) for text, style in line])


def is_safe(text: str) -> bool:
    """Whether `safe(text, cell=False)` would leave it as it is."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return True
    return not _suspect().search(text) or safe(text, cell=False) == text


def _few_marks(run: str, escape: Callable[[str], str]) -> str:
    import unicodedata  # a shared library of its own, needed by few texts

    out: list[str] = []
    in_a_row = 0
    for character in run:
        in_a_row = in_a_row + 1 if unicodedata.category(character).startswith("M") else 0
        out.append(character if in_a_row <= MARKS_IN_A_ROW_MAX else escape(character))
    return "".join(out)
