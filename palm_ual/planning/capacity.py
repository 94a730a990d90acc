"""Admission: whether a change fits, decided before anything of it starts."""

from palm_ual.errors import InsufficientCapacity, LimitExceeded
from palm_ual.model.limits import AGENTS_MAX, ISSUED_CENTS_MAX, MONEY_CENTS_MAX
from palm_ual.model.money import format_dollars, plain_dollars
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


def fundable(world: World, deployment: Deployment) -> int:
    """How many more agents there is money for: what the treasury has and may still have issued."""
    each_cents = deployment.revision.funding_cents
    if world.issue_cap_cents is None or not each_cents:
        return AGENTS_MAX
    issuable_cents = max(0, world.issue_cap_cents - world.issued_cents)
    return (world.treasury_cents + issuable_cents) // each_cents


def require_issuable(
    world: World, what: str, wanted_cents: int, *, refused: str, besides: Deployment | None = None
) -> int:
    """Admit what takes so much from the treasury; returns how much of it would have to be issued.

    What is promised to agents that are not placed yet, those of `besides` left out, cannot be had.
    `refused` says in the error what was not done.

    Raises:
        LimitExceeded: no more may be issued; the message has the arithmetic, the hint the way out.
    """
    promised_cents = sum(
        deployment.revision.funding_cents * max(0, deployment.wanted - deployment.staying)
        for deployment in world.deployments.values()
        if deployment is not besides
    )
    spare_cents = max(0, world.treasury_cents - promised_cents)
    minted_cents = max(0, wanted_cents - spare_cents)
    if not minted_cents:
        return 0
    owed_cents = max(0, promised_cents - world.treasury_cents)
    after_cents = world.issued_cents + owed_cents + minted_cents
    if after_cents > ISSUED_CENTS_MAX:
        raise LimitExceeded(
            f"{what} needs {format_dollars(wanted_cents)}; "
            f"a home may issue {format_dollars(ISSUED_CENTS_MAX)} in all; {refused}"
        )
    cap_cents = world.issue_cap_cents
    if cap_cents is not None and after_cents > cap_cents:
        left_cents = max(0, cap_cents - world.issued_cents - owed_cents)
        issued = f" ({format_dollars(world.issued_cents)} is issued)" if not left_cents else ""
        enough = plain_dollars(after_cents) if after_cents <= MONEY_CENTS_MAX else "off"
        raise LimitExceeded(
            f"{what} needs {format_dollars(wanted_cents)}; the treasury can spare "
            f"{format_dollars(spare_cents)}, and {format_dollars(left_cents)} more may be issued under the "
            f"issue_cap of {format_dollars(cap_cents)}{issued}; {refused}",
            hint=f"raise the cap: SET issue_cap = {enough}",
        )
    return minted_cents
