"""What is damaged, edited, foreign or missing is found, named and left as it is; nothing else is."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from palm_ual.errors import HomeCorrupt, HomeError, HomeTooNew
from palm_ual.model.events import Event, FlowSums, MarketCompacted, Recorded
from palm_ual.store import schema
from palm_ual.store.rows import GENESIS, compacted_row, next_record, record_of, row_of
from tests.store.homes import (
    contents,
    contents_at,
    edit,
    fill,
    fill_home,
    fill_with_flow,
    kill_while_open,
    open_at,
    statement,
)

EDITS = {
    "a number of an event": "update event set at_ms = 1 where seq = 50",
    "the body of an event": "update event set body = cast(replace(body, '100', '900') as blob) where seq = 50",
    "the kind of an event": "update event set kind = 'SizeSet' where kind = 'AgentsPlaced'",
    "the deployment of an event": "update event set deployment = 4 where seq = 50",
    "the digest of an event": "update event set digest = zeroblob(16) where seq = 50",
    "the digest of the last event": "update event set digest = zeroblob(16) where seq = 120",
    "two events exchanged": (
        "update event set seq = -50 where seq = 50; update event set seq = 50 where seq = 51; "
        "update event set seq = 51 where seq = -50"
    ),
    "the first event": "delete from event where seq = 1",
    "an event in between": "delete from event where seq = 50",
    "the last event": "delete from event where seq = 120",
    "all events": "delete from event",
    "a later event": "insert into event select 121, 0, 0, 0, 0, kind, body, digest from event where seq = 1",
    "a part of the snapshot": "delete from snapshot where part = 'agents'",
    "the snapshot's contents": "delete from snapshot where part = ''",
    "the snapshot's moment": "update snapshot set seq = 3",
    "a moment that never was": "update snapshot set seq = 999",
    "a part under another name": "update snapshot set part = 'x' where part = 'agents'",
    "the application's mark": "pragma application_id = 7",
    "version zero": "pragma user_version = 0",
    "a negative version": "pragma user_version = -1",
    "a view": "create view v as select * from event",
    "a trigger": "create trigger t before delete on line begin delete from event; end",
    "a table": "create table t (a)",
    "an index": "create index i on event (kind)",
    "a column": "alter table event add column note text",
    "a missing index": "drop index event_of",
    "a missing partial index": "drop index event_control",
    "the version before": "pragma user_version = 1",
    "a missing table": "drop table line",
    "a renamed table": "alter table snapshot rename to other",
}


@pytest.mark.parametrize("sql", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("checked_bytes", [schema.CHECKED_WHOLE_BYTES_MAX, 0], ids=["small", "large"])
def test_an_edit_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str, checked_bytes: int
) -> None:
    """Also in a file that is too large to be checked whole."""
    monkeypatch.setattr(schema, "CHECKED_WHOLE_BYTES_MAX", checked_bytes)
    home = tmp_path / "home"
    fill_home(home)
    edit(home, "pragma ignore_check_constraints = on;" + sql)
    before = (home / "state.db").read_bytes()
    with pytest.raises(HomeCorrupt, match=r"state\.db"):
        contents_at(home)
    assert (home / "state.db").read_bytes() == before


FLOW_EDITS = {
    "a sum": "update event set body = cast(replace(body, '\"orders\":', '\"orders\":1') as blob) where seq = 30",
    "where it begins": (
        "update event set body = cast(replace(body, '\"first_seq\":11', '\"first_seq\":12') as blob) where seq = 30"
    ),
    "the time": "update event set at_ms = at_ms + 1 where seq = 30",
    "the seal": "update event set body = cast(substr(body, 1, length(body) - 1) || 'x' as blob) where seq = 30",
    "no seal": "update event set body = substr(body, 1, length(body) - 32) where seq = 30",
    "another one's seal": (
        "update event set body = cast(substr(body, 1, length(body) - 32) || substr((select body from event "
        "where seq = 45), -32) as blob) where seq = 30"
    ),
    "nothing but a seal": "update event set body = substr(body, -32) where seq = 30",
    "the digest": "update event set digest = zeroblob(16) where seq = 30",
    "the digest before": "update event set digest = zeroblob(16) where seq = 10",
    "the kind": "update event set kind = 'MarketTraded' where seq = 30",
    "the kind of what was not compacted": "update event set kind = 'MarketCompacted' where seq = 50",
    "it is gone": "delete from event where seq = 30",
    "what came before it is gone": "delete from event where seq = 10",
    "all before it is gone": "delete from event where seq < 30",
    "what comes after it is gone": "delete from event where seq = 31",
    "it is moved": "update event set seq = 29 where seq = 30",
    "one of its batches again": "insert into event select 20, at_ms, wall_ms, 0, 0, kind, body, digest from event where seq = 50",
    "two exchanged": (
        "update event set seq = -45 where seq = 45; update event set seq = 45 where seq = 30; "
        "update event set seq = 30 where seq = -45"
    ),
}


@pytest.mark.parametrize("sql", FLOW_EDITS.values(), ids=FLOW_EDITS)
@pytest.mark.parametrize("checked_bytes", [schema.CHECKED_WHOLE_BYTES_MAX, 0], ids=["small", "large"])
def test_an_edit_of_what_was_compacted_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str, checked_bytes: int
) -> None:
    monkeypatch.setattr(schema, "CHECKED_WHOLE_BYTES_MAX", checked_bytes)
    home = tmp_path / "home"
    fill_with_flow(home)
    edit(home, "pragma ignore_check_constraints = on;" + sql)
    with pytest.raises(HomeCorrupt, match="event"):
        contents_at(home)


END_AT_30 = "delete from event where seq > 30; delete from snapshot"


@pytest.mark.parametrize(
    "sql", [FLOW_EDITS[name] for name in ("a sum", "the seal", "the digest", "what came before it is gone")]
)
def test_what_was_compacted_is_checked_at_opening_where_it_is_the_last(tmp_path: Path, sql: str) -> None:
    home = tmp_path / "home"
    fill_with_flow(home)
    edit(home, END_AT_30)
    edit(home, sql)
    (home / "watermark").unlink()
    with pytest.raises(HomeCorrupt):
        open_at(home)


def test_a_home_may_end_with_what_was_compacted(tmp_path: Path) -> None:
    home = tmp_path / "home"
    fill_with_flow(home)
    edit(home, END_AT_30)
    (home / "watermark").unlink()
    assert contents_at(home)[0] == 30


def test_a_file_of_another_program_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    edit(tmp_path / "home", "create table bookmarks (url); insert into bookmarks values ('x')")
    (tmp_path / "home" / "state.db").chmod(0o600)
    before = (tmp_path / "home" / "state.db").read_bytes()
    with pytest.raises(HomeCorrupt, match="not the state file of a fleet"):
        open_at(tmp_path / "home")
    assert (tmp_path / "home" / "state.db").read_bytes() == before


def test_a_newer_file_names_its_version_and_who_made_it(tmp_path: Path) -> None:
    fill_home(tmp_path / "home")
    edit(tmp_path / "home", "pragma user_version = 7; update home set release = '9.8'; create table more (a)")
    with pytest.raises(HomeTooNew, match=r"version 7, made by palm-ual 9\.8"):
        open_at(tmp_path / "home")
    edit(tmp_path / "home", "drop table home")
    with pytest.raises(HomeTooNew, match="unknown release"):
        open_at(tmp_path / "home")


def test_an_event_of_a_newer_release_is_told_by_its_number() -> None:
    class AgentsPromoted(Event, frozen=True):
        uid: int

    row = row_of(Recorded(1, 0, 0, 0, AgentsPromoted(1)), GENESIS)  # type: ignore[arg-type]
    with pytest.raises(HomeTooNew, match="event 1 is a AgentsPromoted"):
        record_of(row, GENESIS, "state.db")


@pytest.mark.parametrize("first_seq", [1, 4, 6])
def test_a_row_that_stands_for_others_than_are_missing_is_damage(first_seq: int) -> None:
    stands = MarketCompacted(first_seq, 0, 1, 1, FlowSums())
    row = compacted_row(Recorded(5, 0, 0, 0, stands), GENESIS, bytes(16))
    with pytest.raises(HomeCorrupt, match="event 5 does not stand for those after 2"):
        next_record(row, 2, GENESIS, "state.db")


@pytest.mark.parametrize("column", range(8))
@pytest.mark.parametrize("value", [None, "text", b"bytes", 1.0, -1, 2**62, "\udcff"])
def test_no_value_in_no_column_is_more_than_a_damaged_row(column: int, value: object) -> None:
    row: list[object] = list(row_of(statement(1)[0], GENESIS))
    row[column] = value
    with pytest.raises(HomeCorrupt):
        record_of(tuple(row), GENESIS, "state.db")  # type: ignore[arg-type]


def flip(whole: bytes, seed: int) -> bytes:
    """A few bytes changed close together, or a page of noise; the file's header more often than its share."""
    chance = random.Random(seed)
    damaged = bytearray(whole)
    at = chance.randrange(len(damaged) if seed % 4 else 100)
    for _ in range(chance.choice((1, 1, 4, 64))):
        damaged[(at + chance.randrange(64)) % len(damaged)] = chance.randrange(256)
    if seed % 50 == 0:
        at -= at % 4096
        damaged[at : at + 4096] = chance.randbytes(4096)
    return bytes(damaged)


