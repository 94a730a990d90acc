import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from palm_ual.console.lines.lines import ASCII, UNICODE, Glyphs, Line, glyphs_for, text_of
from palm_ual.console.lines.width import width
from palm_ual.console.terminal.charts import ROWS_MIN, charts_below, charts_beside, has_charts
from palm_ual.console.terminal.pictures import watched_picture
from palm_ual.model.results import (
    DeploymentLine,
    Described,
    Fact,
    FleetStatusShown,
    TableShown,
    Trend,
    Watchable,
    Watched,
)
from tests.console.shown import FLEET, any_trend, any_watchable, text

EIGHT = Trend(
    step_ms=60_000,
    pnl_cents=(0, -12_000, 500_000, 1_000_000, 1_500_000, 2_000_000, 4_523_000, 3_000_000),
    orders_per_min=(0, 100, 200, 300, 400, 500, 600, 700),
    latency_ms=(None, 0.04, 2.0, None, 12.0, 6.0, 6.0, 6.0),
)

BELOW = """\
PnL  last 8m00s
+$45,230 ┤                  ███
         │                  ███▆▆▆
         │            ▃▃▃▇▇▇██████
   -$120 ┤▁▁▁▁▁▁▄▄▄███████████████

Latency  last 8m00s
    12ms ┤            ███
         │            ███
         │            ████████████
  0.04ms ┤   ▁▁▁▆▆▆   ████████████

Orders/min  last 8m00s
     700 ┤                  ▄▄▄███
         │            ▃▃▃▇▇▇██████
         │      ▂▂▂▆▆▆████████████
       0 ┤▁▁▁▅▅▅██████████████████
"""

BESIDE = """\
PnL  last 8m00s                   Latency  last 8m00s               Orders/min  last 8m00s
+$45,230 +            @@              12ms +        @@                   700 +            ==@@
         |            @@**                 |        @@                       |        --##@@@@
         |        --##@@@@                 |        @@@@@@@@                 |    ::**@@@@@@@@
   -$120 +....==@@@@@@@@@@          0.04ms +  ..**  @@@@@@@@               0 +..++@@@@@@@@@@@@
"""


def said(lines: list[Line]) -> str:
    return "".join(text_of(line) + "\n" for line in lines)


def long_trend(points: int = 48) -> Trend:
    steps = range(points)
    return Trend(
        60_000,
        tuple(100 * step for step in steps),
        tuple(range(points)),
        tuple(step + 1.0 for step in steps),
    )


def picture(answer: Watchable, columns: int, rows: int = 50, glyphs: Glyphs = UNICODE) -> list[str]:
    """Without the heading."""
    event = Watched(answer, 1_780_000_000_000, 5, 2_000, changed=True, statement="FLEET STATUS")
    return [text_of(line) for line in watched_picture(event, columns, rows, glyphs)][2:]


def test_charts_have_the_highest_and_the_lowest_figure() -> None:
    assert said(charts_below(EIGHT, 50, 4, UNICODE)) == BELOW


def test_without_unicode_charts_are_drawn_in_ascii_beside_one_another_too() -> None:
    assert said(charts_beside(EIGHT, 100, 4, ASCII)) == BESIDE


def test_what_never_moved_is_flat_and_says_its_figure_once() -> None:
    still = Trend(60_000, (5,) * 4, (7,) * 4, (None,) * 4)
    lines = said(charts_below(still, 40, 4, UNICODE)).splitlines()
    assert lines[0] == "PnL  last 4m00s"
    assert lines[1:5] == [*["       │"] * 3, "+$0.05 ┤" + "▁" * 12]


def test_what_was_never_measured_is_said_to_be_unknown() -> None:
    unmeasured = Trend(60_000, (1, 2), (1, 2), (None, None))
    lines = said(charts_below(unmeasured, 40, 4, UNICODE)).splitlines()
    assert lines[6] == "Latency n/a  last 2m00s"
    assert {line.strip() for line in lines[7:11]} == {"│"}


def test_one_point_is_no_chart_and_so_is_a_terminal_without_pictures() -> None:
    assert has_charts(EIGHT, UNICODE)
    assert not has_charts(long_trend(1), UNICODE)
    assert not has_charts(None, UNICODE)
    assert not has_charts(EIGHT, glyphs_for("utf-8", pictures=False))


def test_the_newest_points_are_shown_as_far_as_they_fit() -> None:
    lines = said(charts_below(long_trend(), 30, 4, UNICODE)).splitlines()
    assert lines[0] == "PnL  last 24m00s"
    assert lines[1].startswith("+$47 ┤")
    assert max(map(len, lines)) == 30


