import csv
import io
import json
from typing import Literal

import pytest
import yaml
from hypothesis import given
from msgspec.structs import replace

from palm_ual.console.writer import Output
from palm_ual.model.events import Outcome
from palm_ual.model.results import (
    Accepted,
    AgentsDraining,
    AgentsReady,
    AgentsTerminated,
    BalanceShown,
    Column,
    DeployFinished,
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
    PalmStatusShown,
    ResultEvent,
    ScaleFinished,
    ScaleStarted,
    SettingChanged,
    TableShown,
    Transferred,
    Trend,
    Waited,
)
from palm_ual.service.session import OutputFormat as Format
from tests.console.shown import FLEET, Streams, any_event, written

TABLE = TableShown(
    "agents",
    (
        Column("agent", "Agent"),
        Column("cash_cents", "Cash", "cents"),
        Column("labels", "Labels", "labels"),
        Column("peers", "Peers", "ids"),
        Column("ready", "Ready", "flag"),
    ),
    (
        ("buyer_001", 1_000_050, {"tier": "gold"}, ("buyer_002", "buyer_003"), True),
        ("buyer_002", None, {}, (), False),
    ),
)

TREND = Trend(60_000, (-5, 10), (0, 7), (None, 0.25))
BALANCE = BalanceShown(
    "buyer_001", "agent", 1_050_000, 5_000, 0, 1_000_000, None, (("Data Analysis", -3, -150),)
)

ROWS = [
    {
        "agent": "buyer_001",
        "cash_cents": 1_000_050,
        "labels": {"tier": "gold"},
        "peers": ["buyer_002", "buyer_003"],
        "ready": True,
    },
    {"agent": "buyer_002", "cash_cents": None, "labels": {}, "peers": [], "ready": False},
]

SCALE_DOWN: tuple[ResultEvent, ...] = (
    ScaleStarted("fleet", 5, 3, -2),
    AgentsDraining("buyer", ((5, 4),), 1, 2, closing=((4, 4),)),
    AgentsTerminated("buyer", ((4, 4),), 1, 2, dropped=1),
    AgentsTerminated("buyer", ((5, 5),), 2, 2),
    ScaleFinished("fleet", 3),
)


def session(format: Format, *statements: tuple[str, tuple[ResultEvent, ...], Outcome]) -> str:
    """Standard output of several statements in a row."""
    streams = Streams()
    output = Output(streams.out, streams.err, {}, format=format)
    for statement, events, outcome in statements:
        output.start(statement)
        output.show(*events)
        output.end(outcome)
    return streams.written.decode()


def test_palm_status_is_one_object_with_stable_names() -> None:
    assert written(PalmStatusShown(5, 100, 4, 1, 0, 250_000_00, 95), format="json") == (
        b'{"agents":5,"capacity":100,"healthy":4,"unhealthy":1,"deploying":0,'
        b'"total_iusd_cents":25000000,"available_capacity":95}\n'
    )


def test_fleet_status_has_units_and_null_for_what_is_not_known() -> None:
    none = FleetStatusShown("none", None, 0, 0, 0, 0, *(None,) * 7)
    assert json.loads(written(none, format="json")) == {
        "deployment": "none",
        "status": None,
        "agents": 0,
        "healthy": 0,
        "degraded": 0,
        "unhealthy": 0,
        "pnl_cents": None,
        "avg_latency_ms": None,
        "orders_per_min": None,
        "success_pct": None,
        "funding_cents": None,
        "budget_cents": None,
        "used_budget_cents": None,
        "deployments": [],
        "p99_latency_ms": None,
        "trend": None,
    }


def test_show_is_an_array_of_row_objects() -> None:
    assert json.loads(written(TABLE, format="json")) == ROWS


def test_in_ndjson_every_row_has_its_line() -> None:
    assert [json.loads(line) for line in written(TABLE, format="ndjson").splitlines()] == ROWS


def test_in_yaml_a_table_is_a_list_in_the_order_of_its_columns() -> None:
    assert written(TABLE, format="yaml").decode().startswith("- agent: buyer_001\n  cash_cents: 1000050\n")
    assert yaml.safe_load(written(TABLE, format="yaml")) == ROWS