def outcomes_of_flips(home: Path, name: str, seeds: range) -> dict[str, int]:
    """Opens the home with each damage in file `name`, from a copy; counts how it went."""
    damaged_home = home.with_name("damaged")
    expected = contents_at_copy(home, damaged_home)
    whole = (home / name).read_bytes()
    counts = {"same": 0, "refused": 0}
    for seed in seeds:
        shutil.rmtree(damaged_home)
        shutil.copytree(home, damaged_home)
        damaged = flip(whole, seed)
        (damaged_home / name).write_bytes(damaged)
        try:
            assert contents_at(damaged_home) == expected, seed
            counts["same"] += 1
        except (HomeCorrupt, HomeTooNew):
            assert (damaged_home / name).read_bytes() == damaged, seed
            counts["refused"] += 1
    return counts


def contents_at_copy(home: Path, copy: Path) -> tuple[object, ...]:
    shutil.copytree(home, copy)
    return contents_at(copy)


def test_flipped_bytes_are_found_or_do_not_matter(tmp_path: Path) -> None:
    fill_home(tmp_path / "home")
    counts = outcomes_of_flips(tmp_path / "home", "state.db", range(300))
    assert min(counts.values()) > 10


def test_flipped_bytes_of_what_was_compacted_are_found_or_do_not_matter(tmp_path: Path) -> None:
    fill_with_flow(tmp_path / "home")
    counts = outcomes_of_flips(tmp_path / "home", "state.db", range(300))
    assert min(counts.values()) > 10


