"""Texts that would take over a terminal, sent down every road that ends on one."""

import json
import re
from typing import Any

import pytest

from tests.command.safety import raw_in
from tests.command.ual import Desk
from tests.lang.corpus import rows, text_of

ROWS = rows("terminal_output.json")
FORMATS = ("text", "json", "ndjson", "yaml", "csv")
VIRTUAL = ("--ephemeral", "--clock", "virtual")


def quoted(text: str) -> str:
    """As a UAL text, with JSON's escapes for whatever is not plain."""
    return json.dumps(text)


def statements_with(text: str) -> list[str]:
    """The text as it is, and in JSON's escapes, wherever UAL takes a text or a name."""
    return [f"DEPLOY buyer BECAUSE {said}" for said in (quoted(text), f"'{text}'", f'"{text}"')] + [
        f"DEPLOY buyer LABELS {{{quoted('a')}: {quoted(text)}}}",
        f"DEPLOY buyer LABELS {{{quoted(text)}: {quoted('a')}}}",
        f"DEPLOY buyer WITH {{{quoted('service')}: {quoted(text)}}}",
        f"DEPLOY buyer WITH {{{quoted(text)}: 1}}",
        f"DEPLOY buyer AS {quoted(text)}",
        f"DEPLOY {quoted(text)}",
        f"DEPLOY {quoted(f'{text}:Class')}",
        f"SCALE {quoted(text)} TO 5",
        f"SCALE {text} TO 5",
        f"SHOW AGENTS WHERE agent = {quoted(text)}",
        f"SHOW AGENTS WHERE {quoted(text)} = 1",
        f"SET output = {quoted(text)}",
        f"SET {text} = 1",
        f"SOURCE {quoted(text)}",
        f"HELP {text}",
        text,
    ]


LOOKS = "SHOW STATEMENTS; SHOW DEPLOYMENTS; SHOW AGENTS; SHOW EVENTS; FLEET STATUS; DESCRIBE buyer_001"


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_hostile_text_in_a_statement_is_refused_or_escaped(
    desk: Desk, row: dict[str, Any], output: str
) -> None:
    for statement in statements_with(text_of(row)):
        ran = desk.call(*VIRTUAL, "-o", output, "--keep-going", "-c", f"{statement};\n{LOOKS}")
        assert raw_in(ran.out + ran.err) == [], statement[:80]
        assert ran.status in (0, 1, 2, 3)


@pytest.mark.parametrize("row", [row for row in ROWS if row["expect"] == "ok"], ids=lambda row: row["id"])
def test_a_harmless_text_is_kept_and_shown_as_it_is(desk: Desk, row: dict[str, Any]) -> None:
    text = text_of(row)
    ran = desk.call(*VIRTUAL, "-c", f"DEPLOY buyer BECAUSE {quoted(text)}; SHOW STATEMENTS")
    assert ran.status == 0
    assert text in ran.out


@pytest.mark.parametrize("output", FORMATS)
def test_whatever_an_agent_writes_is_shown_escaped(desk: Desk, output: str) -> None:
    ran = desk.call(
        *VIRTUAL, "-o", output, "-c", "DEPLOY 'tests.command.odd:Hostile'; WAIT 1s; LOGS hostile_001"
    )
    assert (ran.status, ran.err) == (0, "")
    assert raw_in(ran.out) == []
    assert "[red]markup[/red]" in ran.out
    assert "forged line" in ran.out
    assert not any(line.startswith("ERROR") for line in ran.out.splitlines())


@pytest.mark.parametrize("output", FORMATS)
def test_whatever_an_agent_says_of_its_health_and_its_debts_is_shown_escaped(desk: Desk, output: str) -> None:
    ran = desk.call(
        *VIRTUAL,
        *("-o", output, "--keep-going", "-c"),
        "DEPLOY 'tests.command.odd:Hostile'; DRAIN hostile_001 TIMEOUT 2s; SHOW AGENTS; SHOW EVENTS;"
        "DESCRIBE hostile_001; DESCRIBE hostile-fleet; SHOW STATEMENTS",
    )
    assert ran.status == 1
    assert "SCALING_STUCK" in ran.err
    assert raw_in(ran.out + ran.err) == []


@pytest.mark.parametrize("output", FORMATS)
def test_whatever_a_crash_says_is_shown_escaped(desk: Desk, output: str) -> None:
    ran = desk.call(
        *VIRTUAL,
        *("-o", output, "--keep-going", "-c"),
        f"DEPLOY 'tests.command.odd:Screaming' COUNT {len(ROWS)} NOWAIT; WAIT 1s; SHOW AGENTS; SHOW EVENTS;"
        "DESCRIBE screaming-fleet; DESCRIBE screaming_003",
    )
    assert ran.status == 0
    assert raw_in(ran.out + ran.err) == []


def file_name(text: str) -> str | None:
    """The text as the name of a file, where the system allows that."""
    name = re.sub("[/\0]", "_", text)
    return (
        name if 0 < len(name.encode("utf-8", "surrogateescape")) <= 250 and name not in (".", "..") else None
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_file_of_a_hostile_name_is_named_escaped(desk: Desk, row: dict[str, Any]) -> None:
    name = file_name(text_of(row))
    if name is None:
        assert len(text_of(row)) > 80
        return
    desk.write(name, "PALM STAUTS")
    for output in ("text", "json"):
        wrong = desk.call("-o", output, "--", name)
        assert wrong.status == 3
        missing = desk.call("-o", output, "--", name + "x")
        assert missing.status == 2
        assert raw_in(wrong.err + missing.err) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_home_of_a_hostile_name_is_named_escaped(desk: Desk, row: dict[str, Any]) -> None:
    name = file_name(text_of(row))
    if name is None:
        return
    (desk.folder / name).write_text("a file")
    for environment, options in (({"UAL_HOME": name}, ()), ({}, ("--home", f"./{name}"))):
        ran = desk.call(*options, "-c", "PALM STATUS", environment=dict(environment))
        assert ran.status in (2, 4)
        assert raw_in(ran.out + ran.err) == []


def test_the_name_of_a_held_home_s_holder_is_escaped(desk: Desk) -> None:
    script = "\x1b[2Jx.ual"
    desk.write(script, "DEPLOY buyer; WAIT 1h")
    process = desk.start(f"./{script}")
    assert process.stdout is not None
    assert b"Deploying" in process.stdout.readline()
    ran = desk.call("--lock-timeout", "0", "-c", "PALM STATUS")
    process.terminate()
    process.communicate()
    assert ran.status == 4
    assert raw_in(ran.err) == []


def test_the_rows_hold_what_is_meant_by_hostile() -> None:
    assert {row["expect"] for row in ROWS} == {"ok", "escaped"}
    assert raw_in("".join(map(text_of, ROWS))) != []
