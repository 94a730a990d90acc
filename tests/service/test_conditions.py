"""WHERE and ORDER BY over rows of every kind of field."""

import pytest
from hypothesis import given
from hypothesis import strategies as hs

from palm_ual.errors import InvalidValue, PalmError, UnknownKey
from palm_ual.lang import statements as st
from palm_ual.lang.parser import parse
from palm_ual.model.results import Column
from palm_ual.service.conditions import Fields, Row, field_name, sort_key

COLUMNS = (
    Column("agent", "AGENT"),
    Column("state", "STATE", "word"),
    Column("size", "SIZE", "count"),
    Column("pnl_cents", "PNL", "cents"),
    Column("since_ms", "SINCE", "duration_ms"),
    Column("time_wall_ms", "TIME", "wall_ms"),
    Column("at_ms", "FLEET TIME", "at_ms"),
    Column("keys", "KEYS", "ids"),
    Column("labels", "LABELS", "labels"),
    Column("success_pct", "SUCCESS", "pct"),
    Column("latency_ms", "LATENCY", "latency_ms"),
    Column("escrow", "ESCROW", "flag"),
)
ROWS: dict[str, Row] = {
    "a": ("Alpha", "Ready", 1, -10_050, 30_000, 5_000, 100, ("x", "y"), {"tier": "gold"}, 99.95, 0.04, True),
    "b": ("beta_1", "Failed", 2, 0, 90_000, 6_000, 200, (), {"tier": "tin", "zone": "eu"}, 100.0, 5.0, False),
    "c": ("betax1", "Ready", 3, 99, 0, 7_000, 300, ("x",), {}, 0.0, 1_065.5, False),
    "d": ("null", "Drained", None, None, 1, 8_000, 400, (), {}, None, None, True),
}


def condition(text: str) -> st.Condition:
    (show,) = parse(f"SHOW AGENTS WHERE {text}")
    assert isinstance(show, st.Show)
    assert show.where is not None
    return show.where


def chosen(text: str) -> str:
    """Which rows pass."""
    passes = Fields(COLUMNS, list(ROWS.values())).test(condition(text))
    return "".join(name for name, row in ROWS.items() if passes(row))


TABLE = {
    # Texts
    "agent = 'Alpha'": "a",
    "agent = alpha": "a",
    "agent != 'Alpha'": "bcd",
    "agent < 'beta_1'": "a",
    "agent >= 'betax1'": "cd",
    "agent IN ('Alpha', betax1)": "ac",
    "agent = 'null'": "d",
    "agent = null": "",
    "AGENT = 'Alpha'": "a",
    # Words have no case
    "state = ready": "ac",
    "state != READY": "bd",
    "state IN (READY, failed)": "abc",
    "state LIKE 'RE%'": "ac",
    # LIKE
    "agent LIKE 'beta%'": "bc",
    "agent LIKE 'beta_1'": "bc",
    "agent LIKE '%A%'": "abc",
    "agent LIKE 'beta'": "",
    "agent LIKE 'beta.1'": "",
    "agent LIKE '%'": "abcd",
    # Numbers
    "size = 2": "b",
    "size != 2": "acd",
    "size > 1": "bc",
    "size <= 2": "ab",
    "size > 1.5": "bc",
    "size IN (1, 3)": "ac",
    "size = null": "d",
    "size != null": "abc",
    # Money is dollars
    "pnl = -100.5": "a",
    "pnl < -100": "a",
    "pnl > 0": "c",
    "pnl >= 0": "bc",
    "pnl = 0.99": "c",
    # Times
    "since = 30s": "a",
    "since > 1m": "b",
    "since < 1s": "cd",
    "since IN (30s, 90s)": "ab",
    "time > 6500": "cd",
    "at <= 200": "ab",
    # Latencies are milliseconds, or durations
    "latency < 0.05": "a",
    "latency = 5ms": "b",
    "latency >= 5": "bc",
    "latency > 1s": "c",
    "latency = null": "d",
    # Percents are numbers, with the sign or without
    "success = 100%": "b",
    "success >= 99.9": "ab",
    "success < 99%": "c",
    "success IN (0, 100)": "bc",
    # True and false
    "escrow = true": "ad",
    "escrow != TRUE": "bc",
    "escrow IN (false)": "bc",
    # Lists are their text
    "keys = 'x,y'": "a",
    "keys = ''": "bd",
    # Labels are fields
    "tier = gold": "a",
    "tier != gold": "bcd",
    "tier = null": "cd",
    "zone = 'eu'": "b",
    "tier LIKE '%i%'": "b",
    # Together
    "state = ready AND size > 1": "c",
    "state = failed OR size = 1": "ab",
    "NOT state = ready": "bd",
    "NOT size > 1": "a",
    "NOT (size > 1 AND agent = null)": "abcd",
    "NOT (size > 1 OR state = drained)": "a",
    "size > 1 OR state = drained": "bcd",
    "labels.tier = gold": "a",
    "LABELS.zone = 'eu'": "b",
    "labels.nothing = null": "abcd",
    "state = ready AND (size = 3 OR size = 1) AND NOT tier = gold": "c",
    "state = failed OR state = ready AND size = 3": "bc",
}


