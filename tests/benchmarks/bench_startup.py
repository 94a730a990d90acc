"""What a one-liner costs: `ual -c 'PALM STATUS'` against `python -c pass` of the same environment.

Run it from the checkout with the interpreter of an environment that `ual` is installed in, without the
extra `test`: lark imports interegular wherever it finds it, and a user has none.
`python -m tests.benchmarks.bench_startup` ends with status 1 if a budget is missed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.anchor import compare_commands, report

FLEET_SIZES = (100, 10_000)
BUDGETS = {"json": 9.0, "text": 11.0}
ROUNDS = 31


def make_home(ual: str, home: Path, agents: int) -> None:
    """A home that holds one deployment of so many buyers, made by the command itself."""
    statements = f"SET capacity = {agents}; DEPLOY buyer COUNT {agents} AS fleet"
    subprocess.run([ual, "--home", str(home), "-c", statements], stdout=subprocess.DEVNULL, check=True)


def main() -> int:
    ual = str(Path(sys.executable).parent / "ual")
    nothing = [sys.executable, "-c", "pass"]
    met = []
    with tempfile.TemporaryDirectory() as directory:
        for agents in FLEET_SIZES:
            home = Path(directory) / str(agents)
            make_home(ual, home, agents)
            for output, budget in BUDGETS.items():
                status = [ual, "--home", str(home), "-c", "PALM STATUS", "-o", output]
                medians = compare_commands(status, nothing, rounds=ROUNDS)
                met.append(report(f"PALM STATUS, {agents:,} agents, {output}", medians, budget=budget))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
