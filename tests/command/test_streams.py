"""Answers go to standard output, everything else to standard error, in what each of them can show."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import threading
from collections.abc import Mapping
from typing import NamedTuple

import pytest
import yaml

from tests.command.homes import accepted
from tests.command.ual import Desk, Ran, ended

FAILING = "DEPLOY buyer AS a; SCALE nope TO 2"
ESCAPE = "\x1b"


# Which stream


def test_answers_go_to_standard_output_and_errors_beside_it(desk: Desk) -> None:
    ran = desk.run("-c", FAILING)
    assert ran.out.startswith("Deploying 1 buyer agent...")
    assert "error" not in ran.out
    assert ran.err.startswith("error[NOT_FOUND]")


def test_a_note_is_no_answer(desk: Desk) -> None:
    assert desk.call("-c", "DEPLOY buyer").err == ""
    ran = desk.call("-c", "PALM STATUS")
    assert ran.out.startswith("Fleet Status:")
    assert re.fullmatch(r"note: the fleet is suspended since \S+Z; this is how it was then\n", ran.err)


@pytest.mark.parametrize("output", ["json", "ndjson", "yaml", "csv"])
def test_in_the_machine_formats_an_error_is_one_json_object_on_standard_error(
    desk: Desk, output: str
) -> None:
    ran = desk.call("-o", output, "-c", "\n SCALE nope TO 2")
    assert (ran.status, ran.out) == (1, "")
    assert json.loads(ran.err) == {
        "code": "NOT_FOUND",
        "message": 'there is no deployment "nope"',
        "file": "-c",
        "line": 2,
        "column": 8,
        "hint": "nothing is deployed yet: DEPLOY buyer COUNT 5",
    }
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("-c", "DEPLOY buyer CUONT 5"), 3, "UAL_SYNTAX"),
        (("-c", 'DEPLOY buyer WITH {"funding": 1e99}'), 1, "INVALID_VALUE"),
        (("nowhere.ual",), 2, "IO_ERROR"),
        (("--home", "", "-c", "PALM STATUS"), 2, "USAGE"),
        (("--home", "/dev/null", "-c", "PALM STATUS"), 4, "HOME_IO_ERROR"),
        (("-c", "WAIT FOR x HEALTHY"), 1, "NOT_FOUND"),
    ],
)
def test_every_kind_of_failure_has_its_status_and_its_object(
    desk: Desk, arguments: tuple[str, ...], status: int, code: str
) -> None:
    ran = desk.call("-o", "json", *arguments)
    assert ran.status == status
    assert json.loads(ran.err)["code"] == code
    assert ran.out == ""


def test_a_note_is_one_object_too(desk: Desk) -> None:
    desk.call("-c", "DEPLOY buyer")
    assert list(json.loads(desk.call("-o", "json", "-c", "PALM STATUS").err)) == ["note"]


# Formats


def test_every_machine_format_can_be_read_back(desk: Desk) -> None:
    home = 'DEPLOY buyer COUNT 2 AS desk LABELS {"tier": "a,\\"b\\" c"}'
    looks = "SHOW AGENTS; PALM STATUS"
    given = ("--ephemeral", "--clock", "virtual", "-c", f"{home}; {looks}", "-o")
    deployed, agents, status = [json.loads(line) for line in desk.call(*given, "json").out.splitlines()]
    assert deployed["agents"] == [agent["agent"] for agent in agents] == ["buyer_001", "buyer_002"]
    assert agents[0]["labels"] == {"tier": 'a,"b" c'}
    assert list(yaml.safe_load_all(desk.call(*given, "yaml").out)) == [deployed, agents, status]
    lines = [json.loads(line) for line in desk.call(*given, "ndjson").out.splitlines()]
    assert lines[-3:] == [*agents, status]
    _, table, _ = desk.call(*given, "csv").out.split("\n\n")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["agent"] for row in rows] == ["buyer_001", "buyer_002"]
    assert json.loads(rows[0]["labels"]) == agents[0]["labels"]


def test_nothing_is_cut_where_standard_output_is_no_terminal(desk: Desk) -> None:
    service = "x" * 200
    ran = desk.run(
        "--ephemeral",
        "-c",
        f'DEPLOY seller COUNT 1 WITH {{"service": "{service}"}}; SHOW STATEMENTS; DESCRIBE seller-fleet',
        environment={"COLUMNS": "40"},
    )
    assert ran.out.count(service) == 3


# What the stream can show


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["ascii", "latin-1", "LC_ALL=C"],
)
def test_an_encoding_without_ticks_gets_ascii(desk: Desk, environment: dict[str, str | None]) -> None:
    ran = desk.run(
        "--ephemeral",
        "-c",
        'DEPLOY buyer COUNT 2; SCALE buyer-fleet TO 1; FLEET STATUS; DESCRIBE "数"',
        environment=environment,
    )
    assert ran.status == 3
    assert (ran.out + ran.err).isascii()
    ran = desk.run(
        "--ephemeral",
        "-c",
        "DEPLOY buyer COUNT 2; SCALE buyer-fleet TO 1; FLEET STATUS; LOGS nobody",
        environment=environment,
    )
    assert ran.status == 1
    assert (ran.out + ran.err).isascii()
    signs = [line.split("buyer_00")[0].strip() for line in ran.out.splitlines() if " - " in line]
    assert len(signs) == 4
    assert all(signs)


@pytest.mark.parametrize("environment", [{"TZ": "Bogus/Zone"}, {"LANG": "xx_YY.nope"}, {"LC_ALL": "C"}])
def test_an_odd_locale_changes_nothing(desk: Desk, environment: dict[str, str | None]) -> None:
    given = ("--ephemeral", "--clock", "virtual", "-c", "DEPLOY buyer; SHOW DEPLOYMENTS")
    assert desk.run(*given, environment=environment) == desk.run(*given)


# A terminal


class Shown(NamedTuple):
    """What came out on a terminal, and how the command ended."""

    status: int
    text: str


def on_a_terminal(
    desk: Desk,
    *arguments: str,
    environment: Mapping[str, str | None],
    answer: str = "",
    stdin: bool = False,
    merged: bool = True,
) -> Shown:
    """Run a command on a terminal of its own; `answer` is typed in advance."""
    mine, theirs = pty.openpty()
    collected: list[bytes] = []
    if answer:
        os.write(mine, answer.encode())
    process = desk.start(
        *arguments,
        stdin=theirs if stdin else subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs if merged else subprocess.DEVNULL,
        environment={"TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    reader = threading.Thread(target=_collect, args=(mine, collected))
    reader.start()
    ran = ended(process)
    reader.join()
    os.close(mine)
    return Shown(ran.status, b"".join(collected).decode().replace("\r\n", "\n"))


def _collect(fd: int, into: list[bytes]) -> None:
    """Until the other side is closed, which Linux reports as an error."""
    try:
        while data := os.read(fd, 65536):
            into.append(data)
    except OSError:
        return


def test_a_terminal_gets_colour_and_the_same_words(desk: Desk) -> None:
    shown = on_a_terminal(desk, "--ephemeral", "-c", "PALM STATUS; DEPLOY buyer", environment={})
    assert ESCAPE in shown.text
    assert "buyer_001 - Ready" in shown.text
    assert shown.status == 0


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
@pytest.mark.parametrize(
    "statements",
    ["DEPLOY buyer COUNT 30; SCALE buyer-fleet TO 5; FLEET STATUS; SHOW AGENTS", "SCALE nope TO 2", "HELP"],
)
def test_a_terminal_that_wants_none_gets_no_escape_at_all(
    desk: Desk, environment: dict[str, str | None], statements: str
) -> None:
    shown = on_a_terminal(desk, "--ephemeral", "-c", statements, environment=environment)
    assert ESCAPE not in shown.text
    assert "\r" not in shown.text
    assert shown.text


def test_an_empty_no_color_is_none(desk: Desk) -> None:
    assert ESCAPE in on_a_terminal(desk, "-c", "PALM STATUS", environment={"NO_COLOR": ""}).text


@pytest.mark.parametrize("columns", ["0", "10", "-3", "wide", "99999999999999999999", "１０", ""])
def test_an_odd_width_is_no_reason_to_fail(desk: Desk, columns: str) -> None:
    shown = on_a_terminal(
        desk,
        "--ephemeral",
        "--keep-going",
        "-c",
        "DEPLOY buyer COUNT 12; FLEET STATUS; SHOW AGENTS; SHOW EVENTS; DESCRIBE buyer-fleet; DELETE nope",
        environment={"COLUMNS": columns, "NO_COLOR": "1"},
    )
    assert shown.status == 1
    assert "Traceback" not in shown.text
    assert "buyer_012" in shown.text


def test_no_colour_reaches_a_pipe_whatever_the_environment_wants(desk: Desk) -> None:
    ran = desk.run(
        "--ephemeral",
        "-c",
        "DEPLOY buyer COUNT 20; FLEET STATUS; DELETE nope",
        environment={"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TERM": "xterm-256color", "COLUMNS": "20"},
    )
    assert ESCAPE not in ran.out + ran.err


DELETING = "DEPLOY buyer COUNT 2 AS desk; DELETE desk"


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("yes\n", 0), ("n\n", 1), ("\n", 1), ("\x04", 1)])
def test_on_a_terminal_ending_things_is_asked_and_the_default_is_no(
    desk: Desk, answer: str, status: int
) -> None:
    shown = on_a_terminal(desk, "-c", DELETING, environment={"NO_COLOR": "1"}, answer=answer, stdin=True)
    assert "[y/N]" in shown.text
    assert shown.status == status
    assert (len(accepted(desk.home)) == 2) is (status == 0)


@pytest.mark.parametrize(
    ("options", "statements"), [(("--yes",), DELETING), ((), f"SET confirm = off; {DELETING}")]
)
def test_it_is_not_asked_where_a_person_said_so(
    desk: Desk, options: tuple[str, ...], statements: str
) -> None:
    shown = on_a_terminal(desk, *options, "-c", statements, environment={"NO_COLOR": "1"}, stdin=True)
    assert shown.status == 0
    assert "[y/N]" not in shown.text


def test_nothing_asks_where_standard_input_is_no_terminal(desk: Desk) -> None:
    shown = on_a_terminal(desk, "-c", DELETING, environment={"NO_COLOR": "1"})
    assert shown.status == 0
    assert "[y/N]" not in shown.text


# Streams that are not there


def test_a_full_disk_is_said_on_standard_error(desk: Desk) -> None:
    with open("/dev/full", "wb") as full:
        ran = desk.run("-c", "PALM STATUS", stdout=full)
    assert ran.status == 1
    assert ran.err.startswith("error[IO_ERROR]: the answer could not be written: No space left on device\n")


def test_what_was_done_before_the_disk_was_full_stands(desk: Desk) -> None:
    with open("/dev/full", "wb") as full:
        ran = desk.run("-c", "DEPLOY buyer COUNT 3 AS a; DEPLOY buyer AS b", stdout=full)
    assert ran.status == 1
    assert accepted(desk.home) == ["DEPLOY buyer COUNT 3 AS a"]


@pytest.mark.parametrize("closed", ["", "0<&-", "2>&-", "0<&- 2>&-"])
def test_a_closed_stream_that_is_not_needed_is_not_missed(desk: Desk, closed: str) -> None:
    ran = desk.run("-c", "PALM STATUS", first=f"exec {closed};" if closed else "")
    assert ran.status == 0
    assert ran.out.startswith("Fleet Status:")
    assert "Traceback" not in ran.err


def test_answers_that_nobody_can_get_are_a_failure(desk: Desk) -> None:
    ran = desk.run("-c", "PALM STATUS", first="exec 1>&-;")
    assert ran.status == 1
    assert ran.err.startswith("error[IO_ERROR]: the answer could not be written")
    assert "Traceback" not in ran.err


def test_a_closed_standard_input_has_no_program(desk: Desk) -> None:
    ran = desk.run(first="exec 0<&-;")
    assert ran.status == 2
    assert ran.err.startswith("error[USAGE]:")


def test_everything_closed_still_ends_quietly(desk: Desk) -> None:
    assert desk.run("-c", "DEPLOY buyer AS x; PALM STATUS", first="exec 0<&- 1>&- 2>&-;") == Ran(1, "", "")


def test_an_empty_program_answers_nothing(desk: Desk) -> None:
    assert desk.run(stdin="") == Ran(0, "", "")
    assert desk.call("-c", "  \n-- only a comment") == Ran(0, "", "")
    assert not desk.home.exists()


def test_the_command_does_not_depend_on_asserts(desk: Desk) -> None:
    ran = desk.run(
        "-c", "DEPLOY buyer COUNT 5; SCALE buyer-fleet TO 3; DELETE nope", environment={"PYTHONOPTIMIZE": "2"}
    )
    assert ran.status == 1
    assert ran.err.startswith("error[NOT_FOUND]")
