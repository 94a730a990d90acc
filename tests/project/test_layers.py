"""The import contracts and banned names of pyproject.toml hold, and each would notice its breach."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(TOOLS / "lint-imports"), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_every_contract_is_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


BREACHES = {
    "Imports go down only, and every module has its layer": ("service/breach.py", "import palm_ual.cli"),
    "No cycles between siblings, at any depth": ("model/limits.py", "import palm_ual.model.money"),
    "Values and decisions know no clock, chance, file, process or event loop": (
        "model/breach.py",
        "import time",
    ),
    "The console has layers of its own": ("console/terminal/breach.py", "import palm_ual.console.writer"),
    "Errors import nothing": ("errors.py", "import typing"),
    "Only the terminal's module imports rich": ("console/documents/breach.py", "import rich"),
    "Only the interactive shell imports prompt_toolkit": ("console/runs/breach.py", "import prompt_toolkit"),
    "Only the lexer for others imports Pygments": ("console/lines/breach.py", "import pygments"),
    "Only the cell magic imports IPython": ("cli/breach.py", "import IPython"),
    "Only agent types have pydantic schemas": ("service/breach.py", "import pydantic"),
    "Only the store knows SQLite": ("runtime/breach.py", "import sqlite3"),
}


def test_every_contract_notices_its_breach(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "palm_ual", tmp_path / "palm_ual", ignore=shutil.ignore_patterns("__pycache__"))
    for path, line in BREACHES.values():
        with (tmp_path / "palm_ual" / path).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1, done.stderr
    broken = {line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if line.endswith(" BROKEN")}
    assert broken == set(BREACHES)


def test_a_module_without_a_layer_is_noticed(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "palm_ual", tmp_path / "palm_ual", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "palm_ual" / "utils.py").touch()
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert "palm_ual.utils" in done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.time()",
        "import time; time.monotonic()",
        "from time import sleep",
        "import datetime; datetime.datetime.now()",
        "from random import Random",
        "import uuid",
        "import os; os.urandom(8)",
        "import secrets",
        "import asyncio; asyncio.create_task(None)",
        "import threading",
        "import subprocess",
        "import socket",
    ],
)
def test_time_chance_and_the_world_outside_are_banned_by_the_linter(code: str) -> None:
    command = [str(TOOLS / "ruff"), "check", "--no-cache", "--select", "TID251", "--output-format", "concise"]
    done = subprocess.run(
        [*command, "--stdin-filename", "palm_ual/service/breach.py", "-"],
        input=code,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "TID251" in done.stdout, done.stderr


def test_nothing_depends_on_an_address_or_on_the_hash_of_this_process() -> None:
    """`id` and `hash` differ from run to run; only a `__hash__` may be made of hashes."""
    found = []
    for path in sorted((ROOT / "palm_ual").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        excused = {
            call
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef) and function.name == "__hash__"
            for call in ast.walk(function)
        }
        found += [
            f"{path.relative_to(ROOT)}:{call.lineno} {call.func.id}"
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id in ("id", "hash")
            if call not in excused
        ]
    assert found == []
