"""The corpus of state files as they should not be: every row is built, and gets its class of answer."""

import base64
import json
import resource
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from palm_ual.errors import CommitFailed, HomeCorrupt, HomeError, HomeLocked, HomeTooNew
from palm_ual.store.home import prepare_home
from tests.store.homes import (
    contents,
    contents_at,
    dies_at_statement,
    edit,
    fill,
    fill_home,
    kill_while_open,
    open_at,
    statement,
    umask,
)

CORPUS = Path(__file__).parents[1] / "corpus" / "state_files.json"
ROWS = {row["id"]: row for row in json.loads(CORPUS.read_text(encoding="utf-8"))}


def answer(act: Callable[[], object]) -> str:
    """The corpus's word for how `act` ended."""
    try:
        act()
    except HomeCorrupt:
        return "state_corrupt"
    except HomeTooNew:
        return "state_newer"
    except HomeLocked:
        return "state_locked"
    except HomeError:
        return "io_error"
    return "ok"


def opened(home: Path) -> str:
    """How it ends to open the home and read all of it. A file that is refused must stay as it is."""
    file = home / "state.db"
    before = file.read_bytes() if file.is_file() else b""
    found = answer(lambda: contents_at(home))
    assert found == "ok" or not before or file.read_bytes() == before
    return found


def edited(sql: str) -> Callable[[Path], str]:
    def build(home: Path) -> str:
        fill_home(home)
        edit(home, sql)
        return opened(home)

    return build


def no_file(home: Path) -> str:
    with umask(0):
        found = opened(home)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home, home / "state.db")] == [0o700, 0o600]
    return found


def text_file(home: Path) -> str:
    home.mkdir(mode=0o700)
    (home / "state.db").write_bytes(base64.b64decode(ROWS["state-003"]["build"][0]["b64"]))
    return opened(home)


def creation_cut_short(home: Path) -> str:
    """What can be interrupted before there is anything to lose is the file's creation. Killed before each step."""
    steps = 1
    while dies_at_statement(steps, lambda: open_at(home).close()):
        assert opened(home) == "ok", steps
        fill_home(home, 2)
        assert contents_at(home)[0] == 6
        shutil.rmtree(home)
        steps += 1
    assert steps > 20
    return opened(home)


def magic_changed(home: Path) -> str:
    fill_home(home)
    with (home / "state.db").open("r+b") as file:
        file.write(base64.b64decode(ROWS["state-009"]["build"][1]["b64"]))
    return opened(home)


def page_overwritten(home: Path) -> str:
    """Every page in turn; the answer is the same for all of them."""
    fill_home(home)
    whole = (home / "state.db").read_bytes()
    found = set()
    for page in range(0, len(whole), 4096):
        noise = bytes((page + 31 * index) % 251 for index in range(4096))
        (home / "state.db").write_bytes(whole[:page] + noise + whole[page + 4096 :])
        found.add(opened(home))
    assert len(found) == 1
    return found.pop()


def text_for_a_number(home: Path) -> str:
    """STRICT tables refuse it; so the editor makes the table a lax one first."""
    return edited(
        "pragma writable_schema=on; update sqlite_schema set sql=replace(sql, ') STRICT', ')') "
        "where name='event'; pragma writable_schema=reset; update event set at_ms='many'"
    )(home)


def log_deleted_after_kill(home: Path) -> str:
    kill_while_open(home)
    (home / "state.db-wal").unlink()
    return opened(home)


def foreign_log(home: Path) -> str:
    fill_home(home)
    whole = contents_at(home)
    kill_while_open(home.with_name("other"), statements=60, fleet=1)
    shutil.copy(home.with_name("other") / "state.db-wal", home)
    found = opened(home)
    (home / "state.db-wal").unlink()
    assert contents_at(home) == whole, "the foreign log must not have got into the file"
    return found


def stale_lock(home: Path) -> str:
    fill_home(home)
    (home / "lock").write_text('{"pid":4194304,"started":"1","release":"0.0.1","command":"ual"}')
    return opened(home)


def read_only(home: Path) -> str:
    fill_home(home)
    (home / "state.db").chmod(0o400)
    return opened(home)