def test_in_csv_a_table_has_a_header_and_quoted_fields() -> None:
    assert written(TABLE, format="csv").decode() == (
        "agent,cash_cents,labels,peers,ready\n"
        'buyer_001,1000050,"{""tier"":""gold""}",buyer_002 buyer_003,true\n'
        "buyer_002,,{},,false\n"
    )


def test_in_csv_an_empty_table_still_tells_its_columns() -> None:
    assert (
        written(TableShown("x", TABLE.columns, ()), format="csv") == b"agent,cash_cents,labels,peers,ready\n"
    )


def test_in_csv_several_deployments_follow_their_sums() -> None:
    line = DeploymentLine("b", "HEALTHY", 3, 3, 3, 0, 0)
    both = FleetStatusShown("all (2)", "HEALTHY", 38, 38, 0, 0, *(None,) * 7, deployments=(line, line))
    rows = list(csv.DictReader(io.StringIO(written(both, format="csv").decode())))
    assert [(row["deployment"], row["agents"], row["size"]) for row in rows] == [
        ("all (2)", "38", ""),
        ("b", "3", "3"),
        ("b", "3", "3"),
    ]


def test_a_description_is_one_object_with_its_tables_as_arrays() -> None:
    described = Described(
        "deployment",
        "fleet",
        (Fact("funding_cents", "Funding", 100, "cents"), Fact("labels", "Labels", {"a": "b"}, "labels")),
        (("Agents", TABLE),),
        ("why",),
        TREND,
    )
    assert json.loads(written(described, format="json")) == {
        "kind": "deployment",
        "name": "fleet",
        "funding_cents": 100,
        "labels": {"a": "b"},
        "agents": ROWS,
        "trend": {
            "step_ms": 60_000,
            "pnl_cents": [-5, 10],
            "orders_per_min": [0, 7],
            "latency_ms": [None, 0.25],
        },
        "reasons": ["why"],
    }


@pytest.mark.parametrize(("kind", "has_trend"), [("deployment", True), ("agent", False), ("type", False)])
def test_only_the_description_of_a_deployment_has_a_trend(
    kind: Literal["deployment", "agent", "type"], *, has_trend: bool
) -> None:
    shown = json.loads(written(Described(kind, "x", ()), format="json"))
    assert ("trend" in shown) is has_trend


def test_the_fleets_trend_and_p99_are_for_programs_too() -> None:
    status = replace(FLEET, p99_latency_ms=31.5, trend=TREND)
    figures = json.loads(written(status, format="json"))
    assert (figures["p99_latency_ms"], figures["trend"]["latency_ms"]) == (31.5, [None, 0.25])


def test_in_csv_sums_have_their_p99_and_no_trend() -> None:
    status = replace(FLEET, p99_latency_ms=31.5, trend=TREND)
    [row] = csv.DictReader(io.StringIO(written(status, format="csv").decode()))
    assert (row["avg_latency_ms"], row["p99_latency_ms"], row["success_pct"]) == ("12.0", "31.5", "99.2")
    assert "trend" not in row


def test_a_balance_is_one_object_with_an_object_for_each_position() -> None:
    shown = {
        "account": "buyer_001",
        "kind": "agent",
        "balance_cents": 1_050_000,
        "reserved_cents": 5_000,
        "escrowed_cents": 0,
        "funded_cents": 1_000_000,
        "pnl_cents": None,
        "positions": [{"service": "Data Analysis", "units": -3, "value_cents": -150}],
    }
    assert json.loads(written(BALANCE, format="json")) == shown
    assert json.loads(written(BALANCE, format="ndjson")) == shown
    assert yaml.safe_load(written(BALANCE, format="yaml")) == shown


def test_in_csv_a_balance_is_one_row() -> None:
    [row] = csv.DictReader(io.StringIO(written(BALANCE, format="csv").decode()))
    assert (row["account"], row["balance_cents"], row["pnl_cents"]) == ("buyer_001", "1050000", "")
    assert json.loads(row["positions"]) == [{"service": "Data Analysis", "units": -3, "value_cents": -150}]


