"""Garbage collection for a process that holds very many small, long-lived objects."""

import gc


def prepare_for_many_agents() -> None:
    """Leave what exists now out of all collections, and collect rarely.

    With the interpreter's default thresholds half the time of a large deployment goes into looking
    at agents that are not garbage.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)
