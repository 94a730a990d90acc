"""Worlds told as what happened in them, and random tales of what may happen."""

from collections.abc import Callable

from hypothesis import strategies as st

from palm_ual.market import flow
from palm_ual.model import events as ev
from palm_ual.model.ids import Ranges, ranges_of
from palm_ual.world.evolve import evolve, replay
from palm_ual.world.records import Agent, AgentState, Deployment, World

_PENDING, _STARTING, _READY, _DRAINING, _DRAINED, _FAILED = AgentState
BUYER = ev.Revision(1, "buyer", "buyer", None, {}, 1_000, 500)
SELLER = ev.Revision(1, "seller", "seller", '{"price": 5}', {"tier": "gold"}, 0, None, "Compute")
TRADER = ev.Revision(1, "trader", "trader", None, {}, 5_000_00, 4_000_00)
SHORTER = ev.Revision(
    1,
    "shorter",
    "shorter",
    None,
    {},
    1_000_00,
    None,
    role="seller",
    quoted_service="General",
    price_cents=110_00,
)
ARBITER = ev.Revision(
    1, "arbiter", "arbiter", None, {}, 0, None, role="arbiter", escrow_threshold_cents=350_00
)


class Story:
    """A world and the records that made it."""

    def __init__(self) -> None:
        self.world = World()
        self.records: list[ev.Recorded] = []
        self.now_ms = 0

    def tell(self, *events: ev.AnyEvent, statement: int = 0) -> "Story":
        """These happen now, in order."""
        for event in events:
            wall_ms = 1_000_000 + self.now_ms
            record = ev.Recorded(self.world.seq + 1, self.now_ms, wall_ms, statement, event)
            evolve(self.world, record)
            self.records.append(record)
        return self

    def flows(self, *ops: int | str) -> "Story":
        """A batch of market flow as of now, applied while it happens, as the runtime does."""
        market = self.world.market
        all_ops: flow.Ops = [*ops]
        if passed_ms := self.now_ms - market.now_ms:
            all_ops = [flow.TIME, passed_ms, *ops]
        count = flow.play(market, all_ops)
        market.applied += count
        sums = flow.minus(market.sums_now(), market.sums)
        return self.tell(ev.MarketTraded(market.applied - count + 1, count, flow.pack(all_ops), sums))

    def later(self, length_ms: int) -> "Story":
        """Time passes."""
        self.now_ms += length_ms
        return self

    def created(self, size: int, *, name: str = "x", revision: ev.Revision = BUYER, **more: int) -> "Story":
        """A deployment without agents."""
        return self.tell(ev.DeploymentCreated(self.world.next_uid, name, size, revision, **more))

    def placed(self, count: int, uid: int = 1) -> "Story":
        """The next numbers, Pending."""
        deployment = self.world.deployments[uid]
        first = self.world.next_numbers.get(deployment.type_name, 1)
        funding_cents = deployment.revision.funding_cents
        minted_cents = max(0, funding_cents * count - self.world.treasury_cents)
        agents = ((first, first + count - 1),)
        return self.tell(
            ev.AgentsPlaced(uid, deployment.revision.number, agents, funding_cents, minted_cents)
        )

    def ready(self, *numbers: int, uid: int = 1) -> "Story":
        """Pending, Failed or Drained agents come up."""
        agents = ranges_of(list(numbers))
        return self.tell(ev.AgentsStarted(uid, agents), ev.AgentsBecameReady(uid, agents))

    def failed(self, number: int, *, failures: int = 1, pause_ms: int = 1_000, uid: int = 1) -> "Story":
        """One agent fails."""
        return self.tell(ev.AgentFailed(uid, number, "OSError: no", self.now_ms + pause_ms, failures))

    def draining(self, *numbers: int, then: str = "stay", deadline_ms: int = 60_000, uid: int = 1) -> "Story":
        """These begin to drain."""
        return self.tell(ev.AgentsDrainBegun(uid, ranges_of(list(numbers)), deadline_ms, then))  # type: ignore[arg-type]

    def drained(self, *numbers: int, then: str = "stay", uid: int = 1) -> "Story":
        """These drain, and owe nothing any more."""
        self.draining(*numbers, then=then, uid=uid)
        return self.tell(ev.AgentsBecameDrained(uid, ranges_of(list(numbers))))

    def settled(self, *numbers: int, uid: int = 1) -> "Story":
        """These meet what they owe: the house takes over what is left."""
        deployment = self.world.deployments[uid]
        while owing := [number for number in numbers if _owes(deployment, number)]:
            for number in owing:
                self.flows(flow.ACTOR, uid, number, flow.CLOSE)
        return self


