"""One home, many commands: in turn, and each finds what the last one left."""

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from palm_ual.store.sqlite import open_journal
from tests.command.homes import accepted, events_of, journal_of
from tests.command.ual import Desk, Ran, ended


def test_the_next_command_finds_the_fleet_that_the_last_one_left(desk: Desk) -> None:
    assert desk.run("-c", "DEPLOY buyer COUNT 3 AS desk").status == 0
    assert desk.run("-c", "SCALE desk TO 5").out.startswith("Scaling desk from 3 to 5 agents...")
    assert "Agents: 5 / 100 (capacity)" in desk.run("-c", "PALM STATUS").out
    assert desk.run("-c", "DELETE desk").status == 0
    assert "(no deployments)" in desk.run("-c", "SHOW DEPLOYMENTS").out


def test_numbers_go_on_where_they_were(desk: Desk) -> None:
    desk.call("-c", "DEPLOY buyer COUNT 2 AS a; DELETE a")
    assert "buyer_003 - Ready" in desk.call("-c", "DEPLOY buyer").out


@pytest.mark.parametrize(
    "statement",
    [
        "PALM STATUS",
        "FLEET STATUS",
        "SHOW AGENTS",
        "SHOW EVENTS",
        "DESCRIBE desk",
        "DESCRIBE TYPE buyer",
        "LOGS buyer_001",
    ],
)
def test_looking_wakes_no_agent_and_writes_nothing(desk: Desk, statement: str) -> None:
    desk.call("-c", "DEPLOY buyer COUNT 3 AS desk")
    before = events_of(desk.home)
    state = (desk.home / "state.db").read_bytes()
    ran = desk.call("-c", statement)
    assert ran.status == 0
    assert re.search(r"the fleet is suspended since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", ran.err)
    assert events_of(desk.home) == before
    assert (desk.home / "state.db").read_bytes() == state


def test_looking_twice_gives_the_same_answer(desk: Desk) -> None:
    desk.call("-c", "DEPLOY buyer COUNT 3 AS desk")
    looks = ("-c", "SHOW AGENTS; SHOW EVENTS; DESCRIBE buyer_002")
    assert desk.call(*looks) == desk.call(*looks)


def test_looking_where_there_was_never_a_fleet_makes_an_empty_private_home(desk: Desk) -> None:
    ran = desk.call("-c", "PALM STATUS")
    assert (ran.status, ran.err) == (0, "")
    assert desk.home.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in desk.home.iterdir()} == {0o600}
    assert json.loads(desk.call("-o", "json", "-c", "SHOW EVENTS").out) == []


def test_ten_commands_at_once_all_succeed_in_turn(desk: Desk) -> None:
    commands = [
        desk.start("--lock-timeout", "30", "-c", f"DEPLOY buyer AS d{number}") for number in range(10)
    ]
    results = [ended(command) for command in commands]
    assert [(ran.status, ran.err) for ran in results] == [(0, "")] * 10
    rows = json.loads(desk.call("-o", "json", "-c", "SHOW DEPLOYMENTS").out)
    assert sorted(row["deployment"] for row in rows) == sorted(f"d{number}" for number in range(10))
    assert {row["ready"] for row in rows} == {1}


@contextlib.contextmanager
def held(home: Path) -> Iterator[None]:
    journal = open_journal(
        str(home), lock_timeout_s=0, holder="ual nightly.ual", clock=time.monotonic, sleep=time.sleep
    )
    try:
        yield
    finally:
        journal.close()


@pytest.mark.parametrize("statement", ["PALM STATUS", "DEPLOY buyer"])
def test_a_held_home_is_named_with_its_holder(desk: Desk, statement: str) -> None:
    desk.call("-c", "DEPLOY buyer")
    with held(desk.home):
        began_s = time.monotonic()
        ran = desk.call("--lock-timeout", "0.3", "-c", statement)
        took_s = time.monotonic() - began_s
    assert (ran.status, ran.out) == (4, "")
    assert ran.err.startswith("error[HOME_LOCKED]:")
    assert "ual nightly.ual" in ran.err
    assert str(os.getpid()) in ran.err
    assert 0.3 <= took_s < 2


