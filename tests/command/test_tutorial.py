"""The tutorial's blocks for the console, copied as they are printed: what follows a prompt must come out."""

from typing import NamedTuple

import pytest

from tests.command.ual import ROADS, Desk, Ran

STEP_1 = """\
# UAL Console
> PALM STATUS

Fleet Status:
  Agents: 0 / 100 (capacity)
  Healthy: 0
  Unhealthy: 0
  Deploying: 0

Resources:
  Total IUSD: $0.00
  Available Capacity: 100 agents
"""

STEP_2 = """\
# Deploy 5 buyer agents
> DEPLOY buyer COUNT 5

Deploying 5 buyer agents...
  ✓ buyer_001 - Ready
  ✓ buyer_002 - Ready
  ✓ buyer_003 - Ready
  ✓ buyer_004 - Ready
  ✓ buyer_005 - Ready

Fleet deployed successfully!
"""

STEP_2_WITH_CONFIGURATION = """\
# Deploy with specific configuration
> DEPLOY seller COUNT 3 WITH {
    "funding": 100000,
    "budget": 50000,
    "service": "Data Analysis",
    "price": 5000,
    "strategy": "conservative"
  }

Deploying 3 seller agents with config...
  ✓ seller_001 - Funded: $100,000 - Service: Data Analysis
  ✓ seller_002 - Funded: $100,000 - Service: Data Analysis
  ✓ seller_003 - Funded: $100,000 - Service: Data Analysis
"""

STEP_5 = """\
# Scale up
> SCALE trading-fleet-v1 TO 50

Scaling trading-fleet-v1 from 35 to 50 agents...
  Deploying 15 new agents...
  ✓ buyer_036 - Ready
  ✓ buyer_037 - Ready
  ...
  ✓ buyer_050 - Ready

Fleet scaled successfully!

# Scale down
> SCALE trading-fleet-v1 TO 20

Scaling trading-fleet-v1 from 50 to 20 agents...
  Gracefully terminating 30 agents...
  ⏳ buyer_050 - Closing positions...
  ✓ buyer_050 - Terminated
  ...
"""

STEP_5_HOME = 'DEPLOY buyer COUNT 35 AS trading-fleet-v1 WITH {"funding": 100000, "budget": 50000}'
CLOSING_LINE = "\nFleet scaled successfully!\n"
"""The tutorial leaves off at `...`; the contract prints the closing line of a scale-down as well."""


class Exchange(NamedTuple):
    """What is typed, with its prompt and the comments around it, and what it prints."""

    typed: str
    printed: str


def exchanges(block: str) -> list[Exchange]:
    """The parts of a block: comments and a statement up to a blank line, then what it printed."""
    parts = [part.strip("\n") + "\n" for part in f"\n{block}".split("\n# ")[1:]]
    return [Exchange(f"# {typed}\n", printed) for typed, printed in (part.split("\n\n", 1) for part in parts)]


def test_the_blocks_are_read_as_they_are_meant() -> None:
    assert [typed.splitlines()[1][:8] for typed, _ in exchanges(STEP_5)] == ["> SCALE "] * 2
    assert exchanges(STEP_2_WITH_CONFIGURATION)[0].typed.endswith('"conservative"\n  }\n')
    assert exchanges(STEP_1)[0].printed.endswith("Capacity: 100 agents\n")


@pytest.mark.parametrize("road", ROADS)
def test_steps_1_and_2_run_as_printed_on_a_fresh_home(desk: Desk, road: str) -> None:
    for block in (STEP_1, STEP_2, STEP_2_WITH_CONFIGURATION):
        [(typed, printed)] = exchanges(block)
        assert desk.run_by(road, typed) == Ran(0, printed, "")


def test_step_5_runs_as_printed_on_the_fleet_of_35(desk: Desk) -> None:
    assert desk.run("-c", STEP_5_HOME).status == 0
    up, down = exchanges(STEP_5)
    assert desk.run(stdin=up.typed) == Ran(0, up.printed, "")
    assert desk.run(stdin=down.typed) == Ran(0, down.printed + CLOSING_LINE, "")


def test_a_whole_block_can_be_pasted_with_its_prompts_and_comments(desk: Desk) -> None:
    pasted = exchanges(STEP_1) + exchanges(STEP_2) + exchanges(STEP_2_WITH_CONFIGURATION)
    ran = desk.run(stdin="\n".join(typed for typed, _ in pasted))
    assert ran == Ran(0, "\n".join(printed for _, printed in pasted), "")


@pytest.mark.parametrize("road", ROADS)
def test_the_blocks_print_the_same_in_virtual_time(desk: Desk, road: str) -> None:
    up, down = exchanges(STEP_5)
    ran = desk.run_by(road, f"{STEP_5_HOME}\n{up.typed}\n{down.typed}", "--ephemeral", "--clock", "virtual")
    assert ran.status == 0
    assert ran.err == ""
    assert ran.out.endswith(f"\n\n{up.printed}\n{down.printed}{CLOSING_LINE}")
