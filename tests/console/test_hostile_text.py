"""Text from outside, in every place that shows it: nothing of it reaches a stream that steers or hides."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.console.lines.errors import SourceText
from palm_ual.console.lines.safe import safe
from palm_ual.console.writer import Output
from palm_ual.errors import NotFound
from palm_ual.model.results import (
    AgentsDraining,
    AgentsReady,
    BalanceShown,
    Column,
    DeploymentLine,
    DeployStarted,
    Described,
    Fact,
    FleetStatusShown,
    Funded,
    HelpShown,
    HomeChecked,
    HomeFinding,
    LogLine,
    LogShown,
    OrdersCancelledShown,
    ResultEvent,
    TableShown,
    Transferred,
    Watched,
)
from palm_ual.service.session import OutputFormat as Format
from tests.console.shown import Streams, any_event, any_text, raw_in, text, written

ROWS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "corpus" / "terminal_output.json").read_text(encoding="utf-8")
)
FORMATS: tuple[Format, ...] = ("text", "json", "ndjson", "yaml", "csv")


def input_of(row: dict[str, Any]) -> str:
    parts = row.get("input_parts") or [[row["input"], 1]]
    return "".join(part * times for part, times in parts)


def places_for(data: str) -> list[ResultEvent]:
    """The text as a name, cell, label, fact, reason, log line, service, account, finding, setting and help."""
    line = DeploymentLine(data, data, 1, 1, 1, 0, 0)
    return [
        TableShown(data, (Column("a", data),), ()),
        TableShown("x", (Column("a", data), Column("b", "B", "labels")), ((data, {data: data}),)),
        TableShown("x", (Column("a", "A", "ids"),), (((data, data),),)),
        FleetStatusShown(data, data, 1, 1, 0, 0, *(None,) * 7, deployments=(line, line)),
        Described("agent", data, (Fact("a", data, data),), ((data, TableShown(data, (), ())),), (data,)),
        LogShown(data, (LogLine(0, data),)),
        HelpShown(data, (data,), (data,), (data,)),
        DeployStarted(data, data, 1, with_config=True),
        AgentsReady(data, ((1, 1),), 1, 1, 100, data),
        AgentsDraining(data, ((1, 1),), 1, 1, closing=((1, 1),)),
        BalanceShown(data, "agent", 1, positions=((data, 1, 1),)),
        HomeChecked(1, 1, 1, 1, 1, 1, 1, 1, (HomeFinding(data, data),)),
        Funded(data, 1, 1, 1),
        Transferred(data, data, 1, 1, 1),
        OrdersCancelledShown(data, 1),
        Watched(LogShown(data, (LogLine(0, data),)), 0, 0, 100, changed=True, statement=data),
    ]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_of_the_corpus_is_harmless_wherever_it_is_shown(row: dict[str, Any], format: Format) -> None:
    for event in places_for(input_of(row)):
        assert raw_in(written(event, format=format)) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_of_the_corpus_is_harmless_before_it_gets_to_the_stream(row: dict[str, Any]) -> None:
    for event in places_for(input_of(row)):
        for width in (None, 100, 20):
            assert raw_in(text(event, width=width).encode()) == []


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_of_the_corpus_is_harmless_in_an_error(row: dict[str, Any], format: Format) -> None:
    data = input_of(row)
    streams = Streams()
    output = Output(streams.out, streams.err, {}, format=format)
    error = NotFound(f"no deployment {data}", hint=data).at(6, 6 + len(data), data)
    output.error(error, SourceText(f"SCALE {data} TO 5", name=data))
    output.note(data)
    assert raw_in(streams.said) == []


@pytest.mark.parametrize("row", [row for row in ROWS if row["expect"] == "ok"], ids=lambda row: row["id"])
def test_a_harmless_row_is_shown_as_it_is(row: dict[str, Any]) -> None:
    data = input_of(row)
    assert text(LogShown("buyer_001", (LogLine(0, data),))) == f"00:00:00.000  {data}\n"


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["expect"] == "escaped"], ids=lambda row: row["id"]
)
def test_a_hostile_row_is_shown_escaped_or_cut(row: dict[str, Any]) -> None:
    data = input_of(row)
    table = TableShown("x", (Column("a", "A"), Column("b", "B")), ((data, "b"),))
    cell = text(table, width=40).splitlines()[1].split("  ")[0]
    assert cell != data
    assert cell == safe(data, cell=True) or cell.endswith("…")


def test_a_forged_line_stays_on_its_line() -> None:
    lines = LogShown("buyer_001", (LogLine(0, "line1\nERROR: forged line"),))
    assert written(lines) == b"00:00:00.000  line1\\nERROR: forged line\n"


def test_escaped_json_means_the_same() -> None:
    data = "\x1b[2J\x9b\u202e\u200b\U000e0041 中文 e" + "\u0301" * 6
    [line] = json.loads(written(LogShown("a", (LogLine(0, data),)), format="json"))
    assert line["text"] == data


@given(any_event, st.sampled_from(FORMATS))
def test_no_event_with_whatever_text_in_it_puts_out_anything_raw(event: ResultEvent, format: Format) -> None:
    assert raw_in(written(event, format=format)) == []


@given(any_event)
def test_ascii_streams_get_ascii(event: ResultEvent) -> None:
    assert written(event, encoding="ascii").isascii()


@given(any_text, any_text, any_text, st.integers(0, 30), st.integers(0, 30))
def test_no_error_puts_out_anything_raw(
    message: str, hint: str, source: str, start: int, length: int
) -> None:
    streams = Streams()
    error = NotFound(message, hint=hint).at(start, start + length, hint)
    Output(streams.out, streams.err, {}).error(error, SourceText(source, name=hint))
    assert raw_in(streams.said) == []
