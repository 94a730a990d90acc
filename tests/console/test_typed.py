"""What is done about a text that was typed or pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from palm_ual.console.prompt.typed import (
    Meta,
    Part,
    Reminder,
    Statements,
    is_for_enter,
    parts_of,
    pasted,
    remembered,
    watched,
)
from palm_ual.errors import UsageError
from palm_ual.lang.highlight import pieces

RUNS = [
    "",
    "   ",
    "FLEET STATUS",
    "fleet status;",
    "DEPLOY buyer\n  COUNT 5",
    'DEPLOY buyer WITH {"funding": 5}',
    "SCALE x TOO 5",  # an error shows at once
    "\\?",
    "  \\watch 5",
    "> \\timing",
    "SCALE x TO\n\\e",
    "SOURCE 'half",  # no text goes over a line
    "SCALE x TO\nexit",
    "/* a comment\nexit",
    "SCALE x TO\n quit ;",
    "DEPLOY buyer WITH {\nHELP",
    "> FLEET STATUS\n> PALM STATUS",
    "\\timing\nFLEET STATUS",
]
GOES_ON = [
    "SCALE x TO",
    "DEPLOY",
    'DEPLOY buyer WITH {"funding": 5',
    "FLEET STATUS\n\\timing\nSCALE x TO",
    "DESCRIBE",
]


@pytest.mark.parametrize("text", RUNS)
def test_enter_runs_what_is_whole_wrong_or_the_shells_own(text: str) -> None:
    assert is_for_enter(text)


@pytest.mark.parametrize("text", GOES_ON)
def test_enter_opens_a_line_where_more_is_due(text: str) -> None:
    assert not is_for_enter(text)


PARTS: dict[str, list[Part]] = {
    "FLEET STATUS": [Statements("FLEET STATUS")],
    "  \n ": [],
    "\\q": [Meta("q", "", "")],
    "\\watch  5 ": [Meta("watch", "5", "")],
    "FLEET STATUS\n\\watch 5\n": [Meta("watch", "5", "FLEET STATUS")],
    "SCALE x TO\n\\?": [Meta("?", "", "SCALE x TO")],
    "A;\n\\timing\nB;\nC;": [Statements("A;"), Meta("timing", "", ""), Statements("B;\nC;")],
    "> A;\n> \\timing\n> B;": [Statements("> A;"), Meta("timing", "", ""), Statements("> B;")],
    "SCALE x TO\nexit": [
        Reminder("the statement is not finished: Ctrl-C drops it, Ctrl-D leaves", "SCALE x TO\n")
    ],
    "PALM STATUS\nexit": [Statements("PALM STATUS\nexit")],
    "\\timing\nSCALE x TO\nexit": [
        Reminder("the statement is not finished: Ctrl-C drops it, Ctrl-D leaves", "\\timing\nSCALE x TO\n")
    ],
    "PALM STATUS\r\\timing": [Meta("timing", "", "PALM STATUS")],
    "\u00a0\\q": [Statements("\u00a0\\q")],  # no blank of the language
    "/* a\n\\q": [Meta("q", "", "/* a")],  # the way out of what has no end
    "/* a\n\\q\n*/ PALM STATUS": [Statements("/* a\n\\q\n*/ PALM STATUS")],
    "-- /*\n\\q\n-- */": [Statements("-- /*"), Meta("q", "", ""), Statements("-- */")],
    "PALM STATUS; /* a */\n\\q": [Meta("q", "", "PALM STATUS; /* a */")],
    "SHOW AGENTS LIMIT '/*\n\\q\n*/": [
        Statements("SHOW AGENTS LIMIT '/*"),
        Meta("q", "", ""),
        Statements("*/"),
    ],
}


@pytest.mark.parametrize(("text", "parts"), PARTS.items())
def test_a_text_is_taken_apart_in_order(text: str, parts: list[Part]) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize("text", ["\\", "\\x", "\\watching 5", "FLEET STATUS\n\\d\nPALM STATUS"])
def test_an_unknown_command_refuses_all_of_the_text(text: str) -> None:
    with pytest.raises(UsageError, match="there is no"):
        parts_of(text)


PIECES = some.sampled_from(
    [
        "\\q",
        "\\timing",
        "/*",
        "*/",
        "--",
        "'",
        '"',
        "\n",
        "\r",
        " ",
        "\t",
        "\u00a0",
        "> ",
        "PALM STATUS",
        ";",
        "exit",
    ]
)


@given(some.lists(PIECES, max_size=12).map("".join))
def test_what_is_run_as_the_shells_own_is_coloured_so(text: str) -> None:
    coloured = [
        text[p.start : p.end].split("\\")[1].split()[0] for p in pieces(text) if p.kind == "backslash"
    ]
    try:
        parts = parts_of(text)
    except UsageError:
        assert coloured
    else:
        own = [part.command for part in parts if isinstance(part, Meta)]
        assert own == coloured or isinstance(parts[0], Reminder)


WATCHES = {
    ("FLEET STATUS", "5"): "WATCH FLEET STATUS EVERY 5000ms",
    ("FLEET STATUS;\n", ""): "WATCH FLEET STATUS EVERY 2000ms",
    ("PALM STATUS", "0.5"): "WATCH PALM STATUS EVERY 500ms",
    ("PALM STATUS", "1.25"): "WATCH PALM STATUS EVERY 1250ms",
    ("DEPLOY buyer; show agents limit 3", "1"): "WATCH show agents limit 3 EVERY 1000ms",
    ("WATCH PALM STATUS EVERY 9s FOR 1m", "1"): "WATCH PALM STATUS EVERY 1000ms",
}


@pytest.mark.parametrize(("asked", "statement"), WATCHES.items())
def test_watch_looks_at_what_was_asked_every_few_seconds(asked: tuple[str, str], statement: str) -> None:
    assert watched(*asked) == statement


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ("", "5"),
        ("DEPLOY buyer", "5"),
        *[("PALM STATUS", pace) for pace in ("five", "-1", "5s", "1.", "\u0665")],
    ],
)
def test_a_watch_of_nothing_or_at_no_pace_is_refused(text: str, pace: str) -> None:
    with pytest.raises(UsageError):
        watched(text, pace)


PASTES = {
    "FLEET STATUS\r\nPALM STATUS\r": "FLEET STATUS\nPALM STATUS\n",
    "> SCALE x\n. TO 4\n> PALM STATUS": "SCALE x\nTO 4\nPALM STATUS",
    "SHOW AGENTS WHERE pnl\n> 5": "SHOW AGENTS WHERE pnl\n> 5",
    ">= 5": ">= 5",
    "": "",
}


@pytest.mark.parametrize(("data", "text"), PASTES.items())
def test_what_was_copied_with_its_prompts_is_pasted_without_them(data: str, text: str) -> None:
    assert pasted(data) == text


KEPT = ["PALM STATUS", "\\watch 5", "FLEET STATUS\n\\watch 5", "A;\n\\timing\nB;", "\\d", "\\?"]
DROPPED = ["SCALE x TO\nexit", "SCALE x TO\n\\?", "SCALE x TO\n\\e", ""]


@pytest.mark.parametrize("text", KEPT)
def test_the_history_keeps_what_was_run(text: str) -> None:
    assert remembered(text) == text


@pytest.mark.parametrize("text", DROPPED)
def test_the_history_does_not_keep_what_is_still_to_be_typed_on(text: str) -> None:
    assert remembered(text) == ""
