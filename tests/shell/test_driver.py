"""The terminal of these tests does what a terminal does."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.shell.terminal import NotSeen, Terminal

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "PS1": "> "}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(["sh"], folder=tmp_path, environment=ENVIRONMENT, columns=60, rows=10)
    yield terminal
    terminal.close()


@pytest.fixture
def python(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Runs a piece of Python on a terminal."""
    opened: list[Terminal] = []

    def start(code: str, *, under_a_shell: bool = False) -> Terminal:
        command = [sys.executable, "-c", code]
        terminal = Terminal(command, folder=tmp_path, environment=ENVIRONMENT, under_a_shell=under_a_shell)
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()


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


def test_ctrl_c_interrupts(python: Callable[..., Terminal]) -> None:
    terminal = python("print('ready', flush=True); import signal; signal.pause()")
    terminal.wait_for("ready")
    terminal.interrupt()
    assert terminal.wait() == 128 + signal.SIGINT


def test_a_closed_window_hangs_up(python: Callable[..., Terminal]) -> None:
    terminal = python("print('ready', flush=True); import signal; signal.pause()")
    terminal.wait_for("ready")
    terminal.hang_up()
    assert terminal.wait() == 128 + signal.SIGHUP


def test_a_megabyte_may_be_typed_to_a_program_that_talks(python: Callable[..., Terminal]) -> None:
    code = "import sys, tty; tty.setraw(0); print('go', flush=True)\nn = 0\nwhile n < 10**6: n += len(sys.stdin.buffer.read1()); print('.', end='', flush=True)\nprint('\\r\\nall')"
    terminal = python(code)
    terminal.wait_for("go")
    terminal.type("x" * 10**6)
    terminal.wait_for("all")
    assert terminal.wait() == 0


@pytest.mark.parametrize("query", ["\x1b[6n", "\x1b[c", "\x1b]11;?\x07", "\x1b[?2026$p", "\x1b[>0q"])
def test_a_question_to_the_terminal_is_noticed(python: Callable[..., Terminal], query: str) -> None:
    terminal = python(f"print({query!r} + 'asked')")
    terminal.wait_for("asked")
    assert terminal.queries()


def test_colours_and_movements_are_no_questions(python: Callable[..., Terminal]) -> None:
    terminal = python("print('\x1b[31mred\x1b[0m\x1b[K\x1b[?25l\x1b[?2004h\x1b[5A')")
    terminal.wait()
    assert terminal.queries() == []
    assert terminal.screen.look_of("red").colour == "red"


def test_a_mode_that_is_left_behind_is_seen(python: Callable[..., Terminal]) -> None:
    terminal = python("import tty; tty.setcbreak(0)", under_a_shell=True)
    terminal.wait_for("left with 0")
    assert terminal.modes() != terminal.modes_before


def test_the_account_of_what_is_not_seen_shows_the_screen(shell: Terminal) -> None:
    shell.wait_for_prompt()
    shell.run("echo here")
    with pytest.raises(NotSeen, match="here"):
        shell.wait_for("there", within_s=0.1)
