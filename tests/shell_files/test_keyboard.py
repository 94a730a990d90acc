"""Pastes that a terminal does not mark, told apart from typing."""

import os
import pty
from collections.abc import Iterator

import pytest
from prompt_toolkit.keys import Keys

from palm_ual.console.shell.keyboard import Keyboard

LONG = "SHOW AGENTS; " * 30
BEGIN, END = "\x1b[200~", "\x1b[201~"


class Typed:
    """A keyboard and who types on it."""

    def __init__(self) -> None:
        self.ours, theirs = pty.openpty()
        self.stream = os.fdopen(theirs, encoding="utf-8")
        self.keyboard = Keyboard(self.stream)

    def keys(self, data: str) -> list[tuple[str, str]]:
        with self.keyboard.raw_mode():
            os.write(self.ours, data.encode())
            return [(key.key, key.data) for key in self.keyboard.read_keys()]


@pytest.fixture
def typed() -> Iterator[Typed]:
    typed = Typed()
    yield typed
    typed.stream.close()
    os.close(typed.ours)


def test_what_is_typed_comes_key_by_key(typed: Typed) -> None:
    assert typed.keys("ab\r") == [("a", "a"), ("b", "b"), (Keys.ControlM, "\r")]


def test_much_at_once_was_pasted_and_enter_behind_it_is_a_key(typed: Typed) -> None:
    assert typed.keys(f"{LONG}\r{LONG}") == [(Keys.BracketedPaste, f"{LONG}\r{LONG}")]
    assert typed.keys(f"{LONG}\r") == [(Keys.BracketedPaste, LONG), (Keys.ControlM, "\r")]


def test_a_paste_that_is_marked_stays_one_wherever_it_is_cut(typed: Typed) -> None:
    assert typed.keys(BEGIN + LONG) == []
    assert typed.keys(LONG) == []
    assert typed.keys(LONG + END + "x") == [(Keys.BracketedPaste, LONG * 3), ("x", "x")]
    assert typed.keys(LONG) == [(Keys.BracketedPaste, LONG)]


def test_a_mark_that_is_cut_in_two_is_a_mark(typed: Typed) -> None:
    assert typed.keys(BEGIN[:3]) == []
    assert typed.keys(BEGIN[3:] + LONG) == []
    assert typed.keys(LONG + END[:2]) == []
    assert typed.keys(END[2:]) == [(Keys.BracketedPaste, LONG * 2)]


def test_keys_among_it_are_keys(typed: Typed) -> None:
    assert len(typed.keys(LONG + "\x03")) == len(LONG) + 1
