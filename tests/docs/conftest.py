"""A checkout to try the README in: its examples, and the command."""

import shutil
from pathlib import Path

import pytest

from tests.command.conftest import site
from tests.command.ual import ROOT, Desk

__all__ = ["desk", "site"]

FILES = (".gitignore", "LICENSE", "README.md", "pyproject.toml")


@pytest.fixture
def desk(tmp_path: Path, site: Path) -> Desk:
    """A folder like a fresh clone, without its code, and a home that is not there yet."""
    checkout = tmp_path / "palm-ual"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "examples", checkout / "examples", ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, checkout)
    return Desk(checkout, site)