def directory(home: Path) -> str:
    (home / "state.db").mkdir(parents=True)
    home.chmod(0o700)
    return opened(home)


def link_in_sticky_directory(home: Path) -> str:
    fill_home(home.with_name("theirs"))
    public = home.with_name("public")
    public.mkdir()
    public.chmod(0o1777)
    (public / "home").symlink_to(home.with_name("theirs"))
    return opened(public / "home")


def writable_by_all(home: Path) -> str:
    fill_home(home)
    (home / "state.db").chmod(0o666)
    return opened(home)


def no_room(home: Path) -> str:
    """The disk is full after so many bytes more, for every number of them: all or nothing, and on it goes."""
    found = set()
    journal = open_at(home)
    fill(journal, 3)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    number = 4
    for room in range(0, 12_000, 500):
        before = journal.head()
        journal.append(statement(number))
        size = (home / "state.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, unlimited[1]))
        try:
            journal.commit()
            number += 1
        except CommitFailed:
            found.add("io_error")
            assert journal.head() == before
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        assert len(list(journal.events())) == journal.head() == 3 * (number - 1)
    journal.close()
    assert contents_at(home)[0] == 3 * (number - 1)
    assert len(found) == 1
    return found.pop()


def deleted_while_open(home: Path) -> str:
    journal = open_at(home)
    fill(journal, 3)
    (home / "state.db").unlink()
    journal.append(statement(4))
    found = answer(journal.commit)
    journal.close()
    return found


def copied_while_open(home: Path) -> str:
    """A copy of the whole home taken between two commits holds what was acknowledged until then."""
    journal = open_at(home.with_name("running"))
    fill(journal, 20)
    acknowledged = contents(journal)
    shutil.copytree(home.with_name("running"), home)
    fill(journal, 20, first=21)
    journal.close()
    assert contents_at(home) == acknowledged
    return opened(home)


def on_nfs(home: Path) -> str:
    home.mkdir(mode=0o700)
    mounts = [(home.stat().st_dev, "nfs")]
    assert answer(lambda: prepare_home(str(home), mounts=lambda: mounts)) == "io_error"
    return "validation_error"


def many_events(home: Path, statements: int = 5000) -> str:
    journal = open_at(home)
    for first in range(1, statements + 1, 1000):
        for number in range(first, min(first + 1000, statements + 1)):
            journal.append(statement(number))
        journal.commit()
    journal.write_snapshot({"summary": b"{}"}, seq=journal.head())
    journal.close()
    journal = open_at(home)
    assert journal.snapshot_seq() == journal.head() == 3 * statements
    assert list(journal.events(after=journal.snapshot_seq())) == []
    assert sum(1 for _ in journal.events()) == 3 * statements
    journal.close()
    return "ok"


BUILDERS: dict[str, Callable[[Path], str]] = {
    "state-001": no_file,
    "state-003": text_file,
    "state-005": edited("pragma user_version=9999"),
    "state-007": creation_cut_short,
    "state-009": magic_changed,
    "state-011": page_overwritten,
    "state-013": edited(
        "pragma ignore_check_constraints=1; update snapshot set body=x'2d31' where part='summary'"
    ),
    "state-015": text_for_a_number,
    "state-017": edited("create trigger t after insert on event begin delete from snapshot; end"),
    "state-019": log_deleted_after_kill,
    "state-021": foreign_log,
    "state-023": stale_lock,
    "state-025": read_only,
    "state-027": directory,
    "state-029": link_in_sticky_directory,
    "state-031": writable_by_all,
    "state-033": no_room,
    "state-035": deleted_while_open,
    "state-037": copied_while_open,
    "state-039": on_nfs,
    "state-041": many_events,
}


def test_every_row_has_its_builder() -> None:
    assert BUILDERS.keys() == ROWS.keys()


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_state_file_gets_its_class_of_answer(row: dict[str, str], tmp_path: Path) -> None:
    assert BUILDERS[row["id"]](tmp_path / "home") == row["expect"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_million_events_are_read_whole(tmp_path: Path) -> None:
    assert many_events(tmp_path / "home", statements=333_334) == "ok"
