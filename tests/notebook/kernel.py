"""A notebook without a front end."""

from typing import Any, TypeAlias

import pytest

from palm_ual import notebook

Untyped: TypeAlias = Any
"""IPython's own calls, and values that came out of JSON."""


class Notebook:
    """A kernel without a front end: `run` is a cell."""

    def __init__(self, shell: Untyped, capsys: pytest.CaptureFixture[str]) -> None:
        self.shell = shell
        self._capsys = capsys

    def run(self, cell: str) -> Untyped:
        return self.shell.run_cell(cell)

    def out(self, cell: str) -> str:
        """What a cell writes."""
        self._capsys.readouterr()
        assert self.run(cell).error_in_exec is None
        return self._capsys.readouterr().out

    def value(self, cell: str) -> Untyped:
        """What a cell's last line comes to."""
        result = self.run(cell)
        assert result.error_in_exec is None
        return result.result

    def failure(self, cell: str) -> tuple[BaseException | None, str]:
        """What a cell ended with, and all that was on the screen about it."""
        self._capsys.readouterr()
        error = self.run(cell).error_in_exec
        shown = self._capsys.readouterr()
        return error, shown.out + shown.err

    def magic(self) -> notebook.Ual:
        found = self.shell.find_line_magic("ual")
        assert isinstance(found, notebook.Ual)
        return found
