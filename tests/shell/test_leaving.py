"""Interrupting and leaving: by keys, by signals, and what is left behind."""

import re
import signal

import pytest

from palm_ual.model.events import FleetSuspended
from tests.command.homes import accepted, events_of
from tests.command.ual import Desk
from tests.shell.conftest import OpenTerminal
from tests.shell.terminal import GO_ON, PROMPT, Terminal

NEVER = "DEPLOY 'tests.command.odd:Never' COUNT 2 AS late"


def test_ctrl_c_drops_what_was_typed(terminal: Terminal) -> None:
    terminal.write("DEPLOY buyer COUNT 5")
    terminal.interrupt()
    terminal.wait_for_prompt()
    terminal.enter("SCALE")
    terminal.wait_for(lambda seen: seen.line == GO_ON)
    terminal.interrupt()
    terminal.wait_for_prompt()
    assert "Agents: 0 / 100 (capacity)" in terminal.run("PALM STATUS")


def test_ctrl_c_at_an_empty_prompt_stays(terminal: Terminal) -> None:
    for _ in range(3):
        terminal.interrupt()
    terminal.wait_for_prompt()
    assert "Agents: 0 / 100 (capacity)" in terminal.run("PALM STATUS")


def test_ctrl_c_stops_waiting_and_says_what_would_undo_it(desk: Desk, terminal: Terminal) -> None:
    terminal.enter(NEVER)
    terminal.wait_for("Deploying 2 never agents...")
    terminal.interrupt()
    terminal.wait_for("DELETE late")
    terminal.wait_for_prompt()
    assert "late" in terminal.run("SHOW DEPLOYMENTS")
    terminal.key("ctrl-d")
    assert terminal.wait() == 0
    assert accepted(desk.home) == [NEVER]


def test_impatient_ctrl_c_harms_nothing(terminal: Terminal) -> None:
    terminal.enter(NEVER)
    terminal.wait_for("Deploying 2 never agents...")
    terminal.type("\x03\x03\x03")
    terminal.wait_for("DELETE late")
    terminal.wait_for_prompt()
    assert "Agents: " in terminal.run("PALM STATUS")


@pytest.mark.parametrize("typed", [("\x1b[200~PALM\r",), ("\x1b[20", "0~PALM")], ids=["whole", "halves"])
def test_ctrl_c_gets_out_of_a_paste_whose_end_was_lost(terminal: Terminal, typed: tuple[str, ...]) -> None:
    for piece in (*typed, "\x03"):
        terminal.type(piece)
        terminal.settle(0.02)  # so that they are not read at once
    terminal.wait_for_prompt()
    assert "Agents: 0 / 100 (capacity)" in terminal.run("PALM STATUS")


def test_ctrl_c_directly_behind_enter_counts(terminal: Terminal) -> None:
    terminal.wait_for("0/100 agents")
    terminal.write("WAIT 1h")
    terminal.key("enter", "ctrl-c")
    terminal.wait_for_prompt()
    assert "Agents: 0 / 100 (capacity)" in terminal.run("PALM STATUS")


def test_what_is_typed_while_a_statement_works_is_there_afterwards(terminal: Terminal) -> None:
    terminal.wait_for("0/100 agents")
    terminal.enter("WAIT 1s")
    terminal.wait_while("0/100 agents")
    terminal.type("PALM STATUS")
    terminal.wait_for(lambda seen: seen.line == f"{PROMPT} PALM STATUS")
    terminal.key("enter")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()


@pytest.mark.parametrize("way", ["EXIT", "quit;"])
def test_exit_and_quit_leave(desk: Desk, terminal: Terminal, way: str) -> None:
    terminal.run("DEPLOY buyer")
    terminal.enter(way)
    assert terminal.wait() == 0
    assert isinstance(events_of(desk.home)[-1], FleetSuspended)


def test_ctrl_d_behind_typed_text_stays(terminal: Terminal) -> None:
    terminal.write("PALM STATUS")
    terminal.key("ctrl-d")
    terminal.key("enter")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()


