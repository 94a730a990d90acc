import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from palm_ual.console.lines.lines import UNICODE, text_of
from palm_ual.console.lines.tables import table_lines
from palm_ual.console.lines.width import width
from palm_ual.model.results import Cell, CellKind, Column, TableShown
from tests.console.shown import text

AGENTS = TableShown(
    "agents",
    (
        Column("agent", "Agent"),
        Column("health", "Health", "word"),
        Column("cash_cents", "Cash", "cents"),
        Column("age_ms", "Age", "duration_ms"),
        Column("labels", "Labels", "labels"),
        Column("since_wall_ms", "Since", "wall_ms"),
        Column("ready", "Ready", "flag"),
    ),
    (
        ("buyer_001", "healthy", 1_000_050, 185_000, {"tier": "gold", "role": "x"}, 1_767_225_600_000, True),
        ("buyer_1000", "degraded", None, 5, {}, None, False),
    ),
)

WHOLE = """\
Agent       Health          Cash    Age  Labels            Since                 Ready
buyer_001   healthy   $10,000.50  3m05s  tier=gold,role=x  2026-01-01T00:00:00Z  yes
buyer_1000  degraded         n/a     0s  -                 n/a                   no
"""

FITTED = """\
Agent       Health          Cash    Age  Labels    Since                 Ready
buyer_001   healthy   $10,000.50  3m05s  tier=go…  2026-01-01T00:00:00Z  yes
buyer_1000  degraded         n/a     0s  -         n/a                   no
"""

RECORDS = """\
Agent: buyer_001
Health: healthy
Cash: $10,000.50
Age: 3m05s
Labels: tier=gold,role=x
Since: 2026-01-01T00:00:00Z
Ready: yes

Agent: buyer_1000
Health: degraded
Cash: n/a
Age: 0s
Labels: -
Since: n/a
Ready: no
"""


@pytest.mark.parametrize(("columns", "expected"), [(None, WHOLE), (86, WHOLE), (78, FITTED)])
def test_a_table_is_whole_in_a_pipe_and_fits_a_terminal(columns: int | None, expected: str) -> None:
    assert text(AGENTS, width=columns) == expected


@pytest.mark.parametrize("columns", [0, 10, 40])
def test_where_no_table_fits_each_field_has_a_line(columns: int) -> None:
    assert text(AGENTS, width=columns) == RECORDS


def test_an_empty_table_says_so() -> None:
    assert text(replace(AGENTS, rows=())) == "(no agents)\n"


def test_wide_characters_keep_the_columns_straight() -> None:
    table = TableShown(
        "x", (Column("a", "A"), Column("b", "B")), (("中文", "1"), ("e\u0301", "2"), ("abcdef", "3"))
    )
    assert text(table) == "A       B\n中文    1\ne\u0301       2\nabcdef  3\n"


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, "count", "n/a"),
        (1234, "count", "1234"),
        (-310, "cents", "-$3.10"),
        (90_061_001, "at_ms", "1d 01:01:01.001"),
        (0, "wall_ms", "1970-01-01T00:00:00Z"),
        (10**18, "wall_ms", "1000000000000000000ms"),
        (99.25, "pct", "99.2%"),
        (99.99, "pct", "99.9%"),
        (100, "pct", "100.0%"),
        (None, "pct", "n/a"),
        (0.04, "latency_ms", "0.04ms"),
        (12.4, "latency_ms", "12ms"),
        (3, "latency_ms", "3ms"),
        (None, "latency_ms", "n/a"),
        (("buyer_001", "buyer_002"), "ids", "buyer_001, buyer_002"),
        ((), "ids", "-"),
        ("a\tb\nc", "text", "a\\tb\\nc"),
    ],
)
def test_a_cell_is_written_as_its_kind(value: Cell, kind: CellKind, expected: str) -> None:
    table = TableShown("x", (Column("a", "A", kind),), ((value,),))
    assert text(table).splitlines()[1].strip() == expected


def test_figures_stand_at_the_right() -> None:
    columns = (Column("success_pct", "SUCCESS", "pct"), Column("avg_latency_ms", "LATENCY", "latency_ms"))
    table = TableShown("x", columns, ((9.5, 1234.0), (100.0, 0.04)))
    assert text(table) == "SUCCESS  LATENCY\n   9.5%  1,234ms\n 100.0%   0.04ms\n"


@given(
    st.lists(
        st.tuples(st.text(max_size=40), st.text(max_size=40), st.integers(0, 10**9)), min_size=1, max_size=5
    ),
    st.integers(36, 90),
)
def test_a_table_on_a_terminal_never_runs_over_its_edge(
    rows: list[tuple[str, str, int]], columns: int
) -> None:
    table = TableShown("x", (Column("a", "A"), Column("b", "B"), Column("c", "C", "count")), tuple(rows))
    lines = [text_of(line) for line in table_lines(table, columns, UNICODE)]
    assert len(lines) == len(rows) + 1
    assert max(map(width, lines)) <= columns


def test_on_one_screen_columns_at_the_right_are_left_out_and_counted() -> None:
    columns = tuple(Column(name, name.upper()) for name in ("agent", "state", "health", "since"))
    table = TableShown("agents", columns, (("buyer_001", "Ready", "healthy", "a long time ago"),) * 2)
    shown = [text_of(line) for line in table_lines(table, 20, UNICODE, one_screen=True)]
    assert shown == ["AGENT      STATE", "buyer_001  Ready", "buyer_001  Ready", "… 2 more columns"]
    assert text_of(next(iter(table_lines(table, 20, UNICODE)))).startswith("AGENT: ")
