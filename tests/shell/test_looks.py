"""What the screen shows while somebody types: colours, mistakes, the bar, notices; on every kind of terminal."""

import re
from pathlib import Path

import pytest

from tests.command.ual import Desk
from tests.shell.conftest import OpenTerminal
from tests.shell.terminal import GO_ON, PROMPT, Terminal

FAILING = "DEPLOY 'tests.shell.agents:Failing' COUNT 2 AS weak"
PLAIN = ("default", False, False, False)


def config_file(desk: Desk) -> Path:
    folder = desk.folder / "user" / ".config" / "ual"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "config.toml"


# Colours


def test_keywords_names_and_figures_look_different(terminal: Terminal) -> None:
    terminal.write("SCALE status TO 35 -- why")
    looks = {word: terminal.screen.look_of(word)[1:] for word in ("SCALE", "status", "35", "-- why")}
    assert len(set(looks.values())) == 4
    assert terminal.screen.look_of("TO")[1:] == looks["SCALE"]


def test_a_mistake_is_underlined_before_enter(terminal: Terminal) -> None:
    terminal.write("DEPLOY buyer CUONT 5")
    terminal.wait_for(lambda seen: seen.screen.look_of("CUONT").underlined)
    assert not terminal.screen.look_of("DEPLOY").underlined


def test_what_may_still_become_right_is_not_underlined(terminal: Terminal) -> None:
    terminal.write("DEPLOY buyer COU")
    assert terminal.keeps(lambda seen: not seen.screen.look_of("COU").underlined, for_s=0.3)


