"""A session in tmux: another terminal than ours, with its own mind about resizing."""

import re
import sys
from collections.abc import Iterator

import pytest

from tests.command.ual import Desk
from tests.shell.terminal import PROMPT
from tests.shell.tmux import TMUX, Tmux

pytestmark = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")


@pytest.fixture
def tmux(desk: Desk) -> Iterator[Tmux]:
    """A session at its first prompt, whose bar tells of the fleet."""
    terminal = Tmux([sys.executable, "-m", "palm_ual"], folder=desk.folder, environment=desk.environment())
    try:
        terminal.wait_for("0/100 agents")
        yield terminal
    finally:
        terminal.close()


def at_prompt(terminal: Tmux) -> bool:
    """Whether an empty prompt with the bar below it is the end of the screen."""
    rows = [line for line in terminal.lines if line]
    return len(rows) > 1 and rows[-2] == PROMPT and "agents" in rows[-1]


def test_a_session_from_the_first_key_to_the_last(tmux: Tmux) -> None:
    tmux.type("DEPLOY buyer COUNT 3 WITH {")
    tmux.key("Enter")
    tmux.wait_for(lambda seen: "." in seen.lines)
    tmux.type('"funding": 1000}')
    tmux.key("Enter")
    tmux.wait_for("buyer_003 - Funded: $1,000")
    tmux.wait_for("3/100 agents")
    tmux.paste("> SCALE buyer-fleet TO 2\n> PALM STATUS\n")
    tmux.wait_for("PALM STATUS")
    tmux.key("Enter")
    tmux.wait_for("Agents: 2 / 100 (capacity)")
    tmux.wait_for(at_prompt)
    tmux.type("SCALE buyer-fleet TOO")
    tmux.key("C-c")
    tmux.wait_for(at_prompt)
    tmux.key("C-d")
    tmux.wait()


def test_a_window_that_changes_its_size_shows_the_text_and_the_bar_once(tmux: Tmux) -> None:
    tmux.type("SHOW DEPLOYMENTS WHERE health = degraded OR health = unhealthy")
    tmux.wait_for("= unhealthy")
    for columns, rows in ((40, 12), (120, 40), (80, 24)):
        tmux.resize(columns, rows)
        tmux.wait_for(
            lambda seen: (
                seen.text.count("SHOW DEPLOYMENTS") == 1
                and len(re.findall("0/100 agents", seen.text)) == 1
                and "".join(seen.text.split("\n  ")).count("health = unhealthy") == 1
            )
        )
    tmux.key("Enter")
    tmux.wait_for(at_prompt)


def test_watching_in_a_window_that_changes_its_size(tmux: Tmux) -> None:
    tmux.type("WATCH PALM STATUS EVERY 100ms")
    tmux.key("Enter")
    tmux.wait_for("Every 100ms: PALM STATUS")
    for columns, rows in ((40, 14), (100, 30), (60, 24)):
        tmux.resize(columns, rows)
        tmux.wait_for(
            lambda seen: seen.text.count("Every 100ms") == 1 and seen.text.count("Available Capacity") == 1
        )
    tmux.key("C-c")
    tmux.wait_for("0/100 agents")
    tmux.wait_for(at_prompt)
