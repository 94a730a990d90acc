"""Wrong arguments end with status 2, before anything is opened; help and version answer by themselves."""

import pytest

from palm_ual import __version__
from tests.command.homes import accepted
from tests.command.ual import Desk, Ran


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nonsense",),
        ("-x",),
        ("--out", "json", "-c", "PALM STATUS"),
        ("-o",),
        ("-o", "xml", "-c", "PALM STATUS"),
        ("-c",),
        ("a.ual", "b.ual"),
        ("a.ual", "-c", "PALM STATUS"),
        ("-", "-c", "PALM STATUS"),
        ("--home",),
        ("--home", "", "-c", "PALM STATUS"),
        ("--home", "   ", "-c", "PALM STATUS"),
        ("--home", ":memory:", "-c", "PALM STATUS"),
        ("--home", "file:x?mode=memory", "-c", "PALM STATUS"),
        ("--home", "x", "--ephemeral", "-c", "PALM STATUS"),
        ("--lock-timeout", "-1", "-c", "PALM STATUS"),
        ("--lock-timeout", "nan", "-c", "PALM STATUS"),
        ("--lock-timeout", "soon", "-c", "PALM STATUS"),
        ("--clock", "virtual", "-c", "PALM STATUS"),
        ("--clock", "sun", "-c", "PALM STATUS"),
        ("--ephemeral", "--seed", "1", "-c", "PALM STATUS"),
        ("--ephemeral", "--clock", "virtual", "--seed", "-1", "-c", "PALM STATUS"),
        ("--ephemeral", "--clock", "virtual", "--seed", "１", "-c", "PALM STATUS"),
        ("nowhere.ual",),
        (".",),
        ("",),
        ("a\0b",),
    ],
    ids=lambda arguments: " ".join(arguments).replace("\0", "NUL"),
)
def test_wrong_arguments_say_what_is_wrong(desk: Desk, arguments: tuple[str, ...]) -> None:
    ran = desk.call(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(("error[USAGE]: ", "error[IO_ERROR]: "))
    assert not desk.home.exists()


@pytest.mark.parametrize("word", ["\x1b[2J", "\u202egnp.exe", "x" * 100_000, "\udcff", "[red]"])
@pytest.mark.parametrize("before", [(), ("-o",), ("--home", "\n"), ("--nonsense",)])
def test_a_hostile_argument_is_shown_escaped_and_short(
    desk: Desk, before: tuple[str, ...], word: str
) -> None:
    ran = desk.call(*before, word)
    assert ran.status == 2
    assert "\x1b" not in ran.err
    assert "\u202e" not in ran.err
    assert max(map(len, ran.err.splitlines())) < 400


def test_wrong_arguments_are_an_object_in_the_machine_formats(desk: Desk) -> None:
    ran = desk.call("-o", "json", "--nonsense")
    assert ran.status == 2


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_has_examples_and_the_exit_statuses(desk: Desk, option: str) -> None:
    ran = desk.run(option)
    assert (ran.status, ran.err) == (0, "")
    assert "ual -c 'DEPLOY buyer COUNT 5'" in ran.out
    for status in ("0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "130 ", "141 ", "143 "):
        assert status in ran.out
    for name in (
        "-c",
        "-o",
        "--home",
        "--ephemeral",
        "--check",
        "--keep-going",
        "--yes",
        "--no-rc",
        "--clock",
        "--seed",
    ):
        assert name in ran.out


def test_the_version_is_said(desk: Desk) -> None:
    assert desk.run("--version") == Ran(0, f"ual {__version__}\n", "")
    assert desk.call("--ephemeral", "--version") == Ran(0, f"ual {__version__}\n", "")


def test_the_examples_of_the_help_work(desk: Desk) -> None:
    text = desk.run("--help").out
    desk.write("fleet.ual", "DEPLOY buyer")
    shown = [line.strip().partition("  ")[0] for line in text.splitlines() if line.startswith("  ual ")]
    assert "ual fleet.ual" in shown
    assert desk.run("fleet.ual").status == 0
    assert desk.run("--check", "fleet.ual") == Ran(0, "", "")
    assert desk.run("--ephemeral", "--clock", "virtual", "fleet.ual").status == 0
    assert accepted(desk.home) == ["DEPLOY buyer"]


def test_a_script_may_be_named_like_an_option(desk: Desk) -> None:
    desk.write("-rf", "DEPLOY buyer")
    assert desk.call("--", "-rf").status == 0
    assert desk.call("./-rf").status == 0


@pytest.mark.parametrize(("option", "statement"), [("-o", "SET output = text"), ("--output", "PALM STATUS")])
def test_options_may_stand_after_the_program(desk: Desk, option: str, statement: str) -> None:
    ran = desk.call("-c", statement, option, "json")
    assert ran.status == 0
    assert ran.out.startswith("{")
