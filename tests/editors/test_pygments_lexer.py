"""The lexer for Pygments."""

import importlib
import tomllib
from pathlib import Path
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Comment, Error, Keyword, Name, Number, Punctuation, String, Whitespace

from palm_ual.editors.pygments_lexer import TOKENS, UalLexer
from palm_ual.lang.highlight import PieceKind
from palm_ual.lang.unparse import unparse
from tests.lang.values import statements


def test_a_name_that_is_spelt_like_a_keyword_is_a_name() -> None:
    assert list(UalLexer().get_tokens("SCALE status TO 3 -- all")) == [
        (Keyword, "SCALE"),
        (Whitespace, " "),
        (Name, "status"),
        (Whitespace, " "),
        (Keyword, "TO"),
        (Whitespace, " "),
        (Number, "3"),
        (Whitespace, " "),
        (Comment, "-- all"),
        (Whitespace, "\n"),
    ]


def test_a_text_with_errors_is_coloured_as_well() -> None:
    found = [
        token for token in UalLexer().get_tokens('FOO “; DEPLOY x WITH {"a": "b"}') if token[0] != Whitespace
    ]
    assert found == [
        (Name, "FOO"),
        (Error, "“"),
        (Punctuation, ";"),
        (Keyword, "DEPLOY"),
        (Name.Class, "x"),
        (Keyword, "WITH"),
        (Punctuation, "{"),
        (Name.Attribute, '"a"'),
        (Punctuation, ":"),
        (String, '"b"'),
        (Punctuation, "}"),
    ]


@given(st.lists(statements.map(unparse) | st.text(max_size=5)).map("\n".join))
def test_the_pieces_make_up_the_text(text: str) -> None:
    found = list(UalLexer().get_tokens_unprocessed(text))
    assert "".join(value for _, _, value in found) == text
    assert [start for start, _, _ in found] == [
        sum(len(value) for _, _, value in found[:index]) for index in range(len(found))
    ]


def test_every_kind_of_piece_has_its_token() -> None:
    assert TOKENS.keys() == set(get_args(PieceKind))


def test_pygments_finds_it_by_its_name_and_its_files() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    (target,) = project["project"]["entry-points"]["pygments.lexers"].values()
    module, _, name = target.partition(":")
    assert getattr(importlib.import_module(module), name) is UalLexer
    assert UalLexer.aliases == ["ual"]
    assert UalLexer.filenames == ["*.ual"]
    assert UalLexer.mimetypes == ["text/x-ual"]
