"""A TextMate grammar for editors, made from the keywords and the terminals of the grammar.

It knows no places, as the parser does: a name that is spelt like a keyword is coloured as one.
`python -m palm_ual.editors.textmate` prints it.
"""

import json
import sys

from palm_ual.lang.reader import machine

_CONSTANTS = frozenset({"TRUE", "FALSE", "NULL"})
_OPERATORS = frozenset({"AND", "OR", "NOT", "LIKE", "IN"})
_ESCAPE = {"name": "constant.character.escape.ual", "match": r"\\(?:u[0-9a-fA-F]{4}|.)"}


def textmate_grammar() -> str:
    """The grammar as JSON with a line break at its end; the same keywords give the same text."""
    parser = machine()
    starters = parser.accepted([0]).keys() & parser.keywords
    clauses = parser.keywords - starters - _CONSTANTS - _OPERATORS
    patterns = [
        *_comments(),
        {"name": "meta.preprocessor.ual", "match": r"^\s*(?:>\s+)?\\.*$"},
        {"name": "support.type.property-name.ual", "match": r'"(?:[^"\\\r\n]|\\.)*"(?=\s*:)'},
        _quoted('"', "string.quoted.double.ual"),
        _quoted("'", "string.quoted.single.ual"),
        _words("keyword.control.ual", starters),
        _words("keyword.other.ual", clauses),
        _words("keyword.operator.word.ual", _OPERATORS),
        _words("constant.language.ual", _CONSTANTS),
        {"name": "constant.numeric.duration.ual", "match": r"(?<![\w.-])[0-9]+(?:ms|[smhd])(?![\w.%-])"},
        {"name": "constant.numeric.percent.ual", "match": r"(?<![\w.-])[0-9]+%(?![\w.%-])"},
        {
            "name": "constant.numeric.ual",
            "match": r"(?<![\w.-])-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.%-])",
        },
        {"name": "variable.other.ual", "match": r"[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*"},
        {"name": "keyword.operator.comparison.ual", "match": r"!=|<=|>=|=|<|>"},
        {"name": "punctuation.ual", "match": r"[{}\[\]():,;]"},
    ]
    grammar = {
        "name": "UAL",
        "scopeName": "source.ual",
        "fileTypes": ["ual"],
        "patterns": patterns,
    }
    return json.dumps(grammar, indent=2) + "\n"


def _comments() -> list[dict[str, object]]:
    return [
        {"name": "comment.block.ual", "begin": r"/\*", "end": r"\*/"},
        {"name": "comment.line.ual", "match": r"(?:(?<=[\s;])|^)(?:--|#).*$"},
    ]


def _quoted(quote: str, name: str) -> dict[str, object]:
    """A text ends with its line, as it does for the parser."""
    return {"name": name, "begin": quote, "end": f"{quote}|$", "patterns": [_ESCAPE]}


def _words(name: str, words: "frozenset[str] | set[str]") -> dict[str, object]:
    return {"name": name, "match": rf"(?i)(?<![\w.-])(?:{'|'.join(sorted(words))})(?![\w.-])"}


if __name__ == "__main__":
    sys.stdout.write(textmate_grammar())