@pytest.mark.parametrize("text", TABLE)
def test_what_a_condition_lets_through(text: str) -> None:
    assert chosen(text) == TABLE[text]


REFUSED: dict[str, tuple[type[PalmError], str]] = {
    "colour = red": (UnknownKey, 'there is no field "colour"'),
    "Tier = gold": (UnknownKey, 'there is no field "Tier"'),
    "pnl_cents = 5": (UnknownKey, 'there is no field "pnl_cents"'),
    "size = five": (InvalidValue, "size is a number"),
    "size = true": (InvalidValue, "size is a number"),
    "size = 30s": (InvalidValue, "size is not a duration"),
    "size = 5%": (InvalidValue, "size is not a percent"),
    "size > null": (InvalidValue, "size cannot be ordered"),
    "size LIKE '1%'": (InvalidValue, "LIKE needs a field of text and a text"),
    "pnl = 'much'": (InvalidValue, "pnl is a number"),
    "pnl IN (1, 'much')": (InvalidValue, "pnl is a number"),
    "since > 5": (InvalidValue, "since is a duration: write it as 30s or 5m"),
    "since > 'long'": (InvalidValue, "since is a duration"),
    "time > '2026-01-01'": (InvalidValue, "time is a number"),
    "agent = 30s": (InvalidValue, "agent is not a duration"),
    "latency > 5%": (InvalidValue, "latency is not a percent"),
    "latency = 'slow'": (InvalidValue, "latency is a number"),
    "latency = true": (InvalidValue, "latency is a number"),
    "success > 5s": (InvalidValue, "success is not a duration"),
    "success = 'all'": (InvalidValue, "success is a number"),
    "success > null": (InvalidValue, "success cannot be ordered"),
    "success_pct > 5": (UnknownKey, 'there is no field "success_pct"'),
    "escrow = yes": (InvalidValue, "escrow is true or false"),
    "escrow = 1": (InvalidValue, "escrow is true or false"),
    "escrow > false": (InvalidValue, "escrow cannot be ordered"),
    "labels = 'gold'": (InvalidValue, "labels holds several labels"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_condition_that_makes_no_sense_is_refused_and_not_ignored(text: str) -> None:
    kind, message = REFUSED[text]
    with pytest.raises(kind) as caught:
        chosen(text)
    assert type(caught.value) is kind
    assert message in caught.value.message


def test_an_unknown_field_gets_its_nearest() -> None:
    with pytest.raises(UnknownKey) as caught:
        chosen("stat = ready")
    assert caught.value.note == "did you mean state?"
    assert caught.value.hint == (
        "the fields are agent, state, size, pnl, since, time, at, keys, labels, success, latency, escrow"
    )


def test_a_label_may_be_asked_for_before_any_row_has_it() -> None:
    empty = Fields(COLUMNS, [])
    assert empty.test(condition("zone = eu"))(ROWS["b"]) is True
    with pytest.raises(UnknownKey, match='"stat"'):
        empty.test(condition("stat = gold"))


def test_fields_are_called_without_their_units() -> None:
    assert [field_name(column) for column in COLUMNS] == [
        "agent", "state", "size", "pnl", "since", "time", "at", "keys", "labels", "success", "latency", "escrow",
    ]  # fmt: skip


leaves = hs.sampled_from(
    [text for text in TABLE if "AND" not in text and "OR " not in text and "NOT" not in text]
)


@given(leaves, leaves)
def test_and_or_and_not_are_what_they_are_called(left: str, right: str) -> None:
    one, two = set(chosen(left)), set(chosen(right))
    assert set(chosen(f"{left} AND {right}")) == one & two
    assert set(chosen(f"{left} OR {right}")) == one | two
    assert set(chosen(f"NOT ({left} OR {right})")) == set(chosen(f"NOT {left} AND NOT {right}"))
    assert set(chosen(f"NOT ({left} AND {right})")) == set(chosen(f"NOT {left} OR NOT {right}"))
    assert set(chosen(f"NOT NOT {left}")) == one
    assert not one & set(chosen(f"NOT {left}"))


@pytest.mark.parametrize(
    ("field", "order"),
    [
        ("agent", "abcd"),
        ("size", "abcd"),
        ("pnl", "abcd"),
        ("since", "cdab"),
        ("success", "cabd"),
        ("latency", "abcd"),
        ("escrow", "bcad"),
        ("labels", "abcd"),
        ("tier", "abcd"),
    ],
)
def test_rows_are_ordered_by_any_field_and_what_was_not_measured_comes_last(field: str, order: str) -> None:
    getter, _ = Fields(COLUMNS, list(ROWS.values())).find(field)
    key = sort_key(getter)
    assert "".join(sorted(ROWS, key=lambda name: key(ROWS[name]))) == order
