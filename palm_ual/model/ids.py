"""Names and agent ids: `<type>_<number>`, at least three digits, never reused."""

import re

_AGENT_ID = re.compile(r"([a-z_][a-z0-9_]*)_([0-9]{3,7})\Z")

Range = tuple[int, int]
"""Agent numbers from the first to the last, both included."""
Ranges = tuple[Range, ...]


def agent_id(type_name: str, number: int) -> str:
    """`agent_id("buyer", 7) == "buyer_007"`; numbers over 999 take the digits they need."""
    return f"{type_name}_{number:03d}"


def split_agent_id(text: str) -> tuple[str, int] | None:
    """The type's short name and the number, or None where `text` has not the form of an agent id."""
    found = _AGENT_ID.match(text.lower())
    return (found[1], int(found[2])) if found else None


def ranges_of(numbers: list[int]) -> Ranges:
    """Runs of neighbours, in the order given: `[5, 6, 9, 8]` gives `((5, 6), (9, 8))`.

    A run may count down, so that the order in which agents end is kept.
    """
    runs: list[list[int]] = []
    step = 0
    for number in numbers:
        if runs:
            last = runs[-1]
            delta = number - last[1]
            if (step == 0 and abs(delta) == 1) or (step != 0 and delta == step):
                step = delta
                last[1] = number
                continue
        runs.append([number, number])
        step = 0
    return tuple((first, last) for first, last in runs)


def numbers_of(ranges: Ranges) -> list[int]:
    """The inverse of `ranges_of`."""
    out: list[int] = []
    for first, last in ranges:
        out.extend(range(first, last + 1) if first <= last else range(first, last - 1, -1))
    return out


def count_of(ranges: Ranges) -> int:
    """How many numbers the ranges hold."""
    return sum(abs(last - first) + 1 for first, last in ranges)