def test_a_checked_home_is_one_object_with_its_counts_and_findings() -> None:
    checked = HomeChecked(12, 3, 2, 40, 20, 9, 5_000, None, (HomeFinding("ledger", "money is missing"),))
    assert json.loads(written(checked, format="json")) == {
        "events": 12,
        "market_batches": 3,
        "compacted_batches": 2,
        "orders": 40,
        "trades": 20,
        "accounts": 9,
        "issued_cents": 5_000,
        "file_bytes": None,
        "findings": [{"what": "ledger", "detail": "money is missing"}],
    }


@pytest.mark.parametrize(
    ("event", "kind", "fields"),
    [
        (
            Funded("buyer_001", 50_000, 200, 1_050_000),
            "funded",
            {"agent": "buyer_001", "amount_cents": 50_000, "minted_cents": 200, "balance_cents": 1_050_000},
        ),
        (
            Transferred("treasury", "buyer_001", 500, 0, 10_500),
            "transferred",
            {
                "source": "treasury",
                "target": "buyer_001",
                "amount_cents": 500,
                "source_balance_cents": 0,
                "target_balance_cents": 10_500,
            },
        ),
        (OrdersCancelledShown("fleet", 3), "orders_cancelled", {"name": "fleet", "count": 3}),
    ],
)
def test_what_was_booked_is_told_in_cents(event: ResultEvent, kind: str, fields: dict[str, object]) -> None:
    assert json.loads(session("json", ("x", (event,), "done"))) == {
        "statement": "x",
        "outcome": "done",
        **fields,
    }
    assert json.loads(session("ndjson", ("x", (event,), "done"))) == {"event": kind, **fields}


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_percentages_and_latencies_are_numbers_in_a_table(format: Format) -> None:
    columns = (Column("success_pct", "SUCCESS", "pct"), Column("avg_latency_ms", "LATENCY", "latency_ms"))
    table = TableShown("agents", columns, ((99.25, 0.04), (None, 12.0)))
    assert yaml.safe_load(written(table, format=format)) == [
        {"success_pct": 99.25, "avg_latency_ms": 0.04},
        {"success_pct": None, "avg_latency_ms": 12.0},
    ]


def test_logs_are_an_array_of_lines_with_their_agent() -> None:
    lines = LogShown("buyer_001", (LogLine(5, "started"), LogLine(6, "a\nb")))
    assert json.loads(written(lines, format="json")) == [
        {"agent": "buyer_001", "at_ms": 5, "text": "started"},
        {"agent": "buyer_001", "at_ms": 6, "text": "a\nb"},
    ]


def test_a_working_statement_is_one_object_with_all_ids_spelled_out() -> None:
    events: tuple[ResultEvent, ...] = (
        DeployStarted("buyer-fleet", "buyer", 12, with_config=False),
        AgentsReady("buyer", ((1, 2),), 1, 12),
        AgentsReady("buyer", ((3, 12),), 3, 12),
        DeployFinished("buyer-fleet", with_config=False),
    )
    assert json.loads(session("json", ("DEPLOY buyer COUNT 12", events, "done"))) == {
        "statement": "DEPLOY buyer COUNT 12",
        "outcome": "done",
        "deployment": "buyer-fleet",
        "type": "buyer",
        "count": 12,
        "with_config": False,
        "agents": [f"buyer_{number:03d}" for number in range(1, 13)],
    }


def test_terminated_agents_are_listed_in_the_order_in_which_they_ended() -> None:
    assert json.loads(session("json", ("SCALE fleet TO 3", SCALE_DOWN, "done"))) == {
        "statement": "SCALE fleet TO 3",
        "outcome": "done",
        "deployment": "fleet",
        "from_size": 5,
        "to_size": 3,
        "change": -2,
        "size": 3,
        "changed": True,
        "terminated": ["buyer_004", "buyer_005"],
        "dropped": 1,
    }


def test_a_statement_that_fails_half_way_tells_how_far_it_came() -> None:
    document = json.loads(session("json", ("SCALE fleet TO 3", SCALE_DOWN[:3], "failed")))
    assert (document["outcome"], document["terminated"]) == ("failed", ["buyer_004"])
    assert "size" not in document


