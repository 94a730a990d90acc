"""Decisions as values: a planner reads a view and `now_ms`, and returns a plan with its reasons.

Nothing here waits, draws a random number, reads a clock or writes a log.
"""