def test_flipped_bytes_of_the_log_after_a_crash_are_found_or_do_not_matter(tmp_path: Path) -> None:
    """A damaged log ends where the damage begins, without a word from SQLite: the watermark knows better."""
    kill_while_open(tmp_path / "home")
    counts = outcomes_of_flips(tmp_path / "home", "state.db-wal", range(100))
    assert counts["refused"] > 10


def test_flipped_bytes_of_the_watermark_never_refuse_a_sound_home(tmp_path: Path) -> None:
    fill_home(tmp_path / "home")
    counts = outcomes_of_flips(tmp_path / "home", "watermark", range(100))
    assert counts == {"same": 100, "refused": 0}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_many_flipped_bytes_are_found_or_do_not_matter(tmp_path: Path) -> None:
    fill_home(tmp_path / "home")
    outcomes_of_flips(tmp_path / "home", "state.db", range(300, 5_300))


@pytest.mark.parametrize("size", [0, 1, 99, 100, 512, 4095, 4096, 4097, 8192, 40960])
def test_a_file_cut_short_is_found(tmp_path: Path, size: int) -> None:
    fill_home(tmp_path / "home")
    os.truncate(tmp_path / "home" / "state.db", size)
    with pytest.raises(HomeCorrupt):
        contents_at(tmp_path / "home")
    assert (tmp_path / "home" / "state.db").stat().st_size == size


