"""Signals and closed pipes end the command quietly, and never end the work."""

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from palm_ual.model.events import AnyEvent, FleetSuspended, StatementEnded
from tests.command.homes import accepted, events_of, world_of
from tests.command.ual import LONGEST_S, Desk, Ran, ended

NEVER = "DEPLOY 'tests.command.odd:Never' COUNT 2 AS late"


@pytest.fixture
def waiting(desk: Desk) -> "Iterator[subprocess.Popen[bytes]]":
    """A command that has deployed, and now waits for an hour."""
    process = desk.start("-c", "DEPLOY buyer COUNT 2 AS desk; WAIT 1h")
    read_until(process, b"successfully!\n")
    yield process
    process.kill()
    process.communicate()


def read_until(process: "subprocess.Popen[bytes]", end: bytes) -> bytes:
    """What it has written when it has written `end`, byte by byte, so that no more is taken."""
    assert process.stdout is not None
    fd = process.stdout.fileno()
    read = b""
    while not read.endswith(end):
        byte = os.read(fd, 1)
        assert byte, f"it ended before it wrote {end!r}: {read!r}"
        read += byte
    return read


def interrupted(process: "subprocess.Popen[bytes]", number: signal.Signals) -> Ran:
    process.send_signal(number)
    return ended(process)


SUSPENDED = "note: the fleet is suspended until a ual holds this home again; its work goes on then\n"


def test_an_interruption_of_a_wait_says_that_the_fleet_is_suspended(
    waiting: "subprocess.Popen[bytes]",
) -> None:
    assert interrupted(waiting, signal.SIGINT) == Ran(130, "", SUSPENDED)


def test_a_termination_is_quiet(waiting: "subprocess.Popen[bytes]") -> None:
    assert interrupted(waiting, signal.SIGTERM) == Ran(143, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_fleet_is_put_away_properly(
    desk: Desk, waiting: "subprocess.Popen[bytes]", number: signal.Signals
) -> None:
    interrupted(waiting, number)
    assert isinstance(events_of(desk.home)[-1], FleetSuspended)
    assert world_of(desk.home).deployments[1].ready == 2


def test_an_interrupted_deploy_says_how_to_undo_it_and_goes_on_later(desk: Desk) -> None:
    process = desk.start("-c", f"{NEVER}; PALM STATUS")
    read_until(process, b"agents...\n")
    ran = interrupted(process, signal.SIGINT)
    assert ran.status == 130
    assert ran.out == ""
    undo, suspended = ran.err.splitlines()
    assert undo.endswith("DELETE late")
    assert "suspended" in suspended
    assert accepted(desk.home) == [NEVER]
    assert outcomes(events_of(desk.home)) == ["interrupted"]
    assert world_of(desk.home).find("late") is not None


def test_the_undo_that_was_said_works(desk: Desk) -> None:
    process = desk.start("-c", NEVER)
    read_until(process, b"agents...\n")
    undo = interrupted(process, signal.SIGINT).err.splitlines()[0].rpartition(": ")[2]
    assert desk.call("-c", undo).status == 0
    assert world_of(desk.home).deployments == {}


def test_a_terminated_deploy_says_nothing(desk: Desk) -> None:
    process = desk.start("-c", NEVER)
    read_until(process, b"agents...\n")
    assert interrupted(process, signal.SIGTERM) == Ran(143, "", "")
    assert accepted(desk.home) == [NEVER]


def test_an_interrupted_scale_names_the_old_size(desk: Desk) -> None:
    process = desk.start(
        "-c", "DEPLOY 'tests.command.odd:Debtor' COUNT 3 AS owing; SCALE owing TO 1 BECAUSE 'enough'"
    )
    read_until(process, b"Gracefully terminating 2 agents...\n")
    ran = interrupted(process, signal.SIGINT)
    assert ran.status == 130
    assert "SCALE owing TO 3" in ran.err


def test_work_left_to_itself_is_said_to_be_suspended(desk: Desk) -> None:
    ran = desk.call("-c", f"{NEVER} NOWAIT")
    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith("accepted: ")
    assert "suspended until a ual holds" in ran.err


def test_a_second_interruption_is_not_a_traceback(waiting: "subprocess.Popen[bytes]") -> None:
    waiting.send_signal(signal.SIGINT)
    waiting.send_signal(signal.SIGINT)
    ran = ended(waiting)
    assert ran.status == 130
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_waits_for_a_held_home_can_be_stopped(desk: Desk, number: signal.Signals) -> None:
    holder = desk.start("-c", "DEPLOY buyer; WAIT 1h")
    read_until(holder, b"successfully!\n")
    waiter = desk.start("--lock-timeout", "60", "-c", "PALM STATUS")
    desk.wait_for_the_store(waiter)
    ran = interrupted(waiter, number)
    assert (ran.status, ran.out, "Traceback" in ran.err) == (128 + number, "", False)
    interrupted(holder, signal.SIGTERM)


def test_following_a_log_goes_on_until_it_is_interrupted(desk: Desk) -> None:
    process = desk.start("-c", "DEPLOY 'tests.command.odd:Teller'; LOGS teller_001 FOLLOW; PALM STATUS")
    read_until(process, b"2: nothing to say\n")
    assert interrupted(process, signal.SIGINT) == Ran(130, "", SUSPENDED)


# Nobody reads any more


def test_head_gets_its_line_and_the_command_ends_quietly(desk: Desk) -> None:
    assert desk.call("-c", "SET capacity = 3000").status == 0
    process = desk.start("-c", "DEPLOY buyer COUNT 3000 AS big; SHOW AGENTS; DELETE big")
    head = subprocess.run(
        ["head", "-1"], stdin=process.stdout, capture_output=True, check=True, timeout=LONGEST_S
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=LONGEST_S)
    assert head.stdout == b"Deploying 3,000 buyer agents...\n"
    assert (process.returncode, err) in ((141, b""), (-signal.SIGPIPE, b""))
    assert isinstance(events_of(desk.home)[-1], FleetSuspended)
    big = world_of(desk.home).find("big")
    assert big is not None
    assert not big.deleting


@pytest.mark.parametrize(
    "statements", ["PALM STATUS", "HELP", "DEPLOY buyer AS x; DEPLOY buyer AS y", "SET ticks = all"]
)
def test_a_pipe_that_was_closed_before_the_first_word(desk: Desk, statements: str) -> None:
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as closed:
        ran = desk.run("-c", statements, stdout=closed)
    assert ran == Ran(141, "", "")


def test_a_deploy_whose_reader_has_gone_is_done_all_the_same(desk: Desk) -> None:
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as closed:
        desk.run("-c", "DEPLOY buyer COUNT 3 AS x; DEPLOY buyer AS y", stdout=closed)
    assert accepted(desk.home) == ["DEPLOY buyer COUNT 3 AS x"]
    assert desk.call("-c", "WAIT FOR x COMPLETE").status == 0


def outcomes(events: list[AnyEvent]) -> list[str]:
    return [event.outcome for event in events if isinstance(event, StatementEnded)]
