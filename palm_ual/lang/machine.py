"""Runs the LALR tables over a text: `run` makes values of it, `trace` finds out how far it can be read.

The lexer is contextual in the one way UAL needs: a word is a keyword only where the parser accepts that
keyword, and else a name. Both walks are linear in the length of the text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from palm_ual.errors import LimitExceeded
from palm_ual.lang.tables import END, Tables
from palm_ual.model.limits import STATEMENT_CHARS_MAX

Action: TypeAlias = "Callable[[Any, list[Any], int, int], Any]"
"""What is done for a rule: (context, values of its symbols, where it starts, where it ends)."""


class Stuck(Exception):
    """The text is not UAL. `trace` tells where and why."""


class Token(Struct, frozen=True):
    kind: str
    """The name of its terminal; "" where no token begins."""
    start: int
    end: int


class Trace(Struct, frozen=True):
    """How far a text can be read."""

    tokens: list[Token]
    """All that was read, from the start of the text."""
    statement: int
    """The index in `tokens` of the first one of the statement that was being read last."""
    stack: list[int]
    """The states of the parser after the last token."""
    stop: Token | None
    """The first token that cannot stand where it does; None where all was read, though more may be due."""


class Machine:
    """The tables and what is done for their rules, ready to run.

    `actions` has what is done for a rule, by the rule's alias or name; without any, the rule has the
    value of its only symbol.
    """

    def __init__(self, tables: Tables, actions: Mapping[str, Action]) -> None:
        self._scan = re.compile(tables.scanner, re.ASCII).match
        self._ignored = frozenset(tables.ignored)
        self._end = tables.end
        self._rules = [
            (r.origin, r.length, _LISTS.get(r.action) or actions.get(r.action)) for r in tables.rules
        ]
        self._rows: Sequence[Mapping[str, int]] = [tables.rows[number] for number in tables.row_of]
        self._gotos: Sequence[Mapping[str, int]] = tables.gotos
        self.keywords = frozenset(tables.keywords)

    def token(self, text: str, position: int, row: Mapping[str, int]) -> tuple[str, int, int]:
        """Kind, start and end of the next token, as the parser sees it in a state with this row.

        The kind is "" where no token begins; then both places are the first character that is none.
        """
        while True:
            found = self._scan(text, position)
            kind = found.lastgroup if found else None
            if found is None or kind is None:
                return "", *_after_blanks(text, position)
            start, position = found.span(kind)
            if kind == "WORD":
                word = text[start:position].upper()
                return (word if word in row and word in self.keywords else kind), start, position
            if kind not in self._ignored:
                break
            if kind == "PROMPT" and "MORETHAN" in row:
                return "MORETHAN", start, position
        if kind == "HELP_ON" and kind not in row:
            return "WORD", start, position
        return (END if kind == "END" else kind), start, position

    def run(self, text: str, context: object) -> Any:  # noqa: ANN401 - it is what the action of `start` makes
        """The value of the whole text; the value of a token is its text.

        Raises:
            Stuck: the text is not UAL.
            LimitExceeded: a statement is too long, as soon as that is certain.
        """
        token, rules, rows, gotos = self.token, self._rules, self._rows, self._gotos
        states, values, starts, row, end = [0], list[Any](), list[int](), rows[0], 0
        while True:
            kind, start, after = token(text, end, row)
            act = row.get(kind)
            while act is not None and act < 0:
                origin, length, do = rules[~act]
                first = len(values) - length
                if do:
                    begin = starts[first] if length else start
                    values[first:] = [do(context, values[first:], begin, end)]
                    starts[first:] = [begin]
                states[first + 1 :] = [gotos[states[first]][origin]]
                row = rows[states[-1]]
                if kind == END and states[-1] == self._end:
                    return values[0]
                act = row.get(kind)
            if act is None:
                raise Stuck
            # The first value holds the statements read before, so the second is in this one.
            if len(starts) > 1:
                check_length(starts[1], start)
            states.append(act)
            values.append(text[start:after])
            starts.append(start)
            row, end = rows[act], after

    def trace(self, text: str) -> Trace:
        """Reads as far as it goes, and makes nothing of it."""
        stack, tokens, statement, end = [0], list[Token](), 0, 0
        while True:
            found = Token(*self.token(text, end, self._rows[stack[-1]]))
            state = self.shifts_from(stack, found.kind)
            if found.kind == END or state is None:
                return Trace(tokens, statement, stack, None if found.kind == END else found)
            if "statement" in self._gotos[state]:
                statement = len(tokens) + (found.kind == "SEMICOLON")
            self._shift(stack, found.kind)
            tokens.append(found)
            end = found.end

    def shifts_from(self, stack: Sequence[int], kind: str) -> int | None:
        """The state that a token of this kind would be shifted from; None where it cannot stand.

        For `END` the last state, if the text may end here.
        """
        above: list[int] = []
        depth = len(stack)
        while True:
            top = above[-1] if above else stack[depth - 1]
            act = self._rows[top].get(kind)
            if act is None or act >= 0:
                return None if act is None else top
            origin, length, _ = self._rules[~act]
            depth -= max(0, length - len(above))
            del above[max(0, len(above) - length) :]
            above.append(self._gotos[above[-1] if above else stack[depth - 1]][origin])
            if kind == END and above[-1] == self._end:
                return self._end

    def _shift(self, stack: list[int], kind: str) -> None:
        """Takes a token that can stand here."""
        while (act := self._rows[stack[-1]][kind]) < 0:
            origin, length, _ = self._rules[~act]
            del stack[len(stack) - length :]
            stack.append(self._gotos[stack[-1]][origin])
        stack.append(act)

    def accepted(self, stack: Sequence[int]) -> dict[str, int]:
        """The kinds of token that may come next, each with the state it would be shifted from."""
        states = {kind: self.shifts_from(stack, kind) for kind in self._rows[stack[-1]]}
        return {kind: state for kind, state in states.items() if state is not None}

    def awaits(self, state: int, rule: str) -> bool:
        """Whether a parser in this state waits for what `rule` stands for."""
        return rule in self._gotos[state]


def check_length(start: int, end: int) -> None:
    """Refuses a statement, or a part of one, that is longer than a statement may be."""
    if end - start > STATEMENT_CHARS_MAX:
        error = LimitExceeded(f"a statement may have at most {STATEMENT_CHARS_MAX:,} characters")
        raise error.at(start, start + 1)


def _after_blanks(text: str, position: int) -> tuple[int, int]:
    while text[position : position + 1] in _BLANKS:
        position += 1
    return position, position


_BLANKS = frozenset(" \t\r\n")


def _list_begun(_: object, values: list[Any], _start: int, _end: int) -> list[Any]:
    return values


def _list_lengthened(_: object, values: list[Any], _start: int, _end: int) -> list[Any]:
    made: list[Any] = values[0]
    made.extend(values[1:])
    return made


_LISTS: Mapping[str, Action] = {"*": _list_begun, "+": _list_lengthened}
