"""A home has one owner at a time, and everybody else is told who it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from palm_ual.errors import HomeError, HomeLocked
from palm_ual.store.lock import HomeLock, lock_home
from tests.store.homes import Watch, fill_home, kill_after, open_at


def take(home: Path, watch: Watch | None = None, *, timeout_s: float = 0) -> HomeLock:
    watch = watch or Watch()
    return lock_home(
        str(home),
        timeout_s=timeout_s,
        command="ual deploy.ual",
        release="0.1.0",
        clock=watch.clock,
        sleep=watch.sleep,
    )


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    lock = take(tmp_path)
    with pytest.raises(HomeLocked, match=rf"process {os.getpid()} \(ual deploy\.ual\)"):
        take(tmp_path)
    lock.release()
    take(tmp_path).release()


@pytest.mark.parametrize("timeout_s", [0, 0.001, 5])
def test_waiting_ends_at_the_timeout(tmp_path: Path, timeout_s: float) -> None:
    take(tmp_path)
    watch = Watch()
    with pytest.raises(HomeLocked):
        take(tmp_path, watch, timeout_s=timeout_s)
    assert watch.now_s == pytest.approx(timeout_s)


def test_a_home_that_becomes_free_is_taken(tmp_path: Path) -> None:
    first = take(tmp_path)

    watch = Watch()

    def sleep(length_s: float) -> None:
        watch.sleep(length_s)
        if watch.now_s >= 2:
            first.release()

    lock_home(
        str(tmp_path), timeout_s=5, command="ual", release="0.1.0", clock=watch.clock, sleep=sleep
    ).release()
    assert 2 <= watch.now_s < 2.2


def test_releasing_twice_is_releasing_once(tmp_path: Path) -> None:
    first = take(tmp_path)
    first.release()
    second = take(tmp_path)
    first.release()
    with pytest.raises(HomeLocked):
        take(tmp_path)
    second.release()


@pytest.mark.parametrize(
    "left",
    [b"", b"garbage", b'{"pid":1}', b'{"pid":-5,"started":"","release":"","command":"x"}', b"\xff" * 9999],
)
def test_what_a_dead_holder_left_does_no_harm(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "lock").write_bytes(left)
    lock = take(tmp_path)
    (tmp_path / "lock").write_bytes(left)
    with pytest.raises(HomeLocked):
        take(tmp_path)
    lock.release()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="this system has no /proc")
def test_a_process_that_got_the_dead_holders_number_is_not_named(tmp_path: Path) -> None:
    lock = take(tmp_path)
    told = (tmp_path / "lock").read_bytes()
    (tmp_path / "lock").write_bytes(told.replace(b'"started":"', b'"started":"9'))
    with pytest.raises(HomeLocked, match="held by another process"):
        take(tmp_path)
    lock.release()


def test_a_killed_holder_frees_the_home(tmp_path: Path) -> None:
    kill_after(lambda: fill_home(tmp_path / "home"))
    kill_after(lambda: open_at(tmp_path / "home"))
    open_at(tmp_path / "home").close()


def test_a_child_of_the_holder_does_not_inherit_the_lock(tmp_path: Path) -> None:
    lock = take(tmp_path)
    command = [sys.executable, "-c", "print('up', flush=True); input()"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        lock.release()
        take(tmp_path).release()
        child.communicate("\n")
    assert child.returncode == 0


def test_a_lock_file_that_was_removed_lets_no_second_owner_in(tmp_path: Path) -> None:
    journal = open_at(tmp_path / "home")
    (tmp_path / "home" / "lock").unlink()
    with pytest.raises(HomeLocked, match="not ual"):
        open_at(tmp_path / "home")
    journal.close()


def test_a_lock_file_that_cannot_be_made_is_an_error_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(HomeError, match="lock"):
        take(tmp_path)


def test_of_ten_starters_at_once_exactly_one_owns_the_home(tmp_path: Path) -> None:
    start_read, start_write = os.pipe()
    end_read, end_write = os.pipe()
    told_read, told_write = os.pipe()
    children = []
    for _ in range(10):
        if (pid := os.fork()) == 0:
            os.close(start_write)
            os.close(end_write)
            os.read(start_read, 1)  # ends for all at once, when its other end is closed
            try:
                open_at(tmp_path / "home")
                os.write(told_write, b"owner ")
            except HomeLocked as error:
                os.write(told_write, b"locked " if "is held by" in error.message else b"odd ")
            finally:
                os.read(end_read, 1)
                os._exit(0)
        children.append(pid)
    os.close(start_write)
    told: list[bytes] = []
    while len(told) < 10:
        told += os.read(told_read, 4096).split()
    os.close(end_write)
    for pid in children:
        os.waitpid(pid, 0)
    for fd in (start_read, end_read, told_read, told_write):
        os.close(fd)
    assert sorted(told) == [b"locked"] * 9 + [b"owner"]
    open_at(tmp_path / "home").close()
