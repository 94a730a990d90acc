"""What a one-liner that only looks may not import: each of these costs as much as starting Python, or more."""

import json
import subprocess
import sys

import pytest

from tests.command.ual import Desk

SLOW = frozenset(
    {"prompt_toolkit", "pydantic", "pydantic_core", "yaml", "asyncio", "rich", "lark", "pathlib"}
)
"""`pathlib` is not slow for what it does; it is slow for what a status needs of it."""

LOOKING = """
import json, sys
from palm_ual.__main__ import main
sys.argv = ["ual", *json.loads(sys.argv[1])]
try:
    main()
except SystemExit as left:
    status = left.code or 0
else:
    status = 0
sys.stderr.write("\\n" + json.dumps([status, sorted(sys.modules)]))
"""


def modules_of(desk: Desk, *arguments: str) -> tuple[int, set[str]]:
    """The exit status of a command, and all modules that it left imported."""
    ran = subprocess.run(
        [sys.executable, "-S", "-c", LOOKING, json.dumps(arguments)],
        cwd=desk.folder,
        env=desk.environment({"PYTHONPATH": desk.environment()["PYTHONPATH"] + site_packages()}),
        capture_output=True,
        check=True,
        text=True,
    )
    status, names = json.loads(ran.stderr.splitlines()[-1])
    return status, set(names)


def site_packages() -> str:
    """On the path without `site`, whose hooks import modules of their own into every process."""
    return "".join(f":{path}" for path in sys.path if path.endswith("site-packages"))


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    desk.call("-c", "DEPLOY buyer COUNT 100")
    return desk


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", "PALM STATUS", "-o", "json"),
        ("-c", "PALM STATUS"),
        ("-c", "FLEET STATUS; SHOW AGENTS", "-o", "ndjson"),
        (
            "-c",
            "SHOW DEPLOYMENTS; LOGS buyer_001; SHOW EVENTS; SHOW STATEMENTS; SHOW SETTINGS",
        ),
        ("-c", "SHOW ORDERS; SHOW POSITIONS; SHOW ACCOUNTS; BALANCE buyer_001; BALANCE treasury"),
        ("-c", "CHECK HOME", "-o", "json"),
    ],
    ids=" ".join,
)
def test_a_looking_one_liner_imports_nothing_slow(fleet: Desk, arguments: tuple[str, ...]) -> None:
    status, modules = modules_of(fleet, *arguments)
    assert status == 0
    assert "palm_ual.world.records" in modules
    assert modules & SLOW == set()
    assert [name for name in modules if name.startswith(("palm_ual.agents", "palm_ual.engines"))] == []


def test_a_status_imports_only_what_it_shows(fleet: Desk) -> None:
    """What trading brought with it is there for those who ask for it."""
    status, modules = modules_of(fleet, "-c", "PALM STATUS; FLEET STATUS", "-o", "json")
    assert status == 0
    others = {"balances", "checking", "conditions", "descriptions", "listings", "market_listings", "trading"}
    assert modules & {f"palm_ual.service.{name}" for name in others} == set()
    apart = {"console.trend", "runtime.exchange", "runtime.operations", "store.flow", "store.verification"}
    assert modules & {f"palm_ual.{name}" for name in (*apart, "world.check", "world.check_market")} == set()


def test_a_description_asks_the_type_and_runs_no_fleet(fleet: Desk) -> None:
    status, modules = modules_of(fleet, "-c", "DESCRIBE buyer_001; DESCRIBE buyer-fleet; DESCRIBE TYPE buyer")
    assert status == 0
    assert modules & {"asyncio", "rich", "prompt_toolkit", "yaml", "lark"} == set()


def test_help_imports_neither_the_language_nor_the_fleet(fleet: Desk) -> None:
    status, modules = modules_of(fleet, "--help")
    assert status == 0
    assert modules & (SLOW | {"sqlite3", "palm_ual.lang.parser", "palm_ual.world.records"}) == set()


def test_the_version_imports_nothing_of_ours_but_itself(fleet: Desk) -> None:
    status, modules = modules_of(fleet, "--version")
    assert status == 0
    assert {name for name in modules if name.startswith("palm_ual")} == {"palm_ual", "palm_ual.__main__"}


def test_a_syntax_error_costs_no_fleet(fleet: Desk) -> None:
    status, modules = modules_of(fleet, "-c", "DEPLOY buyer CUONT 5")
    assert status == 3
    assert modules & (SLOW - {"pathlib"}) == set()


def test_a_deploy_imports_neither_terminal_nor_shell(fleet: Desk) -> None:
    status, modules = modules_of(fleet, "-c", "SCALE buyer-fleet TO 50; DEPLOY buyer")
    assert status == 0
    assert modules & {"rich", "prompt_toolkit", "yaml", "lark"} == set()