def test_what_ends_agents_is_asked_about_and_no_is_the_default(terminal: Terminal) -> None:
    terminal.run("DEPLOY buyer COUNT 2 AS desk")
    terminal.enter("DELETE desk")
    terminal.wait_for("[y/N]")
    terminal.key("enter")
    terminal.wait_for("nothing was ended")
    terminal.wait_for_prompt()
    terminal.enter("DELETE desk")
    terminal.wait_for(lambda seen: seen.line.endswith("[y/N]"))
    terminal.type("y\r")
    terminal.wait_for_prompt()
    assert "Agents: 0 / 100 (capacity)" in terminal.run("PALM STATUS")


def test_it_is_asked_where_it_is_seen_wherever_errors_go(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(redirected="2>errors")
    terminal.wait_for_prompt()
    terminal.run("DEPLOY buyer COUNT 2 AS desk")
    terminal.enter("DELETE desk")
    terminal.wait_for("[y/N]")
    terminal.key("enter")
    terminal.wait_for_prompt()
    assert "Agents: 2 / 100 (capacity)" in terminal.run("PALM STATUS")


@pytest.mark.slow
def test_ctrl_c_at_the_question_means_no(terminal: Terminal) -> None:
    terminal.run("DEPLOY buyer COUNT 2 AS desk")
    terminal.enter("DELETE desk")
    terminal.wait_for("[y/N]")
    terminal.interrupt()
    terminal.wait_for_prompt()
    assert "Agents: 2 / 100 (capacity)" in terminal.run("PALM STATUS")


# Signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_prompt_puts_fleet_and_terminal_away(
    desk: Desk, open_terminal: OpenTerminal, number: signal.Signals
) -> None:
    terminal = open_terminal(under_a_shell=True)
    terminal.wait_for_prompt()
    terminal.run("DEPLOY buyer COUNT 2")
    terminal.write("SCALE buyer-fleet TO")
    assert terminal.modes() != terminal.modes_before
    terminal.kill(number)
    terminal.wait_for(f"left with {128 + number}")
    assert terminal.modes() == terminal.modes_before
    assert isinstance(events_of(desk.home)[-1], FleetSuspended)
    assert switched_back(terminal)


@pytest.mark.parametrize(
    ("number", "statement", "seen"),
    [
        (signal.SIGTERM, NEVER, "Deploying 2 never agents..."),
        (signal.SIGHUP, NEVER, "Deploying 2 never agents..."),
        (signal.SIGTERM, "WATCH PALM STATUS EVERY 100ms", "Every 100ms: PALM STATUS"),
        (signal.SIGTERM, "DELETE desk", "[y/N]"),
        (signal.SIGTERM, "\\e", "editing"),
    ],
)
def test_a_signal_while_a_statement_works_puts_fleet_and_terminal_away(
    desk: Desk, open_terminal: OpenTerminal, number: signal.Signals, statement: str, seen: str
) -> None:
    editor = desk.write("editor", "#!/bin/sh\necho editing\nread rest\n")
    editor.chmod(0o755)
    terminal = open_terminal(under_a_shell=True, environment={"VISUAL": str(editor)})
    terminal.wait_for_prompt()
    terminal.run("DEPLOY buyer AS desk")
    terminal.enter(statement)
    terminal.wait_for(seen)
    terminal.kill(number)
    terminal.wait_for(f"left with {128 + number}")
    assert terminal.modes() == terminal.modes_before
    assert isinstance(events_of(desk.home)[-1], FleetSuspended)
    assert switched_back(terminal)


@pytest.mark.parametrize("way", ["ctrl-d", "\\q"])
def test_leaving_gives_the_terminal_back_as_it_was(open_terminal: OpenTerminal, way: str) -> None:
    terminal = open_terminal(under_a_shell=True)
    terminal.wait_for_prompt()
    terminal.run("PALM STATUS")
    if way == "ctrl-d":
        terminal.key(way)
    else:
        terminal.enter(way)
    terminal.wait_for("left with 0")
    assert terminal.modes() == terminal.modes_before
    assert switched_back(terminal)


