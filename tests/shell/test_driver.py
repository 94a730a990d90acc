"""The terminal of these tests does what a terminal does."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shell.terminal import NotSeen, Terminal

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "PS1": "> "}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(["sh"], folder=tmp_path, environment=ENVIRONMENT, columns=60, rows=10)
    yield terminal
    terminal.close()


def python(code: str, folder: Path, *, under_a_shell: bool = False) -> Terminal:
    return Terminal(
        [sys.executable, "-c", code], folder=folder, environment=ENVIRONMENT, under_a_shell=under_a_shell
    )


def test_what_is_typed_is_run_and_seen(shell: Terminal) -> None:
    shell.wait_for_prompt()
    assert shell.run("echo one two") == "one two"


def test_lines_that_scroll_away_are_kept(shell: Terminal) -> None:
    shell.wait_for_prompt()
    assert shell.run("seq 30").splitlines() == [str(number) for number in range(1, 31)]


def test_a_program_learns_of_the_size_and_of_its_change(shell: Terminal) -> None:
    shell.wait_for_prompt()
    assert "10 60" in shell.run("stty size")
    shell.resize(columns=40, rows=5)
    assert "5 40" in shell.run("stty size")


def test_a_larger_window_keeps_its_lines_where_they_are(shell: Terminal) -> None:
    shell.wait_for_prompt()
    shell.run("seq 3")
    before = shell.lines
    shell.resize(columns=60, rows=12)
    assert shell.lines[:10] == before


def test_ctrl_c_interrupts(tmp_path: Path) -> None:
    terminal = python("print('ready', flush=True); import signal; signal.pause()", tmp_path)
    terminal.wait_for("ready")
    terminal.interrupt()
    assert terminal.wait() == 128 + signal.SIGINT
    terminal.close()


def test_a_closed_window_hangs_up(tmp_path: Path) -> None:
    terminal = python("print('ready', flush=True); import signal; signal.pause()", tmp_path)
    terminal.wait_for("ready")
    terminal.hang_up()
    assert terminal.wait() == 128 + signal.SIGHUP
    terminal.close()


def test_a_megabyte_may_be_typed_to_a_program_that_talks(tmp_path: Path) -> None:
    code = "import sys, tty; tty.setraw(0); print('go', flush=True)\nn = 0\nwhile n < 10**6: n += len(sys.stdin.buffer.read1()); print('.', end='', flush=True)\nprint('all')"
    terminal = python(code, tmp_path)
    terminal.wait_for("go")
    terminal.type("x" * 10**6)
    terminal.wait_for("all")
    assert terminal.wait() == 0
    terminal.close()


@pytest.mark.parametrize("query", ["\x1b[6n", "\x1b[c", "\x1b]11;?\x07", "\x1b[?2026$p", "\x1b[>0q"])
def test_a_question_to_the_terminal_is_noticed(tmp_path: Path, query: str) -> None:
    terminal = python(f"print({query!r} + 'asked')", tmp_path)
    terminal.wait_for("asked")
    assert terminal.queries()
    terminal.close()


def test_colours_and_movements_are_no_questions(tmp_path: Path) -> None:
    terminal = python("print('\x1b[31mred\x1b[0m\x1b[K\x1b[?25l\x1b[?2004h\x1b[5A')", tmp_path)
    terminal.wait()
    assert terminal.queries() == []
    assert terminal.screen.look_of("red").colour == "red"
    terminal.close()


def test_a_mode_that_is_left_behind_is_seen(tmp_path: Path) -> None:
    terminal = python("import tty; tty.setcbreak(0)", tmp_path, under_a_shell=True)
    terminal.wait_for("left with 0")
    assert terminal.modes() != terminal.modes_before
    terminal.close()


def test_the_account_of_what_is_not_seen_shows_the_screen(shell: Terminal) -> None:
    shell.wait_for_prompt()
    shell.run("echo here")
    with pytest.raises(NotSeen, match="here"):
        shell.wait_for("there", within_s=0.1)
