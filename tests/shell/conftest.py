"""A terminal for each test, and what must be true of every session on one."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.command.conftest import site
from tests.command.ual import Desk
from tests.shell.terminal import Terminal

__all__ = ["desk", "site"]

UAL = "palm_ual"
OpenTerminal: TypeAlias = Callable[..., Terminal]


@pytest.fixture
def desk(tmp_path: Path, site: Path) -> Desk:
    """A folder, a user's directory with nothing in it, and a home that is not there yet."""
    (tmp_path / "user").mkdir()
    return Desk(tmp_path, site)


@pytest.fixture
def open_terminal(desk: Desk) -> Iterator[OpenTerminal]:
    """Starts `ual`, or another program, on a terminal. No session may ask the terminal anything, or show a
    traceback, and `ual` itself has no fault to tell of.
    """
    opened: list[tuple[Terminal, str]] = []

    def start(
        *arguments: str,
        program: str = UAL,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str | None] | None = None,
        under_a_shell: bool = False,
        redirected: str = "",
    ) -> Terminal:
        terminal = Terminal(
            [sys.executable, "-m", program, *arguments],
            folder=desk.folder,
            environment=desk.environment({"TERM": "xterm-256color", **(environment or {})}),
            columns=columns,
            rows=rows,
            under_a_shell=under_a_shell,
            redirected=redirected,
        )
        opened.append((terminal, program))
        return terminal

    yield start
    for terminal, _ in opened:
        terminal.close()
    for terminal, program in opened:
        assert terminal.queries() == []
        assert b"Traceback" not in terminal.said
        if program == UAL:
            assert re.search(rb"a\s+fault\s+of\s+ual", terminal.said) is None


@pytest.fixture
def terminal(open_terminal: OpenTerminal) -> Terminal:
    """A session at its first prompt."""
    terminal = open_terminal()
    terminal.wait_for_prompt()
    return terminal
