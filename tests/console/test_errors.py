import json

import pytest

from palm_ual.console.lines.errors import SourceText, render_error
from palm_ual.console.lines.lines import UNICODE, text_of
from palm_ual.console.lines.width import width
from palm_ual.console.writer import Output
from palm_ual.errors import InsufficientCapacity, NotFound, PalmError, UalSyntaxError
from tests.console.shown import Streams

CUONT = 'expected AS, COUNT, WITH or the end of the statement, not "CUONT"'


def shown(
    error: PalmError,
    source: SourceText | None,
    *,
    statement: tuple[int, int] | None = None,
    columns: int | None = None,
) -> str:
    lines = render_error(error, source, UNICODE, statement=statement, columns=columns)
    return "".join(text_of(line) + "\n" for line in lines)


def frame(text: str, start: int, end: int, columns: int | None = None) -> tuple[str, str]:
    """The echoed line and the line with the caret, without their gutters."""
    lines = shown(UalSyntaxError("no").at(start, end), SourceText(text), columns=columns).splitlines()
    return lines[3].partition(" | ")[2], lines[4].partition(" | ")[2]


def test_an_error_says_what_where_and_what_was_meant() -> None:
    error = UalSyntaxError(CUONT).at(13, 18, "did you mean COUNT?")
    assert shown(error, SourceText("DEPLOY buyer CUONT 5")) == (
        'error[UAL_SYNTAX]: expected AS, COUNT, WITH or the end of the statement, not "CUONT"\n'
        " --> line 1, column 14\n"
        "  |\n"
        "1 | DEPLOY buyer CUONT 5\n"
        "  |              ^^^^^ did you mean COUNT?\n"
    )


def test_an_error_without_a_place_has_its_hint_below() -> None:
    error = InsufficientCapacity(
        'deployment "buyer-fleet" needs 50 more agents, 12 of 100 are free; nothing was started',
        hint="scale another deployment down, or raise the capacity: SET capacity = 138",
    )
    assert shown(error, SourceText("DEPLOY buyer COUNT 50"), statement=(0, 21)) == (
        'error[INSUFFICIENT_CAPACITY]: deployment "buyer-fleet" needs 50 more agents, 12 of 100 are free; '
        "nothing was started\n"
        " hint: scale another deployment down, or raise the capacity: SET capacity = 138\n"
    )


@pytest.mark.parametrize("name", ["script.ual", "<stdin>", "-c"])
def test_a_script_is_named_with_line_and_column(name: str) -> None:
    text = "\n" * 11 + "SCALE x TO 5; SCALE nope TO 5\r\nPALM STATUS"
    error = NotFound("no deployment nope", hint="SHOW DEPLOYMENTS", word="nope")
    assert shown(error, SourceText(text, name), statement=(25, 40)) == (
        "error[NOT_FOUND]: no deployment nope\n"
        f"  --> line 12, column 21 ({name}:12:21)\n"
        "   |\n"
        "12 | SCALE x TO 5; SCALE nope TO 5\n"
        "   |                     ^^^^\n"
        " hint: SHOW DEPLOYMENTS\n"
    )


def test_a_scripts_error_without_a_word_names_its_statements_line() -> None:
    error = InsufficientCapacity("too many")
    assert shown(error, SourceText("\nDEPLOY buyer", "-c"), statement=(1, 13)) == (
        "error[INSUFFICIENT_CAPACITY]: too many\n --> line 2, column 1 (-c:2:1)\n"
    )


@pytest.mark.parametrize(
    ("text", "word", "column"),
    [
        ("SCALE f1-x TO 1; SCALE f1 TO 2", "f1", 24),
        ('SCALE "f1" TO 2', "f1", 7),
        ("SCALE F1 TO 2", "f1", 7),
    ],
)
def test_a_word_is_found_as_a_whole_in_its_own_statement(text: str, word: str, column: int) -> None:
    start = text.rfind("SCALE")
    error = NotFound("no", word=word)
    assert f"line 1, column {column}\n" in shown(error, SourceText(text), statement=(start, len(text)))


@pytest.mark.parametrize(
    ("text", "word", "caret"),
    [
        ("SCALE 中文 nope", "nope", " " * 11 + "^^^^"),
        ("SCALE 中文 nope", "中文", " " * 6 + "^^^^"),
        ("SCALE\tnope", "nope", " " * 9 + "^^^^"),
        ("SCALE e\u0301e\u0301 nope", "nope", " " * 9 + "^^^^"),
        ("SCALE \x1b[2J nope", "nope", " " * 14 + "^^^^"),
        ("SCALE 👩\u200d👩\u200d👧 nope", "nope", " " * 9 + "^^^^"),
    ],
)
def test_the_caret_is_right_under_the_word(text: str, word: str, caret: str) -> None:
    start = text.index(word)
    line, under = frame(text, start, start + len(word))
    assert under == caret
    assert width(line[: line.index(word)]) == caret.index("^")


def test_what_is_missing_at_the_end_has_a_caret_behind_the_end() -> None:
    assert frame("DEPLOY", 6, 6) == ("DEPLOY", " " * 6 + "^")


def test_a_span_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    assert frame("DEPLOY {\n1\n}", 7, 12) == ("DEPLOY {", " " * 7 + "^")


@pytest.mark.parametrize("start", [0, 5, 60, 500, 994, 999])
@pytest.mark.parametrize("filler", ["x", "中", "\x1b", "\t", "e\u0301"])
def test_of_a_long_line_about_eighty_columns_around_the_place_are_shown(start: int, filler: str) -> None:
    text = (filler * start)[:start] + "!" + filler * (999 - start)
    line, under = frame(text, start, start + 1)
    assert line[len(under) - 1 :].startswith("!") or width(line[: line.index("!")]) == len(under) - 1
    assert width(line) <= 82


def test_a_long_word_is_marked_as_far_as_it_is_shown() -> None:
    line, under = frame("SCALE " + "n" * 1000, 6, 1006)
    assert under == " " * 6 + "^" * 60
    assert line == "SCALE " + "n" * 74 + "…"


def test_on_a_narrow_terminal_the_echo_is_narrower() -> None:
    line, under = frame("x" * 200 + " nope " + "y" * 200, 201, 205, columns=40)
    assert width(line) <= 36
    assert line.index("nope") == under.index("^")


def test_in_the_machine_formats_an_error_is_one_object_on_standard_error() -> None:
    streams = Streams()
    output = Output(streams.out, streams.err, {}, format="json")
    output.error(
        UalSyntaxError(CUONT).at(13, 18, "did you mean COUNT?"), SourceText("DEPLOY buyer CUONT 5", "-c")
    )
    output.error(InsufficientCapacity("too many"))
    assert [json.loads(line) for line in streams.said.splitlines()] == [
        {
            "code": "UAL_SYNTAX",
            "message": CUONT,
            "file": "-c",
            "line": 1,
            "column": 14,
            "hint": "did you mean COUNT?",
        },
        {
            "code": "INSUFFICIENT_CAPACITY",
            "message": "too many",
            "file": None,
            "line": None,
            "column": None,
            "hint": None,
        },
    ]
    assert streams.written == b""
