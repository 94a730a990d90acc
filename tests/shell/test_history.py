"""What was typed before: by the arrows, by search, as a grey suggestion, and on disk."""

import stat
from pathlib import Path

import pytest

from tests.command.ual import Desk
from tests.shell.conftest import OpenTerminal
from tests.shell.terminal import GO_ON, PROMPT, Terminal


def history_of(desk: Desk) -> Path:
    return desk.folder / "user" / ".local" / "state" / "ual" / "history"


def leave(terminal: Terminal) -> None:
    terminal.key("ctrl-d")
    assert terminal.wait() == 0


def line(terminal: Terminal) -> str:
    return terminal.line.removeprefix(PROMPT).strip()


def test_up_brings_back_the_statements_of_this_session_and_of_those_before(
    open_terminal: OpenTerminal,
) -> None:
    first = open_terminal()
    first.wait_for_prompt()
    first.run("PALM STATUS")
    leave(first)
    second = open_terminal()
    second.wait_for_prompt()
    second.run("SHOW SETTINGS")
    second.key("up")
    second.wait_for(lambda seen: line(seen) == "SHOW SETTINGS")
    second.key("up")
    second.wait_for(lambda seen: line(seen) == "PALM STATUS")
    second.key("down", "down")
    second.wait_for_prompt()


def test_a_statement_of_several_lines_comes_back_whole(open_terminal: OpenTerminal) -> None:
    first = open_terminal()
    first.wait_for_prompt()
    first.enter("PALM")
    first.wait_for(lambda seen: seen.line == GO_ON)
    first.run("STATUS")
    leave(first)
    second = open_terminal()
    second.wait_for_prompt()
    second.key("up")
    second.wait_for(f"{PROMPT} PALM\n{GO_ON} STATUS")


def test_the_history_is_for_its_owner_only(desk: Desk, open_terminal: OpenTerminal) -> None:
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.run("PALM STATUS")
    file = history_of(desk)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "PALM STATUS" in file.read_text(encoding="utf-8")


def test_secrets_and_lines_that_begin_with_a_blank_are_not_kept(
    desk: Desk, open_terminal: OpenTerminal
) -> None:
    terminal = open_terminal()
    terminal.wait_for_prompt()
    for text in (
        'DEPLOY buyer WITH {"api_key": "hunter2"}',
        'DEPLOY buyer LABELS {"password": "hunter2"}',
        " PALM STATUS -- hunter2",
        "PALM STATUS",
    ):
        terminal.run(text)
    leave(terminal)
    kept = history_of(desk).read_text(encoding="utf-8")
    assert "hunter2" not in kept
    assert "PALM STATUS" in kept


def test_the_rest_of_an_earlier_statement_is_suggested_and_taken_by_the_right_arrow(
    terminal: Terminal,
) -> None:
    terminal.run("DEPLOY buyer COUNT 2 AS morning-shift")
    terminal.type("DEPLOY buyer C")
    terminal.wait_for(lambda seen: line(seen) == "DEPLOY buyer COUNT 2 AS morning-shift")
    assert terminal.screen.cursor.x == len(f"{PROMPT} DEPLOY buyer C")
    assert terminal.screen.look_of("OUNT 2") != terminal.screen.look_of("DEPLOY buyer C")
    terminal.key("right")
    terminal.wait_for(lambda seen: seen.screen.cursor.x == len(line(seen)) + 2)
    terminal.interrupt()
    terminal.wait_for_prompt()


def test_a_suggestion_of_several_lines_shows_no_control_characters(terminal: Terminal) -> None:
    terminal.enter("SHOW AGENTS WHERE")
    terminal.wait_for(lambda seen: seen.line == GO_ON)
    terminal.run("health = healthy")
    terminal.write("SHOW AGENTS W")
    terminal.wait_for(lambda seen: line(seen).startswith("SHOW AGENTS WHERE"))
    assert "^J" not in terminal.text
    terminal.key("right")
    terminal.wait_for(lambda seen: seen.text.count(f"{GO_ON} health = healthy") == 2)


def test_a_suggestion_is_not_run_unless_it_was_taken(terminal: Terminal) -> None:
    terminal.run("PALM STATUS; SHOW SETTINGS")
    terminal.type("PALM STATUS")
    terminal.wait_for(lambda seen: line(seen) == "PALM STATUS; SHOW SETTINGS")
    terminal.key("enter")
    terminal.wait_for_prompt()
    last = "\n".join(terminal.transcript).rpartition(f"{PROMPT} PALM")[2]
    assert "capacity  " not in last


def test_statements_that_end_things_are_never_suggested(terminal: Terminal) -> None:
    for text in ("DELETE court", "SCALE court TO 0", "TERMINATE arbiter_001 FORCE"):
        terminal.run(text)  # there is none of them to end
        rest = text[9:]
        terminal.write(text[:9])
        assert terminal.keeps(lambda seen, rest=rest: rest not in seen.line, for_s=0.3)  # type: ignore[misc]
        terminal.key("ctrl-c")
        terminal.wait_for_prompt()
        terminal.key("up")
        terminal.wait_for(lambda seen, text=text: line(seen) == text)  # type: ignore[misc]
        terminal.key("ctrl-c")
        terminal.wait_for_prompt()


def test_the_history_is_searched(terminal: Terminal) -> None:
    for text in ("PALM STATUS", "SHOW SETTINGS", "SHOW TYPES"):
        terminal.run(text)
    terminal.key("ctrl-r")
    terminal.type("palm")
    terminal.wait_for("PALM STATUS")
    terminal.key("enter")
    terminal.wait_for(lambda seen: line(seen) == "PALM STATUS")
    terminal.key("enter")
    terminal.wait_for_prompt()


@pytest.mark.slow
def test_two_prompts_may_keep_the_same_history(desk: Desk, open_terminal: OpenTerminal) -> None:
    both = [open_terminal("--ephemeral"), open_terminal("--ephemeral")]
    for number, terminal in enumerate(both):
        terminal.wait_for_prompt()
        terminal.run(f"PALM STATUS -- {number}")
    for terminal in both:
        leave(terminal)
    kept = history_of(desk).read_text(encoding="utf-8")
    assert "PALM STATUS -- 0" in kept
    assert "PALM STATUS -- 1" in kept


def test_a_history_that_is_no_file_costs_a_note_and_no_more(desk: Desk, open_terminal: OpenTerminal) -> None:
    history_of(desk).mkdir(parents=True)
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.run("PALM STATUS")
    terminal.run("SHOW SETTINGS")
    assert "history" in "\n".join(terminal.transcript)
    terminal.key("up")
    terminal.wait_for(lambda seen: line(seen) == "SHOW SETTINGS")


def test_foreign_bytes_in_the_history_do_no_harm(desk: Desk, open_terminal: OpenTerminal) -> None:
    file = history_of(desk)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff\xfe\x00 not a history\n+PALM \x1b[2JSTATUS\n\n\n" + b"x" * 100_000)
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.key("up", "ctrl-c")
    terminal.wait_for_prompt()
    assert "Fleet Status:" in terminal.run("PALM STATUS")
    assert b"\x1b[2JSTATUS" not in terminal.said
