"""The LALR tables of `grammar/ual.lark` as plain data: made by lark when a wheel is built, read at start-up.

Importing lark costs about as much as four starts of Python, and compiling the grammar twice that again.
So the build writes the tables to `ual_tables.bin`, and a start reads them back without lark. Where the
file is missing or was made from another grammar (a checkout, an edit), they are made here and now, in
memory; nothing is ever written at run time.
"""

import os
import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from lark.grammar import Rule as LarkRule
    from lark.lexer import TerminalDef
    from lark.parsers.lalr_analysis import IntParseTable

FORMAT = 1
TABLES_FILE = "ual_tables.bin"
END = "$END"

_HERE = os.path.dirname(os.path.abspath(__file__))
_GRAMMARS = (
    os.path.join(_HERE, os.pardir, "grammar", "ual.lark"),
    os.path.join(_HERE, os.pardir, os.pardir, "grammar", "ual.lark"),
)


class Rule(Struct, frozen=True, array_like=True):
    """One production: what it makes, from how many symbols, and the name of what is done with them."""

    origin: str
    length: int
    action: str
    """The alias, else the origin; `*` begins a list of what is repeated, `+` lengthens it."""


class Tables(Struct, frozen=True, array_like=True):
    """Everything the machine needs. States count from 0, which is the start."""

    format: int
    grammar: str
    """The very text the tables were made from."""
    scanner: str
    """One pattern, blanks before it included, with a group for each terminal that is no keyword."""
    ignored: tuple[str, ...]
    keywords: tuple[str, ...]
    rules: tuple[Rule, ...]
    rows: tuple[dict[str, int], ...]
    """Distinct rows of the action table: n >= 0 shifts and goes to state n, n < 0 reduces by rule ~n."""
    row_of: tuple[int, ...]
    """The row of each state."""
    gotos: tuple[dict[str, int], ...]
    end: int
    """The state in which the end of the text means that all is read."""


def load_tables() -> Tables:
    """The tables of the grammar beside this package, from the build if it made them from this grammar."""
    grammar = _grammar()
    try:
        with open(os.path.join(_HERE, TABLES_FILE), "rb") as file:
            return decode(file.read(), grammar)
    except (OSError, ValueError):
        return build_tables(grammar)


def decode(data: bytes, grammar: str) -> Tables:
    """The inverse of `msgspec.msgpack.encode`.

    Raises:
        ValueError: damaged, of another format, or made from another grammar.
    """
    try:
        tables = msgspec.msgpack.decode(data, type=Tables)
    except msgspec.DecodeError as error:
        raise ValueError("the tables are damaged") from error
    if tables.format != FORMAT or tables.grammar != grammar:
        raise ValueError("the tables were not made from this grammar")
    return tables


def _grammar() -> str:
    for path in _GRAMMARS:
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            continue
    raise FileNotFoundError(f"no grammar at {_GRAMMARS[0]}")


def build_tables(grammar: str) -> Tables:
    """Compiles the grammar with lark; the same text gives the same tables, byte for byte."""
    from lark import Lark

    compiled = Lark(grammar, parser="lalr", lexer="contextual", g_regex_flags=re.ASCII)
    keywords = tuple(sorted(t.name for t in compiled.terminals if _is_keyword(t)))
    others = [t for t in compiled.terminals if not _is_keyword(t)]
    rules, rows, gotos, end = _flatten(compiled.parser.parser._parse_table)  # noqa: SLF001 - the table has no public name
    distinct = list({tuple(row.items()): row for row in rows}.values())
    return Tables(
        format=FORMAT,
        grammar=grammar,
        scanner=_scanner(others, compiled.ignore_tokens),
        ignored=tuple(sorted(compiled.ignore_tokens)),
        keywords=keywords,
        rules=rules,
        rows=tuple(distinct),
        row_of=tuple(distinct.index(row) for row in rows),
        gotos=gotos,
        end=end,
    )


def _is_keyword(terminal: "TerminalDef") -> bool:
    return str(terminal.pattern.value) == terminal.name + r"(?![\w.-])"


def _scanner(terminals: "list[TerminalDef]", ignored: list[str]) -> str:
    """Terminals of one priority are disjoint (strict mode proves it), so one pattern serves every state.

    What is ignored goes first: the one of them that could be a token as well, a pasted prompt, is the
    machine's to decide.
    """
    blanks = {t.name: t.pattern.value for t in terminals}["WS"]
    terminals.sort(key=lambda t: (t.name not in ignored, -t.priority, -t.pattern.max_width, t.name))
    groups = [f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in terminals if t.name != "WS"]
    return f"(?:{blanks})?+(?:{'|'.join(groups)}|(?P<END>\\Z))"


_Flat = tuple[tuple[Rule, ...], list[dict[str, int]], tuple[dict[str, int], ...], int]


def _flatten(table: "IntParseTable") -> _Flat:
    """Numbers states and rules in the order in which a walk by name meets them: lark's own order is by hash."""
    from lark.parsers.lalr_analysis import Shift

    numbers = {table.start_states["start"]: 0}
    rules: dict[object, int] = {}
    kept: list[Rule] = []
    rows: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    order = list(numbers)
    for state in order:
        row: dict[str, int] = {}
        goto: dict[str, int] = {}
        for symbol, (what, target) in sorted(table.states[state].items()):
            if what is not Shift:
                if target not in rules:
                    rules[target] = len(rules)
                    kept.append(_rule(target))
                row[symbol] = ~rules[target]
                continue
            if target not in numbers:
                numbers[target] = len(numbers)
                order.append(target)
            (row if symbol.isupper() else goto)[symbol] = numbers[target]
        rows.append(row)
        gotos.append(goto)
    return tuple(kept), rows, tuple(gotos), numbers[table.end_states["start"]]


def _rule(rule: "LarkRule") -> Rule:
    origin = str(rule.origin.name)
    action = str(rule.alias or origin)
    if origin.startswith("__"):
        action = "+" if rule.expansion[0].name == origin else "*"
    return Rule(origin, len(rule.expansion), action)
