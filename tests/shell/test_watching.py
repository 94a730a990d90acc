"""WATCH on a terminal: redrawn in place, and back to the prompt."""

import re

from tests.command.ual import Desk
from tests.shell.conftest import OpenTerminal
from tests.shell.terminal import PROMPT, Terminal


def test_a_watched_status_is_redrawn_in_place_until_ctrl_c(open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(rows=40)
    terminal.wait_for_prompt()
    terminal.run("DEPLOY buyer COUNT 2 AS desk")
    terminal.enter("WATCH FLEET STATUS EVERY 100ms")
    terminal.wait_for("Every 100ms: FLEET STATUS")
    terminal.wait_for(lambda seen: redraws(seen) > 3)
    assert terminal.text.count("Deployment:") == 1
    terminal.interrupt()
    terminal.wait_for_prompt()
    assert terminal.text.count("Deployment:") == 1
    assert terminal.text.count(f"{PROMPT} WATCH") == 1
    assert b"\x1b[?1049h" not in terminal.said
    assert "Agents: 2 / 100 (capacity)" in terminal.run("PALM STATUS")


def redraws(terminal: Terminal) -> int:
    """How many times the cursor went up to draw over what was there, since the last prompt."""
    said = bytes(terminal.said).rpartition(b"WATCH")[2]
    return len(re.findall(rb"\x1b\[\d*A", said))


def test_what_was_asked_last_is_watched_by_a_command(terminal: Terminal) -> None:
    terminal.run("PALM STATUS")
    terminal.enter("\\watch 1")
    terminal.wait_for("Every 1s: PALM STATUS")
    terminal.interrupt()
    terminal.wait_for_prompt()


def test_nothing_to_watch_is_an_error(terminal: Terminal) -> None:
    assert "error" in terminal.run("\\watch 1")


def test_a_resize_while_watching_leaves_one_picture(terminal: Terminal) -> None:
    terminal.run("DEPLOY buyer COUNT 2 AS desk")
    terminal.enter("WATCH SHOW AGENTS EVERY 100ms")
    terminal.wait_for("buyer_002")
    for columns, rows in ((40, 12), (100, 30)):
        terminal.resize(columns, rows)
        terminal.wait_for(lambda seen: seen.text.count("buyer_002") == 1)
    terminal.interrupt()
    terminal.wait_for_prompt()
    assert "Agents: 2 / 100 (capacity)" in terminal.run("PALM STATUS")


def test_watching_ends_by_itself(terminal: Terminal) -> None:
    terminal.enter("WATCH PALM STATUS EVERY 100ms FOR 300ms")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()


def test_a_dumb_terminal_prints_what_has_changed(desk: Desk, open_terminal: OpenTerminal) -> None:
    terminal = open_terminal(environment={"TERM": "dumb"})
    terminal.wait_for_prompt()
    printed = terminal.run("WATCH PALM STATUS EVERY 100ms FOR 300ms")
    assert printed.count("Fleet Status:") == 1
    assert b"\x1b" not in terminal.said
