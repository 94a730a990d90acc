"""Who sells and who arbitrates at this moment, as the market has to know it."""

from collections.abc import Iterable

from palm_ual.world.records import AgentState, Deployment, World


def settle_role(world: World, deployment: Deployment, numbers: Iterable[int]) -> None:
    """After something happened to these agents of a deployment: is it still ready for its role?"""
    revision = deployment.revision
    if revision.role == "seller":
        _settle_anchors(world)
    elif revision.role == "arbiter" and revision.escrow_threshold_cents is not None:
        desk = world.market.desk
        for number in numbers:
            agent = deployment.agents.get(number)
            if agent is not None and agent.state is AgentState.READY:
                desk.join((deployment.uid, number), revision.escrow_threshold_cents)
            else:
                desk.leave((deployment.uid, number))


def _settle_anchors(world: World) -> None:
    """The mean price of each service's ready sellers."""
    prices: dict[str, tuple[int, int]] = {}
    for deployment in world.deployments.values():
        revision = deployment.revision
        if deployment.ready and revision.quoted_service and revision.price_cents:
            cents, sellers = prices.get(revision.quoted_service, (0, 0))
            cents += revision.price_cents * deployment.ready
            prices[revision.quoted_service] = (cents, sellers + deployment.ready)
    world.market.anchors = {service: cents // sellers for service, (cents, sellers) in prices.items()}
