"""Why a text is not UAL, where, and what was probably meant. Only the first error, in linear time."""

import re
from collections.abc import Iterable

from palm_ual.errors import UalSyntaxError, UnfinishedStatement
from palm_ual.lang.characters import strange_character
from palm_ual.lang.expect import Awaited, Kind, awaited
from palm_ual.lang.hints import hint_for
from palm_ual.lang.literals import shown
from palm_ual.lang.machine import Machine, Token, Trace
from palm_ual.lang.vocabulary import ALIAS_RANK, KINDS, OPENING, RANKS, SIGNS, WORDS
from palm_ual.model.limits import ECHO_CHARS_MAX

_NAMED_MAX = 3
_OF_SHOW = frozenset({"OF", "WHERE", "ORDER", "LIMIT", "SINCE"})
_RUN = re.compile(r"""[^\s,;:(){}\[\]"'=<>!]+|.""", re.DOTALL)
"""What a person would call the word at a place, token or not."""
_SIMILAR = 0.7
_LONG = 6
"""Letters from which on a word may lack two, and still be meant: SELCT is not SET."""


def diagnosed(text: str, machine: Machine) -> UalSyntaxError:
    """The error of a text that `machine` cannot read, with its place."""
    trace = machine.trace(text)
    if trace.stop is None:
        return _unfinished(text, machine, trace)
    stop = trace.stop
    if stop.kind == "":
        error = _unclosed(text, stop.start) or strange_character(text, stop.start)
        if error is not None:
            return error
    return _unexpected(text, machine, trace, stop)


def _unclosed(text: str, start: int) -> UalSyntaxError | None:
    if text.startswith("/*", start):
        comment = UnfinishedStatement("this comment is never closed", hint="a comment ends with */")
        return _placed(comment, start, start + 2)
    if text[start] not in "\"'":
        return None
    line = re.compile(r"[^\r\n]*").match(text, start)
    error = UalSyntaxError("this text is never closed", hint=f"close it with {text[start]} on the same line")
    return _placed(error, start, min(line.end() if line else start, start + ECHO_CHARS_MAX))


def _unfinished(text: str, machine: Machine, trace: Trace) -> UalSyntaxError:
    end = trace.tokens[-1].end
    missing = _missing_before(text, machine, trace)
    if missing is not None:
        message, token = missing
        return _placed(
            UnfinishedStatement(f"the statement is not finished: {message}"), token.start, token.end
        )
    wanted = _expected(awaited(machine, trace), ends=False)
    return _placed(UnfinishedStatement(f"the statement is not finished: expected {wanted}"), end, end)


def _unexpected(text: str, machine: Machine, trace: Trace, stop: Token) -> UalSyntaxError:
    missing = _missing_before(text, machine, trace)
    if missing is not None:
        message, token = missing
        return _placed(UalSyntaxError(message), token.start, token.end)
    what = awaited(machine, trace)
    run = _RUN.match(text, stop.start)
    end = max(stop.end, run.end() if run else 0)
    word = text[stop.start : end]
    between = not trace.tokens[trace.statement :]
    wanted = "a statement" if between else _expected(what, ends=what.complete)
    hint = hint_for(what.kinds, word, text[trace.tokens[-1].start : stop.start] if trace.tokens else "")
    echo = shown(word) if word[0] in "\"'" else f'"{shown(word)}"'
    if not between:
        first = trace.tokens[trace.statement].kind
        hint = hint or _misplaced(first, word) or _others(what)
    error = UalSyntaxError(f"expected {wanted}, not {echo}", hint=hint)
    return _placed(error, stop.start, end, _did_you_mean(word, what.keywords))


def _placed(error: UalSyntaxError, start: int, end: int, note: str | None = None) -> UalSyntaxError:
    error.at(start, end, note)
    return error


def _missing_before(text: str, machine: Machine, trace: Trace) -> tuple[str, Token] | None:
    """`SCALE TO 9`: the word before the stop was taken as a name, and is what should follow the name."""
    if len(trace.tokens) < 2 or trace.tokens[-1].kind != "WORD":
        return None
    last = trace.tokens[-1]
    keyword = text[last.start : last.end].upper()
    if keyword not in awaited(machine, trace).clauses or len(trace.tokens) - 1 <= trace.statement:
        return None
    kinds = awaited(machine, machine.trace(text[: last.start])).kinds
    wanted = _phrases(kinds)
    return (f"{wanted[0]} is missing before {keyword}", last) if wanted else None


def _expected(what: Awaited, *, ends: bool) -> str:
    """`AS, COUNT, WITH or the end of the statement`: at most three words, the most usual ones."""
    kinds = _phrases(what.kinds)
    if "comparator" in what.kinds:
        return kinds[0]
    usual = [word for word in what.clauses if RANKS.get(word, 0) < ALIAS_RANK]
    if not (usual or kinds or ends):
        usual = list(what.clauses)
    words = sorted(_spoken(sorted(usual, key=_by_rank)[:_NAMED_MAX]))
    signs = sorted(SIGNS[sign] for sign in what.signs - OPENING)
    phrases = [*words, *kinds, *signs] or sorted(SIGNS[sign] for sign in what.signs & SIGNS.keys())
    return _either([*phrases, "the end of the statement"] if ends else phrases)


def _by_rank(word: str) -> tuple[int, str]:
    return RANKS.get(word, 0), word


def _spoken(words: Iterable[str]) -> list[str]:
    return [WORDS.get(word, word) for word in words]


def _phrases(kinds: Iterable[Kind]) -> list[str]:
    return sorted({KINDS[kind] for kind in kinds})


def _either(phrases: list[str]) -> str:
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} or {phrases[-1]}"


def _others(what: Awaited) -> str | None:
    """The usual words that the message had no room for."""
    usual = sorted(word for word in what.clauses if RANKS.get(word, 0) == 0)
    more = _spoken(usual[_NAMED_MAX:])
    return f"{_either(more)} can stand here, too" if more else None


def _misplaced(first: str, word: str) -> str | None:
    """A clause of what is watched, behind those of the WATCH that begins with `first`."""
    if first == "WATCH" and word.upper() in _OF_SHOW:
        return f"{WORDS.get(word.upper(), word.upper())} stands with SHOW, before EVERY, FOR and UNTIL"
    return None


def _did_you_mean(word: str, keywords: frozenset[str]) -> str | None:
    if not word.isascii() or not word.replace("_", "").isalpha() or len(word) > ECHO_CHARS_MAX:
        return None
    from difflib import get_close_matches

    reach = 1 if len(word) < _LONG else 2
    likely = sorted(keyword for keyword in keywords if abs(len(keyword) - len(word)) <= reach)
    near = get_close_matches(word.upper(), likely, 1, _SIMILAR)
    return f"did you mean {near[0]}?" if near else None
