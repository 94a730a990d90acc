"""The history: what is kept, how it is read back, and what a file may do to it."""

import asyncio
import fcntl
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from palm_ual.console.shell.history import ShellHistory
from palm_ual.model.limits import HISTORY_BYTES_MAX, HISTORY_TEXT_CHARS_MAX

SECRET = 'DEPLOY buyer WITH {"api_key": "x"}'


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ual" / "history"


def opened(path: Path, keep: int = 100) -> ShellHistory:
    return ShellHistory(str(path), keep=keep)


def everything(history: ShellHistory) -> list[str]:
    """What `load` gives, latest first, as an editor asks for it."""

    async def load() -> list[str]:
        return [text async for text in history.load()]

    return asyncio.run(load())


def written(path: Path, *texts: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text("".join(json.dumps(text) + "\n" for text in texts), encoding="utf-8")
    path.chmod(0o600)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# What is kept


def test_the_next_prompt_knows_what_this_one_typed_latest_first(path: Path) -> None:
    history = opened(path)
    history.append_string("PALM STATUS")
    history.append_string("DEPLOY buyer\n  COUNT 5\n")
    assert history.get_strings() == ["PALM STATUS", "DEPLOY buyer\n  COUNT 5\n"]
    later = opened(path)
    assert later.get_strings() == []
    assert everything(later) == ["DEPLOY buyer\n  COUNT 5\n", "PALM STATUS"]
    assert later.get_strings() == ["PALM STATUS", "DEPLOY buyer\n  COUNT 5\n"]
    assert everything(later) == ["DEPLOY buyer\n  COUNT 5\n", "PALM STATUS"], "and again, for the next text"


@pytest.mark.parametrize(
    "text", ["a\0b", "\r\n\r", "“é漢😀”\u2028x\x85y", "\\n", '"', "\x1b[2J", "x\ty", "\ufeffx"]
)
def test_any_text_comes_back_as_it_was(path: Path, text: str) -> None:
    opened(path).append_string(f"-{text}")
    assert path.read_bytes().count(b"\n") == 1
    assert everything(opened(path)) == [f"-{text}"]


@given(some.lists(some.text(some.characters(codec="utf-8"), min_size=1)))
def test_any_texts_come_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("any") / "history"
    history = opened(path)
    for text in texts:
        history.append_string(text)
    assert everything(opened(path)) == history.get_strings()[::-1]


def test_half_a_surrogate_cannot_be_kept_and_spoils_nothing(path: Path) -> None:
    history = opened(path)
    history.append_string("a\udcffb")
    history.append_string("c")
    assert everything(opened(path)) == ["c", "a?b"]


@pytest.mark.parametrize("text", ["", "  \n", " DEPLOY buyer", "\tDEPLOY buyer", SECRET])
def test_what_is_blank_begins_with_a_blank_or_holds_a_secret_is_not_kept(path: Path, text: str) -> None:
    history = opened(path)
    history.append_string("PALM STATUS")
    history.append_string(text)
    assert history.get_strings() == ["PALM STATUS"]
    assert everything(opened(path)) == ["PALM STATUS"]


def test_that_a_secret_is_not_kept_is_said_once(path: Path) -> None:
    history = opened(path)
    history.append_string(SECRET)
    history.append_string(SECRET)
    assert history.take_notes() == ("what was typed holds a secret, so the history does not keep it",)
    assert history.take_notes() == ()
    assert not path.exists()


@pytest.mark.parametrize(("more", "kept"), [(-1, True), (0, True), (1, False)])
def test_a_text_has_a_bound(path: Path, more: int, kept: bool) -> None:
    history = opened(path)
    history.append_string("x" * (HISTORY_TEXT_CHARS_MAX + more))
    assert bool(history.get_strings()) is kept
    assert bool(everything(opened(path))) is kept


def test_the_widest_text_comes_back(path: Path) -> None:
    opened(path).append_string("\x01" * HISTORY_TEXT_CHARS_MAX)
    assert everything(opened(path)) == ["\x01" * HISTORY_TEXT_CHARS_MAX]


def test_what_repeats_the_last_is_kept_once(path: Path) -> None:
    history = opened(path)
    for text in ("a", "a", "b", "a"):
        history.append_string(text)
    assert history.get_strings() == ["a", "b", "a"]
    assert everything(opened(path)) == ["a", "b", "a"]
    written(path, "a", "a", "b", "b")
    assert everything(opened(path)) == ["b", "a"]


def test_a_prompt_without_a_file_knows_its_own_texts(tmp_path: Path, path: Path) -> None:
    written(path, "old")
    for history in (ShellHistory(None, keep=10), opened(path, keep=0)):
        history.append_string("a")
        assert everything(history) == ["a"]
        assert history.take_notes() == ()
        history.close()
    assert path.read_text() == '"old"\n'


# Loading


@pytest.mark.parametrize(("count", "known"), [(4, 4), (5, 5), (6, 5)])
def test_as_many_are_loaded_as_are_to_be_kept(path: Path, count: int, known: int) -> None:
    written(path, *(str(number) for number in range(count)))
    history = opened(path, keep=5)
    assert everything(history) == [str(count - 1 - number) for number in range(known)]
    history.append_string("new")
    assert len(history.get_strings()) == min(5, known + 1)


def test_what_is_typed_before_all_is_loaded_stands_once_and_last(path: Path) -> None:
    written(path, "old")
    history = opened(path)
    history.append_string("new")
    assert everything(history) == ["new", "old"]
    assert history.get_strings() == ["old", "new"]


def test_a_long_file_is_loaded_piece_by_piece_with_room_for_keys_between(path: Path) -> None:
    texts = [f"SHOW AGENTS OF fleet-{number}" for number in range(10_000)]
    written(path, *texts)
    history = opened(path, keep=10_000)
    turns: list[int] = []

    async def other_work() -> None:
        while True:
            turns.append(len(history.get_strings()))
            await asyncio.sleep(0)

    async def load() -> list[str]:
        async with asyncio.TaskGroup() as group:
            working = group.create_task(other_work())
            found = [text async for text in history.load()]
            working.cancel()
        return found

    assert asyncio.run(load()) == texts[::-1]
    steps = [after - before for before, after in pairwise(turns)]
    assert max(steps) <= 500
    assert len(turns) >= 20


def test_loading_that_was_given_up_goes_on_with_the_next_text(path: Path) -> None:
    texts = [str(number) for number in range(2_000)]
    written(path, *texts)
    history = opened(path, keep=5_000)

    async def begin() -> None:
        async for _ in history.load():
            await asyncio.sleep(0)
            break

    asyncio.run(begin())
    history.append_string("typed")
    assert everything(history) == ["typed", *texts[::-1]]


# The file


@pytest.mark.parametrize(
    "line",
    [
        b"PALM STATUS",
        b"+PALM STATUS",
        b"# 2026",
        b"",
        b"\xff\xfe",
        b'"torn',
        b"5",
        b"null",
        b'""',
        b'["a"]',
        b"\0" * 9,
    ],
)
def test_a_line_that_is_not_ours_is_passed_over(path: Path, line: bytes) -> None:
    written(path, "before")
    with path.open("ab") as file:
        file.write(line + b'\n"after"\n')
    history = opened(path)
    assert everything(history) == ["after", "before"]
    assert history.take_notes() == ()


@pytest.mark.parametrize("torn", [b'"torn', b"\0\0\0", b'"whole"'])
def test_a_torn_last_line_spoils_nothing_that_comes_after(path: Path, torn: bytes) -> None:
    written(path, "before")
    with path.open("ab") as file:
        file.write(torn)
    opened(path).append_string("after")
    assert [text for text in everything(opened(path)) if text != "whole"] == ["after", "before"]


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 500_000, 700_000])
def test_a_line_without_end_is_passed_over(path: Path, size: int) -> None:
    written(path, "before")
    with path.open("ab") as file:
        file.write(b"x" * size + b'\n"after"\n')
    assert everything(opened(path)) == ["after", "before"]