def test_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "state.db").touch(mode=0o600)
    assert contents_at(tmp_path / "home")[0] == 0


def remove(*names: str) -> Callable[[Path], None]:
    def vanish(home: Path) -> None:
        for name in names:
            (home / name).unlink()

    return vanish


def put_in_its_place(other: str) -> Callable[[Path], None]:
    def vanish(home: Path) -> None:
        (home / "state.db-wal").unlink()
        shutil.copy(home.with_name(other) / "state.db", home)

    return vanish


VANISHED = {
    "the state file": remove("state.db"),
    "the log after a crash": remove("state.db-wal"),
    "both": remove("state.db", "state.db-wal"),
    "an older file in its place": put_in_its_place("older"),
    "another fleet in its place": put_in_its_place("other"),
}


@pytest.mark.parametrize("vanish", VANISHED.values(), ids=VANISHED)
def test_acknowledged_events_that_vanished_are_missed_until_the_loss_is_accepted(
    tmp_path: Path, vanish: Callable[[Path], None]
) -> None:
    home = tmp_path / "home"
    fill_home(tmp_path / "older", 10)
    other = open_at(tmp_path / "other")
    fill(other, 80, fleet=1)
    other.close()
    kill_while_open(home)
    vanish(home)
    with pytest.raises(HomeCorrupt, match="acknowledged") as caught:
        open_at(home)
    assert caught.value.hint is not None
    assert f"remove {home / 'watermark'}" in caught.value.hint
    (home / "watermark").unlink()
    (home / "state.db-wal").unlink(missing_ok=True)
    contents_at(home)


def test_a_log_without_its_file_is_kept(tmp_path: Path) -> None:
    """SQLite removes a log whose file is empty."""
    home = tmp_path / "home"
    kill_while_open(home)
    (home / "state.db").write_bytes(b"")
    (home / "watermark").unlink()
    with pytest.raises(HomeCorrupt, match="its log"):
        open_at(home)
    assert (home / "state.db-wal").stat().st_size > 0


@pytest.mark.parametrize("name", ["state.db", "state.db-wal"])
@pytest.mark.parametrize("way", ["removed", "replaced"])
def test_a_file_that_vanishes_while_open_is_noticed_before_the_next_commit(
    tmp_path: Path, name: str, way: str
) -> None:
    home = tmp_path / "home"
    journal = open_at(home)
    fill(journal, 2)
    shutil.copytree(home, tmp_path / "copy")
    (home / name).unlink()
    if way == "replaced":
        shutil.copy(tmp_path / "copy" / name, home)
    before = journal.head()
    for _ in range(2):
        journal.append(statement(3))
        with pytest.raises(HomeError, match="removed or replaced"):
            journal.commit()
    assert journal.head() == before
    journal.close()


def test_a_program_that_has_the_file_open_is_told_apart_from_a_ual(tmp_path: Path) -> None:
    home = tmp_path / "home"
    fill_home(home)
    shell = sqlite3.connect(home / "state.db", isolation_level=None)
    shell.execute("BEGIN EXCLUSIVE")
    with pytest.raises(HomeError, match="not ual"):
        open_at(home)
    shell.close()
    assert contents_at(home)[0] == 120


def test_a_home_with_odd_characters_survives_a_crash(tmp_path: Path) -> None:
    home = tmp_path / "a?mode=ro&x=%20#' ä"
    kill_while_open(home)
    journal = open_at(home)
    assert contents(journal)[0] == 120
    journal.close()
