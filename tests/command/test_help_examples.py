"""Every example that HELP shows runs, on a fleet that has what it speaks of."""

import pytest

from palm_ual.lang.help import TOPICS
from tests.command.ual import Desk

FLEET = """
DEPLOY buyer COUNT 5
DEPLOY buyer COUNT 3 AS trading-fleet-v1
DEPLOY seller AS f1 LABELS {"tier": "gold"}
"""
TRADERS = """
from palm_ual.agents.buyer import Buyer

class Momentum(Buyer):
    name = "momentum"
"""
BOUNDED = {
    "WATCH FLEET STATUS buyer-fleet EVERY 5s": "FOR 1m",
    "WATCH BALANCE buyer_001 UNTIL pnl < -100": "FOR 1m",
}
"""A person ends these; the clauses that end them here."""
BEFORE = {"RESUME buyer-fleet": "DRAIN buyer-fleet"}
UNMET = "WATCH BALANCE buyer_001 UNTIL pnl < -100"
EXAMPLES = [example for topic in TOPICS for example in topic.example]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_help_runs(desk: Desk, example: str) -> None:
    desk.write("morning.ual", "PALM STATUS\n")
    (desk.folder / "traders").mkdir()
    desk.write("traders/momentum.py", TRADERS)
    ran = desk.call(
        *("--ephemeral", "--clock", "virtual"),
        *("-c", FLEET, "-c", BEFORE.get(example, ""), "-c", f"{example} {BOUNDED.get(example, '')}"),
    )
    assert ran.status == (5 if example == UNMET else 0), ran.err
