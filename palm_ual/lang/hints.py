"""What to do about the mistakes people make most, by what was expected and what stands there."""

import re
from collections.abc import Set as AbstractSet

from palm_ual.lang.expect import Kind
from palm_ual.lang.literals import NAME_RULE, is_name, shown

_NAMES: AbstractSet[Kind] = {
    "deployment",
    "agent",
    "deployment_or_agent",
    "described",
    "account",
    "new_name",
    "agent_type",
    "setting",
}
_LIKE_A_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_.-]+\Z")
_PYTHON = {"none": "null", "true": "true", "false": "false", "undefined": "null", "nil": "null"}
_NUMBER_HINTS = (
    (re.compile(r"\+[0-9]"), "leave the + out"),
    (re.compile(r"[+-]?0[xXoObB]"), "numbers are decimal"),
    (re.compile(r"-?[0-9]+\.(?![0-9])"), "a digit follows the point: 5.0"),
    (re.compile(r"-?\.[0-9]"), "a digit stands before the point: 0.5"),
    (re.compile(r"[0-9]+_[0-9_]+"), "write the number without _"),
)


def hint_for(kinds: AbstractSet[Kind], word: str, before: str) -> str | None:
    """What to do instead; `before` is the word before this one."""
    if "count" in kinds:
        return "a whole number is written with the digits 0 to 9 and nothing else"
    if "amount" in kinds:
        return _hint_for_number(word) or "an amount is a number of dollars, with at most two decimals"
    if "key" in kinds:
        return _hint_for_key(word, before)
    if "json" in kinds:
        return _hint_for_json(word)
    if kinds & _NAMES:
        return "a name is written bare or in double quotes" if word.startswith("'") else _hint_for_name(word)
    if kinds & {"file", "text"}:
        return f"write it in quotes: '{shown(word)}'" if is_name(word) else None
    if "duration" in kinds:
        return "a duration is a whole number with ms, s, m, h or d"
    return (
        _hint_for_looking(word, before.strip())
        or _hint_for_sign(word, before.strip())
        or _hint_for_number(word)
        or _hint_for_name(word)
    )


def _hint_for_looking(word: str, before: str) -> str | None:
    if before.upper() == "WATCH":
        return "WATCH repeats what looks: a STATUS, SHOW, DESCRIBE, BALANCE or LOGS"
    return "FOLLOW stands with LOGS, without WATCH" if word.upper() == "FOLLOW" else None


def _hint_for_sign(word: str, before: str) -> str | None:
    if before == "<" and word.startswith(">"):
        return "unequal is written !="
    if before == "=" and word.startswith("="):
        return "equal is written with one ="
    if word == "," and before.isdecimal():
        return "a number is written without commas"
    return None


def _hint_for_key(word: str, before: str) -> str | None:
    if word == "}" and before.strip() == ",":
        return "leave out the comma before it"
    return "the keys of JSON are written in double quotes"


def _hint_for_json(word: str) -> str | None:
    if word.startswith("'"):
        return "the texts of JSON are written in double quotes"
    if word in ("]", "}"):
        return "a value is missing, or there is a comma too many"
    if word.lower().lstrip("+-") in ("nan", "infinity", "inf"):
        return "JSON has no NaN and no infinity"
    if word.lower() in _PYTHON:
        return f"JSON writes {_PYTHON[word.lower()]}"
    return _hint_for_number(word) or "a text is written in double quotes"


def _hint_for_number(word: str) -> str | None:
    return next((hint for pattern, hint in _NUMBER_HINTS if pattern.match(word)), None)


def _hint_for_name(word: str) -> str | None:
    return NAME_RULE if _LIKE_A_NAME.match(word) and not is_name(word) else None
