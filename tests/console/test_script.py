import io

import pytest

from palm_ual.console.runs.program import load_text
from palm_ual.console.runs.script import ScriptRun, only_looks
from palm_ual.console.writer import Output
from palm_ual.runtime.catalog import Catalog
from palm_ual.service.session import Session
from palm_ual.service.sources import Sources
from palm_ual.store.memory import MemoryJournal
from palm_ual.world.records import World


def look(text: str, world: World) -> tuple[int, str]:
    """The exit status of a program that only looks, and what it shows and says."""
    both = io.BytesIO()
    out, err = (io.TextIOWrapper(both, encoding="utf-8") for _ in range(2))
    steps = load_text(text, name=None, directory="/")
    assert only_looks(steps)
    run = ScriptRun(Output(out, err, {}), Session(), keep_going=True)
    run.look(steps, Sources(world, MemoryJournal(), Catalog([]), run.session, now_ms=0, wall_ms=0))
    return run.status, both.getvalue().decode()


@pytest.mark.parametrize(
    "text", ["WATCH PALM STATUS", "LOGS buyer_001 FOLLOW", "PALM STATUS; WATCH PALM STATUS FOR 1s"]
)
def test_what_goes_on_looking_needs_a_fleet_that_runs(text: str) -> None:
    assert not only_looks(load_text(text, name=None, directory="/"))
    assert only_looks(load_text("LOGS buyer_001 TAIL 5; PALM STATUS; HELP watch", name=None, directory="/"))


def test_a_sound_home_is_well() -> None:
    status, shown = look("CHECK HOME", World())
    assert status == 0
    assert shown.endswith("  ✓ all is well\n")


def test_a_home_that_is_not_sound_is_shown_first_and_then_fails_the_statement() -> None:
    world = World()
    world.capacity += 1  # which no event says
    status, shown = look("CHECK HOME; PALM STATUS", world)
    assert status == 1
    assert shown.startswith("Checked the home:\n")
    assert shown.index("  ✗ ") < shown.index("error[HOME_CORRUPT]: ") < shown.index("Fleet Status:")
