"""Admission: whether a change fits, decided before anything of it starts."""

from palm_ual.errors import InsufficientCapacity
from palm_ual.model.limits import AGENTS_MAX
from palm_ual.world.records import Deployment, World


def room_for(world: World, deployment: Deployment) -> int:
    """How many more agents `deployment` may place now, leaving what others were promised untouched."""
    others = world.reserved - deployment.reserved
    return world.capacity - others - deployment.total


def require_capacity(world: World, name: str, *, size: int, deployment: Deployment | None = None) -> None:
    """Admit a deployment of `size` agents, or one that grows to it.

    Raises:
        InsufficientCapacity: it does not fit; the message has the arithmetic, the hint the way out.
    """
    held = 0 if deployment is None else deployment.reserved
    free = world.capacity - world.reserved
    more = max(size, held) - held
    if more <= free:
        return
    needed = world.capacity + more - free
    raising = f", or raise the capacity: SET capacity = {needed}" if needed <= AGENTS_MAX else ""
    raise InsufficientCapacity(
        f'deployment "{name}" needs {more} more agent{"s" if more != 1 else ""}, '
        f"{free} of {world.capacity} are free; nothing was started",
        hint=f"scale another deployment down{raising}",
    )
