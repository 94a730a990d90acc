"""What the checkout holds, and what it says about itself."""

import re
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

import palm_ual

ROOT = Path(__file__).parents[2]
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "LICENSE",
    "README.md",
    "examples",
    "grammar",
    "palm_ual",
    "pyproject.toml",
    "tests",
}
# Somebody's home or workplace. The hostile inputs may name such a place: they come from anywhere.
MACHINE_PATH = re.compile(r"(?<![\w.~}])/(?:home|root|Users|work|tmp)/[\w.-]+")
MACHINE_PATHS_ALLOWED = ("tests/corpus/", "tests/project/test_checkout.py")


def project_files() -> list[str]:
    """Every file that belongs to the project: committed, or new and not ignored."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    return sorted(name for name in listed.decode().split("\0") if name and (ROOT / name).is_file())


def test_the_top_level_holds_what_it_should_and_nothing_else() -> None:
    assert {name.partition("/")[0] for name in project_files()} == TOP_LEVEL


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    found = []
    for name in project_files():
        if name.startswith(MACHINE_PATHS_ALLOWED):
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", errors="replace")
        found += [f"{name}: {place}" for place in MACHINE_PATH.findall(text)]
    assert found == []


@pytest.mark.parametrize("text", ["see /home/ann/notes", "'/tmp/x'", "=/work/a", "/Users/bo.b/x"])
def test_a_place_on_a_machine_is_recognised(text: str) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize(
    "text", ["~/home/ann", "https://example.org/work/x", "tests/tmp/x", "/tmp", "${X}/tmp/y"]
)
def test_an_address_or_a_relative_path_is_no_place_on_a_machine(text: str) -> None:
    assert not MACHINE_PATH.search(text)


def test_every_module_is_short_enough_to_read() -> None:
    modules = [name for name in project_files() if name.endswith(".py") and not name.startswith("tests/")]
    assert [
        name for name in modules if len((ROOT / name).read_text(encoding="utf-8").splitlines()) > 400
    ] == []


def test_the_version_has_one_source() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "palm_ual/__init__.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+", palm_ual.__version__)


def test_the_grammar_is_built_with_the_libraries_that_it_is_used_with() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = {line for line in project["build-system"]["requires"] if not line.startswith("hatchling")}
    assert shared < set(project["project"]["dependencies"])


def test_ci_takes_the_test_command_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^<!-- test command -->\n```\w*\n(.+)\n```$", readme, re.MULTILINE)
    assert blocks == ["python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest"]
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert "pip install" not in script.read_text(encoding="utf-8")
