"""How many columns a text takes on a terminal, and how to cut it to fit. Texts are `safe` already."""

from collections.abc import Iterator

_JOINER = "\u200d"
_EMOJI_FORM = "\ufe0f"


def width(text: str) -> int:
    """Columns: 2 for wide characters and emoji, 0 for combining marks, and 2 for a joined emoji as a whole."""
    if text.isascii():
        return len(text)
    return sum(columns for _, columns in _characters(text))


def cut(text: str, columns: int, mark: str) -> str:
    """`text` if it fits into `columns`, else as much of it as fits before `mark`; never half a character."""
    if text.isascii():
        return text if len(text) <= columns else text[: max(0, columns - len(mark))] + mark[:columns]
    room = columns - len(mark)
    total = fits = 0
    for end, wide in _characters(text):
        total += wide
        if total <= room:
            fits = end
        if total > columns:
            return text[:fits] + mark[:columns]
    return text


def pad(text: str, columns: int) -> str:
    """`text` with blanks behind it up to `columns`."""
    return text + " " * (columns - width(text))


def _characters(text: str) -> Iterator[tuple[int, int]]:
    """What a reader takes for one character each, marks and joined emoji included: where it ends, its width."""
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or not _belongs_together(text, start, index):
            yield index, _width_of_one(text[start:index])
            start = index


def _belongs_together(text: str, start: int, index: int) -> bool:
    character = text[index]
    if character < "\u0300":
        return False
    if _is_flag_letter(character):
        return index - start == 1 and _is_flag_letter(text[start])
    return text[index - 1] == _JOINER or _adds_no_width(character)


def _width_of_one(character: str) -> int:
    import unicodedata  # a shared library of its own, needed by few texts

    first = character[0]
    if _EMOJI_FORM in character[1:] or _is_flag_letter(first) or unicodedata.east_asian_width(first) in "WF":
        return 2
    return 0 if _adds_no_width(first) else 1


def _adds_no_width(character: str) -> bool:
    import unicodedata  # as above

    if "\u1160" <= character <= "\u11ff" or "\U0001f3fb" <= character <= "\U0001f3ff":
        return True  # vowels and ends of Hangul syllables, skin tones
    return unicodedata.category(character) in ("Mn", "Me", "Cf")


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