def test_a_command_waits_for_a_home_that_is_let_go(desk: Desk) -> None:
    desk.call("-c", "DEPLOY buyer AS a")
    with held(desk.home):
        process = desk.start("--lock-timeout", "30", "-c", "DEPLOY buyer AS b")
        desk.wait_for_the_store(process)
        assert process.poll() is None
    assert ended(process).status == 0
    assert len(accepted(desk.home)) == 2


def test_whatever_the_umask_nobody_else_can_read_the_home(desk: Desk) -> None:
    assert desk.run("-c", "DEPLOY buyer", first="umask 000;").status == 0
    modes = {path.name: path.stat().st_mode & 0o7777 for path in desk.home.iterdir()}
    assert desk.home.stat().st_mode & 0o7777 == 0o700
    assert modes
    assert set(modes.values()) == {0o600}


def test_an_umask_that_forbids_everything_is_no_obstacle(desk: Desk) -> None:
    assert desk.run("-c", "DEPLOY buyer", first="umask 777;").status == 0
    assert desk.call("-c", "SCALE buyer-fleet TO 2").status == 0


def test_a_one_liner_writes_nothing_but_its_home(desk: Desk) -> None:
    folders = {name: desk.folder / name for name in ("user", "config", "cache", "data", "tmp")}
    for folder in folders.values():
        folder.mkdir()
    environment = {
        "XDG_CONFIG_HOME": str(folders["config"]),
        "XDG_CACHE_HOME": str(folders["cache"]),
        "XDG_DATA_HOME": str(folders["data"]),
        "TMPDIR": str(folders["tmp"]),
    }
    for statements in ("DEPLOY buyer COUNT 2", "PALM STATUS", "DEPLOY buyer CUONT 2", "HELP", "DELETE nope"):
        desk.run("-c", statements, environment=environment)
    left = [path.relative_to(desk.folder) for path in desk.folder.rglob("*") if path.is_file()]
    assert {path.parts[0] for path in left} == {"home"}


# Where the home is


def test_the_home_is_given_by_the_option_before_the_environment(desk: Desk) -> None:
    assert desk.call("--home", "here", "-c", "DEPLOY buyer").status == 0
    assert (desk.folder / "here" / "state.db").exists()
    assert not desk.home.exists()


@pytest.mark.parametrize(
    ("environment", "where"),
    [
        ({"UAL_HOME": None}, "user/.local/state/palm-ual"),
        ({"UAL_HOME": None, "XDG_STATE_HOME": "relative"}, "user/.local/state/palm-ual"),
        ({"UAL_HOME": "relative"}, "relative"),
        ({"UAL_HOME": "~/fleet"}, "user/fleet"),
    ],
)
def test_the_home_is_found(desk: Desk, environment: dict[str, str | None], where: str) -> None:
    assert desk.call("-c", "DEPLOY buyer", environment=environment).status == 0
    assert (desk.folder / where / "state.db").exists()


def test_the_home_is_below_the_state_directory(desk: Desk) -> None:
    state = str(desk.folder / "state")
    assert (
        desk.call("-c", "DEPLOY buyer", environment={"UAL_HOME": None, "XDG_STATE_HOME": state}).status == 0
    )
    assert (desk.folder / "state" / "palm-ual" / "state.db").exists()


def test_an_ephemeral_fleet_is_kept_nowhere(desk: Desk) -> None:
    ran = desk.call("--ephemeral", "-c", "DEPLOY buyer COUNT 2; PALM STATUS")
    assert ran.status == 0
    assert "Agents: 2 / 100" in ran.out
    assert not desk.home.exists()
    assert desk.call("--ephemeral", "-c", "PALM STATUS") == Ran(0, desk.call("-c", "PALM STATUS").out, "")


def test_an_ephemeral_fleet_takes_a_held_home_for_none_of_its_business(desk: Desk) -> None:
    desk.call("-c", "DEPLOY buyer")
    with held(desk.home):
        assert desk.call("--ephemeral", "-c", "DEPLOY buyer").status == 0


def test_what_was_done_is_on_disk_when_it_is_said(desk: Desk) -> None:
    desk.call("-c", "DEPLOY buyer COUNT 2 BECAUSE 'the market opens'")
    with journal_of(desk.home) as journal:
        assert journal.head() > 0
    rows = json.loads(desk.call("-o", "json", "-c", "SHOW STATEMENTS").out)
    assert [(row["text"], row["because"], row["outcome"]) for row in rows] == [
        ("DEPLOY buyer COUNT 2", "the market opens", "done")
    ]
