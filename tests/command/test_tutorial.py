"""The tutorial's blocks for the console, copied as they are printed: what follows a prompt must come out."""

import json
import re
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

STEP_4 = """\
# UAL Console
> FLEET STATUS

┌──────────────────────────────────────────────────────────────┐
│                      Fleet Overview                          │
├──────────────────────────────────────────────────────────────┤
│                                                              │
│  Deployment: trading-fleet-v1                                │
│  Status: HEALTHY                                             │
│                                                              │
│  Agents:                                                     │
│    ✓ Healthy:    35 / 35 (100%)                              │
│    ⚠ Degraded:   0                                           │
│    ✗ Unhealthy:  0                                           │
│                                                              │
│  Performance:                                                │
│    Total PnL:       +$45,230                                 │
│    Avg Latency:     12ms                                     │
│    Orders/min:      1,234                                    │
│    Success Rate:    99.2%                                    │
│                                                              │
│  Resources:                                                  │
│    Total Funding:   $3,500,000                               │
│    Total Budget:    $1,750,000                               │
│    Used Budget:     $823,450 (47%)                           │
│                                                              │
└──────────────────────────────────────────────────────────────┘
"""

MEASURED = {
    "Total PnL:       ": r"[+-]\$[\d,]+(\.\d\d)?|\$0",
    "Avg Latency:     ": r"[\d,]+ms|<?0\.\d\dms",
    "Orders/min:      ": r"[\d,]+",
    "Success Rate:    ": r"\d+\.\d%",
    "Used Budget:     ": r"\$[\d,]+(\.\d\d)? \(\d+%\)",
}
"""The lines of the box whose figures come out of trading, and how those may look."""

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


def test_steps_4_and_5_run_as_printed_on_the_fleet_of_35(desk: Desk) -> None:
    assert desk.run("-c", STEP_5_HOME, "-c", "WAIT 1100ms").status == 0
    [(typed, printed)] = exchanges(STEP_4)
    box = desk.run(stdin=typed)
    assert box.status == 0
    assert box.err.startswith("note: the fleet is suspended since ")
    assert without_measured(box.out) == without_measured(printed)
    assert figures_in(box.out) == figures_worked_out(desk)
    up, down = exchanges(STEP_5)
    assert desk.run(stdin=up.typed) == Ran(0, up.printed, "")
    assert desk.run(stdin=down.typed) == Ran(0, down.printed + CLOSING_LINE, "")


def without_measured(box: str) -> list[str]:
    """The lines of a box; a figure that was measured is cut out with the blanks that fill up its line."""
    lines = []
    for line in box.splitlines():
        label = next((label for label in MEASURED if label in line), None)
        assert len(line) in (0, 64)
        lines.append(line if label is None else re.sub(rf"(?<={label})({MEASURED[label]}) +│$", "│", line))
    return lines


def figures_in(box: str) -> dict[str, str]:
    """What a box says under Performance and Resources."""
    return dict(re.findall(r"^│    (\w[\w /]+): +(\S.*?) +│$", box, re.MULTILINE))


def figures_worked_out(desk: Desk) -> dict[str, str]:
    """The same from accounts, positions, orders and agents, written as the box writes it."""
    looks = "SHOW ACCOUNTS; SHOW POSITIONS; SHOW ORDERS; SHOW AGENTS; BALANCE trading-fleet-v1; FLEET STATUS"
    out = desk.call("-o", "json", "-c", looks).out
    accounts, positions, orders, agents, balance, status = [json.loads(line) for line in out.splitlines()]
    assert sum(row["cash_cents"] for row in accounts) == sum(row["units"] for row in accounts) == 0
    funding, escrowed = balance["funded_cents"], balance["escrowed_cents"]
    cash = sum(row["cash_cents"] for row in accounts if row["kind"] == "agent")
    worth = sum(row["units"] * row["reference_cents"] for row in positions)
    resting = sum(row["left"] * row["price_cents"] for row in orders)
    used = sum(row["cost_cents"] for row in positions) + resting + escrowed
    latency_ms = status["avg_latency_ms"]
    assert latency_ms > 0
    return {
        "Total PnL": signed_dollars(cash + escrowed + worth - funding),
        "Avg Latency": milliseconds(latency_ms),
        "Orders/min": f"{sum(row['orders_per_min'] for row in agents):,}",
        "Success Rate": f"{status['success_pct']:.1f}%",
        "Total Funding": signed_dollars(funding).removeprefix("+"),
        "Total Budget": "$1,750,000",
        "Used Budget": f"{signed_dollars(used).removeprefix('+')} ({used * 100 // 1_750_000_00}%)",
    }


def milliseconds(latency_ms: float) -> str:
    """`12ms`, `0.04ms`, `<0.01ms`."""
    if latency_ms < 0.005:
        return "<0.01ms"
    return f"{latency_ms:.2f}ms" if latency_ms < 0.995 else f"{latency_ms:,.0f}ms"


def signed_dollars(cents: int) -> str:
    """`+$45,230`, `-$45,230.50`, `$0`."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'+' if cents > 0 else '-' if cents else ''}${whole:,}" + (f".{rest:02d}" if rest else "")


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
