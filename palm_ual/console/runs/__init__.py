"""Programs: read whole, then run, without a fleet or on one."""