def fleet(count: int, *, size: int | None = None, name: str = "x") -> Story:
    """One deployment of `count` Ready buyers that wants `size` of them."""
    story = Story().created(count if size is None else size, name=name)
    return story.placed(count).ready(*range(1, count + 1)) if count else story


# Tales: what may happen next, whatever has happened before

_Chapter = Callable[[st.DataObject, Story], None]


def tale(data: st.DataObject, length: int) -> Story:
    """A random story in which every event is one that the program could have recorded."""
    story = Story().tell(ev.FleetResumed("0.1.0"), ev.SettingSet("capacity", 1_000))
    beginning = data.draw(st.integers(0, 3))
    if beginning == 3:
        story.created(4, name="d").placed(4).ready(1, 2, 3, 4).created(2, name="a", ready_by_ms=9_000)
    elif beginning < 2:
        for revision in (TRADER, SHORTER, ARBITER):
            uid = story.world.next_uid
            story.created(2, name=revision.type_name, revision=revision).placed(2, uid).ready(1, 2, uid=uid)
        story.flows(flow.SERVICE, "General", flow.ACTOR, 2, 1, flow.SELL_RESTING, 0, 3, 110_00, 5)
        story.flows(flow.ACTOR, 1, 1, flow.BUY_NOW, 0, 2, 0, 5, flow.BUY_RESTING, 0, 4, 109_90, 5)
    for _ in range(data.draw(st.integers(length // 4, length))):
        data.draw(st.sampled_from(_CHAPTERS))(data, story.later(data.draw(st.integers(0, 5_000))))
    return story


def _statement(data: st.DataObject, story: Story) -> None:
    number = story.world.last_statement + 1
    story.tell(
        ev.StatementAccepted(f"SCALE x TO {number}", data.draw(st.sampled_from([None, "busy"]))),
        statement=number,
    )
    if data.draw(st.booleans()):
        story.tell(ev.StatementEnded("failed", "CONFLICT", "no"), statement=number)


def _create(data: st.DataObject, story: Story) -> None:
    name = data.draw(st.sampled_from(["a", "B", "c-1", "d"]))
    if story.world.find(name) is None:
        revision = data.draw(st.sampled_from([BUYER, SELLER, TRADER, SHORTER, ARBITER]))
        ready_by_ms = data.draw(st.sampled_from([None, story.now_ms + 9_000]))
        uid = story.world.next_uid
        story.tell(ev.DeploymentCreated(uid, name, data.draw(st.integers(0, 9)), revision, ready_by_ms))


def _change(data: st.DataObject, story: Story) -> None:
    """Something is asked of a deployment."""
    if (deployment := _any_deployment(data, story)) is None:
        return
    uid, soon_ms = deployment.uid, story.now_ms + 5_000
    running = _in(deployment, _READY, _DRAINING, _DRAINED)
    events: list[ev.AnyEvent] = [
        ev.SizeSet(uid, 3, 1_000),
        ev.DrainRequested(uid, soon_ms),
        ev.ResumeRequested(uid),
        ev.RestartRequested(uid, ranges_of([n for n in running if not deployment.ends(n)])),
        ev.DeleteRequested(uid, soon_ms, force=True),
        ev.ConditionRaised(uid, "SCALING_STUCK", "it is stuck"),
        ev.ConditionCleared(uid, "SCALING_STUCK"),
        ev.DeploymentRenamed(uid, f"renamed-{uid}"),
    ]
    story.tell(data.draw(st.sampled_from(events)))


def _place(data: st.DataObject, story: Story) -> None:
    if (deployment := _any_deployment(data, story)) is not None:
        story.placed(data.draw(st.integers(1, 4)), deployment.uid)


def _move(data: st.DataObject, story: Story) -> None:
    """Some agents go from one state into another."""
    if (deployment := _any_deployment(data, story)) is None:
        return
    uid, now_ms = deployment.uid, story.now_ms
    then = data.draw(st.sampled_from(["stay", "end", "restart"]))
    startable = _in(deployment, _FAILED, _PENDING, _DRAINED)
    startable = [number for number in startable if not deployment.ends(number)]
    drained = [number for number, note in deployment.drains.items() if note.then == "stay"]
    moves: list[tuple[list[int], Callable[[Ranges], ev.AnyEvent]]] = [
        (startable, lambda some: ev.AgentsStarted(uid, some)),
        (_in(deployment, _STARTING), lambda some: ev.AgentsBecameReady(uid, some)),
        (
            _in(deployment, _READY, _DRAINING, _DRAINED),
            lambda some: ev.AgentsDrainBegun(uid, some, now_ms + 1_000, then),  # type: ignore[arg-type]
        ),
        (
            [number for number in _in(deployment, _DRAINING) if not _owes(deployment, number)],
            lambda some: ev.AgentsBecameDrained(uid, some),
        ),
        (drained, lambda some: ev.AgentsResumed(uid, some)),
    ]
    possible = [(able, event) for able, event in moves if able]
    if possible:
        able, event = data.draw(st.sampled_from(possible))
        story.tell(event(ranges_of(_some(data, able))))


def _suffer(data: st.DataObject, story: Story) -> None:
    """An agent fails or changes its health."""
    if (deployment := _any_deployment(data, story)) is None:
        return
    alive = _in(deployment, _STARTING, _READY, _DRAINING, _DRAINED)
    serving = _in(deployment, _READY, _DRAINING, _DRAINED)
    if data.draw(st.booleans()) and serving:
        healths: list[ev.Health] = ["healthy", "degraded", "unhealthy"]
        number, health = data.draw(st.sampled_from(serving)), data.draw(st.sampled_from(healths))
        story.tell(
            ev.AgentHealthChanged(deployment.uid, number, health, data.draw(st.sampled_from([None, "tired"])))
        )
    elif alive:
        story.failed(data.draw(st.sampled_from(alive)), uid=deployment.uid)


def _end(data: st.DataObject, story: Story) -> None:
    if (deployment := _any_deployment(data, story)) is None:
        return
    gone = _some(data, list(deployment.agents))
    story.settled(*gone, uid=deployment.uid)
    returned_cents = sum(deployment.agents[number].cash_cents for number in gone)
    if gone:
        story.tell(
            ev.AgentsEnded(
                deployment.uid, ranges_of(gone), returned_cents, "scaled down", ranges_of(gone[:1])
            )
        )
    elif deployment.total == 0:
        story.tell(ev.DeploymentDeleted(deployment.uid))


def _trade(data: st.DataObject, story: Story) -> None:
    """Somebody who runs asks something of the market, or an arbiter decides, or a moment passes."""
    market = story.world.market
    actors = [
        (deployment.uid, number)
        for deployment in story.world.deployments.values()
        for number in _in(deployment, _STARTING, _READY, _DRAINING)
        if deployment.agents[number].cash_cents >= 100_00
    ]
    kinds = data.draw(
        st.lists(st.sampled_from(["order", "order", "cancel", "decide", "tick", "fail"]), max_size=6)
    )
    for kind in kinds:
        if kind == "tick" and market.books:
            story.later(1_000).flows(flow.TICK)
        elif kind == "decide" and market.desk.cases:
            code = data.draw(st.sampled_from([flow.RELEASE, flow.DISPUTE, flow.REFUND, flow.HAND_OVER]))
            story.flows(code, data.draw(st.sampled_from(list(market.desk.cases))))
        elif kind == "cancel" and market.orders:
            order = data.draw(st.sampled_from(list(market.orders.values())))
            story.flows(flow.ACTOR, *order.owner.key, flow.CANCEL, order.id)
        elif kind in ("order", "fail") and actors:
            _ask(data, story, data.draw(st.sampled_from(actors)), kind)


def _ask(data: st.DataObject, story: Story, actor: tuple[int, int], kind: str) -> None:
    if kind == "fail":
        story.flows(flow.ACTOR, *actor, flow.FAIL)
        return
    names = ["General", "Compute"]
    known = len(story.world.market.books)
    service = data.draw(st.integers(0, min(known, 1)))
    opening: tuple[int | str, ...] = (flow.SERVICE, names[service]) if service == known else ()
    code = data.draw(
        st.sampled_from([flow.BUY_NOW, flow.BUY_RESTING, flow.BUY_RESTING, flow.SELL_NOW, flow.SELL_RESTING])
    )
    limit = data.draw(st.sampled_from([0, 99_00, 100_00, 109_80, 110_20, 111_00]))
    units = data.draw(st.integers(1, 5))
    story.flows(*opening, flow.ACTOR, *actor, code, service, units, limit, data.draw(st.integers(0, 99)))


def _move_money(data: st.DataObject, story: Story) -> None:
    """FUND, TRANSFER and CANCEL ORDERS."""
    if (deployment := _any_deployment(data, story)) is None or not deployment.agents:
        return
    uid, number = deployment.uid, data.draw(st.sampled_from(list(deployment.agents)))
    free_cents = deployment.agents[number].free_cents
    events: list[ev.AnyEvent] = [
        ev.MoneyMoved((0, 0), (uid, number), 70_00, max(0, 70_00 - story.world.treasury_cents)),
        ev.MoneyMoved((uid, number), (0, 0), free_cents // 2),
        ev.OrdersCancelled(uid, ranges_of(list(deployment.agents))),
    ]
    story.tell(data.draw(st.sampled_from(events)))


_CHAPTERS: list[_Chapter] = [
    _statement, _create, _change, _change, _place, _move, _move, _move, _move, _suffer, _suffer, _end,
    _trade, _trade, _trade, _trade, _move_money,
]  # fmt: skip


def _any_deployment(data: st.DataObject, story: Story) -> Deployment | None:
    living = list(story.world.deployments.values())
    return data.draw(st.sampled_from(living)) if living else None


def _owes(deployment: Deployment, number: int) -> bool:
    trading = deployment.agents[number].trading
    return trading is not None and trading.owes


def _in(deployment: Deployment, *states: AgentState) -> list[int]:
    return [number for number, agent in deployment.agents.items() if agent.state in states]


def _some(data: st.DataObject, numbers: list[int]) -> list[int]:
    """A part of them, highest first half of the time."""
    keep, backwards = data.draw(st.integers(0, 2 ** len(numbers) - 1)), data.draw(st.booleans())
    chosen = [number for at, number in enumerate(numbers) if keep >> at & 1]
    return chosen[::-1] if backwards else chosen


def refolded(records: list[ev.Recorded]) -> World:
    """The same records from the beginning."""
    return replay(World(), records)


def states(deployment: Deployment) -> dict[int, str]:
    """Each agent's state in a word."""
    return {number: str(agent.state) for number, agent in deployment.agents.items()}


def agent_of(story: Story, number: int, uid: int = 1) -> Agent:
    return story.world.deployments[uid].agents[number]
