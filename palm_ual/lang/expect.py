"""What may come next, what kind of name is expected, and whether a text is whole: all from the LALR table.

A rule of the grammar is a kind: where the parser's state waits for a `deployment`, the name of a
deployment is expected. So the console, the messages and the parser cannot disagree.
"""

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from palm_ual.lang.machine import Machine, Trace
from palm_ual.lang.reader import machine
from palm_ual.lang.tables import END
from palm_ual.model.limits import SCRIPT_BYTES_MAX

Completeness: TypeAlias = Literal["complete", "unfinished", "wrong"]
Kind: TypeAlias = Literal[
    "deployment",
    "agent",
    "deployment_or_agent",
    "described",
    "account",
    "new_name",
    "agent_type",
    "field",
    "setting",
    "topic",
    "count",
    "amount",
    "duration",
    "text",
    "file",
    "value",
    "config",
    "labels",
    "key",
    "json",
    "comparator",
]

_KINDS: Mapping[str, Kind] = {
    "deployment": "deployment",
    "deployment_name": "deployment",
    "agent": "agent",
    "agent_name": "agent",
    "deployment_or_agent": "deployment_or_agent",
    "described": "described",
    "account": "account",
    "new_name": "new_name",
    "agent_type": "agent_type",
    "field": "field",
    "setting": "setting",
    "topic": "topic",
    "count": "count",
    "amount": "amount",
    "duration": "duration",
    "text": "text",
    "file": "file",
    "value": "value",
    "config": "config",
    "labels": "labels",
    "key": "key",
    "json": "json",
    "comparator": "comparator",
}
"""The rules that are kinds. A `text` beside a `value` or a `field` is only a way to write that one."""
_ONCE = frozenset(
    {"OF", "WHERE", "ORDER", "LIMIT", "SINCE", "COUNT", "AS", "NAME", "WITH", "LABELS"}
    | {"TIMEOUT", "TAIL", "FOLLOW", "FORCE", "BECAUSE", "NOWAIT", "EVERY", "FOR", "UNTIL"}
)
"""Clauses: the grammar allows them in any order, and a statement has each at most once."""
_ALSO = {"AS": "NAME", "NAME": "AS", "REPLICAS": "COUNT"}
"""Clauses that mean the same: with the one, the other is given, too."""
_SIGNS = frozenset(
    {"COLON", "COMMA", "EQUAL", "LBRACE", "LPAR", "LSQB", "RBRACE", "RPAR", "RSQB", "SEMICOLON"}
)
_WORDS_OF_HELP = {"HELP_ON": "HELP"}
_WORD_BEGUN = re.compile(r"[\w-][\w.%-]*", re.ASCII)
"""What becomes a word when it is typed on, and is none yet: `trading-`."""
_BEGINNINGS: Mapping[str, str] = {
    "WORD": r"[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*[.-]?",
    "DQ": r'"[^"\r\n]*(?:\\"[^"\r\n]*)*',
    "SQ": r"'[^'\r\n]*(?:\\'[^'\r\n]*)*",
    "INT": r"[0-9]+",
    "NUMBER": r"-?[0-9]+(?:\.[0-9]*)?(?:(?<=[0-9])[eE][+-]?[0-9]*)?|-",
    "DURATION": r"[0-9]+(?:ms?|[shd])?",
    "PERCENT": r"[0-9]+%?",
}
"""What the terminals of the grammar begin with."""
COMPARISONS = frozenset({"EQUAL", "NOT_EQUAL", "LESSTHAN", "AT_MOST", "MORETHAN", "AT_LEAST"})
"""The signs between a field and its value."""
_SIGNS_BEGUN = ("!", "-", "/")
"""With one more character they are `!=` or open a comment."""


class Awaited(Struct, frozen=True):
    """What the parser could take next."""

    keywords: frozenset[str]
    clauses: frozenset[str]
    """Those of the keywords that would go on with the statement, and not begin another."""
    kinds: frozenset[Kind]
    signs: frozenset[str]
    complete: bool


class Ending(Struct, frozen=True):
    """The end of a text, as one who types it on would see it."""

    head: str
    """The text without the word that is still being written."""
    word: str
    trace: Trace
    """Of the head."""
    next: Awaited | None
    """None if something is wrong before the word, or it stands in a comment: nothing may come there."""


