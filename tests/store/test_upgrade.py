"""A home that an older release made is brought up to date as it is opened, whole or not at all.

`version_1` is what palm-ual 0.1.0 left of `fill(journal, 20)`.
"""

import gzip
import shutil
import sqlite3
from pathlib import Path

import pytest

from palm_ual import __version__
from palm_ual.errors import HomeCorrupt, HomeError, HomeTooNew
from palm_ual.store import schema
from palm_ual.store.memory import MemoryJournal
from tests.store.homes import (
    contents,
    contents_at,
    dies_at_statement,
    dies_beyond,
    edit,
    files_no_larger_than,
    fill,
    kill_after,
    open_at,
)

MADE_BY_1 = Path(__file__).with_name("version_1")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return put_version_1(home)


def put_version_1(home: Path) -> Path:
    for file in home.iterdir():
        file.unlink()
    (home / "state.db").write_bytes(gzip.decompress((MADE_BY_1 / "state.db.gz").read_bytes()))
    shutil.copy(MADE_BY_1 / "watermark", home)
    for file in home.iterdir():
        file.chmod(0o600)
    return home


def version_of(home: Path) -> int:
    connection = sqlite3.connect(home / "state.db")
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return version


def expected() -> tuple[object, ...]:
    journal = MemoryJournal()
    fill(journal, 20)
    return contents(journal)


def test_version_1_opens_with_all_it_held_and_is_version_2(home: Path) -> None:
    assert version_of(home) == 1
    journal = open_at(home)
    assert contents(journal) == expected()
    assert [line.text for line in journal.log_tail("buyer_003", 9)] == ["bought 3", "bought 10", "bought 17"]
    assert journal.verify().findings == ()
    fill(journal, 1, first=21)
    journal.close()
    assert version_of(home) == schema.SCHEMA_VERSION == 2
    assert contents_at(home)[0] == 63


def test_an_older_release_is_told_who_made_the_file_what_it_is(home: Path) -> None:
    edit(home, "update home set release = '0.0.9'")
    contents_at(home)
    edit(home, "pragma user_version = 3")
    with pytest.raises(HomeTooNew, match=f"version 3, made by palm-ual {__version__}; .* up to 2"):
        open_at(home)


def test_an_upgrade_cut_short_leaves_one_version_or_the_other(home: Path) -> None:
    steps = 1
    versions = []
    while dies_at_statement(steps, lambda: open_at(home).close()):
        versions.append(version_of(home))
        assert contents_at(home) == expected()
        put_version_1(home)
        steps += 1
    assert versions == sorted(versions)
    assert set(versions) == {1, 2}


def test_an_upgrade_killed_at_any_write_loses_nothing(home: Path) -> None:
    size = 0
    while dies_beyond(size, lambda: open_at(home).close()):
        assert contents_at(home) == expected()
        put_version_1(home)
        size += 4096
    assert size > 4096


def test_without_room_the_older_file_is_left_as_it_is(home: Path) -> None:
    before = (home / "state.db").read_bytes()
    with files_no_larger_than(0), pytest.raises(HomeError, match=r"cannot use .*state\.db"):
        open_at(home)
    assert (home / "state.db").read_bytes() == before
    assert contents_at(home) == expected()


FOREIGN = {
    "an index of the next version": "create index event_flow on event (seq) where kind = 'MarketTraded'",
    "a trigger": "create trigger t before delete on line begin delete from event; end",
    "a missing index": "drop index event_of",
    "an edit": "update event set at_ms = 1 where seq = 60",
    "a missing event": "delete from event where seq = 60",
}


@pytest.mark.parametrize("sql", FOREIGN.values(), ids=FOREIGN)
def test_a_file_of_version_1_that_cannot_be_trusted_is_left_as_it_is(home: Path, sql: str) -> None:
    edit(home, sql)
    before = (home / "state.db").read_bytes()
    with pytest.raises(HomeCorrupt):
        open_at(home)
    assert (home / "state.db").read_bytes() == before


def test_version_1_with_a_log_after_a_crash_is_upgraded_with_what_the_log_holds(home: Path) -> None:
    kill_after(
        lambda: sqlite3.connect(home / "state.db", isolation_level=None).execute(
            "insert into line values ('buyer_999', 1, 5, 'late')"
        )
    )
    assert (home / "state.db-wal").stat().st_size > 0
    journal = open_at(home)
    assert [line.text for line in journal.log_tail("buyer_999", 9)] == ["late"]
    assert contents(journal) == expected()
    journal.close()
    assert version_of(home) == 2
