"""Every collected script file and surrounding, by the whole road; and home directories that are not right."""

import base64
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command.homes import accepted, doings
from tests.command.safety import raw_in
from tests.command.ual import Desk, Ran
from tests.lang.corpus import rows

SCRIPTS = {row["id"]: row for row in rows("script_files.json")}
SETTINGS = {row["id"]: row for row in rows("env_settings.json")}
NOBODY = 65534 if os.geteuid() == 0 else None
"""Whom to be for a test of permissions: root has them all."""


# Scripts


def run_script(desk: Desk, row: dict[str, Any]) -> Ran:
    """Make the file as the row says, and run it."""
    data = base64.b64decode(row["input_b64"]) if "input_b64" in row else row["input"].encode()
    build = {step["op"]: step for step in row.get("build", [])}
    if "mkdir" in build:
        (desk.folder / "s.ual").mkdir()
        return desk.call("s.ual")
    if "stdin" in build:
        return desk.run("-", stdin=data)
    desk.write("s.ual", data)
    if "chmod" in build:
        (desk.folder / "s.ual").chmod(int(build["chmod"]["mode"], 8))
        desk.folder.chmod(0o755)
        return desk.call("s.ual", user=NOBODY)
    if "stdout" in build:
        with open(build["stdout"]["path"], "wb") as stdout:
            return desk.run("s.ual", stdout=stdout)
    return desk.call("s.ual")


STATUS_OF_SCRIPT = {"ok": {0}, "syntax_error": {3}, "io_error": {1, 2}}


@pytest.mark.parametrize("row", SCRIPTS.values(), ids=SCRIPTS)
def test_a_collected_script_is_answered_as_it_should_be(desk: Desk, row: dict[str, Any]) -> None:
    ran = run_script(desk, row)
    assert ran.status in STATUS_OF_SCRIPT[row["expect"]]
    assert raw_in(ran.out + ran.err) == []
    assert "Traceback" not in ran.err
    if ran.status:
        assert ran.err.startswith("error[")
        assert not desk.home.exists() or doings(desk.home) == []


def test_a_byte_that_is_no_text_has_a_line_and_a_column(desk: Desk) -> None:
    ran = desk.run(stdin="PALM STATUS;\n  é".encode() + b"\xff;")
    assert ran.status == 2
    assert ran.err.startswith("error[IO_ERROR]: <stdin>:2:4: the byte 0xff is not UTF-8\n")


@pytest.mark.parametrize(
    "text", ["\ufeffPALM STATUS", "PALM\r\nSTATUS\r\n", "PALM STATUS\x0c", "PALM\rSTATUS"]
)
def test_files_of_other_systems_are_read(desk: Desk, text: str) -> None:
    desk.write("s.ual", text)
    assert desk.call("s.ual").status == (3 if "\x0c" in text else 0)


@pytest.mark.parametrize(("statements", "status"), [(10_000, 0), (10_001, 1)])
def test_a_program_has_so_many_statements_at_most(desk: Desk, statements: int, status: int) -> None:
    assert desk.call("--check", stdin="EXIT;" * statements).status == status


@pytest.mark.parametrize(("length", "status"), [(1024 * 1024, 0), (1024 * 1024 + 1, 1)])
def test_a_program_has_so_many_bytes_at_most(desk: Desk, length: int, status: int) -> None:
    text = "PALM STATUS;".ljust(length)
    assert desk.call(stdin=text).status == status
    desk.write("s.ual", text)
    assert desk.call("s.ual").status == status


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/tty", "/proc/self/mem", "/dev/null/x"])
def test_what_is_no_file_is_no_script(desk: Desk, path: str) -> None:
    ran = desk.call(path)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f'error[IO_ERROR]: cannot read the script "{path}": ')
    sourced = desk.call("-c", f"SOURCE '{path}'")
    assert (sourced.status != 0, sourced.out) == (True, "")


# Settings


def in_environment(**variables: str) -> Callable[[Desk, dict[str, Any]], Ran]:
    def run(desk: Desk, row: dict[str, Any]) -> Ran:
        return desk.run("-c", "DEPLOY buyer COUNT 2; SHOW AGENTS; FLEET STATUS", environment=variables)

    return run


def home_from_row(desk: Desk, row: dict[str, Any]) -> Ran:
    return desk.call("-c", "DEPLOY buyer", environment={"UAL_HOME": row["env"]["UAL_STATE"]})


def home_of_another(desk: Desk, row: dict[str, Any]) -> Ran:
    private = desk.folder / "private"
    private.mkdir()
    private.chmod(0o700 if NOBODY else 0o500)
    return desk.call("-c", "DEPLOY buyer", environment={"UAL_HOME": str(private / "s")}, user=NOBODY)


def capacity_from_row(desk: Desk, row: dict[str, Any]) -> Ran:
    return desk.call("-c", f"SET capacity = {row['env']['UAL_CAPACITY']}")


def limited(limit: str) -> Callable[[Desk, dict[str, Any]], Ran]:
    def run(desk: Desk, row: dict[str, Any]) -> Ran:
        return desk.run("-c", "DEPLOY buyer COUNT 5", first=f"{limit};")

    return run


