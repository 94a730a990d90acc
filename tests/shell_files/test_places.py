"""Where the prompt's files are."""

from pathlib import Path

import pytest

from palm_ual.console.shell.places import config_file, history_file, startup_file


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
