"""Where the prompt's files are."""

import os
from pathlib import Path

import pytest

from palm_ual.console.own_files.places import check_startup_file, config_file, history_file, startup_file
from palm_ual.errors import FileFailed


def test_the_xdg_directories_are_used() -> None:
    environ = {"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "HOME": "/h"}
    assert config_file(environ) == "/c/ual/config.toml"
    assert history_file(environ) == "/s/ual/history"


@pytest.mark.parametrize("base", [None, "", "relative", "./relative", "~/x"])
def test_without_an_absolute_one_they_are_below_the_users_directory(base: str | None) -> None:
    environ = {"HOME": "/h"}
    if base is not None:
        environ |= {"XDG_CONFIG_HOME": base, "XDG_STATE_HOME": base}
    assert config_file(environ) == "/h/.config/ual/config.toml"
    assert history_file(environ) == "/h/.local/state/ual/history"


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "h"}, {"HOME": "~", "XDG_STATE_HOME": "s"}])
def test_who_has_no_directory_has_no_place(environ: dict[str, str]) -> None:
    assert (config_file(environ), history_file(environ), startup_file(environ)) == (None, None, None)


def test_the_start_up_file_is_named_where_there_is_one(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert startup_file(environ) is None
    (tmp_path / "ual").mkdir()
    assert startup_file(environ) is None
    path = tmp_path / "ual" / "startup.ual"
    path.symlink_to("nowhere")
    assert startup_file(environ) == str(path), "that it leads nowhere is for its reader to say"
    path.unlink()
    path.write_text("SET ticks = all")
    assert startup_file(environ) == str(path)


@pytest.mark.parametrize(
    ("file", "directory", "trusted"),
    [
        (0o644, 0o755, True),
        (0o664, 0o775, True),
        (0o600, 0o1777, True),
        (0o646, 0o755, False),
        (0o644, 0o757, False),
    ],
)
def test_a_start_up_file_that_everybody_may_write_is_not_run(
    tmp_path: Path, file: int, directory: int, trusted: bool
) -> None:
    path = tmp_path / "ual" / "startup.ual"
    path.parent.mkdir()
    path.touch()
    path.chmod(file)
    path.parent.chmod(directory)
    if trusted:
        check_startup_file(str(path))
    else:
        with pytest.raises(FileFailed, match="is not run: everybody may write it") as caught:
            check_startup_file(str(path))
        assert caught.value.hint == f"chmod o-w {path if directory == 0o755 else path.parent}"


def test_only_a_file_is_run_at_the_start(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(FileFailed, match="it is not a file"):
            check_startup_file(str(tmp_path / name))
    check_startup_file(str(tmp_path / "none"))  # its reader says so
