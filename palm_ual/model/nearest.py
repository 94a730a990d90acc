"""Did-you-mean: one measure of likeness for names, keys, fields, settings and values."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, whatever the case; None if none is like it."""
    import difflib

    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower()[:100], by_lower, 1, 0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The question to ask beside the caret, if there is one."""
    found = nearest(word, known)
    return None if found is None else f"did you mean {found}?"
