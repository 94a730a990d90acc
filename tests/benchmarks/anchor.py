"""Measures ours beside an anchor: rounds interleaved, medians, CPU time, and the ratio to a budget.

An absolute time says little on a machine that others share; a ratio of medians says the same on most.
A benchmark is a module with a `main`, run as `python -m tests.benchmarks.bench_startup`.
"""

import gc
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Medians(NamedTuple):
    """CPU seconds, medians over the rounds."""

    ours_s: float
    anchor_s: float

    @property
    def ratio(self) -> float:
        """How many times the anchor's time ours takes."""
        return self.ours_s / self.anchor_s


def compare(
    measure_ours: Callable[[], float], measure_anchor: Callable[[], float], *, rounds: int
) -> Medians:
    """Medians of what each measure returns. One round of each goes first and is not counted.

    The order within a round alternates, so that neither side always runs on the warmer caches.
    """
    measure_ours()
    measure_anchor()
    ours_s: list[float] = []
    anchor_s: list[float] = []
    for number in range(rounds):
        sides = [(measure_ours, ours_s), (measure_anchor, anchor_s)]
        for measure, times_s in sides if number % 2 == 0 else reversed(sides):
            times_s.append(measure())
    return Medians(statistics.median(ours_s), statistics.median(anchor_s))


def compare_functions(
    ours: Callable[[], object], anchor: Callable[[], object], *, rounds: int = 15
) -> Medians:
    """CPU time of this process in each function. Garbage is collected before each call, not on its bill."""
    return compare(lambda: _function_cpu_s(ours), lambda: _function_cpu_s(anchor), rounds=rounds)


def compare_commands(
    ours: Sequence[str],
    anchor: Sequence[str],
    *,
    rounds: int = 31,
    environment: Mapping[str, str] | None = None,
) -> Medians:
    """CPU time, user and system, of each command and the children that it waited for.

    The commands find nothing on stdin and write to nowhere; the variables of `environment` come on top
    of this process's. Byte code is cached as it is for a person.

    Raises:
        subprocess.CalledProcessError: a command did not end with status 0.
    """
    full = {**os.environ, **(environment or {})}
    full.pop("PYTHONDONTWRITEBYTECODE", None)
    return compare(lambda: command_cpu_s(ours, full), lambda: command_cpu_s(anchor, full), rounds=rounds)


def command_cpu_s(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """CPU seconds of one run, which must end with status 0."""
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    # The child is gone: told so, Popen does not wait for it again.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


def report(name: str, medians: Medians, *, budget: float) -> bool:
    """Prints one line, and says whether ours took at most `budget` times the anchor's time."""
    met = medians.ratio <= budget
    print(
        f"{name:<40} {medians.ours_s * 1e3:>9.2f} ms  anchor {medians.anchor_s * 1e3:>9.2f} ms"
        f"  ratio {medians.ratio:>6.2f}  budget {budget:g}  {'met' if met else 'MISSED'}"
    )
    return met


def _function_cpu_s(function: Callable[[], object]) -> float:
    gc.collect()
    started_s = time.process_time()
    function()
    return time.process_time() - started_s
