"""What a one-liner costs, and the first prompt: against `python -c pass` of the same environment.

Run it from the checkout with the interpreter of an environment that `ual` is installed in, without the
extra `test`: lark imports interegular wherever it finds it, and a user has none.
`python -m tests.benchmarks.bench_startup` ends with status 1 if a budget is missed.
"""

import os
import pty
import signal
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.benchmarks.anchor import command_cpu_s, compare, compare_commands, report

FLEET_SIZES = (100, 10_000)
BUDGETS = {"json": 9.0, "text": 11.0}
FIRST_PROMPT_BUDGET = 16.0
ROUNDS = 31
_PROMPT = b"> "


def make_home(ual: str, home: Path, agents: int) -> None:
    """A home that holds one deployment of so many buyers, made by the command itself."""
    statements = f"SET capacity = {agents}; DEPLOY buyer COUNT {agents} AS fleet"
    subprocess.run([ual, "--home", str(home), "-c", statements], stdout=subprocess.DEVNULL, check=True)


def first_prompt_cpu_s(ual: str, home: Path, user: Path) -> float:
    """CPU seconds of the prompt's thread until the prompt is on a terminal, of somebody who has configured
    nothing; the fleet's thread begins to open the home after that.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment |= {"HOME": str(user), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(ual, [ual, "--home", str(home)], environment)
    written = b""
    try:
        while _PROMPT not in written:
            written += os.read(terminal, 65536)
        used_ns, *_ = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
    return int(used_ns) / 1e9


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
        medians = compare(
            partial(first_prompt_cpu_s, ual, Path(directory) / str(FLEET_SIZES[0]), Path(directory)),
            partial(command_cpu_s, nothing, {**os.environ}),
            rounds=ROUNDS,
        )
        met.append(report(f"first prompt, {FLEET_SIZES[0]:,} agents", medians, budget=FIRST_PROMPT_BUDGET))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
