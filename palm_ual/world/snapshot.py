"""The world as bytes and back, in parts: `world` holds all but the agents, so that a status reads only that.

Agents are written in groups of equal ones, which keeps 10,000 agents of one deployment in a few hundred
bytes. A part that does not decode, or does not fit, is damage: the reader says so and changes nothing.
"""

from collections.abc import Callable, Mapping
from itertools import groupby

import msgspec
from msgspec import Struct

from palm_ual.errors import InvariantBroken
from palm_ual.market.accounts import Account
from palm_ual.model.events import Health, Revision
from palm_ual.model.ids import Ranges, numbers_of, ranges_of
from palm_ual.model.limits import RETENTION_DEFAULT_MS
from palm_ual.world.market_image import (
    FiguresImage,
    FlowImage,
    Key,
    MarketImage,
    TradingImage,
    figures_image,
    flow_image,
    load_figures,
    load_flow,
    load_market,
    load_trading,
    market_image,
    trading_image,
)
from palm_ual.world.records import (
    Agent,
    AgentState,
    Condition,
    Deployment,
    DrainNote,
    FailureNote,
    StatementRecord,
    World,
)
from palm_ual.world.roles import settle_role

WORLD_PART = "world"
STATEMENTS_PART = "statements"
MARKET_PART = "market"


class _DeploymentImage(Struct):
    uid: int
    name: str
    size: int
    revisions: list[Revision]
    created_wall_ms: int
    ready_by_ms: int | None
    drain_timeout_ms: int
    drain_deadline_ms: int | None
    delete_deadline_ms: int | None
    delete_forced: bool
    delete_reason: str
    total: int
    in_state: dict[AgentState, Ranges]
    ready: int
    healthy: int
    degraded: int
    unhealthy: int
    cash_cents: int
    ending: int
    drains: dict[int, DrainNote]
    failures: dict[int, FailureNote]
    health_reasons: dict[int, str]
    restarting: Ranges
    conditions: dict[str, Condition]
    figures: FiguresImage | None = None
    """None in a home of a release that had no market: all of its money is what it was given."""


class _WorldImage(Struct):
    seq: int
    at_ms: int
    wall_ms: int
    suspended: bool
    capacity: int
    next_uid: int
    next_numbers: dict[str, int]
    names: dict[int, str]
    type_names: dict[int, str]
    treasury_cents: int
    issued_cents: int
    last_statement: int
    deployments: list[_DeploymentImage]
    issue_cap_cents: int | None = None
    retention_ms: int | None = RETENTION_DEFAULT_MS
    market: MarketImage | None = None
    """None in a home of a release that had no market."""


class _AgentGroup(Struct):
    agents: Ranges
    state: AgentState
    revision: int
    cash_cents: int
    health: Health
    since_ms: int
    ready_ms: int | None
    restarts: int
    funded_cents: int | None = None
    """None where it is the cash: of a release that had no market."""
    trading: list[TradingImage] = []
    """Of those in the group that trade."""


_CONVERTED = {
    "deployments",
    "in_state",
    "restarting",
    "uid",
    "name",
    "size",
    "revisions",
    "created_wall_ms",
    "cash_cents",
    "figures",
    "treasury_cents",
    "issued_cents",
    "market",
}
"""Fields of an image that are not simply copied from and to an attribute of the same name."""
_COPIED = [name for name in _DeploymentImage.__struct_fields__ if name not in _CONVERTED]
_WORLD_COPIED = [name for name in _WorldImage.__struct_fields__ if name not in _CONVERTED]


def agents_part(uid: int) -> str:
    """Name of the part that holds one deployment's agents."""
    return f"agents:{uid}"


def snapshot_parts(world: World) -> dict[str, bytes]:
    """`world` as named parts of JSON."""
    encode = msgspec.json.encode
    image = _WorldImage(
        **{name: getattr(world, name) for name in _WORLD_COPIED},
        treasury_cents=world.treasury_cents,
        issued_cents=world.issued_cents,
        market=market_image(world.market),
        deployments=[_deployment_image(deployment) for deployment in world.deployments.values()],
    )
    parts = {
        WORLD_PART: encode(image),
        STATEMENTS_PART: encode(list(world.statements)),
        MARKET_PART: encode(flow_image(world.market)),
    }
    for deployment in world.deployments.values():
        parts[agents_part(deployment.uid)] = encode(_agent_groups(deployment))
    return parts


