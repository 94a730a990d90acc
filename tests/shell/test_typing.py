"""Typing statements, pasting them, and what Enter makes of them."""

import re

import pytest

from tests.command.homes import accepted
from tests.command.ual import Desk
from tests.shell.conftest import OpenTerminal
from tests.shell.terminal import GO_ON, PROMPT, Terminal

FUNDED = """\
DEPLOY seller COUNT 3 WITH {
    "funding": 100000,
    "budget": 50000,
    "service": "Data Analysis",
    "price": 5000,
    "strategy": "conservative"
  }"""
SEVERAL = f"""\
# Deploy 5 buyer agents
> DEPLOY buyer COUNT 5
> {FUNDED}

> SCALE buyer-fleet TO 2
> PALM STATUS
"""


def goes_on(terminal: Terminal) -> bool:
    """Whether the cursor stands in an empty continuation line."""
    return terminal.line == GO_ON and terminal.screen.cursor.x == len(GO_ON) + 1


def test_the_first_prompt_says_where_help_is(terminal: Terminal) -> None:
    assert re.search(r"^ual \d+\.\d+.*HELP", terminal.text)


def test_a_statement_runs_and_the_next_prompt_comes(terminal: Terminal) -> None:
    assert "Agents: 0 / 100 (capacity)" in terminal.run("PALM STATUS")
    assert "buyer_002 - Ready" in terminal.run("deploy buyer count 2")
    assert "Agents: 2 / 100 (capacity)" in terminal.run("palm status;")


def test_an_empty_line_does_nothing(terminal: Terminal) -> None:
    terminal.key("enter")
    terminal.wait_for(lambda seen: seen.lines.count(PROMPT) == 2 and seen.at_prompt())
    terminal.key("enter")
    terminal.wait_for(lambda seen: seen.lines.count(PROMPT) == 3 and seen.at_prompt())


def test_enter_opens_another_line_until_the_statement_is_whole(terminal: Terminal) -> None:
    first, *others = FUNDED.splitlines()
    terminal.enter(first)
    for line in others:
        terminal.wait_for(goes_on)
        terminal.enter(line.strip())
    terminal.wait_for("seller_003 - Funded: $100,000 - Service: Data Analysis")
    terminal.wait_for_prompt()


def test_a_statement_of_several_lines_is_edited_as_one(terminal: Terminal) -> None:
    terminal.enter("SCALE")
    terminal.wait_for(goes_on)
    terminal.write("STATUS")
    terminal.key("left", "up", "ctrl-a", "ctrl-k")  # a step aside closes the menu
    terminal.type("PALM ")
    terminal.wait_for(lambda seen: seen.line == f"{PROMPT} PALM")
    terminal.key("enter")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()


def test_alt_enter_opens_another_line_behind_a_whole_statement(terminal: Terminal) -> None:
    terminal.write("PALM STATUS")
    terminal.key("alt-enter")
    terminal.wait_for(goes_on)
    assert "Fleet Status:" not in terminal.text
    printed = terminal.run("SHOW SETTINGS")
    assert "Fleet Status:" in printed
    assert "capacity" in printed


def test_a_mistake_is_shown_with_its_place_and_the_prompt_comes_back(terminal: Terminal) -> None:
    printed = terminal.run("DEPLOY buyer CUONT 5")
    assert "error[UAL_SYNTAX]" in printed
    assert "^^^^^ did you mean COUNT?" in printed


