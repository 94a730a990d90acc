"""WATCH as a command: its exit statuses, and every way to stop it."""

import json
import os
import signal

import pytest

from palm_ual.model.events import FleetSuspended
from tests.command.homes import events_of, world_of
from tests.command.test_signals import SUSPENDED, interrupted, read_until
from tests.command.ual import LONGEST_S, Desk, Ran

VIRTUAL = ("--ephemeral", "--clock", "virtual")


@pytest.mark.parametrize(
    ("statements", "status", "code"),
    [
        ("WATCH PALM STATUS FOR 5s", 0, None),
        ("WATCH PALM STATUS FOR 5s UNTIL agents = 0", 0, None),
        ("WATCH PALM STATUS FOR 5s UNTIL agents = 1", 5, "WAIT_TIMEOUT"),
        ("WATCH PALM STATUS FOR 5s UNTIL agnts = 1", 1, "UNKNOWN_KEY"),
        ("WATCH DESCRIBE nobody", 1, "NOT_FOUND"),
        ("DEPLOY buyer AS b; DELETE b NOWAIT; WATCH BALANCE b", 1, "NOT_FOUND"),
        ("WATCH PALM STATUS FOR", 3, "UAL_SYNTAX"),
    ],
)
def test_the_exit_status_tells_how_it_ended(
    desk: Desk, statements: str, status: int, code: str | None
) -> None:
    ran = desk.run(*VIRTUAL, "-o", "ndjson", "-c", statements)
    assert ran.status == status
    assert [json.loads(line)["code"] for line in ran.err.splitlines()] == ([code] if code else [])


def test_what_follows_runs_once_the_condition_is_met_and_not_after_a_timeout(desk: Desk) -> None:
    deploy = (
        "DEPLOY buyer COUNT 2 AS b NOWAIT; WATCH PALM STATUS EVERY 1s FOR 5s UNTIL healthy = {}; HELP exit"
    )
    assert "Ends the session" in desk.run(*VIRTUAL, "-c", deploy.format(2)).out
    failed = desk.run(*VIRTUAL, "-c", deploy.format(3))
    assert (failed.status, "Ends the session" in failed.out) == (5, False)


def test_it_takes_the_fleet_up_and_puts_it_away(desk: Desk) -> None:
    assert desk.call("-c", "DEPLOY buyer COUNT 2 AS b").status == 0
    before = world_of(desk.home).at_ms
    ran = desk.call("-o", "ndjson", "-c", "WATCH PALM STATUS EVERY 100ms FOR 300ms")
    assert ran.status == 0
    assert ran.err == ""
    assert json.loads(ran.out.splitlines()[0])["agents"] == 2
    assert isinstance(events_of(desk.home)[-1], FleetSuspended)
    assert world_of(desk.home).at_ms >= before + 300


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGINT, SUSPENDED), (signal.SIGTERM, "")], ids=["Ctrl-C", "SIGTERM"]
)
def test_it_goes_on_until_it_is_stopped(desk: Desk, number: signal.Signals, said: str) -> None:
    process = desk.start("-c", "DEPLOY buyer AS b; WATCH PALM STATUS EVERY 100ms; DELETE b")
    read_until(process, b"Available Capacity: 99 agents\n")
    assert interrupted(process, number)._replace(out="") == Ran(128 + number, "", said)
    assert world_of(desk.home).find("b") is not None


def test_in_virtual_time_it_can_be_stopped_too(desk: Desk) -> None:
    process = desk.start(*VIRTUAL, "-o", "ndjson", "-c", "WATCH PALM STATUS")
    read_until(process, b'"available_capacity":100}\n')
    assert interrupted(process, signal.SIGINT) == Ran(130, "", "")


@pytest.mark.parametrize("watched", ["WATCH SHOW AGENTS", "WATCH SHOW SETTINGS"], ids=["changing", "still"])
def test_it_ends_quietly_once_nobody_reads_any_more(desk: Desk, watched: str) -> None:
    process = desk.start(*VIRTUAL, "-o", "ndjson", "-c", f"DEPLOY buyer AS b; {watched}")
    assert process.stdout is not None
    os.read(process.stdout.fileno(), 10)
    process.stdout.close()
    _, err = process.communicate(timeout=LONGEST_S)
    assert (process.returncode, err) in ((141, b""), (-signal.SIGPIPE, b""))
