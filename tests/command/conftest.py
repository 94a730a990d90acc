"""The command as it is installed, and a desk of its own for each test."""

import compileall
import shutil
from pathlib import Path

import msgspec
import pytest

from palm_ual.lang.tables import TABLES_FILE, build_tables
from tests.command.ual import ROOT, Desk


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel has it: with the tables of the grammar, and byte code beside every module."""
    folder = tmp_path_factory.mktemp("site")
    ignored = shutil.ignore_patterns("__pycache__", TABLES_FILE)
    package = Path(shutil.copytree(ROOT / "palm_ual", folder / "palm_ual", ignore=ignored))
    shutil.copytree(ROOT / "grammar", package / "grammar", ignore=ignored)
    tables = build_tables((ROOT / "grammar" / "ual.lark").read_text(encoding="utf-8"))
    (package / "lang" / TABLES_FILE).write_bytes(msgspec.msgpack.encode(tables))
    compileall.compile_dir(package, quiet=1)
    return folder


@pytest.fixture
def desk(tmp_path: Path, site: Path) -> Desk:
    """A folder, a home that is not there yet, and the command."""
    return Desk(tmp_path, site)