def switched_back(terminal: Terminal) -> bool:
    """Whether every mode that was switched on is off again, and the cursor is shown."""
    switches = re.findall(rb"\x1b\[\?(\d+)([hl])", bytes(terminal.said))
    last = dict(switches)
    shown = last.pop(b"25", b"h") == b"h"
    wraps = last.pop(b"7", b"h") == b"h"
    return shown and wraps and set(last.values()) <= {b"l"}


def test_a_closed_window_suspends_the_fleet(desk: Desk, terminal: Terminal) -> None:
    terminal.run("DEPLOY buyer COUNT 2")
    terminal.hang_up()
    terminal.wait()
    assert isinstance(events_of(desk.home)[-1], FleetSuspended)


def test_a_killed_prompt_loses_neither_fleet_nor_history(desk: Desk, open_terminal: OpenTerminal) -> None:
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.run("DEPLOY buyer COUNT 2")
    terminal.write("SCALE buyer-fleet TO 1")
    terminal.kill(signal.SIGKILL)
    assert terminal.wait() == 128 + signal.SIGKILL
    again = open_terminal()
    again.wait_for_prompt()
    assert "Agents: 2 / 100 (capacity)" in again.run("PALM STATUS")
    again.key("up", "up")
    again.wait_for(lambda seen: seen.line == f"{PROMPT} DEPLOY buyer COUNT 2")


# Homes that cannot be had


def test_a_home_that_another_prompt_holds_is_waited_for_and_its_holder_named(
    open_terminal: OpenTerminal,
) -> None:
    holder = open_terminal()
    holder.wait_for_prompt()
    holder.run("PALM STATUS")
    late = open_terminal("--lock-timeout", "0", under_a_shell=True)
    late.wait_for("left with 4")
    assert "error[HOME_LOCKED]" in late.text
    assert str(holder.pid) in late.text
    assert late.modes() == late.modes_before


def test_waiting_for_a_held_home_ends_when_it_is_free(open_terminal: OpenTerminal) -> None:
    holder = open_terminal()
    holder.wait_for_prompt()
    holder.run("DEPLOY buyer COUNT 2")
    late = open_terminal("--lock-timeout", "60")
    late.wait_for_prompt()
    late.enter("PALM STATUS")
    holder.key("ctrl-d")
    assert holder.wait() == 0
    late.wait_for("Agents: 2 / 100 (capacity)")
    late.wait_for_prompt()


@pytest.mark.slow
def test_waiting_for_a_held_home_can_be_given_up(open_terminal: OpenTerminal) -> None:
    holder = open_terminal()
    holder.wait_for_prompt()
    holder.run("PALM STATUS")
    late = open_terminal("--lock-timeout", "60")
    late.wait_for_prompt()
    late.enter("PALM STATUS")
    late.interrupt()
    late.wait_for_prompt()
    late.key("ctrl-d")
    assert late.wait() == 0


def test_a_home_that_cannot_be_opened_ends_the_prompt(desk: Desk, open_terminal: OpenTerminal) -> None:
    desk.home.write_text("a file")
    terminal = open_terminal(under_a_shell=True)
    terminal.wait_for(re.compile(r"left with [24]"))
    assert "error[" in terminal.text
    assert terminal.modes() == terminal.modes_before


HANGING = "DEPLOY 'tests.shell.agents:Hanging'"


def test_an_agent_that_hangs_is_named_and_does_not_keep_anybody(terminal: Terminal) -> None:
    terminal.run(HANGING)
    terminal.wait_for("the fleet waits for hanging_001")
    terminal.enter("EXIT")
    terminal.wait_for("Ctrl-C leaves")
    terminal.interrupt()
    assert terminal.wait() == 130


@pytest.mark.slow
def test_an_agent_that_hangs_does_not_outlast_a_signal_to_end(terminal: Terminal) -> None:
    terminal.run(HANGING)
    terminal.wait_for("the fleet waits for hanging_001")
    terminal.kill(signal.SIGTERM)
    assert terminal.wait() == 143
