"""A fleet listens to what its agents print, and leaves the kernel its streams."""

import io
import sys

import pytest

from tests.notebook.kernel import Notebook, Untyped


class KernelStream(io.StringIO):
    """As a kernel has it: told before each cell which one it writes for."""

    cell = ""

    def set_parent(self, cell: str) -> None:
        self.cell = cell


def test_a_kernel_still_reaches_its_own_stream(cells: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = KernelStream()
    monkeypatch.setattr(sys, "stdout", stream)
    cells.run("%ual PALM STATUS")
    listening: Untyped = sys.stdout
    assert listening is not stream
    listening.set_parent("the second")
    assert stream.cell == "the second"
    cells.run("%ual EXIT")
    assert sys.stdout is stream


def test_a_cell_whose_output_is_captured_may_open_the_fleet(cells: Notebook) -> None:
    cells.run("%%capture captured\n%ual PALM STATUS")
    assert cells.shell.user_ns["captured"].stdout.startswith("Fleet Status:")
    cells.run("%ual EXIT")
    assert cells.out("print('still here')") == "still here\n"
