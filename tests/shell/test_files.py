"""The person's own files: config, start-up file, keys; and that nobody else touches them."""

import os
from pathlib import Path

import pytest

from tests.command.ual import Desk
from tests.shell.conftest import OpenTerminal
from tests.shell.terminal import PROMPT


def own_file(desk: Desk, name: str, text: str) -> Path:
    path = desk.folder / "user" / ".config" / "ual" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_vi_keys(desk: Desk, open_terminal: OpenTerminal) -> None:
    own_file(desk, "config.toml", 'keys = "vi"\n')
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.write("PALM STAUTS")
    terminal.key("escape")
    terminal.wait_for(lambda seen: seen.screen.cursor.x == len(f"{PROMPT} PALM STAUT"))
    terminal.type("bcwSTATUS")
    terminal.wait_for(lambda seen: seen.line == f"{PROMPT} PALM STATUS")
    terminal.key("enter")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()


@pytest.mark.slow
def test_enter_runs_from_the_normal_mode_of_vi_too(desk: Desk, open_terminal: OpenTerminal) -> None:
    own_file(desk, "config.toml", 'keys = "vi"\n')
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.write("PALM STATUS")
    terminal.key("escape")
    terminal.wait_for(lambda seen: seen.screen.cursor.x == len(f"{PROMPT} PALM STATU"))
    terminal.key("enter")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()


def test_what_is_wrong_in_the_config_is_said_and_a_prompt_comes(
    desk: Desk, open_terminal: OpenTerminal
) -> None:
    own_file(desk, "config.toml", 'timing = true\nkesy = "vi"\nhistory = -1\n')
    terminal = open_terminal()
    terminal.wait_for_prompt()
    assert terminal.text.count("error[") == 2
    assert "config.toml" in terminal.text
    assert "did you mean keys?" in terminal.text
    assert "took " in terminal.run("PALM STATUS")


def test_the_start_up_file_is_run_first(desk: Desk, open_terminal: OpenTerminal) -> None:
    own_file(desk, "startup.ual", "SET output = json; PALM STATUS")
    terminal = open_terminal()
    terminal.wait_for('"capacity"')
    terminal.wait_for_prompt()
    assert '"setting": "output"' in terminal.run("SHOW SETTINGS")


def test_a_start_up_file_that_fails_does_not_keep_anybody_out(
    desk: Desk, open_terminal: OpenTerminal
) -> None:
    own_file(desk, "startup.ual", "PALM STAUTS")
    terminal = open_terminal()
    terminal.wait_for_prompt()
    assert "startup.ual:1:6" in terminal.text.replace("\n", "")
    assert "Fleet Status:" in terminal.run("PALM STATUS")


def test_a_start_up_file_that_is_a_pipe_is_said_and_keeps_nobody_waiting(
    desk: Desk, open_terminal: OpenTerminal
) -> None:
    path = own_file(desk, "startup.ual", "")
    path.unlink()
    os.mkfifo(path)
    terminal = open_terminal()
    terminal.wait_for_prompt()
    assert "it is not a file" in terminal.text.replace("\n", "")


def test_no_rc_passes_over_both(desk: Desk, open_terminal: OpenTerminal) -> None:
    own_file(desk, "config.toml", "kesy = 1\ntiming = true\n")
    own_file(desk, "startup.ual", "PALM STATUS")
    terminal = open_terminal("--no-rc")
    terminal.wait_for_prompt()
    printed = terminal.run("SHOW TYPES")
    assert "Fleet Status:" not in terminal.text
    assert "error[" not in terminal.text
    assert "took " not in printed


def test_the_files_are_where_xdg_says(desk: Desk, open_terminal: OpenTerminal) -> None:
    config, state = desk.folder / "c", desk.folder / "s"
    (config / "ual").mkdir(parents=True)
    (config / "ual" / "startup.ual").write_text("PALM STATUS")
    terminal = open_terminal(environment={"XDG_CONFIG_HOME": str(config), "XDG_STATE_HOME": str(state)})
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()
    terminal.run("SHOW TYPES")
    assert "SHOW TYPES" in (state / "ual" / "history").read_text(encoding="utf-8")
    assert list((desk.folder / "user").iterdir()) == []


@pytest.mark.parametrize("road", ["-c", "pipe", "file"])
def test_only_a_prompt_reads_or_writes_them(desk: Desk, road: str) -> None:
    (desk.folder / "user").mkdir(exist_ok=True)
    own_file(desk, "config.toml", "kesy = 1\ntiming = true\n")
    own_file(desk, "startup.ual", "SHOW TYPES")
    before = sorted((desk.folder / "user").rglob("*"))
    ran = desk.run_by(road, "PALM STATUS")
    assert (ran.status, ran.err) == (0, "")
    assert "buyer" not in ran.out
    assert sorted((desk.folder / "user").rglob("*")) == before
