"""The line under the prompt."""

import pytest
from msgspec.structs import replace

from palm_ual.console.lines.lines import ASCII, UNICODE, text_of
from palm_ual.console.shell.bar import bar_parts
from palm_ual.service.pulse import Pulse

WELL = Pulse(
    deployments=1,
    agents=5,
    capacity=100,
    healthy=5,
    degraded=0,
    unhealthy=0,
    deploying=0,
    changing=0,
    orders_per_min=42,
    pnl_cents=-12_34,
    ill=(),
    ills=0,
)
ILL = replace(WELL, healthy=1, degraded=2, unhealthy=1, deploying=1, changing=2)


def said(pulse: Pulse | None, columns: int = 120) -> str:
    return text_of(bar_parts(pulse, columns, UNICODE))


def test_a_fleet_that_is_well_takes_few_words() -> None:
    assert said(WELL) == " 5/100 agents  ✓ 5  PnL -$12.34  42 orders/min"


def test_what_is_ill_or_under_way_is_added() -> None:
    shown = " 5/100 agents  ✓ 1  ⚠ 2  ✗ 1  1 starting  PnL -$12.34  42 orders/min  2 deployments changing"
    assert said(ILL) == shown


def test_what_was_not_measured_is_said_to_be_so() -> None:
    nothing = replace(WELL, agents=0, healthy=0, orders_per_min=None, pnl_cents=None)
    assert said(nothing) == " 0/100 agents  PnL n/a  n/a orders/min"


def test_a_home_that_is_being_opened_says_so() -> None:
    assert said(None) == " opening the home..."


@pytest.mark.parametrize("columns", range(1, 130))
def test_it_never_takes_more_than_the_columns_there_are(columns: int) -> None:
    assert len(said(ILL, columns)) <= columns
    assert len(said(None, columns)) <= columns


def test_health_is_the_last_to_go() -> None:
    assert said(ILL, 40) == " 5/100 agents  ✓ 1  ⚠ 2  ✗ 1"


def test_without_the_signs_ascii_stands_in() -> None:
    assert text_of(bar_parts(ILL, 40, ASCII)).startswith(" 5/100 agents  + 1  ! 2  x 1")


def test_what_is_ill_looks_ill() -> None:
    styles = [style for _, style in bar_parts(ILL, 120, UNICODE)]
    assert styles[1:4] == ["ok", "warn", "bad"]