@given(any_trend, st.integers(24, 200), st.integers(ROWS_MIN, 6), st.sampled_from([UNICODE, ASCII]))
def test_no_chart_is_higher_than_asked_for_whatever_its_figures(
    trend: Trend, columns: int, rows: int, glyphs: Glyphs
) -> None:
    if has_charts(trend, glyphs):
        assert len(charts_below(trend, columns, rows, glyphs)) == 3 * (rows + 1) + 2
        assert len(charts_beside(trend, columns, rows, glyphs)) == rows + 1


WITH_TREND = replace(FLEET, trend=long_trend())
NARROW_BOX = text(FLEET, width=63).splitlines()


def test_a_wide_terminal_has_the_charts_beside_the_box() -> None:
    lines = picture(WITH_TREND, 120)
    box = text(FLEET).splitlines()
    assert len(lines) == len(box)
    assert [line[:64] for line in lines] == box
    assert [line[66:].split("  ")[0] for line in lines if "last" in line] == [
        "PnL",
        "Latency",
        "Orders/min",
    ]


def test_eighty_columns_and_many_rows_have_them_below_the_box() -> None:
    lines = picture(WITH_TREND, 80)
    box = text(FLEET).splitlines()
    assert lines[: len(box)] == box
    assert lines[len(box) + 1].startswith("PnL")


def test_eighty_by_twenty_four_has_everything_without_borders() -> None:
    lines = picture(WITH_TREND, 80, 24)
    assert len(lines) + 2 < 24
    assert [line[:40].rstrip() for line in lines] == NARROW_BOX
    assert sum("last" in line for line in lines) == 3


def test_a_narrow_and_low_terminal_has_the_bars_of_one_row() -> None:
    lines = picture(WITH_TREND, 45, 24)
    assert lines == text(WITH_TREND, width=45).splitlines()


def test_less_than_forty_columns_have_no_history() -> None:
    assert picture(WITH_TREND, 39, 24) == text(FLEET, width=39).splitlines()


def test_a_terminal_without_pictures_has_the_answer_alone() -> None:
    bare = glyphs_for("utf-8", pictures=False)
    assert picture(WITH_TREND, 120, glyphs=bare) == text(FLEET, width=120, glyphs=bare).splitlines()


@pytest.mark.parametrize("columns", [120, 80])
def test_in_a_description_they_stand_behind_the_facts(columns: int) -> None:
    facts = (Fact("type", "Type", "buyer"), Fact("state", "State", "settled"))
    described = Described("deployment", "x", facts, (("Agents", TableShown("agents", (), ())),), ("why",))
    lines = picture(replace(described, trend=EIGHT), columns)
    without = text(described, width=columns).splitlines()
    assert lines[:3] == without[:3]
    assert lines[3] == ""
    assert lines[4].startswith("PnL  last")
    assert lines[-len(without[3:]) :] == without[3:]
    assert ("Orders/min" in lines[4]) is (columns == 120)


@given(any_watchable, st.integers(1, 150), st.integers(3, 60), st.sampled_from([UNICODE, ASCII]))
def test_no_picture_is_wider_than_the_answer_itself(
    answer: Watchable, columns: int, rows: int, glyphs: Glyphs
) -> None:
    bare = replace(answer, trend=None) if isinstance(answer, FleetStatusShown | Described) else answer
    widest = max(map(width, text(bare, width=columns, glyphs=glyphs).splitlines()), default=0)
    widest = max(widest, *map(width, text(bare, width=63, glyphs=glyphs).splitlines()), columns)
    event = Watched(answer, 0, 0, 1_000, changed=True, statement="x" * 50)
    for line in watched_picture(event, columns, rows, glyphs):
        assert width(text_of(line)) <= widest


def test_of_a_fleet_of_many_deployments_those_that_are_not_well_are_seen() -> None:
    lines = [DeploymentLine(f"d{number}", "HEALTHY", 1, 1, 1, 0, 0) for number in range(100)]
    lines[77] = replace(lines[77], status="DEGRADED")
    answer = replace(WITH_TREND, deployments=tuple(lines))
    event = Watched(answer, 1_780_000_000_000, 5, 2_000, changed=True, statement="FLEET STATUS")
    shown = [text_of(line) for line in watched_picture(event, 120, 40, UNICODE)]
    assert any("d77" in line for line in shown)
    assert any("PnL  last" in line for line in shown)
    assert shown[-1].endswith("more deployments")
