"""A program is read whole, then runs; by whichever road it comes in, it is the same program."""

import json

import pytest

from tests.command.homes import accepted, doings, events_of
from tests.command.ual import ROADS, SCRIPT, Desk, Ran

PROGRAM = """\
DEPLOY buyer COUNT 3 AS desk;
SCALE desk TO 2
PALM STATUS;; SHOW AGENTS WHERE cash > 5
"""
NAMES = {"file": SCRIPT, "pipe": "<stdin>", "-": "<stdin>", "-c": "-c"}
WRONG = "DEPLOY buyer COUNT 1 AS a;\nDEPLOY buyer COUNT 1 AS b;\n  DEPLOY buyer CUONT 1;\nDEPLOY buyer AS c\n"
WRONG_SAYS = """\
error[UAL_SYNTAX]: expected AS, COUNT, WITH or the end of the statement, not "CUONT"
 --> line 3, column 16 ({name}:3:16)
  |
3 |   DEPLOY buyer CUONT 1;
  |                ^^^^^ did you mean COUNT?
"""


def test_every_road_leads_to_the_same_answers(desk: Desk) -> None:
    options = ("--ephemeral", "--clock", "virtual")
    first, *others = [desk.run_by(road, PROGRAM, *options) for road in ROADS]
    assert first.status == 0
    assert first.out.count("\n\n") == 6
    assert all(other == first for other in others)


def test_several_c_are_one_program(desk: Desk) -> None:
    options = ("--ephemeral", "--clock", "virtual")
    pieces = [piece for line in PROGRAM.splitlines() for piece in ("-c", line)]
    assert desk.call(*options, *pieces) == desk.call(*options, "-c", PROGRAM)


def test_a_statement_does_not_run_on_into_the_next_c(desk: Desk) -> None:
    ran = desk.call("-c", "DEPLOY buyer COUNT", "-c", "5")
    assert ran.status == 3
    assert "the statement is not finished" in ran.err


@pytest.mark.parametrize("road", ROADS)
def test_nothing_runs_where_the_third_statement_is_wrong(desk: Desk, road: str) -> None:
    assert desk.run_by(road, WRONG) == Ran(3, "", WRONG_SAYS.format(name=NAMES[road]))
    assert not desk.home.exists()


@pytest.mark.parametrize("road", ROADS)
def test_an_unfinished_statement_at_the_end_runs_nothing(desk: Desk, road: str) -> None:
    ran = desk.run_by(road, "DEPLOY buyer AS a\nDEPLOY buyer COUNT 2 WITH {\n")
    assert (ran.status, ran.out) == (3, "")
    assert f"({NAMES[road]}:" in ran.err
    assert "not finished" in ran.err
    assert not desk.home.exists()


@pytest.mark.parametrize("options", [(), ("--keep-going",)])
def test_a_wrong_word_in_a_later_c_runs_nothing_of_the_first(desk: Desk, options: tuple[str, ...]) -> None:
    ran = desk.call(*options, "-c", "DEPLOY buyer", "-c", "SCALE TO 5")
    assert (ran.status, ran.out) == (3, "")
    assert not desk.home.exists()


def test_a_program_stops_at_the_first_failure(desk: Desk) -> None:
    ran = desk.call("-c", "DEPLOY buyer AS a; SCALE nope TO 2; DEPLOY buyer AS b")
    assert ran.status == 1
    assert ran.err.startswith(
        'error[NOT_FOUND]: there is no deployment "nope"\n --> line 1, column 26 (-c:1:26)\n'
    )
    assert accepted(desk.home) == ["DEPLOY buyer AS a"]


def test_a_looking_program_stops_at_the_first_failure(desk: Desk) -> None:
    ran = desk.call("-c", "SHOW TYPES LIMIT 1; DESCRIBE nope; PALM STATUS")
    assert ran.status == 1
    assert ran.out.count("\n") == 2


def test_going_on_after_a_failure_is_asked_for_and_still_a_failure(desk: Desk) -> None:
    ran = desk.call("--keep-going", "-c", "SCALE nope TO 2; DEPLOY buyer AS b; DELETE nope")
    assert ran.status == 1
    assert ran.err.count("error[NOT_FOUND]") == 2
    assert accepted(desk.home) == ["DEPLOY buyer AS b"]


