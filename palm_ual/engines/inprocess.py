"""Agents in this process: small objects stepped by one scheduler, not a task each.

The scheduler is a timer wheel of millisecond buckets with a heap of their times: re-inserting an agent
costs a dictionary look-up and an append, whatever the number of agents.
"""

from _thread import get_ident
from collections.abc import Mapping, Sequence
from functools import partial
from heapq import heappop, heappush
from typing import Any

import msgspec

from palm_ual.agents.chance import Chance, mix
from palm_ual.agents.contract import AgentType, HealthReport, Sight, Step, Write
from palm_ual.engines.engine import NO_RESTARTS, AgentImage, Crash, Exchange, Seen
from palm_ual.engines.said import (
    CRASHES,
    checked_health,
    checked_intents,
    checked_wake_ms,
    in_words,
    reason_of,
    storable,
)
from palm_ual.model.ids import agent_id
from palm_ual.model.limits import DURATION_MS_MAX, INTENTS_PER_STEP_MAX, LOG_LINE_CHARS_MAX
from palm_ual.model.logs import WrittenLine

_STARTING, _RUNNING, _DRAINING, _RESTING, _GONE = range(5)
_DRAIN_PACE_MS = 1_000
"""How soon a draining agent that names no time is asked again."""
_STEPS_MAX = 1 << 40
"""Steps of one life of an agent: each life counts on from a multiple, so that none repeats another's chance."""


_UNTOLD = HealthReport("healthy", "not told yet")
"""The health of an agent that has not been asked: whatever it says first is told."""


class _Group:
    """What the agents of one deployment share."""

    __slots__ = ("behaviour", "chance", "health", "members", "reports_health", "sight", "step", "uid")

    def __init__(self, uid: int, behaviour: AgentType[Any], seed: int, exchange: Exchange | None) -> None:
        self.uid = uid
        self.behaviour = behaviour
        self.step = behaviour.step
        self.health = behaviour.health
        self.members: dict[int, _Member] = {}
        look = None if exchange is None else partial(exchange.view, uid)
        self.sight = Sight(behaviour.name, 0, 0, look=look)
        self.chance = Chance(mix(seed, uid, 0))
        self.reports_health = type(behaviour).health is not AgentType.health

    def look(self, member: "_Member", now_ms: int) -> tuple[Sight, Chance]:
        """The shared sight and chance, set to one agent's step."""
        sight, chance = self.sight, self.chance
        sight.number = chance.agent = member.number
        sight.now_ms = now_ms
        sight.draining = member.mode == _DRAINING
        chance.step = member.steps
        return sight, chance


class _Member:
    """One agent: its state, when it steps next (None: not on its own), and how it is run."""

    __slots__ = ("due_ms", "group", "health", "mode", "number", "state", "steps")

    def __init__(self, group: _Group, number: int, mode: int) -> None:
        self.group = group
        self.number = number
        self.mode = mode
        self.state: Any = None
        self.steps = 0
        self.due_ms: int | None = None
        self.health = _UNTOLD


