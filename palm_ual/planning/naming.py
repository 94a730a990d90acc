"""Names that the language leaves to the orchestrator."""

from collections.abc import Callable


def default_deployment_name(type_name: str, taken: Callable[[str], bool]) -> str:
    """`buyer-fleet`, then `buyer-fleet-2`, `buyer-fleet-3` …: the first that is free."""
    name = base = f"{type_name}-fleet"
    number = 1
    while taken(name):
        number += 1
        name = f"{base}-{number}"
    return name