def ending_of(text: str) -> Ending:
    """The end of a text, and what may come there; nothing behind an error or in a comment.

    A word that touches the end is taken as still being written, also a quoted one without its second quote.
    """
    parser = machine()
    head, word = _split(text, parser.trace(text))
    trace = parser.trace(head)
    if trace.stop is not None or _in_comment(head, trace):
        return Ending(head, word, trace, None)
    what = awaited(parser, trace)
    if _awaits_topic(head, trace):
        what = structs.replace(what, kinds=what.kinds | {"topic"})
    return Ending(head, word, trace, what)


def may_become_right(text: str) -> bool:
    """Whether the word or sign at the end of a text only has to be typed on to be one that can stand there."""
    parser, ending = machine(), ending_of(text)
    if ending.next is not None and ending.word:
        begun = {kind for kind, beginning in _BEGINNINGS.items() if re.fullmatch(beginning, ending.word)}
        if "topic" in ending.next.kinds and begun & {"WORD", "DQ"}:
            return True
        if any(parser.shifts_from(ending.trace.stack, kind) is not None for kind in begun):
            return True
        if any(keyword.startswith(ending.word.upper()) for keyword in ending.next.keywords):
            return True
    return text[-1:] in _SIGNS_BEGUN and parser.trace(text[:-1]).stop is None


def completeness(text: str) -> Completeness:
    """Whether a text is all of its statements, could become so with more text, or cannot."""
    parser = machine()
    if len(text) > SCRIPT_BYTES_MAX:
        return "wrong"
    trace = parser.trace(text)
    if trace.stop is not None:
        in_comment = trace.stop.kind == "" and text.startswith("/*", trace.stop.start)
        return "unfinished" if in_comment else "wrong"
    return "complete" if parser.shifts_from(trace.stack, END) is not None else "unfinished"


def awaited(parser: Machine, trace: Trace) -> Awaited:
    """What could come where the trace stopped; clauses that were given are left out."""
    accepted = parser.accepted(trace.stack)
    given = _given(trace) if END in accepted else frozenset()
    keywords = {_WORDS_OF_HELP.get(kind, kind) for kind in accepted} & parser.keywords - given
    signs = frozenset(accepted) & _SIGNS
    states = {state for kind, state in accepted.items() if kind not in keywords and kind not in signs | {END}}
    states |= {accepted[kind] for kind in ("LBRACE", "LSQB") if kind in accepted}
    kinds = {_KINDS[rule] for state in states for rule in _KINDS if parser.awaits(state, rule)}
    if kinds & {"value", "field"}:
        kinds.discard("text")
    starters = parser.accepted([0]) if END in accepted else {}
    clauses = frozenset(keywords - starters.keys())
    return Awaited(frozenset(keywords), clauses, frozenset(kinds), signs, END in accepted)


def _given(trace: Trace) -> frozenset[str]:
    seen = {token.kind for token in trace.tokens[trace.statement :]}
    return frozenset(seen & _ONCE) | {_ALSO[kind] for kind in seen if kind in _ALSO}


def _awaits_topic(head: str, trace: Trace) -> bool:
    """Whether HELP is the last word and its topic would follow on its line: the lexer must see that to say so."""
    if not trace.tokens or trace.tokens[-1].kind != "HELP":
        return False
    gap = head[trace.tokens[-1].end :]
    return bool(gap) and not gap.strip(" \t")


def _split(text: str, trace: Trace) -> tuple[str, str]:
    """The text without its last word, if that is still being written, and the word."""
    stop = trace.stop
    if stop is not None and stop.kind == "":
        quoted = text[stop.start : stop.start + 1] in ("'", '"')
        if quoted or _WORD_BEGUN.fullmatch(text, stop.start):
            return text[: stop.start], text[stop.start :]
    last = stop or (trace.tokens[-1] if trace.tokens else None)
    if last is None or last.end != len(text) or (not text[-1:].isalnum() and text[-1:] not in "_%"):
        return text, ""
    return text[: last.start], text[last.start :]


def _in_comment(text: str, trace: Trace) -> bool:
    rest = text[trace.tokens[-1].end if trace.tokens else 0 :]
    return rest.replace("\r", "\n").rpartition("\n")[2].lstrip(" \t\ufeff").startswith(("--", "#"))