SETTING_RUNS: dict[str, tuple[Callable[[Desk, dict[str, Any]], Ran], set[int]]] = {
    "env-001": (home_from_row, {2}),
    "env-003": (home_from_row, {2}),
    "env-005": (home_of_another, {4}),
    "env-007": (capacity_from_row, {1}),
    "env-009": (capacity_from_row, {1}),
    "env-011": (capacity_from_row, {1}),
    "env-013": (capacity_from_row, {3}),
    "env-033": (in_environment(TERM="dumb"), {0}),
    "env-035": (in_environment(COLUMNS="0"), {0}),
    "env-037": (in_environment(COLUMNS="10"), {0}),
    "env-039": (in_environment(TZ="Bogus/Zone"), {0}),
    "env-041": (in_environment(PYTHONOPTIMIZE="2"), {0}),
    "env-043": (limited("ulimit -n 32"), {0}),
    "env-045": (limited("ulimit -f 0"), {1, 4}),
}
OF_A_SERVER = ("UAL_PORT", "UAL_HOST", "UAL_TOKEN", "UAL_SOCKET")
"""There is none yet."""


@pytest.mark.parametrize("row", SETTINGS.values(), ids=SETTINGS)
def test_a_collected_setting_is_answered_as_it_should_be(desk: Desk, row: dict[str, Any]) -> None:
    if row["id"] not in SETTING_RUNS:
        assert row["input"].startswith(OF_A_SERVER)
        return
    run, statuses = SETTING_RUNS[row["id"]]
    ran = run(desk, row)
    assert ran.status in statuses
    assert raw_in(ran.out + ran.err) == []
    assert not any(word in ran.out + ran.err for word in [*row.get("must_not_contain", []), "Traceback"])
    if ran.status:
        assert ran.err.startswith("error[")
        assert accepted(desk.home) == []


# Homes


def with_fleet(change: Callable[[Path], object]) -> Callable[[Desk], None]:
    def build(desk: Desk) -> None:
        assert desk.call("-c", "DEPLOY buyer COUNT 3").status == 0
        change(desk.home / "state.db")

    return build


def sql(text: str) -> Callable[[Path], object]:
    def change(state: Path) -> None:
        connection = sqlite3.connect(state, isolation_level=None)
        connection.executescript(text)
        connection.close()

    return change


def damaged(state: Path) -> None:
    with state.open("r+b") as file:
        file.write(b"SQLite format 4\0")


def foreign(desk: Desk) -> None:
    desk.home.mkdir(mode=0o700)
    (desk.home / "state.db").write_text("hello, I am not a database\n" * 400)


def linked(state: Path) -> None:
    state.rename(state.with_name("elsewhere.db"))
    state.symlink_to("elsewhere.db")


BAD_HOMES: dict[str, tuple[Callable[[Desk], object], str]] = {
    "a text file": (foreign, "HOME_CORRUPT"),
    "a newer release": (with_fleet(sql("pragma user_version = 9999")), "HOME_TOO_NEW"),
    "damaged magic": (with_fleet(damaged), "HOME_CORRUPT"),
    "a planted trigger": (
        with_fleet(sql("create trigger t after insert on event begin delete from event; end")),
        "HOME_CORRUPT",
    ),
    "the latest event deleted": (
        with_fleet(sql("delete from event where seq = (select max(seq) from event)")),
        "HOME_CORRUPT",
    ),
    "a table dropped": (with_fleet(sql("drop table snapshot")), "HOME_CORRUPT"),
    "the state file is read-only": (with_fleet(lambda state: state.chmod(0o400)), "HOME_IO_ERROR"),
    "all may write the state file": (with_fleet(lambda state: state.chmod(0o666)), "HOME_IO_ERROR"),
    "all may write the home": (with_fleet(lambda state: state.parent.chmod(0o777)), "HOME_IO_ERROR"),
    "the home is a file": (lambda desk: desk.home.write_text(""), "HOME_IO_ERROR"),
    "the state file is a link": (with_fleet(linked), "HOME_IO_ERROR"),
    "the state file was deleted": (with_fleet(Path.unlink), "HOME_CORRUPT"),
}


@pytest.mark.parametrize("statement", ["PALM STATUS", "SCALE buyer-fleet TO 5"])
@pytest.mark.parametrize(("build", "code"), BAD_HOMES.values(), ids=BAD_HOMES)
def test_a_home_that_is_not_right_is_refused_and_left_alone(
    desk: Desk, build: Callable[[Desk], object], code: str, statement: str
) -> None:
    build(desk)
    before = contents(desk.home)
    ran = desk.call("-c", statement)
    assert (ran.status, ran.out) == (4, "")
    assert ran.err.startswith(f"error[{code}]: ")
    assert str(desk.home) in ran.err
    assert before.items() <= contents(desk.home).items()


def contents(home: Path) -> dict[str, bytes]:
    """What is in the home, but for the file whose content only says who holds it."""
    if home.is_file():
        return {"": home.read_bytes()}
    return {path.name: path.read_bytes() for path in home.iterdir() if path.name != "lock"}
