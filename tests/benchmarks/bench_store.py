"""What the store costs: a durable commit against a synced append, a look at a home against `python -c pass`.

Wall-clock time, because a commit waits for the disk. `python -m tests.benchmarks.bench_store` ends with
status 1 if a budget is missed.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from palm_ual.model.events import AgentsPlaced, Recorded
from palm_ual.store.sqlite import SqliteJournal, open_journal
from tests.benchmarks.anchor import command_cpu_s, compare, report

COMMITS = 300
LOOKS = 20
HOMES = {"100 agents": (40, 20_000), "10,000 agents": (4_000, 2_000_000)}
"""Events and bytes of the snapshot's large part."""
COMMIT_BUDGET = 2.5
LOOK_BUDGET = 0.15


def wall_s(act: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    act()
    return time.perf_counter() - started_s


def opened(home: Path) -> SqliteJournal:
    return open_journal(str(home), lock_timeout_s=0, holder="bench", clock=time.monotonic, sleep=time.sleep)


def event(seq: int) -> Recorded:
    return Recorded(seq, seq, seq, 1, AgentsPlaced(1, 1, ((seq, seq),), 10_000, 10_000))


def commit_each(journal: SqliteJournal) -> None:
    for seq in range(journal.head() + 1, journal.head() + COMMITS + 1):
        journal.append([event(seq)])
        journal.commit()


def append_each(fd: int) -> None:
    for _ in range(COMMITS):
        os.write(fd, bytes(200))
        os.fdatasync(fd)


def look(home: Path) -> None:
    for _ in range(LOOKS):
        journal = opened(home)
        journal.snapshot_part("summary")
        journal.close()


def bench_commits(directory: Path) -> bool:
    journal = opened(directory / "commits")
    fd = os.open(directory / "plain", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    medians = compare(
        lambda: wall_s(lambda: commit_each(journal)), lambda: wall_s(lambda: append_each(fd)), rounds=9
    )
    os.close(fd)
    journal.close()
    print(f"{COMMITS / medians.ours_s:,.0f} commits/s, {COMMITS / medians.anchor_s:,.0f} synced appends/s")
    return report(f"{COMMITS} commits of one event", medians, budget=COMMIT_BUDGET)


def bench_look(directory: Path, name: str) -> bool:
    events, size = HOMES[name]
    home = directory / name
    journal = opened(home)
    journal.append([event(seq) for seq in range(1, events + 1)])
    journal.write_snapshot({"summary": bytes(500), "agents": bytes(size)}, seq=events)
    journal.close()
    nothing = [sys.executable, "-c", "pass"]
    medians = compare(
        lambda: wall_s(lambda: look(home)) / LOOKS, lambda: command_cpu_s(nothing, os.environ), rounds=15
    )
    return report(f"open, one part, close: {name}", medians, budget=LOOK_BUDGET)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        met = [bench_commits(directory), *(bench_look(directory, name) for name in HOMES)]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
