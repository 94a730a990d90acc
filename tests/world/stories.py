"""Worlds told as what happened in them, and random tales of what may happen."""

from collections.abc import Callable

from hypothesis import strategies as st

from palm_ual.model import events as ev
from palm_ual.model.ids import Ranges, ranges_of
from palm_ual.world.evolve import evolve, replay
from palm_ual.world.records import Agent, AgentState, Deployment, World

_PENDING, _STARTING, _READY, _DRAINING, _DRAINED, _FAILED = AgentState
BUYER = ev.Revision(1, "buyer", "buyer", None, {}, 1_000, 500)
SELLER = ev.Revision(1, "seller", "seller", '{"price": 5}', {"tier": "gold"}, 0, None, "Compute")


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


def fleet(count: int, *, size: int | None = None, name: str = "x") -> Story:
    """One deployment of `count` Ready buyers that wants `size` of them."""
    story = Story().created(count if size is None else size, name=name)
    return story.placed(count).ready(*range(1, count + 1)) if count else story


# Tales: what may happen next, whatever has happened before

_Chapter = Callable[[st.DataObject, Story], None]


def tale(data: st.DataObject, length: int) -> Story:
    """A random story in which every event is one that the program could have recorded."""
    story = Story().tell(ev.FleetResumed("0.1.0"), ev.SettingSet("capacity", 1_000))
    if data.draw(st.booleans()):
        story.created(4, name="d").placed(4).ready(1, 2, 3, 4).created(2, name="a", ready_by_ms=9_000)
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
        revision = data.draw(st.sampled_from([BUYER, SELLER]))
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
        (_in(deployment, _DRAINING), lambda some: ev.AgentsBecameDrained(uid, some)),
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
    returned_cents = sum(deployment.agents[number].cash_cents for number in gone)
    if gone:
        story.tell(
            ev.AgentsEnded(
                deployment.uid, ranges_of(gone), returned_cents, "scaled down", ranges_of(gone[:1])
            )
        )
    elif deployment.total == 0:
        story.tell(ev.DeploymentDeleted(deployment.uid))


_CHAPTERS: list[_Chapter] = [
    _statement, _create, _change, _change, _place, _move, _move, _move, _move, _suffer, _suffer, _end,
]  # fmt: skip


def _any_deployment(data: st.DataObject, story: Story) -> Deployment | None:
    living = list(story.world.deployments.values())
    return data.draw(st.sampled_from(living)) if living else None


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
