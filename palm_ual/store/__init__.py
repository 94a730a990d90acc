"""Where a fleet's journal is kept: the `Journal` protocol, in memory, and in SQLite. Decides nothing."""