class InProcessEngine:
    """An `Engine` in the calling thread. `seed` decides every draw that agents make."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._exchange: Exchange | None = None
        self._groups: dict[int, _Group] = {}
        self._buckets: dict[int, list[_Member]] = {}
        self._times: list[int] = []
        self._seen = Seen()
        self._at: _Member | None = None
        """Whose code runs at this moment."""
        self._thread = get_ident()

    def hear(self, text: str) -> bool:
        """Take what an agent's code prints into its log; False for what somebody else prints."""
        member = self._at
        if member is None or get_ident() != self._thread:
            return False
        for line in text.splitlines():
            if line.strip():
                self._write(member, line, member.group.sight.now_ms)
        return True

    def at_work(self) -> tuple[int, int, int] | None:
        """The call into an agent's code that is at work: deployment, number and step of the agent; None for none."""
        member = self._at
        return None if member is None else (member.group.uid, member.number, member.steps)

    def connect(self, exchange: Exchange) -> None:
        """See `Engine`. An engine without an exchange runs agents that have no market."""
        self._exchange = exchange

    # Deployments

    def open_deployment(self, uid: int, behaviour: AgentType[Any]) -> None:
        """See `Engine`."""
        if uid not in self._groups:
            self._groups[uid] = _Group(uid, behaviour, self._seed, self._exchange)

    def close_deployment(self, uid: int) -> None:
        """See `Engine`."""
        group = self._groups.pop(uid, None)
        if group is not None:
            for member in group.members.values():
                member.mode = _GONE
                member.due_ms = None

    # Agents

    def launch(
        self, uid: int, numbers: Sequence[int], *, restarts: Mapping[int, int] = NO_RESTARTS, now_ms: int
    ) -> None:
        """See `Engine`."""
        group = self._groups[uid]
        start, members = group.behaviour.start, group.members
        bucket = self._bucket(now_ms)
        for number in numbers:
            if (former := members.get(number)) is not None:
                former.mode = _GONE
                former.due_ms = None
            member = members[number] = _Member(group, number, _STARTING)
            if number in restarts:
                member.steps = restarts[number] * _STEPS_MAX
            self._at = member
            try:
                member.state = start(*group.look(member, now_ms))
            except CRASHES as error:
                self._crash(member, error, now_ms)
                continue
            member.due_ms = now_ms
            bucket.append(member)
        self._at = None

    def adopt(self, uid: int, images: Sequence[AgentImage], *, now_ms: int) -> None:
        """See `Engine`."""
        group = self._groups[uid]
        for image in images:
            member = group.members[image.number] = _Member(group, image.number, _RUNNING)
            member.steps = image.steps
            self._at = member
            try:
                member.state = group.behaviour.restore(image.state)
            except CRASHES as error:
                self._crash(member, error, now_ms)
                continue
            if image.due_ms is not None:
                self._schedule(member, max(image.due_ms, now_ms))
        self._at = None

    def drain(self, uid: int, numbers: Sequence[int], *, now_ms: int) -> None:
        """See `Engine`."""
        self._set_mode(uid, numbers, _DRAINING, now_ms)

    def resume(self, uid: int, numbers: Sequence[int], *, now_ms: int) -> None:
        """See `Engine`."""
        self._set_mode(uid, numbers, _RUNNING, now_ms)

    def rest(self, uid: int, numbers: Sequence[int]) -> None:
        """See `Engine`."""
        self._set_mode(uid, numbers, _RESTING, None)

    def stop(self, uid: int, numbers: Sequence[int]) -> None:
        """See `Engine`."""
        members = self._groups[uid].members if uid in self._groups else {}
        for number in numbers:
            if (member := members.pop(number, None)) is not None:
                member.mode = _GONE
                member.due_ms = None

    def owes(self, uid: int, number: int) -> str | None:
        """See `Engine`."""
        group = self._groups.get(uid)
        member = None if group is None else group.members.get(number)
        if group is None or member is None:
            return None
        self._at = member
        try:
            sight, _ = group.look(member, group.sight.now_ms)
            return in_words(self._owed(member, sight))
        except CRASHES as error:
            return f"unknown: {type(error).__name__}"
        finally:
            self._at = None
            group.sight.draining = False

    # Time

    def next_due_ms(self) -> int | None:
        """See `Engine`."""
        return self._times[0] if self._times else None

    def run(self, now_ms: int) -> Seen:
        """See `Engine`."""
        times = self._times
        while times and times[0] <= now_ms:
            due_ms = heappop(times)
            self._step_all(self._buckets.pop(due_ms), due_ms, now_ms)
        self._at = None
        seen, self._seen = self._seen, Seen()
        return seen

    def take_lines(self) -> list[WrittenLine]:
        """See `Engine`."""
        lines, self._seen.lines = self._seen.lines, []
        return lines

    def images(self, uid: int, restarts: Mapping[int, int], *, now_ms: int) -> list[AgentImage]:
        """See `Engine`. An agent whose state cannot be put away is left out, and starts afresh."""
        group = self._groups.get(uid)
        out: list[AgentImage] = []
        for number, member in group.members.items() if group else ():
            if member.mode in (_RUNNING, _DRAINING, _RESTING) and number in restarts:
                self._at = member
                try:
                    state = member.group.behaviour.snapshot(member.state)
                    msgspec.json.encode(state)
                except CRASHES as error:
                    self._write(member, f"snapshot failed: {type(error).__name__}: {error}", now_ms)
                    continue
                out.append(AgentImage(number, restarts[number], member.steps, member.due_ms, state))
        self._at = None
        return out

    def _step_all(self, members: list[_Member], due_ms: int, now_ms: int) -> None:
        """One step of each that is still due then. Every wake-up of every agent pays for each line of it."""
        buckets = self._buckets
        for member in members:
            if member.due_ms != due_ms:
                continue
            mode, group = member.mode, member.group
            if mode == _DRAINING:
                self._drain_step(member, now_ms)
                group.sight.draining = False
                continue
            sight, chance = group.sight, group.chance
            sight.number = chance.agent = member.number
            sight.now_ms = now_ms
            chance.step = member.steps
            self._at = member
            try:
                step = group.step(member.state, sight, chance)
                wake_in_ms, intents = step.wake_in_ms, step.intents
                if type(intents) is not tuple or len(intents) > INTENTS_PER_STEP_MAX:
                    intents = checked_intents(intents)
                if type(wake_in_ms) is int and 0 < wake_in_ms <= DURATION_MS_MAX:
                    next_ms: int | None = now_ms + wake_in_ms
                else:
                    next_ms = None if wake_in_ms is None else now_ms + checked_wake_ms(wake_in_ms)
            except CRASHES as error:
                self._crash(member, error, now_ms)
                continue
            member.steps += 1
            member.due_ms = next_ms
            bucket = buckets.get(next_ms)  # type: ignore[arg-type]  # None is no time, and in no bucket
            if bucket is None:
                bucket = self._bucket(next_ms)
            bucket.append(member)
            if intents or mode == _STARTING or group.reports_health:
                self._after_step(member, intents, now_ms)

    def _drain_step(self, member: _Member, now_ms: int) -> None:
        """One step of draining, if anything is owed; then asks again whether anything still is."""
        behaviour = member.group.behaviour
        self._at = member
        try:
            sight, chance = member.group.look(member, now_ms)
            owed = self._owed(member, sight)
            step = Step(None)
            if owed:
                step = behaviour.drain(member.state, sight, chance)
                member.steps += 1
            wake_in_ms = step.wake_in_ms
            due_ms = now_ms + (_DRAIN_PACE_MS if wake_in_ms is None else checked_wake_ms(wake_in_ms))
            if owed:
                self._carry_out(member, checked_intents(step.intents), now_ms)
                owed = self._owed(member, sight)
        except CRASHES as error:
            self._crash(member, error, now_ms)
            return
        if owed:
            self._schedule(member, due_ms)
        else:
            member.mode = _RESTING
            member.due_ms = None
            self._seen.drained.setdefault(member.group.uid, []).append(member.number)
        self._after_step(member, (), now_ms)

    def _owed(self, member: _Member, sight: Sight) -> list[str]:
        """What the agent says it owes, and what it owes by the ledger, in words."""
        group = member.group
        own = [item.text for item in group.behaviour.obligations(member.state, sight)]
        return own if self._exchange is None else own + self._exchange.owes(group.uid, member.number)

    def _carry_out(self, member: _Member, intents: Sequence[Any], now_ms: int) -> None:
        """The market may not be interrupted: while it is asked, it is not the agent's code that is at work."""
        self._at = None
        if self._exchange is not None:
            intents = self._exchange.carry_out(member.group.uid, member.number, intents, now_ms)
        self._at = member
        for intent in intents:
            if type(intent) is not Write:
                raise TypeError(f"{type(intent).__name__} is no intent")
            self._write(member, str(intent.text), now_ms)

    def _after_step(self, member: _Member, intents: Sequence[Any], now_ms: int) -> None:
        group = member.group
        try:
            if intents:
                self._carry_out(member, intents, now_ms)
            if group.reports_health:
                report = group.health(member.state, group.sight)
                if report is not member.health and report != member.health:
                    self._seen.health.append(checked_health(group.uid, member.number, report))
                    member.health = report
        except CRASHES as error:
            self._crash(member, error, now_ms)
            return
        if member.mode == _STARTING:
            member.mode = _RUNNING
            self._seen.ready.setdefault(group.uid, []).append(member.number)

    def _crash(self, member: _Member, error: BaseException, now_ms: int) -> None:
        import traceback

        member.mode = _GONE
        member.due_ms = None
        member.group.members.pop(member.number, None)
        self._seen.crashes.append(Crash(member.group.uid, member.number, reason_of(error)))
        for line in "".join(traceback.format_exception(error)).splitlines():
            self._write(member, line, now_ms)

    def _write(self, member: _Member, text: str, now_ms: int) -> None:
        if len(text) > LOG_LINE_CHARS_MAX:
            text = text[: LOG_LINE_CHARS_MAX - 1] + "…"
        agent = agent_id(member.group.behaviour.name, member.number)
        self._seen.lines.append(WrittenLine(agent, now_ms, storable(text)))

    def _set_mode(self, uid: int, numbers: Sequence[int], mode: int, now_ms: int | None) -> None:
        members = self._groups[uid].members if uid in self._groups else {}
        for number in numbers:
            if (member := members.get(number)) is not None:
                member.mode = mode
                if now_ms is None:
                    member.due_ms = None
                else:
                    self._schedule(member, now_ms)

    def _schedule(self, member: _Member, due_ms: int) -> None:
        member.due_ms = due_ms
        self._bucket(due_ms).append(member)

    def _bucket(self, due_ms: int | None) -> list[_Member]:
        """Who steps at a time; for None, which never comes, a list that nobody keeps."""
        if due_ms is None:
            return []
        bucket = self._buckets.get(due_ms)
        if bucket is None:
            bucket = self._buckets[due_ms] = []
            heappush(self._times, due_ms)
        return bucket
