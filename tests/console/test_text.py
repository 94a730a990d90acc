from typing import Literal

import pytest
from msgspec.structs import replace

from palm_ual.console.lines.lines import ASCII
from palm_ual.model.ids import Ranges
from palm_ual.model.money import format_dollars
from palm_ual.model.results import (
    Accepted,
    AgentsDrained,
    AgentsDraining,
    AgentsReady,
    AgentsTerminated,
    BalanceShown,
    Column,
    DeleteFinished,
    DeleteStarted,
    DeployFinished,
    DeploymentLine,
    DeployStarted,
    Described,
    DrainFinished,
    DrainStarted,
    Fact,
    FleetStatusShown,
    Funded,
    HelpShown,
    HomeChecked,
    HomeFinding,
    LogLine,
    LogShown,
    OrdersCancelledShown,
    PalmStatusShown,
    Renamed,
    RestartFinished,
    RestartStarted,
    ResultEvent,
    Resumed,
    ScaleFinished,
    ScaleStarted,
    SettingChanged,
    TableShown,
    TerminateStarted,
    Transferred,
    Trend,
    Waited,
    WaitMet,
)
from tests.console.shown import FLEET, text

PALM_STATUS = """\
Fleet Status:
  Agents: 0 / 100 (capacity)
  Healthy: 0
  Unhealthy: 0
  Deploying: 0

Resources:
  Total IUSD: $0.00
  Available Capacity: 100 agents
"""

DEPLOY = """\
Deploying 5 buyer agents...
  ✓ buyer_001 - Ready
  ✓ buyer_002 - Ready
  ✓ buyer_003 - Ready
  ✓ buyer_004 - Ready
  ✓ buyer_005 - Ready

Fleet deployed successfully!
"""

DEPLOY_WITH = """\
Deploying 3 seller agents with config...
  ✓ seller_001 - Funded: $100,000 - Service: Data Analysis
  ✓ seller_002 - Funded: $100,000 - Service: Data Analysis
  ✓ seller_003 - Funded: $100,000 - Service: Data Analysis
"""

FLEET_STATUS = """\
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

SCALE_UP = """\
Scaling trading-fleet-v1 from 35 to 50 agents...
  Deploying 15 new agents...
  ✓ buyer_036 - Ready
  ✓ buyer_037 - Ready
  ...
  ✓ buyer_050 - Ready

Fleet scaled successfully!
"""

SCALE_DOWN = """\
Scaling trading-fleet-v1 from 50 to 20 agents...
  Gracefully terminating 30 agents...
  ⏳ buyer_050 - Closing positions...
  ✓ buyer_050 - Terminated
  ...

