"""What every test may use: hypothesis profiles and golden files."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# No deadlines: a shared machine stalls for longer than any example takes.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files instead of comparing")


@pytest.fixture
def compare_golden(request: pytest.FixtureRequest) -> Callable[[str, Path], None]:
    """Compares a text with a golden file, to the letter, or writes it under `--update-golden`."""
    update: bool = request.config.getoption("--update-golden")

    def compare(text: str, golden: Path) -> None:
        if update:
            golden.write_text(text, encoding="utf-8", newline="")
        # Read as bytes: a golden file may hold the carriage returns that are under test.
        assert text == golden.read_bytes().decode("utf-8")

    return compare
