"""What a key costs: from writing it to a real pseudo-terminal until `ual` shows it there, while 10,000 agents
of as many deployments trade and each of their names may be completed.

Run it from the checkout with the interpreter of an environment that `ual` and pyte are installed in:
`python -m tests.benchmarks.bench_keys` ends with status 1 if the budget is missed. With a directory as its
argument the home is kept in it, and found again: it takes a while to make.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.shell.terminal import PROMPT, NotSeen, Terminal

NAMES = 10_000
BATCH = 5_000
"""Names that one run makes: a script has a bound."""
SELLERS_ONE_IN = 10
ROUNDS = 3
PACE_S = 0.03
"""A quick typist's."""
SETTLE_S = 20.0
"""Agents that are resumed together trade together, until they have spread."""
OPEN_WITHIN_S = 300.0
BUDGET_P99_MS = 20.0
TEXTS = (
    "SCALE name-04711 TO 5",
    "show agents where health = degraded and pnl < -100 limit 10",
    'DEPLOY buyer COUNT 5 AS crew WITH {"budget": 500}',
    "describe name-00999",
    "FLEET STATUS name-07",
)


def make_home(ual: str, home: Path, *, names: int = NAMES) -> None:
    """So many deployments of one trader each, every tenth a seller; made by the command itself."""
    for first in range(0, names, BATCH):
        numbers = range(first, min(first + BATCH, names))
        lines = [
            f"DEPLOY {'buyer' if number % SELLERS_ONE_IN else 'seller'} AS name-{number:05d} NOWAIT"
            for number in numbers
        ]
        script = "\n".join([f"SET capacity = {names}", *lines, f"WAIT FOR name-{numbers[-1]:05d} HEALTHY"])
        subprocess.run(
            [ual, "--home", str(home), "-"],
            input=script,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )


def shell_on(ual: str, home: Path, user: Path) -> Terminal:
    """`ual` on a terminal, of somebody who has configured nothing."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment |= {"HOME": str(user), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    return Terminal([ual, "--home", str(home)], folder=user, environment=environment, columns=100, rows=30)


def echoes_s(terminal: Terminal, texts: Sequence[str], *, rounds: int) -> list[float]:
    """How long each key took to be seen, typed at a pace: the next one does not wait longer than for that."""
    took_s: list[float] = []
    for text in [*texts] * rounds:
        for length in range(1, len(text) + 1):
            shown = f"{PROMPT} {text[:length]}"
            pressed_s = time.perf_counter()
            terminal.type(text[length - 1])
            terminal.wait_for(_row_begins_with(shown.rstrip()))
            took_s.append(time.perf_counter() - pressed_s)
            terminal.keeps(_anything, for_s=PACE_S - took_s[-1])
        terminal.key("ctrl-u")
        terminal.wait_for_prompt()
    return took_s


def _row_begins_with(text: str) -> Callable[[Terminal], bool]:
    return lambda terminal: terminal.screen.cursor_row.startswith(text)


def _anything(_: Terminal) -> bool:
    return True


def main() -> int:
    ual = str(Path(sys.executable).parent / "ual")
    with tempfile.TemporaryDirectory() as directory:
        home = Path(sys.argv[1] if len(sys.argv) > 1 else directory) / f"home-of-{NAMES}"
        if not home.exists():
            make_home(ual, home)
        terminal = shell_on(ual, home, Path(directory))
        terminal.wait_for_prompt()
        terminal.wait_for(lambda seen: f"/{NAMES:,} agents" in seen.text, within_s=OPEN_WITHIN_S)
        terminal.keeps(_anything, for_s=SETTLE_S)
        took_ms = sorted(took_s * 1e3 for took_s in echoes_s(terminal, TEXTS, rounds=ROUNDS))
        terminal.key("ctrl-d")
        with contextlib.suppress(NotSeen):
            terminal.wait_for(lambda _: False, within_s=OPEN_WITHIN_S)
        terminal.close()
    p50_ms, p99_ms = took_ms[len(took_ms) // 2], took_ms[len(took_ms) * 99 // 100]
    met = p99_ms <= BUDGET_P99_MS
    print(
        f"echo of {len(took_ms)} keys, {NAMES:,} names, {NAMES:,} trading agents: p50 {p50_ms:.1f} ms, "
        f"p99 {p99_ms:.1f} ms, longest {took_ms[-1]:.1f} ms, budget {BUDGET_P99_MS:g} ms at p99 "
        f"{'met' if met else 'MISSED'}"
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