def test_pasted_statements_wait_for_enter_and_all_run(desk: Desk, open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(rows=60)
    terminal.wait_for_prompt()
    assert b"\x1b[?2004h" in terminal.said
    terminal.paste(SEVERAL)
    terminal.wait_for("SCALE buyer-fleet TO 2")
    assert terminal.keeps(lambda seen: "Ready" not in seen.text, for_s=0.2)
    terminal.key("enter")
    terminal.wait_for("Agents: 5 / 100 (capacity)")
    terminal.wait_for_prompt()
    terminal.key("ctrl-d")
    assert terminal.wait() == 0
    assert [text.split()[0] for text in accepted(desk.home)] == ["DEPLOY", "DEPLOY", "SCALE"]


def test_lines_that_come_at_once_without_brackets_belong_together(terminal: Terminal) -> None:
    terminal.type(SEVERAL.replace("\n", "\r"))
    terminal.wait_for("Agents: 5 / 100 (capacity)")
    terminal.wait_for_prompt()
    assert "error" not in terminal.text


def test_a_mistake_in_a_paste_stops_all_of_it(desk: Desk, terminal: Terminal) -> None:
    terminal.paste("DEPLOY buyer COUNT 1\nSCALE buyer-fleet TOO 2\n")
    terminal.wait_for("TOO")
    terminal.key("enter")
    terminal.wait_for("did you mean TO?")
    terminal.wait_for_prompt()
    terminal.key("ctrl-d")
    terminal.wait()
    assert accepted(desk.home) == []


def test_control_characters_in_a_paste_do_not_reach_the_terminal(terminal: Terminal) -> None:
    terminal.paste("PALM \x1b[2J\x07\x9b31mSTATUS")
    terminal.wait_for("STATUS")
    assert b"\x1b[2J\x07" not in terminal.said
    assert b"\x9b31m" not in terminal.said


def test_keys_that_mean_nothing_leave_no_characters(terminal: Terminal) -> None:
    terminal.type("PALM \x1a\x1b[15~\x1b[24~STATUS")
    terminal.wait_for(lambda seen: seen.line == f"{PROMPT} PALM STATUS")
    terminal.key("enter")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()


def test_a_pasted_megabyte_is_answered_and_keys_still_echo(terminal: Terminal) -> None:
    line = "-- " + "a comment that says nothing at all, at some length" + "\n"
    terminal.paste(line * (1_000_000 // len(line)) + "PALM STATUS")
    terminal.type(" ")
    terminal.key("enter")
    terminal.wait_for(lambda seen: "Fleet Status:" in seen.text or "error" in seen.text)
    terminal.wait_for_prompt()
    assert "Agents: 0 / 100" in terminal.run("PALM STATUS")


@pytest.mark.parametrize("chars", [50_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_long_paste_without_brackets_is_answered(terminal: Terminal, chars: int) -> None:
    line = "-- a comment that says nothing at all" + "\r"
    terminal.type(line * (chars // len(line)) + "PALM STATUS\r")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()
    assert "error" not in terminal.text


@pytest.mark.slow
def test_a_megabyte_without_any_break_is_answered(terminal: Terminal) -> None:
    terminal.paste("x" * 1_000_000)
    terminal.key("enter")
    terminal.wait_for("error[")
    terminal.wait_for_prompt()
    assert "Agents: 0 / 100" in terminal.run("PALM STATUS")


# The shell's own lines


def test_the_keys_are_told_and_an_unknown_command_is_said_to_be_none(terminal: Terminal) -> None:
    printed = terminal.run("\\?")
    for word in ("Enter", "Ctrl-C", "Ctrl-D", "\\e", "\\timing", "\\watch", "\\q"):
        assert word in printed
    assert 'there is no "\\x" here' in terminal.run("\\x")


def test_timing_is_said_until_it_is_switched_off(terminal: Terminal) -> None:
    taken = re.compile(r"took \d+\.\d+m?s")
    terminal.run("\\timing")
    assert taken.search(terminal.run("PALM STATUS"))
    terminal.run("\\timing")
    assert not taken.search(terminal.run("PALM STATUS"))


def test_a_command_on_a_continuation_line_keeps_what_was_typed(terminal: Terminal) -> None:
    terminal.enter("PALM")
    terminal.wait_for(goes_on)
    terminal.enter("\\timing")
    terminal.wait_for("timing is on")
    terminal.wait_for(lambda seen: f"{PROMPT} PALM" in seen.lines and goes_on(seen))
    assert "Fleet Status:" in terminal.run("STATUS")


def test_bare_help_and_exit_in_a_statement_get_a_hint(terminal: Terminal) -> None:
    for word in ("help", "exit", "QUIT"):
        terminal.enter("DEPLOY buyer WITH {")
        terminal.wait_for(goes_on)
        terminal.enter(word)
        terminal.wait_for("Ctrl-C drops it")
        terminal.wait_for(goes_on)
        terminal.interrupt()
        terminal.wait_for_prompt()
    assert "Fleet Status:" in terminal.run("PALM STATUS")


def test_the_editor_gets_the_statement_and_gives_it_back(desk: Desk, open_terminal: OpenTerminal) -> None:
    editor = desk.write("editor", '#!/bin/sh\ngrep -q . "$1" && sed -i s/STAUTS/STATUS/ "$1"\n')
    editor.chmod(0o755)
    terminal = open_terminal(environment={"EDITOR": str(editor), "VISUAL": None})
    terminal.wait_for_prompt()
    terminal.run("PALM STAUTS")
    terminal.enter("\\e")
    terminal.wait_for(lambda seen: seen.line == f"{PROMPT} PALM STATUS")
    assert "Fleet Status:" not in terminal.text
    terminal.key("enter")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()


def test_an_editor_that_is_not_there_is_an_error(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(environment={"EDITOR": "/nowhere/to/be/found", "VISUAL": None})
    terminal.wait_for_prompt()
    terminal.enter("\\e")
    terminal.wait_for("error")
    terminal.wait_for_prompt()
    assert "Fleet Status:" in terminal.run("PALM STATUS")