@pytest.mark.parametrize("format", ["json", "ndjson", "yaml", "csv"])
def test_a_refused_statement_says_nothing_on_standard_output(format: Format) -> None:
    assert session(format, ("SCALE fleet TO 3", (), "failed")) == ""


def test_in_ndjson_each_event_is_there_as_it_happens() -> None:
    lines = [json.loads(line) for line in session("ndjson", ("x", SCALE_DOWN, "done")).splitlines()]
    assert [line["event"] for line in lines] == [
        "scale_started",
        "agents_draining",
        "agents_terminated",
        "agents_terminated",
        "scale_finished",
    ]
    assert (lines[1]["agents"], lines[1]["closing"]) == (["buyer_005", "buyer_004"], ["buyer_004"])
    assert (lines[2]["first_index"], lines[2]["total"], lines[2]["dropped"]) == (1, 2, 1)


def test_several_statements_are_told_apart() -> None:
    statements: tuple[tuple[str, tuple[ResultEvent, ...], Outcome], ...] = (
        ("SET capacity = 5", (SettingChanged("capacity", "5"),), "done"),
        ("SHOW AGENTS", (TABLE,), "done"),
        ("SCALE x TO 5 NOWAIT", (Accepted("SCALE x TO 5", "x"),), "accepted"),
        ("WAIT 30s", (Waited(30_000),), "done"),
    )
    as_json = [json.loads(line) for line in session("json", *statements).splitlines()]
    assert list(yaml.safe_load_all(session("yaml", *statements))) == as_json
    assert as_json[2] == {"statement": "SCALE x TO 5 NOWAIT", "outcome": "accepted", "name": "x"}
    assert session("csv", *statements).startswith(
        "statement,outcome,name,value\nSET capacity = 5,done,capacity,5\n\nagent,cash_cents,"
    )


def test_a_statement_that_changes_the_format_is_answered_in_the_old_one() -> None:
    streams = Streams()
    output = Output(streams.out, streams.err, {}, format="json")
    formats: tuple[Format, ...] = ("csv", "text", "json")
    for format in formats:
        output.start(f"SET output = {format}")
        output.show(SettingChanged("output", format))
        output.format = format
        output.end("done")
    assert streams.written.decode() == (
        '{"statement":"SET output = csv","outcome":"done","name":"output","value":"csv"}\n'
        "statement,outcome,name,value\nSET output = text,done,output,text\n"
        "output = json\n"
    )


def test_help_is_an_object() -> None:
    shown = json.loads(written(HelpShown("SCALE", ("SCALE name TO n",), ("Grows.",)), format="json"))
    assert shown == {"topic": "SCALE", "syntax": ["SCALE name TO n"], "text": ["Grows."], "example": []}


def test_beyond_ascii_is_escaped_where_the_stream_cannot_show_it() -> None:
    line = LogShown("a", (LogLine(0, "中 👩"),))
    assert '"中 👩"' in written(line, format="json").decode()
    assert b'"\\u4e2d \\ud83d\\udc69"' in written(line, format="json", encoding="latin-1")
    assert json.loads(written(line, format="json", encoding="ascii"))[0]["text"] == "中 👩"
    assert yaml.safe_load(written(line, format="yaml", encoding="ascii"))[0]["text"] == "中 👩"


@given(any_event)
def test_every_event_is_valid_in_every_machine_format_and_says_the_same(event: ResultEvent) -> None:
    from_json = [json.loads(line) for line in written(event, format="json").splitlines()]
    from_yaml = list(yaml.safe_load_all(written(event, format="yaml")))
    assert from_yaml == from_json
    for line in written(event, format="ndjson").splitlines():
        assert isinstance(json.loads(line), dict)
    assert len(set(map(len, csv.reader(io.StringIO(written(event, format="csv").decode()))))) <= 1


def test_the_fleets_figures_are_the_same_in_text_and_json() -> None:
    figures = json.loads(written(FLEET, format="json"))
    assert (figures["pnl_cents"], figures["success_pct"], figures["avg_latency_ms"]) == (
        4_523_000,
        99.2,
        12.0,
    )
