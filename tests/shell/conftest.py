"""A terminal for each test, and what must be true of every session on one."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.command.conftest import site
from tests.command.ual import Desk
from tests.shell.terminal import Terminal

__all__ = ["desk", "site"]

OpenTerminal: TypeAlias = Callable[..., Terminal]


@pytest.fixture
def desk(tmp_path: Path, site: Path) -> Desk:
    """A folder, a user's directory with nothing in it, and a home that is not there yet."""
    (tmp_path / "user").mkdir()
    return Desk(tmp_path, site)


@pytest.fixture
def open_terminal(desk: Desk) -> Iterator[OpenTerminal]:
    """Starts `ual` on a terminal. No session may ask the terminal anything, or show a traceback."""
    opened: list[Terminal] = []

    def start(
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str | None] | None = None,
        under_a_shell: bool = False,
        redirected: str = "",
    ) -> Terminal:
        terminal = Terminal(
            [sys.executable, "-m", "palm_ual", *arguments],
            folder=desk.folder,
            environment=desk.environment({"TERM": "xterm-256color", **(environment or {})}),
            columns=columns,
            rows=rows,
            under_a_shell=under_a_shell,
            redirected=redirected,
        )
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        terminal.close()
    for terminal in opened:
        assert terminal.queries() == []
        assert b"Traceback" not in terminal.said


@pytest.fixture
def terminal(open_terminal: OpenTerminal) -> Terminal:
    """A session at its first prompt."""
    terminal = open_terminal()
    terminal.wait_for_prompt()
    return terminal
