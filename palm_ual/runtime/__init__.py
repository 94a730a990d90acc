"""The orchestrator: clock, registry, deployer, and Palm, which owns the loop. Prints nothing."""
