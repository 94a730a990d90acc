"""Names of files, for SOURCE."""

from pathlib import Path

import pytest

from palm_ual.console.completion import directory as files
from palm_ual.console.completion.directory import FileName, files_in


def test_scripts_come_first_and_directories_are_marked(tmp_path: Path) -> None:
    for name in ("b.txt", "z.ual", "a.ual"):
        (tmp_path / name).touch()
    (tmp_path / "d").mkdir()
    assert files_in(f"{tmp_path}/") == (
        FileName("a.ual", is_directory=False),
        FileName("z.ual", is_directory=False),
        FileName("b.txt", is_directory=False),
        FileName("d", is_directory=True),
    )


def test_a_name_that_a_terminal_would_obey_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J.ual").touch()
    assert files_in(str(tmp_path)) == ()


@pytest.mark.parametrize("directory", ["/nowhere/at/all/", "a\x00b", "/etc/passwd/"])
def test_a_directory_that_cannot_be_read_has_no_files(directory: str) -> None:
    assert files_in(directory) == ()


def test_a_tilde_is_ones_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.ual").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert files_in("~/") == (FileName("a.ual", is_directory=False),)


def test_without_a_directory_it_is_the_working_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.ual").touch()
    monkeypatch.chdir(tmp_path)
    assert files_in("") == (FileName("a.ual", is_directory=False),)


@pytest.mark.parametrize(("limit", "seen"), [(1, 1), (2, 2), (3, 2)])
def test_of_a_very_large_directory_some_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, seen: int
) -> None:
    monkeypatch.setattr(files, "FILES_LISTED_MAX", limit)
    for name in ("a", "b"):
        (tmp_path / name).touch()
    assert len(files_in(str(tmp_path))) == seen
