"""Where the home is, and which directories and files are trusted to be one."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from palm_ual.errors import HomeError, UsageError
from palm_ual.store.home import (
    NETWORK_FILE_SYSTEMS,
    mounted,
    prepare_home,
    resolve_home,
)
from tests.store.homes import fill_home, open_at, umask


@pytest.mark.parametrize(
    ("explicit", "environ", "expected"),
    [
        ("/a", {"UAL_HOME": "/b", "HOME": "/u"}, "/a"),
        (None, {"UAL_HOME": "/b", "XDG_STATE_HOME": "/x", "HOME": "/u"}, "/b"),
        (None, {"XDG_STATE_HOME": "/x", "HOME": "/u"}, "/x/palm-ual"),
        (None, {"XDG_STATE_HOME": "x", "HOME": "/u"}, "/u/.local/state/palm-ual"),
        (None, {"XDG_STATE_HOME": "", "HOME": "/u"}, "/u/.local/state/palm-ual"),
        (None, {"HOME": "/u"}, "/u/.local/state/palm-ual"),
        ("~/fleet", {"HOME": "/u"}, "/u/fleet"),
        ("~", {"HOME": "/u"}, "/u"),
        ("/a/../b//c", {}, "/b/c"),
        ("/with blank/ä", {}, "/with blank/ä"),
        ("profile", {}, os.path.join(os.getcwd(), "profile")),
    ],
)
def test_the_home_is_found(explicit: str | None, environ: dict[str, str], expected: str) -> None:
    assert resolve_home(explicit, environ) == expected


@pytest.mark.parametrize(
    ("explicit", "environ"),
    [
        ("", {"HOME": "/u"}),
        (" ", {"HOME": "/u"}),
        (None, {"UAL_HOME": "", "HOME": "/u"}),
        ("file:x?mode=memory", {}),
        ("FILE:///x", {}),
        (":memory:", {}),
        (None, {"UAL_HOME": "file:x?mode=memory&cache=shared"}),
        ("/a\nb", {}),
        ("/a\x00b", {}),
        ("/a\x9bb", {}),
        (None, {"XDG_STATE_HOME": "/a\x1b[2J"}),
        (None, {}),
        (None, {"HOME": ""}),
        (None, {"HOME": "relative"}),
        ("~/x", {}),
    ],
)
def test_a_home_that_cannot_be_meant_is_a_usage_error(explicit: str | None, environ: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        resolve_home(explicit, environ)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_everything_is_private_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    home = tmp_path / "above" / "home"
    with umask(mask):
        journal = open_at(home)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
        journal.close()
    assert modes == {"lock": 0o600, "state.db": 0o600, "state.db-wal": 0o600, "watermark": 0o600}
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home, home.parent)] == [0o700, 0o700]


def test_a_home_may_be_read_by_others_but_not_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    prepare_home(str(tmp_path))
    for mode in (0o775, 0o757, 0o777, 0o1777):
        tmp_path.chmod(mode)
        with pytest.raises(HomeError) as caught:
            prepare_home(str(tmp_path))
        assert caught.value.hint == f"chmod go-w {tmp_path}"


def test_the_command_that_puts_it_right_does(tmp_path: Path) -> None:
    home = tmp_path / "it's a home"
    fill_home(home)
    (home / "state.db").chmod(0o666)
    with pytest.raises(HomeError) as caught:
        open_at(home)
    assert caught.value.hint is not None
    assert subprocess.run(["sh", "-c", caught.value.hint], check=False).returncode == 0
    open_at(home).close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_home_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, -1)
    with pytest.raises(HomeError, match="uid 12345"):
        prepare_home(str(tmp_path))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_state_file_of_another_user_is_refused(tmp_path: Path) -> None:
    fill_home(tmp_path / "home")
    os.chown(tmp_path / "home" / "state.db", 12345, -1)
    with pytest.raises(HomeError, match="uid 12345"):
        open_at(tmp_path / "home")


def test_a_file_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("mine")
    with pytest.raises(HomeError, match="is a file"):
        prepare_home(str(tmp_path / "home"))
    with pytest.raises(HomeError):
        prepare_home(str(tmp_path / "home" / "below"))
    assert (tmp_path / "home").read_text() == "mine"


@pytest.mark.parametrize("home", ["link", "link/below"])
def test_a_link_in_a_directory_that_all_may_write_is_refused(tmp_path: Path, home: str) -> None:
    public = tmp_path / "public"
    public.mkdir()
    (tmp_path / "target").mkdir()
    (public / "link").symlink_to(tmp_path / "target")
    prepare_home(str(public / home))
    public.chmod(0o1777)
    with pytest.raises(HomeError, match="symbolic link"):
        prepare_home(str(public / home))


def test_a_link_that_leads_nowhere_is_an_error_and_not_a_new_directory(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(HomeError, match="No such file"):
        prepare_home(str(tmp_path / "link"))


@pytest.mark.parametrize("kind", sorted(NETWORK_FILE_SYSTEMS))
def test_a_network_file_system_is_refused_by_its_name(tmp_path: Path, kind: str) -> None:
    device = tmp_path.stat().st_dev
    with pytest.raises(HomeError, match=f"network file system \\({kind}\\)"):
        prepare_home(str(tmp_path), mounts=lambda: [(device + 1, "ext4"), (device, kind)])


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "tmpfs", "overlay", "fuse.encfs"])
def test_a_local_file_system_is_not_refused(tmp_path: Path, kind: str) -> None:
    device = tmp_path.stat().st_dev
    prepare_home(str(tmp_path), mounts=lambda: [(device + 1, "nfs"), (device, kind)])


@pytest.mark.skipif(not os.path.exists("/proc/self/mountinfo"), reason="this system has no /proc")
def test_the_systems_own_mounts_are_read() -> None:
    assert (os.stat("/proc").st_dev, "proc") in mounted()


def test_a_state_file_with_a_second_name_is_refused(tmp_path: Path) -> None:
    fill_home(tmp_path / "home")
    os.link(tmp_path / "home" / "state.db", tmp_path / "other")
    with pytest.raises(HomeError, match="2 names"):
        open_at(tmp_path / "home")


@pytest.mark.parametrize("name", ["state.db", "lock", "watermark"])
@pytest.mark.parametrize("what", ["link", "directory", "fifo"])
def test_only_regular_files_are_opened(tmp_path: Path, name: str, what: str) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (tmp_path / "elsewhere").write_bytes(b"")
    if what == "link":
        (home / name).symlink_to(tmp_path / "elsewhere")
    elif what == "directory":
        (home / name).mkdir()
    else:
        os.mkfifo(home / name, 0o600)
    with pytest.raises(HomeError):
        open_at(home)
    assert (tmp_path / "elsewhere").read_bytes() == b""