Fleet scaled successfully!
"""

NO_DEPLOYMENT = """\
│  Deployment: none                                            │
│  Status: n/a                                                 │
│                                                              │
│  Agents:                                                     │
│    ✓ Healthy:    0 / 0 (n/a)                                 │
│    ⚠ Degraded:   0                                           │
│    ✗ Unhealthy:  0                                           │
│                                                              │
│  Performance:                                                │
│    Total PnL:       n/a                                      │
│    Avg Latency:     n/a                                      │
│    Orders/min:      n/a                                      │
│    Success Rate:    n/a                                      │
│                                                              │
│  Resources:                                                  │
│    Total Funding:   n/a                                      │
│    Total Budget:    n/a                                      │
│    Used Budget:     n/a                                      │
"""


A_LINE_FOR_EACH = """\
│  Deployments:                                                │
│    ✓ buyer-fleet           HEALTHY    1,000,000 / 1,000,000  │
│    ⚠ a-name-that-goes-on…  DEGRADED   10 / 1,500             │
│    ✗ market                UNHEALTHY  0 / 3                  │
"""


def test_palm_status_is_the_tutorials_block() -> None:
    assert text(PalmStatusShown(0, 100, 0, 0, 0, 0, 100)) == PALM_STATUS


def test_deploy_is_the_tutorials_block() -> None:
    shown = text(
        DeployStarted("buyer-fleet", "buyer", 5, with_config=False),
        AgentsReady("buyer", ((1, 5),), 1, 5),
        DeployFinished("buyer-fleet", with_config=False),
    )
    assert shown == DEPLOY


def test_deploy_with_config_is_the_tutorials_block_without_a_closing_line() -> None:
    shown = text(
        DeployStarted("seller-fleet", "seller", 3, with_config=True),
        AgentsReady("seller", ((1, 3),), 1, 3, 10_000_000, "Data Analysis"),
        DeployFinished("seller-fleet", with_config=True),
    )
    assert shown == DEPLOY_WITH


def test_fleet_status_is_the_tutorials_box() -> None:
    assert text(FLEET) == FLEET_STATUS


@pytest.mark.parametrize("sizes", [(15,), (1,) * 15, (2, 13), (1, 2, 11, 1)])
def test_scale_up_is_the_tutorials_block_however_its_ticks_come(sizes: tuple[int, ...]) -> None:
    events: list[ResultEvent] = [ScaleStarted("trading-fleet-v1", 35, 50, 15)]
    ready = 0
    for size in sizes:
        events.append(AgentsReady("buyer", ((36 + ready, 35 + ready + size),), 1 + ready, 15))
        ready += size
    assert text(*events, ScaleFinished("trading-fleet-v1", 50)) == SCALE_UP


@pytest.mark.parametrize("size", [30, 10, 1])
def test_scale_down_is_the_tutorials_block_and_the_closing_line(size: int) -> None:
    events: list[ResultEvent] = [ScaleStarted("trading-fleet-v1", 50, 20, -30)]
    for first in range(1, 31, size):
        agents = ((51 - first, 52 - first - size),)
        events.append(AgentsDraining("buyer", agents, first, 30, closing=agents))
    for first in range(1, 31, size):
        events.append(AgentsTerminated("buyer", ((51 - first, 52 - first - size),), first, 30))
    assert text(*events, ScaleFinished("trading-fleet-v1", 20)) == SCALE_DOWN


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (1, ["buyer_001"]),
        (10, [f"buyer_{number:03d}" for number in range(1, 11)]),
        (11, ["buyer_001", "buyer_002", "...", "buyer_011"]),
        (1000, ["buyer_001", "buyer_002", "...", "buyer_1000"]),
    ],
)
def test_up_to_ten_agents_have_a_line_each_and_more_the_first_two_and_the_last(
    total: int, expected: list[str]
) -> None:
    lines = text(AgentsReady("buyer", ((1, total),), 1, total)).splitlines()
    assert [line.removeprefix("  ").removeprefix("✓ ").removesuffix(" - Ready") for line in lines] == expected


def test_ticks_all_shows_every_agent_in_the_order_it_came() -> None:
    shown = text(AgentsTerminated("buyer", ((50, 41), (12, 11), (3, 3)), 1, 13), ticks="all")
    assert [int(line.split()[1][6:]) for line in shown.splitlines()] == [*range(50, 40, -1), 12, 11, 3]


def test_ticks_are_found_across_the_ranges_of_an_event() -> None:
    shown = text(AgentsReady("buyer", ((7, 7), (3, 2), (20, 30)), 1, 14))
    assert shown == "  ✓ buyer_007 - Ready\n  ✓ buyer_003 - Ready\n  ...\n  ✓ buyer_030 - Ready\n"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (DeployStarted("x", "buyer", 1, with_config=False), "Deploying 1 buyer agent...\n"),
        (DeployStarted("x", "buyer", 100_000, with_config=False), "Deploying 100,000 buyer agents...\n"),
        (AgentsReady("buyer", ((1, 1),), 1, 1, 50), "  ✓ buyer_001 - Funded: $0.50\n"),
        (
            ScaleStarted("x", 2, 1, -1),
            "Scaling x from 2 to 1 agent...\n  Gracefully terminating 1 agent...\n",
        ),
        (ScaleStarted("x", 0, 1, 1), "Scaling x from 0 to 1 agent...\n  Deploying 1 new agent...\n"),
        (ScaleFinished("x", 5, changed=False), "x already has 5 agents\n"),
        (DeleteStarted("x", 5, force=True), "Terminating 5 agents of x...\n"),
        (
            AgentsTerminated("buyer", ((2, 2),), 1, 1, dropped=1),
            "  ✓ buyer_002 - Terminated\n  ⚠ 1 agent still owed something: dropped\n",
        ),
        (DrainStarted("x", 5), "Draining x (5 agents)...\n"),
        (DrainStarted("x", 1), "Draining x (1 agent)...\n"),
        (DrainStarted("buyer_001", 1), "Draining buyer_001...\n"),
        (AgentsDrained("buyer", ((2, 2),), 1, 1), "  ✓ buyer_002 - Drained\n"),
        (DrainFinished("x"), "x drained: takes no new work until RESUME x\n"),
        (Resumed("x", 5), "x resumed: 5 agents take new work\n"),
        (Resumed("x", 1), "x resumed: 1 agent takes new work\n"),
        (Resumed("buyer_001", 1), "buyer_001 resumed: takes new work\n"),
        (RestartStarted("x", 5, 2), "Restarting 5 agents of x, at most 2 at a time...\n"),
        (RestartStarted("x", 1, 2), "Restarting 1 agent of x...\n"),
        (RestartStarted("buyer_001", 1, 2), "Restarting buyer_001...\n"),
        (RestartFinished("x"), "x restarted\n"),
        (TerminateStarted("buyer_003", force=False), "Terminating buyer_003...\n"),
        (Renamed("old", "new"), "old renamed to new\n"),
        (SettingChanged("capacity", "138"), "capacity = 138\n"),
        (
            Funded("buyer_001", 50_000, 50_000, 1_050_000),
            "buyer_001 funded with $500.00: $10,500.00 now\n",
        ),
        (Transferred("a", "b", 50_000, 0, 50_000), "$500.00 transferred from a to b\n"),
        (OrdersCancelledShown("buyer_001", 3), "3 orders of buyer_001 cancelled\n"),
        (OrdersCancelledShown("buyer_001", 1), "1 order of buyer_001 cancelled\n"),
        (WaitMet("x", "HEALTHY", 3100), "x is HEALTHY after 3s\n"),
        (WaitMet("x", "HEALTHY", 250), "x is HEALTHY after 250ms\n"),
        (WaitMet("x", "HEALTHY", 0), "x is HEALTHY after 0s\n"),
        (Waited(30_000), ""),
        (Accepted("SCALE x TO 5", "x"), "accepted: SCALE x TO 5; follow it with DESCRIBE x\n"),
    ],
)
def test_every_step_is_said_in_the_tutorials_voice(event: ResultEvent, expected: str) -> None:
    assert text(event) == expected


def test_delete_is_a_graceful_shutdown() -> None:
    shown = text(
        DeleteStarted("x", 2, force=False),
        AgentsDraining("buyer", ((2, 1),), 1, 2, shutdown=True, closing=((1, 2),)),
        AgentsTerminated("buyer", ((2, 1),), 1, 2, shutdown=True),
        DeleteFinished("x"),
    )
    assert shown == (
        "Initiating graceful shutdown...\n"
        "Waiting for buyer_002 to complete...\n"
        "Waiting for buyer_001 to complete...\n"
        "  buyer_002 ready for shutdown\n"
        "  buyer_001 ready for shutdown\n"
        "Shutdown complete\n"
    )


def test_only_agents_with_a_position_are_closing_one() -> None:
    draining = AgentsDraining("buyer", ((9, 5), (1, 1)), 1, 6, closing=((8, 7), (1, 1), (40, 40)))
    assert text(draining) == (
        "  ⏳ buyer_008 - Closing positions...\n"
        "  ⏳ buyer_007 - Closing positions...\n"
        "  ⏳ buyer_001 - Closing positions...\n"
    )
    assert (
        text(replace(draining, shutdown=True, closing=((6, 6),))) == "Waiting for buyer_006 to complete...\n"
    )
    assert text(replace(draining, closing=())) == ""


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        (((21, 50),), "  ⏳ buyer_050 - Closing positions...\n"),
        (((50, 21),), "  ⏳ buyer_050 - Closing positions...\n"),
        (((50, 50),), "  ⏳ buyer_050 - Closing positions...\n"),
        (((49, 21),), ""),
        ((), ""),
    ],
)
def test_of_many_the_first_has_its_line_if_it_closes_a_position(closing: Ranges, expected: str) -> None:
    assert text(AgentsDraining("buyer", ((50, 21),), 1, 30, closing=closing)) == expected
    assert text(AgentsDraining("buyer", ((49, 21),), 2, 30, closing=closing)) == ""


def test_without_a_deployment_what_cannot_be_known_is_not_zero() -> None:
    none = FleetStatusShown("none", None, 0, 0, 0, 0, None, None, None, None, None, None, None)
    assert NO_DEPLOYMENT in text(none)


def test_several_deployments_have_a_line_each_that_keeps_to_the_box() -> None:
    whole = FleetStatusShown(
        "all (3)",
        "UNHEALTHY",
        *(1_001_503, 1_000_010, 5, 3),
        *(None, None, None, None, None, None, None),
        deployments=(
            DeploymentLine("buyer-fleet", "HEALTHY", 1_000_000, 1_000_000, 1_000_000, 0, 0),
            DeploymentLine("a-name-that-goes-on-and-on-and-on", "DEGRADED", 1500, 1500, 10, 5, 0),
            DeploymentLine("market", "UNHEALTHY", 3, 3, 0, 0, 3),
        ),
    )
    shown = text(whole)
    assert {len(line) for line in shown.splitlines()} == {64}
    assert "│  Deployment: all (3)    " in shown
    assert A_LINE_FOR_EACH in shown


@pytest.mark.parametrize(
    ("latency_ms", "expected"),
    [
        (0.0, "<0.01ms"),
        (0.004, "<0.01ms"),
        (0.04, "0.04ms"),
        (0.5, "0.50ms"),
        (1.0, "1ms"),
        (0.99, "0.99ms"),
        (0.997, "1ms"),
        (1234.5, "1,234ms"),
    ],
)
def test_latency_has_the_unit_that_it_needs(latency_ms: float, expected: str) -> None:
    box = FleetStatusShown("x", "HEALTHY", 1, 1, 0, 0, 0, latency_ms, 0, 100.0, 0, 0, 0)
    assert f"Avg Latency:     {expected} " in text(box)


@pytest.mark.parametrize(("healthy", "expected"), [(999, "(99%)"), (1000, "(100%)"), (0, "(0%)")])
def test_a_hundred_percent_is_said_of_all_only(healthy: int, expected: str) -> None:
    box = FleetStatusShown("x", "HEALTHY", 1000, healthy, 0, 0, 0, None, 0, 99.99, 0, 0, 0)
    assert expected in text(box)
    assert "Success Rate:    99.9%" in text(box)


@pytest.mark.parametrize(
    ("pct", "expected"), [(100.0, "100.0%"), (99.96, "99.9%"), (99.2, "99.2%"), (0.0, "0.0%")]
)
def test_success_has_one_decimal(pct: float, expected: str) -> None:
    assert f"Success Rate:    {expected} " in text(replace(FLEET, success_pct=pct))


@pytest.mark.parametrize(
    ("pnl_cents", "expected"),
    [(4_523_000, "+$45,230"), (4_523_017, "+$45,230.17"), (-310, "-$3.10"), (0, "$0")],
)
def test_profit_has_its_sign_and_cents_where_there_are_any(pnl_cents: int, expected: str) -> None:
    assert f"Total PnL:       {expected} " in text(replace(FLEET, pnl_cents=pnl_cents))


@pytest.mark.parametrize("cents", [123_456_789_012, 10**21 - 1])
def test_no_figure_is_too_wide_for_the_box(cents: int) -> None:
    wide = replace(
        FLEET,
        pnl_cents=-cents,
        avg_latency_ms=86_400_000.0,
        orders_per_min=10**12,
        funding_cents=cents,
        budget_cents=cents,
        used_budget_cents=cents - 1,
    )
    shown = text(wide)
    assert {len(line) for line in shown.splitlines()} == {64}
    assert f"Total PnL:       {format_dollars(-cents)}   " in shown
    assert f"Used Budget:     {format_dollars(cents - 1)} (99%)  " in shown


def test_what_is_for_programs_and_terminals_leaves_the_box_as_it_is() -> None:
    trend = Trend(60_000, (1, 2, 3), (1, 2, 3), (1.0, 2.0, 3.0))
    assert text(replace(FLEET, p99_latency_ms=31.5, trend=trend)) == FLEET_STATUS


def test_a_long_name_is_cut_in_the_box_and_widens_nothing() -> None:
    box = FleetStatusShown("n" * 63, "HEALTHY", *(0,) * 4, *(None,) * 7)
    lines = text(box).splitlines()
    assert {len(line) for line in lines} == {64}
    assert f"│  Deployment: {'n' * 45}…  │" in lines


@pytest.mark.parametrize("width", [0, 10, 63])
def test_a_terminal_too_narrow_for_the_box_has_the_same_figures_without_borders(width: int) -> None:
    shown = text(FLEET, width=width)
    assert "│" not in shown
    assert (
        "  Deployment: trading-fleet-v1\n  Status: HEALTHY\n\n  Agents:\n    ✓ Healthy:    35 / 35 (100%)\n"
        in shown
    )


def test_without_unicode_the_box_is_drawn_in_ascii() -> None:
    shown = text(FLEET, glyphs=ASCII)
    assert shown.isascii()
    assert "|    + Healthy:    35 / 35 (100%)                              |" in shown
    assert {len(line) for line in shown.splitlines()} == {64}


def test_a_description_has_facts_then_tables_then_reasons() -> None:
    table = TableShown("events", (Column("event", "Event"),), (("AgentsStarted",),))
    described = Described(
        "deployment",
        "buyer-fleet",
        (Fact("type", "Type", "buyer"), Fact("funding_cents", "Funding", 1_000_050, "cents")),
        (("Latest events", table),),
        ("2 of 5 agents wait for capacity",),
    )
    assert text(described) == (
        "Deployment buyer-fleet\n"
        "  Type:    buyer\n"
        "  Funding: $10,000.50\n"
        "\n"
        "Latest events:\n"
        "  Event\n"
        "  AgentsStarted\n"
        "\n"
        "Not where it should be:\n"
        "  ⚠ 2 of 5 agents wait for capacity\n"
    )


def test_a_balance_says_what_the_cash_is_claimed_for_and_what_is_held() -> None:
    balance = BalanceShown(
        *("buyer_001", "agent", 1_050_000, 5_000, 12_345, 1_000_000, -310),
        positions=(("Data Analysis", 12, 123_400), ("General", -3, -150)),
    )
    assert text(balance) == (
        "Balance of buyer_001\n"
        "  Cash:     $10,500.00\n"
        "  Reserved: $50.00\n"
        "  Escrowed: $123.45\n"
        "  Funded:   $10,000.00\n"
        "  PnL:      -$3.10\n"
        "\n"
        "Positions:\n"
        "  SERVICE        UNITS      VALUE\n"
        "  Data Analysis     12  $1,234.00\n"
        "  General           -3     -$1.50\n"
    )


def test_a_balance_has_no_line_for_what_such_an_account_cannot_have() -> None:
    assert text(BalanceShown("issuer", "issuer", -500)) == "Balance of issuer\n  Cash: -$5.00\n"


@pytest.mark.parametrize("kind", ["agent", "deployment"])
def test_a_trader_that_never_traded_has_no_profit_yet(kind: Literal["agent", "deployment"]) -> None:
    assert "  PnL:      n/a\n" in text(BalanceShown("x", kind, 0, 0, 0, 0))


def test_a_clean_home_is_well_and_says_what_was_looked_at() -> None:
    assert text(HomeChecked(36_512, 34_800, 1_200, 120_000, 60_001, 42, 100_000_000, 12_345_678)) == (
        "Checked the home:\n"
        "  Journal: 36,512 events in 12,345,678 bytes\n"
        "  Market:  120,000 orders and 60,001 trades in 36,000 batches (1,200 of them compacted)\n"
        "  Ledger:  42 accounts, $1,000,000.00 issued\n"
        "  ✓ all is well\n"
    )


def test_a_home_in_memory_has_no_bytes() -> None:
    assert text(HomeChecked(1, 1, 0, 1, 1, 3, 0, None)) == (
        "Checked the home:\n"
        "  Journal: 1 event\n"
        "  Market:  1 order and 1 trade in 1 batch\n"
        "  Ledger:  3 accounts, $0.00 issued\n"
        "  ✓ all is well\n"
    )


def test_every_finding_has_a_line_and_then_not_all_is_well() -> None:
    findings = (HomeFinding("event 17", "its digest is wrong"), HomeFinding("ledger", "0.01 too much"))
    shown = text(HomeChecked(20, 0, 0, 0, 0, 3, 0, None, findings))
    assert shown.endswith("  ✗ event 17: its digest is wrong\n  ✗ ledger: 0.01 too much\n")
    assert "all is well" not in shown


def test_log_lines_have_the_fleets_time() -> None:
    shown = text(LogShown("buyer_001", (LogLine(185_250, "started"), LogLine(90_000_000, "a\nb"))))
    assert shown == "00:03:05.250  started\n1d 01:00:00.000  a\\nb\n"


def test_help_shows_syntax_words_and_an_example() -> None:
    shown = text(HelpShown("SCALE", ("SCALE name TO n",), ("Grows or shrinks.",), ("SCALE x TO 3",)))
    assert shown == "  SCALE name TO n\n\nGrows or shrinks.\n\nExample:\n  SCALE x TO 3\n"
