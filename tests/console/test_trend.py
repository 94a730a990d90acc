import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from palm_ual.console.lines.lines import ASCII, UNICODE, Glyphs, glyphs_for
from palm_ual.console.lines.width import width
from palm_ual.model.results import Column, Described, Fact, FleetStatusShown, TableShown, Trend
from tests.console.shown import FLEET, any_trend, text

EIGHT = Trend(
    step_ms=60_000,
    pnl_cents=(0, -12_000, 500_000, 1_000_000, 1_500_000, 2_000_000, 4_523_000, 3_000_000),
    orders_per_min=(0, 100, 200, 300, 400, 500, 600, 700),
    latency_ms=(None, 0.04, 2.0, None, 12.0, 6.0, 6.0, 6.0),
)

BELOW_THE_BOX = """
Last 8m00s, lowest to highest:
  PnL:        ▁▁▂▃▃▄█▆  -$120 to +$45,230
  Latency:     ▁▂ █▄▄▄  0.04ms to 12ms
  Orders/min: ▁▂▃▄▅▆▇█  0 to 700
"""

IN_ASCII = """
Last 8m00s, lowest to highest:
  PnL:        ..:--=@*  -$120 to +$45,230
  Latency:     .: @===  0.04ms to 12ms
  Orders/min: .:-=+*#@  0 to 700
"""

NARROW = """
Last 36m00s, lowest to highest:
  PnL: -$1,230.45 to +$45,230.17
    ▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁▇▁█
  Latency: n/a
  Orders/min: 1,234
    ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
"""


def of(pnl_cents: tuple[int, ...]) -> FleetStatusShown:
    trend = Trend(60_000, pnl_cents, (1234,) * len(pnl_cents), (None,) * len(pnl_cents))
    return replace(FLEET, trend=trend)


def below(status: FleetStatusShown, columns: int) -> str:
    """What a terminal shows of the trend."""
    return text(status, width=columns).removeprefix(text(replace(status, trend=None), width=columns))


def bars_of(shown: str) -> list[str]:
    return [
        "".join(c for c in line if c in UNICODE.bars) for line in shown.splitlines() if "Last" not in line
    ]


def test_a_terminal_shows_the_trend_below_the_box() -> None:
    assert text(replace(FLEET, trend=EIGHT), width=80) == text(FLEET) + BELOW_THE_BOX


def test_without_unicode_the_bars_are_drawn_in_ascii() -> None:
    assert text(replace(FLEET, trend=EIGHT), width=80, glyphs=ASCII).endswith(IN_ASCII)


def test_a_pipe_and_a_terminal_without_pictures_get_the_box_alone() -> None:
    status = replace(FLEET, trend=EIGHT)
    assert text(status) == text(FLEET)
    assert text(status, width=80, glyphs=glyphs_for("utf-8", pictures=False)) == text(FLEET, width=80)


def test_a_narrow_terminal_has_the_bars_below_their_figures() -> None:
    swinging = (99_999_999, *(-123_045, 4_000_000) * 17, -123_045, 4_523_017)
    assert below(of(swinging), 40) == NARROW


@pytest.mark.parametrize(
    ("points", "columns", "shown"), [(48, 70, 40), (48, 200, 48), (20, 80, 20), (48, 40, 36)]
)
def test_the_newest_points_are_shown_as_far_as_they_fit(points: int, columns: int, shown: int) -> None:
    lines = below(of(tuple(range(10_000, 10_000 + 100 * points, 100))), columns)
    assert lines.splitlines()[1].startswith(f"Last {shown}m00s")
    assert "▁" * shown in lines
    assert "▁" * (shown + 1) not in lines
    assert f"to +${99 + points}" in lines


@pytest.mark.parametrize("points", [0, 1])
def test_one_point_is_no_trend(points: int) -> None:
    assert below(of((5,) * points), 80) == ""


def test_what_never_moved_is_flat_and_says_one_figure() -> None:
    assert "  PnL:        ▁▁▁▁  +$0.05\n" in below(of((5,) * 4), 80)


def test_a_description_has_the_trend_behind_its_facts() -> None:
    table = TableShown("events", (Column("event", "EVENT"),), (("AgentsStarted",),))
    described = Described(
        "deployment", "x", (Fact("type", "Type", "buyer"),), (("Latest events", table),), ("why",), EIGHT
    )
    start, end = "Deployment x\n  Type: buyer\n", "\nLatest events:\n  EVENT\n"
    assert text(described, width=80).startswith(start + BELOW_THE_BOX + end)
    assert text(described).startswith(start + end)


@given(any_trend, st.integers(0, 120), st.sampled_from([UNICODE, ASCII]))
def test_no_trend_runs_over_the_edge(trend: Trend, columns: int, glyphs: Glyphs) -> None:
    described = Described("deployment", "x", (), trend=trend)
    _, *lines = text(described, width=columns, glyphs=glyphs).splitlines()
    assert max(map(width, lines), default=0) <= columns