def test_no_color_leaves_no_colour(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(environment={"NO_COLOR": "1"})
    terminal.wait_for_prompt()
    terminal.run("DEPLOY buyer COUNT 2")
    terminal.write("SCALE buyer-fleet TOO 5")
    assert re.search(rb"\x1b\[[0-9;]*\b([34]|9|10)[0-7]\b[0-9;]*m", bytes(terminal.said)) is None


def test_only_the_sixteen_colours_of_the_terminal_s_own_scheme_are_used(terminal: Terminal) -> None:
    terminal.run("DEPLOY buyer COUNT 2")
    terminal.type("SHOW ")
    terminal.wait_for("DEPLOYMENTS")
    terminal.key("tab")
    terminal.wait_for(lambda seen: len(seen.line.split()) == 3)
    assert re.search(rb"\x1b\[[0-9;]*[34]8;[25];", bytes(terminal.said)) is None


@pytest.mark.slow
def test_the_theme_is_the_config_s(desk: Desk, open_terminal: OpenTerminal) -> None:
    looks = []
    for theme in ("dark", "light"):
        config_file(desk).write_text(f'theme = "{theme}"\n')
        terminal = open_terminal("--ephemeral")
        terminal.wait_for_prompt()
        terminal.write("SCALE court TO 35")
        looks.append(tuple(terminal.screen.look_of(word) for word in ("SCALE", "court", "35")))
    assert looks[0] != looks[1]


# The bar and notices


def test_the_bar_says_how_the_fleet_is(terminal: Terminal) -> None:
    terminal.wait_for("0/100 agents")
    terminal.run("DEPLOY buyer COUNT 5")
    terminal.wait_for(re.compile(r"5/100 agents +✓ 5"))
    assert "orders/min" in terminal.text
    assert "PnL" in terminal.text


def test_the_bar_is_gone_from_what_was_run(terminal: Terminal) -> None:
    terminal.wait_for("0/100 agents")
    for _ in range(3):
        terminal.run("PALM STATUS")
    terminal.wait_for("0/100 agents")
    assert len(re.findall("0/100 agents", "\n".join([*terminal.screen.scrolled, *terminal.lines]))) == 1


def test_the_bar_can_be_left_out(desk: Desk, open_terminal: OpenTerminal) -> None:
    config_file(desk).write_text("bar = false\n")
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.run("PALM STATUS")
    assert terminal.keeps(lambda seen: "0/100 agents" not in seen.text, for_s=0.3)


def test_a_deployment_that_turns_unhealthy_is_told_while_somebody_types(terminal: Terminal) -> None:
    terminal.run(FAILING)
    terminal.write("SCALE buyer-fl")
    terminal.wait_for(re.compile(r"note: .*weak"))
    terminal.wait_for(lambda seen: seen.line == f"{PROMPT} SCALE buyer-fl")
    terminal.wait_for(re.compile(r"✗ 2"))
    assert b"\x07" in terminal.said
    assert "".join(terminal.transcript).count("note:") == 1


@pytest.mark.slow
def test_notices_can_be_without_a_bell(terminal: Terminal) -> None:
    terminal.run("SET notices = quiet")
    terminal.run(FAILING)
    terminal.wait_for(re.compile(r"note: .*weak"))
    terminal.wait_for(re.compile(r"✗ 2"))
    assert b"\x07" not in terminal.said


@pytest.mark.slow
def test_notices_can_be_switched_off(terminal: Terminal) -> None:
    """They come with the look that the bar shows, or not at all."""
    terminal.run("SET notices = off")
    terminal.run(FAILING)
    terminal.wait_for(re.compile(r"✗ 2"))
    assert terminal.keeps(lambda seen: "note:" not in seen.text, for_s=1.2)
    assert b"\x07" not in terminal.said


# Terminals of every kind


def test_it_works_at_forty_columns_and_after_a_resize(terminal: Terminal) -> None:
    terminal.resize(columns=40, rows=12)
    terminal.write("SHOW DEPLOYMENTS WHERE health = degraded OR health = unhealthy")
    terminal.wait_for("0/100 agents")
    assert all(len(line) <= 40 for line in terminal.lines)
    terminal.key("enter")
    terminal.wait_for_prompt()
    terminal.resize(columns=100, rows=30)
    assert "Agents: 0 / 100 (capacity)" in terminal.run("PALM STATUS")


LONG = "SHOW DEPLOYMENTS WHERE health = degraded OR health = unhealthy OR health = ready"


def test_columns_of_the_environment_hold_for_the_prompt_too(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(environment={"COLUMNS": "50"})
    terminal.wait_for("0/100 agents")
    terminal.type(LONG)
    terminal.wait_for(lambda seen: seen.typed.startswith(f"{PROMPT} {LONG[:48]}  {LONG[48:]}"))
    assert all(len(line) <= 50 for line in terminal.lines[1:])


def test_more_columns_than_there_are_tear_nothing(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(environment={"COLUMNS": "200", "LINES": "100"})
    terminal.wait_for("0/100 agents")
    terminal.type(LONG)
    terminal.wait_for(lambda seen: seen.typed.startswith(f"{PROMPT} {LONG[:78]}  {LONG[78:]}"))
    assert terminal.text.count("0/100 agents") == 1


def test_a_resize_while_typing_keeps_the_text_and_draws_it_once(terminal: Terminal) -> None:
    terminal.write("PALM STATUS")
    terminal.wait_for("0/100 agents")
    for columns, rows in ((40, 12), (120, 40), (60, 10), (80, 24)):
        terminal.resize(columns, rows)
        terminal.wait_for(lambda seen: seen.line == f"{PROMPT} PALM STATUS")
    terminal.wait_for("0/100 agents")
    terminal.key("enter")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()


def test_a_window_of_three_rows_does(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(columns=40, rows=3)
    terminal.wait_for_prompt()
    terminal.write("SHOW ")
    terminal.key("ctrl-c")
    terminal.wait_for_prompt()
    assert "Total IUSD" in terminal.run("PALM STATUS")


def test_a_statement_longer_than_the_window_does(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(columns=40, rows=10)
    terminal.wait_for("0/100 agents")
    terminal.paste("DEPLOY buyer COUNT 2 WITH {" + "\n" * 12 + '"fun')
    terminal.wait_for(lambda seen: seen.line == '. "fun')
    terminal.wait_for("funding")
    terminal.type('ding": 1000}')
    terminal.key("enter")
    terminal.wait_for("buyer_002 - Funded: $1,000")
    terminal.wait_for_prompt()


def test_a_dumb_terminal_gets_a_plain_prompt(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(environment={"TERM": "dumb"})
    terminal.wait_for_prompt()
    assert "buyer_002" in terminal.run("DEPLOY buyer COUNT 2")
    terminal.enter("PALM")
    terminal.wait_for(lambda seen: seen.line == GO_ON)
    terminal.settle(0.2)  # input() hears no Ctrl-C between showing a prompt and waiting for keys
    terminal.key("ctrl-c")
    terminal.wait_for_prompt()
    assert "error[UAL_SYNTAX]" in terminal.run("PALM STAUTS")
    terminal.key("ctrl-d")
    assert terminal.wait() == 0
    assert b"\x1b" not in terminal.said


def test_a_terminal_that_cannot_show_everything_gets_ascii(open_terminal: OpenTerminal) -> None:
    environment = {"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    terminal = open_terminal(environment=environment)
    terminal.wait_for_prompt()
    assert "buyer_002 - Ready" in terminal.run("DEPLOY buyer COUNT 2")
    terminal.run("FLEET STATUS")
    terminal.wait_for("2/100 agents")
    assert bytes(terminal.said).isascii()


def test_typed_characters_that_are_wide_keep_the_cursor_in_place(terminal: Terminal) -> None:
    terminal.type("DEPLOY buyer BECAUSE '朝の交代'")
    terminal.wait_for(lambda seen: seen.line.endswith("朝の交代'"))
    assert terminal.screen.cursor.x == len(f"{PROMPT} DEPLOY buyer BECAUSE ''") + 8
    terminal.key("enter")
    terminal.wait_for("Ready")
    terminal.wait_for_prompt()


def test_a_terminal_that_never_answers_keeps_nobody_waiting(terminal: Terminal) -> None:
    assert "Fleet Status:" in terminal.run("PALM STATUS")
    assert terminal.queries() == []
    assert "CPR" not in terminal.text
