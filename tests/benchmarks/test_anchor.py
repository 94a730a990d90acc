import subprocess
import sys

import pytest

from tests.benchmarks.anchor import Medians, compare, compare_commands, report


def test_rounds_alternate_and_the_first_of_each_is_not_counted() -> None:
    order: list[str] = []
    ours_s = iter([99.0, 3.0, 1.0, 2.0])
    anchor_s = iter([99.0, 4.0, 8.0, 6.0])

    def measure_ours() -> float:
        order.append("ours")
        return next(ours_s)

    def measure_anchor() -> float:
        order.append("anchor")
        return next(anchor_s)

    medians = compare(measure_ours, measure_anchor, rounds=3)
    assert medians == Medians(2.0, 6.0)
    assert order[2:] == ["ours", "anchor", "anchor", "ours", "ours", "anchor"]


@pytest.mark.parametrize(("ours_s", "met"), [(1.9, True), (2.0, True), (2.1, False)])
def test_a_budget_is_met_up_to_itself(ours_s: float, met: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert report("work", Medians(ours_s, 1.0), budget=2.0) is met
    assert ("MISSED" in capsys.readouterr().out) is not met


def test_a_command_is_charged_for_the_cpu_it_used() -> None:
    busy = [sys.executable, "-c", "sum(range(3_000_000))"]
    idle = [sys.executable, "-c", "pass"]
    medians = compare_commands(busy, idle, rounds=3)
    assert medians.ours_s > medians.anchor_s > 0


def test_a_command_that_fails_is_no_measurement() -> None:
    failing = [sys.executable, "-c", "raise SystemExit(3)"]
    with pytest.raises(subprocess.CalledProcessError):
        compare_commands(failing, failing, rounds=1)