def load_world(part: Callable[[str], bytes | None], *, agents: bool, statements: bool) -> World:
    """The world of a snapshot; without `agents` only counters, without `statements` no history.

    `part` gives a part by name; where it gives no `world` part the world is a new one.

    Raises:
        InvariantBroken: a part is missing or does not fit the others.
        msgspec.DecodeError: a part is not what was written.
    """
    head = part(WORLD_PART)
    world = World()
    if head is None:
        return world
    image = msgspec.json.decode(head, type=_WorldImage)
    for name in _WORLD_COPIED:
        setattr(world, name, getattr(image, name))
    world.market.ledger.treasury_cents = image.treasury_cents
    world.market.ledger.issued_cents = image.issued_cents
    if image.market is not None:
        load_market(world.market, image.market)
    for made in image.deployments:
        deployment = _deployment(made)
        world.deployments[deployment.uid] = deployment
        world.by_name[deployment.name.lower()] = deployment
        world.market.figures[deployment.uid] = deployment.figures
        if agents:
            _load_agents(deployment, _needed(part, agents_part(deployment.uid)))
    if agents and image.market is not None:
        flow = msgspec.json.decode(_needed(part, MARKET_PART), type=FlowImage)
        load_flow(world.market, flow, _traders(world))
        for deployment in world.deployments.values():
            settle_role(world, deployment, deployment.agents)
    if statements:
        world.statements.extend(
            msgspec.json.decode(_needed(part, STATEMENTS_PART), type=list[StatementRecord])
        )
    return world


def _needed(part: Callable[[str], bytes | None], name: str) -> bytes:
    body = part(name)
    if body is None:
        raise InvariantBroken(f"the snapshot has no part {name!r}")
    return body


def _deployment_image(deployment: Deployment) -> _DeploymentImage:
    return _DeploymentImage(
        uid=deployment.uid,
        name=deployment.name,
        size=deployment.size,
        revisions=deployment.revisions,
        created_wall_ms=deployment.created_wall_ms,
        in_state={
            state: ranges_of(list(numbers)) for state, numbers in deployment.in_state.items() if numbers
        },
        restarting=ranges_of(list(deployment.restarting)),
        cash_cents=deployment.cash_cents,
        figures=figures_image(deployment.figures),
        **{name: getattr(deployment, name) for name in _COPIED},
    )


def _deployment(image: _DeploymentImage) -> Deployment:
    deployment = Deployment(image.uid, image.name, image.size, image.revisions[0], image.created_wall_ms)
    deployment.revisions = image.revisions
    for name in _COPIED:
        setattr(deployment, name, getattr(image, name))
    for state, numbers in image.in_state.items():
        deployment.in_state[state].update(dict.fromkeys(numbers_of(numbers)))
    deployment.restarting = dict.fromkeys(numbers_of(image.restarting))
    if image.figures is None:
        deployment.figures.cash_cents = deployment.figures.funding_cents = image.cash_cents
    else:
        load_figures(deployment.figures, image.figures)
    return deployment


def _traders(world: World) -> dict[Key, Account]:
    return {
        (deployment.uid, agent.number): agent
        for deployment, agent in world.each_agent()
        if agent.trading is not None
    }


def _agent_groups(deployment: Deployment) -> list[_AgentGroup]:
    groups = []
    for key, members in groupby(deployment.agents.values(), _agent_key):
        agents = list(members)
        trading = [trading_image(agent) for agent in agents if agent.trading is not None]
        groups.append(_AgentGroup(ranges_of([agent.number for agent in agents]), *key, trading))
    return groups


def _agent_key(agent: Agent) -> tuple[AgentState, int, int, Health, int, int | None, int, int]:
    return (
        agent.state,
        agent.revision,
        agent.cash_cents,
        agent.health,
        agent.since_ms,
        agent.ready_ms,
        agent.restarts,
        agent.funded_cents,
    )


def _load_agents(deployment: Deployment, body: bytes) -> None:
    agents = deployment.agents
    for group in msgspec.json.decode(body, type=list[_AgentGroup]):
        for number in numbers_of(group.agents):
            agent = agents[number] = Agent(number, group.revision, group.cash_cents, group.since_ms)
            agent.state = group.state
            agent.health = group.health
            agent.ready_ms = group.ready_ms
            agent.restarts = group.restarts
            agent.closing = group.state in (AgentState.DRAINING, AgentState.DRAINED)
            if group.funded_cents is not None:
                agent.funded_cents = group.funded_cents
        for image in group.trading:
            load_trading(deployment.trading_of(agents[image.number]), image)
    if len(agents) != deployment.total:
        raise InvariantBroken(f"{deployment.name!r} has {len(agents)} agents instead of {deployment.total}")


def same_world(left: World, right: World) -> bool:
    """Whether two worlds are equal to the byte in their snapshots."""
    return _canonical(snapshot_parts(left)) == _canonical(snapshot_parts(right))


def _canonical(parts: Mapping[str, bytes]) -> dict[str, object]:
    return {name: msgspec.json.decode(body) for name, body in parts.items()}
