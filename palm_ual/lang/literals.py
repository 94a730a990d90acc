"""Names, texts and numbers: from their source to their value, with every bound. No input raises anything
but a coded error with its place.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from palm_ual.errors import InvalidValue, UalSyntaxError
from palm_ual.model.durations import duration_ms
from palm_ual.model.limits import AGENTS_MAX, ECHO_CHARS_MAX, JSON_DIGITS_MAX, NAME_CHARS_MAX, TEXT_CHARS_MAX
from palm_ual.model.money import cents_of

_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*"
_TYPE_REFERENCE = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*"
NAME_RULE = "a name is a letter or _, then letters, digits and _, with single - or . between them"

_ESCAPE = r"\\(u[0-9a-fA-F]{4}|.)"
_RAW_CONTROL = r"[\x00-\x1f\x7f]"
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "/": "/", "\\": "\\", '"': '"'}
_COUNT_DIGITS_MAX = 15
_AMOUNT_CHARS_MAX = 28
"""Decimal's own precision: within it, dollars become cents without rounding."""
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Invisible, though Unicode counts them as letters, marks or symbols."""
_JOINER = "\u200d"


def is_name(text: str) -> bool:
    """Whether the text has the form of a name; how long it is does not matter here."""
    return re.fullmatch(_NAME, text) is not None


def shown(word: str) -> str:
    """A word of the input as a message may repeat it: bounded, and nothing in it that a terminal would obey."""
    kept = word if len(word) <= ECHO_CHARS_MAX else word[: ECHO_CHARS_MAX - 1] + "…"
    return "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in kept)


def name_of(source: str, start: int) -> str:
    """A name as it was written, bare or in double quotes.

    Raises:
        UalSyntaxError: what is in the quotes is not a name.
        InvalidValue: longer than a name may be.
    """
    quoted = source.startswith('"')
    name = source[1:-1] if quoted else source
    if quoted and not is_name(name):
        error = UalSyntaxError("what is in the quotes is not a name", hint=NAME_RULE)
        raise error.at(start, start + len(source))
    if len(name) > NAME_CHARS_MAX:
        message = f"a name may have at most {NAME_CHARS_MAX} characters, not {len(name)}"
        raise InvalidValue(message).at(start, start + len(source))
    return name


def type_of(source: str, start: int) -> str:
    """An agent type: a name, or `package.module:Class` in quotes of either kind."""
    if source[0] not in "\"'":
        if source.upper() == "FROM":
            error = UalSyntaxError(
                f'expected an agent type, not "{source}"', hint="a type of that name is quoted"
            )
            raise error.at(start, start + len(source))
        return name_of(source, start)
    text = text_of(source, start)
    if re.fullmatch(_TYPE_REFERENCE, text):
        return text
    if source[0] == '"' and ":" not in text:
        return name_of(source, start)
    hint = f"write {shown(text)} without quotes" if is_name(text) else "write it as 'package.module:Class'"
    raise InvalidValue("a text names an agent type as module:Class", hint=hint).at(start, start + len(source))


def text_of(source: str, start: int, limit: int = TEXT_CHARS_MAX) -> str:
    r"""The text that a quoted source stands for, JSON's escapes read; `\'` is one in single quotes.

    Raises:
        UalSyntaxError: an escape that JSON does not have, a control character as it is.
        InvalidValue: too long, or with characters that cannot be seen.
    """
    body = source[1:-1]
    if "\\" in body:
        body = _unescaped(body, source[0], start + 1)
    elif (raw := re.search(_RAW_CONTROL, body)) is not None:
        raise _control(body, raw.start(), start + 1)
    if len(body) > limit:
        raise _too_long(len(body), limit).at(start, start + len(source))
    hidden = hidden_character(body)
    if hidden is not None:
        error = InvalidValue(
            f"a text may not contain U+{ord(hidden):04X}, which cannot be seen", hint="leave it out"
        )
        raise error.at(start, start + len(source))
    return body


def bare_text_of(source: str, start: int) -> str:
    """A text of one word, without quotes."""
    if len(source) > TEXT_CHARS_MAX:
        raise _too_long(len(source), TEXT_CHARS_MAX).at(start, start + len(source))
    return source


def _too_long(length: int, limit: int) -> InvalidValue:
    return InvalidValue(f"a text may have at most {limit} characters, not {length}")


def _control(body: str, index: int, start: int) -> Exception:
    code = ord(body[index])
    error = UalSyntaxError(f"the control character U+{code:04X} cannot stand in a text", hint="leave it out")
    return error.at(start + index, start + index + 1)


def _unescaped(body: str, quote: str, start: int) -> str:
    raw = re.search(_RAW_CONTROL, body)
    if raw is not None:
        raise _control(body, raw.start(), start)

    def character(found: re.Match[str]) -> str:
        escape = found[1]
        if len(escape) == 5:
            return chr(int(escape[1:], 16))
        if escape == quote:
            return quote
        if escape not in _ESCAPES:
            error = UalSyntaxError(
                f"a text has no escape \\{escape if escape.isprintable() else ''}",
                hint='the escapes are \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hex digits',
            )
            raise error.at(start + found.start(), start + found.end())
        return _ESCAPES[escape]

    text = re.sub(_ESCAPE, character, body)
    return (
        text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    )


def hidden_character(text: str) -> str | None:
    """The first control, bidi or invisible character, or half of a surrogate pair; None if all can be seen.

    A joiner inside an emoji sequence is seen as the emoji it makes.
    """
    if text.isascii() and text.isprintable():
        return None
    return next(_hidden(text), None)


def _hidden(text: str) -> Iterator[str]:
    from unicodedata import category

    for index, character in enumerate(text):
        if character == _JOINER and _joins_emoji(text, index):
            continue
        if character in _FILLERS or category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            yield character


def _joins_emoji(text: str, index: int) -> bool:
    from unicodedata import category

    before = text[:index].rstrip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")[-1:]
    after = text[index + 1 : index + 2]
    return bool(before and after) and category(before) == "So" and category(after) == "So"


def count_of(source: str, start: int) -> int:
    """A count of ASCII digits, at most a million however it is written."""
    if len(source) > _COUNT_DIGITS_MAX or int(source) > AGENTS_MAX:
        error = InvalidValue(f"a count may be at most {AGENTS_MAX:,}")
        raise error.at(start, start + len(source))
    return int(source)


def amount_cents_of(source: str, start: int) -> int:
    """An amount of dollars, exactly, in cents: `12.50` is 1250.

    Raises:
        InvalidValue: nothing or less, a fraction of a cent, or more money than one amount may be.
    """
    end = start + len(source)
    if len(source) > _AMOUNT_CHARS_MAX:
        raise _out_of_range(source, start)
    try:
        cents = cents_of(number_of(source, start))
    except InvalidValue as error:
        raise error.at(start, end) from None
    if cents <= 0:
        raise InvalidValue("an amount must be more than 0").at(start, end)
    return cents


def length_ms_of(source: str, start: int) -> int:
    try:
        return duration_ms(source)
    except InvalidValue as error:
        raise error.at(start, start + len(source)) from None


def percent_of(source: str, start: int) -> int:
    if len(source) > _COUNT_DIGITS_MAX:
        raise InvalidValue("a percentage this large has no use").at(start, start + len(source))
    return int(source[:-1])


def number_of(source: str, start: int) -> int | Decimal:
    """An int, or an exact Decimal where there is a point or an exponent.

    Raises:
        InvalidValue: more digits, or a larger or smaller power of ten, than any figure here has.
    """
    mantissa, _, exponent = source.lower().partition("e")
    if len(mantissa) > JSON_DIGITS_MAX or len(exponent) > len(str(JSON_DIGITS_MAX)) + 1:
        raise _out_of_range(source, start)
    if not exponent and "." not in mantissa:
        return int(mantissa)
    number = Decimal(source)
    if abs(number.adjusted()) > JSON_DIGITS_MAX:
        raise _out_of_range(source, start)
    return number


def _out_of_range(source: str, start: int) -> Exception:
    return InvalidValue("a number this long or this far from 1 is out of range").at(
        start, start + len(source)
    )


def json_number_of(source: str, start: int) -> int | Decimal:
    """As `number_of`, and without zeros in front, which JSON does not have."""
    digits = source.removeprefix("-")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        error = UalSyntaxError("a JSON number has no zeros in front", hint="leave the zeros out")
        raise error.at(start, start + len(source))
    return number_of(source, start)