@pytest.mark.parametrize("length", [47, 55, 63, 71])
def test_the_beginning_of_a_line_without_end_is_no_line(
    path: Path, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read in blocks of eight bytes from the end, one begins just behind what looks like a text."""
    monkeypatch.setattr("palm_ual.console.own_files.history_file._BLOCK_BYTES", 8)
    monkeypatch.setattr("palm_ual.console.own_files.history_file._LINE_BYTES_MAX", 16)
    written(path)
    path.write_bytes(b'"before"\n"bad"' + b"x" * length + b'\n"after"\n')
    assert everything(opened(path)) == ["after", "before"]


@given(some.binary(), some.sampled_from([b"", b'"a"\n']))
def test_any_file_can_be_read_and_written(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, end: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "history"
    path.write_bytes(data + end)
    history = opened(path)
    history.append_string("typed")
    everything(history)
    history.close()
    assert everything(opened(path))[0] == "typed"


@pytest.mark.parametrize("block", [1, 2, 7, 64])
def test_texts_over_the_edges_of_what_is_read_at_once_are_whole(
    path: Path, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("palm_ual.console.own_files.history_file._BLOCK_BYTES", block)
    texts = ["a", "bcdefghijkl" * 9, "漢字", "m\nn"]
    written(path, *texts)
    assert everything(opened(path)) == texts[::-1]


def test_a_very_long_file_is_read_from_its_end_only(path: Path) -> None:
    written(path)
    with path.open("wb") as file:
        file.write(b'"first"\n')
        file.truncate(HISTORY_BYTES_MAX)
        file.seek(0, os.SEEK_END)
        file.write(b'\n"last"\n')
    assert everything(opened(path)) == ["last"]


# Who may read it


def test_the_file_and_its_directories_are_private_whatever_the_umask(tmp_path: Path, path: Path) -> None:
    history = opened(path)
    history.append_string("a")
    history.close()
    assert [mode(there) for there in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]
    assert history.take_notes() == ()


@pytest.mark.parametrize("modes", [0o644, 0o640, 0o604, 0o620, 0o602])
@pytest.mark.parametrize("first", ["load", "append"])
def test_a_file_that_others_can_open_is_made_private_and_that_is_said_once(
    path: Path, first: str, modes: int
) -> None:
    written(path, "old")
    path.chmod(modes)
    history = opened(path)
    if first == "load":
        everything(history)
    history.append_string("a")
    history.append_string("b")
    assert mode(path) == 0o600
    assert history.take_notes() == (f"others could open {path} (mode {modes:04o}); now only you can",)
    assert everything(opened(path)) == ["b", "a", "old"]


def test_a_directory_that_others_can_write_is_made_private_and_that_is_said(path: Path) -> None:
    written(path, "old")
    path.parent.chmod(0o777)
    history = opened(path)
    history.append_string("a")
    assert mode(path.parent) == 0o700
    assert history.take_notes() == (f"others could write in {path.parent} (mode 0777); now only you can",)


# Where it cannot be


@pytest.mark.parametrize("kind", ["directory", "pipe", "device", "loop", "below a file"])
def test_where_no_file_can_be_it_is_said_once_and_the_memory_serves(path: Path, kind: str) -> None:
    path.parent.mkdir(parents=True, mode=0o700)
    match kind:
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path, 0o600)
        case "device":
            path.symlink_to("/dev/full")
        case "loop":
            path.symlink_to(path)
        case _:
            path.parent.rmdir()
            path.parent.touch()
    history = opened(path)
    assert everything(history) == []
    history.append_string("a")
    history.append_string("b")
    assert everything(history) == ["b", "a"]
    history.close()
    (note,) = history.take_notes()
    assert note.endswith("the history is kept in memory only")


def test_a_directory_that_denies_the_file_is_said_once(
    tmp_path: Path, path: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o000)
    history = opened(path)
    with as_nobody():
        history.append_string("a")
        history.append_string("b")
        history.close()
    assert history.get_strings() == ["a", "b"]
    (note,) = history.take_notes()
    assert note == f"cannot read {path}: Permission denied; the history is kept in memory only"


FULL = """
import resource, sys
from palm_ual.console.shell.history import ShellHistory
history = ShellHistory(sys.argv[1], keep=10)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
history.append_string("PALM STATUS")
history.append_string("SHOW AGENTS")
print(history.get_strings())
history.close()
print(*history.take_notes())
"""


def test_a_full_disk_is_said_once_and_spoils_nothing(path: Path) -> None:
    written(path, "old")
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True)
    known, note = done.stdout.splitlines()
    assert known == "['PALM STATUS', 'SHOW AGENTS']"
    assert note == f"cannot write {path}: the disk is full; the history is kept in memory only"
    assert path.read_text() == '"old"\n"PAL'
    opened(path).append_string("later")
    assert everything(opened(path)) == ["later", "old"]


def test_a_link_of_the_users_own_is_followed_and_stays(tmp_path: Path, path: Path) -> None:
    target = tmp_path / "kept" / "mine"
    written(target, *map(str, range(20)))
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    history = opened(path, keep=5)
    history.append_string("a")
    history.close()
    assert path.is_symlink()
    assert everything(opened(target)) == ["a", "19", "18", "17", "16"]


# Two prompts, and the trimming


def test_two_prompts_share_a_file(path: Path) -> None:
    one, other = opened(path), opened(path)
    one.append_string("one")
    other.append_string("other")
    one.append_string("one again")
    assert everything(one) == ["one again", "one"], "who is there already does not hear of the other"
    assert everything(opened(path)) == ["one again", "other", "one"]


WRITER = """
import sys
from palm_ual.console.shell.history import ShellHistory
for number in range(300):
    history = ShellHistory(sys.argv[1], keep=1_000)
    history.append_string(f"{sys.argv[2]} {number} " + "x" * 1_000)
    history.close()
"""


def test_prompts_that_write_and_trim_at_the_same_time_lose_nothing(path: Path) -> None:
    written(path, *(f"old {number}" for number in range(1_000)))
    command = [sys.executable, "-c", WRITER, str(path)]
    running = [subprocess.Popen([*command, name]) for name in ("one", "two", "three")]
    assert [process.wait() for process in running] == [0, 0, 0]
    texts = everything(opened(path, keep=2_000))
    assert len(texts) <= 1_100 + 10, "it was trimmed"
    found = {text[:-1_000].strip() for text in texts}
    assert [
        f"{name} {number}"
        for name in ("one", "two", "three")
        for number in range(300)
        if f"{name} {number}" not in found
    ] == []


@pytest.mark.parametrize(("count", "left"), [(109, 109), (110, 110), (111, 100)])
def test_a_file_is_trimmed_when_it_has_a_tenth_too_many(path: Path, count: int, left: int) -> None:
    texts = [str(number) for number in range(count)]
    written(path, *texts)
    opened(path, keep=100).close()
    assert everything(opened(path, keep=1_000)) == texts[: -left - 1 : -1]
    assert mode(path) == 0o600
    assert os.listdir(path.parent) == ["history"]


def test_a_file_with_too_many_bytes_is_trimmed_to_half_of_them(path: Path) -> None:
    written(path, *(f"{number:04}" + "x" * 60_000 for number in range(HISTORY_BYTES_MAX // 60_000 + 1)))
    assert path.stat().st_size > HISTORY_BYTES_MAX
    last = everything(opened(path, keep=1))
    opened(path, keep=1_000).close()
    assert HISTORY_BYTES_MAX // 2 - 70_000 < path.stat().st_size <= HISTORY_BYTES_MAX // 2
    assert everything(opened(path, keep=1)) == last


def test_a_prompt_that_was_there_before_the_trimming_writes_on_behind_it(path: Path) -> None:
    written(path, *(str(number) for number in range(30)))
    early = opened(path, keep=5)
    early.append_string("early")
    opened(path, keep=5).close()
    early.append_string("late")
    assert everything(opened(path, keep=1_000)) == ["late", "early", "29", "28", "27", "26"]


def test_what_a_killed_trimming_left_is_cleared_away(path: Path) -> None:
    written(path, *(str(number) for number in range(30)))
    (path.parent / "history.new").write_text("half")
    opened(path, keep=5).close()
    assert os.listdir(path.parent) == ["history"]
    assert len(everything(opened(path))) == 5


def test_a_file_that_another_is_about_is_not_trimmed_and_still_written(path: Path) -> None:
    written(path, *(str(number) for number in range(30)))
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        history = opened(path, keep=5)
        history.append_string("a")
        history.close()
    assert len(everything(opened(path))) == 31
    assert history.take_notes() == ()


def test_a_file_that_is_not_ours_is_never_replaced(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("PALM STATUS\n" * 50)
    opened(path, keep=5).close()
    assert path.read_text() == "PALM STATUS\n" * 50


def test_closing_again_does_nothing(path: Path) -> None:
    history = opened(path)
    everything(history)
    history.close()
    history.close()
    history.append_string("late")
    assert not path.exists()
