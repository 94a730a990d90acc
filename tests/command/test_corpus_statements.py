"""Every collected statement, by the whole road: its class of answer, in time, and nothing half done."""

import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from palm_ual.model.limits import ECHO_CHARS_MAX
from palm_ual.world.check import check
from tests.command.homes import accepted, doings, world_of
from tests.command.safety import raw_in
from tests.command.ual import Desk, Ran
from tests.lang.corpus import rows, text_of

ROWS = rows("ual_statements.json") + rows("json_with.json")
LONGEST_ANSWER_S = 2.0

CODES = {
    "syntax_error": {"UAL_SYNTAX"},
    "validation_error": {"INVALID_VALUE", "UNKNOWN_KEY"},
    "limit_error": {"LIMIT_EXCEEDED"},
    "not_found": {"NOT_FOUND"},
    "conflict": {"CONFLICT"},
    "capacity_error": {"INSUFFICIENT_CAPACITY"},
}
RUN_BEFORE_THE_FAILURE = {"ual-103": 1, "ual-109": 1, "ual-123": 1}
"""Statements of the row that succeed before the one that its class is about. They stand."""

ONE_FLEET = "DEPLOY buyer COUNT 5 AS f1"
PLACE = re.compile(r"^ *--> line \d+, column \d+ \(<stdin>:\d+:\d+\)$", re.MULTILINE)


def codes_for(row: dict[str, Any]) -> set[str]:
    """The codes that may answer a row; none if it must succeed."""
    if row["input"].startswith("DEPLOY FROM"):
        return {"UAL_SYNTAX"}  # a manifest is no statement yet, whatever the file is
    classes = re.split("_or_(?=[a-z]+_error)", row["expect"])
    return set().union(*(CODES[name] for name in classes if name != "ok"))


@pytest.fixture(scope="session")
def one_fleet(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the fleet which some rows begin with."""
    desk = Desk(tmp_path_factory.mktemp("one-fleet"), site)
    assert desk.call("-c", ONE_FLEET).status == 0
    return desk.home


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_collected_statement_is_answered_as_it_should_be(
    desk: Desk, one_fleet: Path, row: dict[str, Any]
) -> None:
    has_fleet = row.get("state") == "one-fleet"
    if has_fleet:
        shutil.copytree(one_fleet, desk.home)
    before = doings(desk.home)
    began_s = time.monotonic()
    ran = desk.call(stdin=text_of(row))
    assert time.monotonic() - began_s < LONGEST_ANSWER_S
    assert raw_in(ran.out + ran.err) == []
    if ran.status == 0:
        assert ran.err.replace("note: ", "") == "" or ran.err.startswith("note: ")
        assert "ok" in row["expect"]
    else:
        assert_refused(row, ran)
        assert_unchanged(desk, row, before, has_fleet=has_fleet)
    if desk.home.exists():
        assert check(world_of(desk.home)) == []


def assert_refused(row: dict[str, Any], ran: Ran) -> None:
    codes = codes_for(row)
    found = re.findall(r"^error\[(\w+)\]: ", ran.err, re.MULTILINE)
    assert len(found) == 1
    assert found[0] in codes
    assert ran.status == (3 if found == ["UAL_SYNTAX"] else 1)
    assert PLACE.search(ran.err) or found == ["LIMIT_EXCEEDED"]
    assert longest_echo(text_of(row), ran.err) <= ECHO_CHARS_MAX


def longest_echo(text: str, said: str) -> int:
    """How much of the input is repeated in one piece, in any line of what was said; input in steps of 40."""
    lines = said.splitlines()
    longest = 0
    for start in range(0, min(len(text), 20_000), 40):
        length = longest + 1
        while start + length <= len(text) and any(text[start : start + length] in line for line in lines):
            longest, length = length, length + 1
    return longest


def assert_unchanged(desk: Desk, row: dict[str, Any], before: list[Any], *, has_fleet: bool) -> None:
    """Only what the statements before the failing one did was done."""
    kept = RUN_BEFORE_THE_FAILURE.get(row["id"], 0)
    if kept == 0:
        assert doings(desk.home) == before
    else:
        assert len(accepted(desk.home)) == kept + has_fleet


def test_an_echo_is_measured() -> None:
    assert longest_echo("DEPLOY " + "x" * 100, "error: x\n1 | DEPLOY xxx\n") == 10
    assert longest_echo("x" * 100, f"error: {'x' * 90}") == 90


SAMPLE = ("ual-047", "ual-085", "ual-105", "ual-117", "json-023", "json-057", "ualbig-010", "jsonbig-002")


@pytest.mark.parametrize("row", [row for row in ROWS if row["id"] in SAMPLE], ids=lambda row: row["id"])
def test_a_process_of_its_own_answers_the_same(desk: Desk, row: dict[str, Any]) -> None:
    assert desk.run(stdin=text_of(row)) == desk.call(stdin=text_of(row))