def test_the_status_is_that_of_the_first_failure(desk: Desk) -> None:
    wait = "WAIT FOR a DRAINED TIMEOUT 1ms"
    assert desk.call("--keep-going", "-c", f"DEPLOY buyer AS a; {wait}; DELETE nope").status == 5
    assert desk.call("--keep-going", "-c", f"DELETE nope; {wait}").status == 1


def test_what_a_failing_program_did_before_stays(desk: Desk) -> None:
    assert desk.call("-c", "DEPLOY buyer COUNT 60 AS a; DEPLOY buyer COUNT 60 AS b").status == 1
    assert '"agents":60' in desk.call("-c", "PALM STATUS", "-o", "json").out


@pytest.mark.parametrize(
    ("text", "status"), [("DEPLOY buyer COUNT 5", 0), ("DEPLOY buyer CUONT 5", 3), ("", 0), ("-- nothing", 0)]
)
def test_checking_reads_everything_and_runs_nothing(desk: Desk, text: str, status: int) -> None:
    ran = desk.call("--check", "-c", "PALM STATUS", "-c", text)
    assert (ran.status, ran.out) == (status, "")
    assert not desk.home.exists()


def test_checking_reads_what_is_sourced(desk: Desk) -> None:
    desk.write("wrong.ual", "PALM STATUS\nPALM STAUS\n")
    ran = desk.call("--check", "-c", "SOURCE 'wrong.ual'")
    assert ran.status == 3
    assert "(wrong.ual:2:6)" in ran.err.replace(f"{desk.folder}/", "")


def test_a_sourced_file_runs_in_its_place_and_finds_its_own_files(desk: Desk) -> None:
    (desk.folder / "deep").mkdir()
    desk.write("deep/first.ual", "DEPLOY buyer AS first; SOURCE 'second.ual'")
    desk.write("deep/second.ual", "DEPLOY buyer AS second")
    desk.write("outer.ual", "SOURCE 'deep/first.ual'; DEPLOY buyer AS third")
    assert desk.call("outer.ual").status == 0
    assert [text.split()[-1] for text in accepted(desk.home)] == ["first", "second", "third"]


def test_a_file_that_sources_itself_runs_nothing(desk: Desk) -> None:
    desk.write("self.ual", "DEPLOY buyer; SOURCE 'self.ual'")
    ran = desk.call("self.ual")
    assert (ran.status != 0, ran.out) == (True, "")
    assert "SOURCE" in ran.err
    assert not desk.home.exists()


def test_a_sourced_file_that_is_not_there_runs_nothing_and_has_a_place(desk: Desk) -> None:
    ran = desk.call("-c", "DEPLOY buyer;\nSOURCE 'nowhere.ual'")
    assert (ran.status != 0, ran.out) == (True, "")
    assert "nowhere.ual" in ran.err
    assert "No such file" in ran.err
    assert "(-c:2:" in ran.err
    assert not desk.home.exists()


def test_exit_ends_the_program_and_nothing_after_it_runs(desk: Desk) -> None:
    ran = desk.call("-c", "DEPLOY buyer AS a; EXIT; DEPLOY buyer AS b")
    assert ran.status == 0
    assert accepted(desk.home) == ["DEPLOY buyer AS a"]


def test_exit_after_a_failure_keeps_its_status(desk: Desk) -> None:
    assert desk.call("--keep-going", "-c", "DELETE nope; EXIT").status == 1


def test_a_setting_of_the_session_holds_for_the_rest_of_the_program_only(desk: Desk) -> None:
    ran = desk.call("-c", "SET output = json; PALM STATUS")
    assert json.loads(ran.out.splitlines()[-1])["agents"] == 0
    assert desk.call("-c", "PALM STATUS").out.startswith("Fleet Status:")


def test_a_setting_of_the_home_stays(desk: Desk) -> None:
    assert desk.call("-c", "SET capacity = 7").status == 0
    assert "0 / 7 (capacity)" in desk.call("-c", "PALM STATUS").out


def test_a_refused_statement_leaves_nothing_in_the_history(desk: Desk) -> None:
    assert desk.call("-c", "DEPLOY buyer COUNT 101").status == 1
    assert doings(desk.home) == []


def test_a_syntax_error_does_not_even_open_the_home(desk: Desk) -> None:
    assert desk.call("-c", "DEPLOY buyer").status == 0
    before = events_of(desk.home)
    assert desk.call("-c", "DEPLOY buyer; PALM").status == 3
    assert events_of(desk.home) == before
