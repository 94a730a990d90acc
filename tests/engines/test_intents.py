"""What a step intends reaches the market whole and in order, or not at all."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from msgspec import Struct
from typing_extensions import override

from palm_ual.agents.contract import Buy, Cancel, CancelAll, Obligation, Sell, Step, Write
from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.market.view import MarketView
from palm_ual.model.limits import INTENTS_PER_STEP_MAX
from tests.engines.puppets import Puppet, owing, reasons

BUY, SELL = Buy("General", 1), Sell("General", 2)


class Counter:
    """An exchange that notes what it is asked for, and takes everything but `Write` and texts for its own."""

    def __init__(self) -> None:
        self.done: list[tuple[int, int, object, int]] = []
        self.owing: dict[int, list[str]] = {}
        self.error: Exception | None = None
        self.engine: InProcessEngine | None = None
        self.at_work: list[object] = []

    def view(self, uid: int, number: int, now_ms: int) -> MarketView:
        raise NotImplementedError

    def carry_out(self, uid: int, number: int, intents: Sequence[object], now_ms: int) -> Sequence[object]:
        assert type(intents) is tuple
        if self.engine is not None:
            self.at_work.append(self.engine.at_work())
        if self.error is not None:
            raise self.error
        self.done += [(uid, number, one, now_ms) for one in intents if not isinstance(one, Write | str)]
        return [one for one in intents if isinstance(one, Write | str)]

    def owes(self, uid: int, number: int) -> list[str]:
        return self.owing.get(number, [])

    def intended(self, number: int) -> list[object]:
        return [one for _, at, one, _ in self.done if at == number]


def trading(puppet: Puppet, *numbers: int) -> tuple[InProcessEngine, Counter]:
    """An engine with a counter, and these agents launched at 0."""
    engine, counter = InProcessEngine(1), Counter()
    engine.connect(counter)
    engine.open_deployment(1, puppet)
    engine.launch(1, numbers, now_ms=0)
    return engine, counter


def gives(puppet: Puppet, intents: object, number: int = 1) -> None:
    """One of them intends this, all others to buy."""
    puppet.on_step = lambda state, *_: Step(1_000, intents if state.number == number else (BUY,))  # type: ignore[arg-type]


class Pair(tuple[Any, ...]):
    """A tuple with a mind of its own."""

    __slots__ = ()

    def __bool__(self) -> bool:
        raise ZeroDivisionError("was it asked?")

    @override
    def __iter__(self) -> Iterator[Any]:
        raise ZeroDivisionError("was it asked?")


class Lines(list[Any]):
    """A list with a mind of its own."""

    @override
    def __len__(self) -> int:
        return 1


class Torn:
    """A sequence of which nothing can be asked."""

    def __bool__(self) -> bool:
        raise ZeroDivisionError("was it asked?")

    def __len__(self) -> int:
        raise ZeroDivisionError("was it asked?")

    def __iter__(self) -> Iterator[Any]:
        raise ZeroDivisionError("was it asked?")


def test_intents_reach_the_market_in_order_and_writes_the_log() -> None:
    puppet = Puppet()
    intents = (Write("first"), BUY, Write("second"), Cancel(3), SELL, CancelAll(), BUY, Write("third"))
    gives(puppet, intents, 2)
    engine, counter = trading(puppet, 1, 2, 3)
    seen = engine.run(0)
    assert counter.intended(2) == [BUY, Cancel(3), SELL, CancelAll(), BUY]
    assert [number for _, number, _, _ in counter.done] == [1, 2, 2, 2, 2, 2, 3]
    assert [(line.agent, line.text) for line in seen.lines] == [
        ("puppet_002", "first"),
        ("puppet_002", "second"),
        ("puppet_002", "third"),
    ]
    assert seen.ready == {1: [1, 2, 3]}


def test_a_list_is_taken_as_it_was_when_the_step_was_done() -> None:
    puppet = Puppet()
    given: list[Any] = [BUY, SELL]
    gives(puppet, given)
    engine, counter = trading(puppet, 1)
    engine.run(0)
    given.clear()
    engine.run(1_000)
    assert [(one, at_ms) for _, _, one, at_ms in counter.done] == [(BUY, 0), (SELL, 0)]


@pytest.mark.parametrize("intents", [(), []])
def test_a_step_may_intend_nothing(intents: object) -> None:
    puppet = Puppet()
    gives(puppet, intents)
    engine, counter = trading(puppet, 1)
    assert engine.run(0).ready == {1: [1]}
    assert counter.done == []


NONSENSE = {
    "a generator": lambda: (intent for intent in (BUY,)),
    "an iterator": lambda: iter((BUY,)),
    "a set": lambda: {BUY},
    "a dict": lambda: {BUY: 1},
    "a text": lambda: "buy",
    "a number": lambda: 5,
    "zero": lambda: 0,
    "nothing": lambda: None,
    "an intent": lambda: BUY,
    "a class": lambda: tuple,
    "a tuple of its own kind": lambda: Pair((BUY,)),
    "an empty tuple of its own kind": lambda: Pair(()),
    "a list of its own kind": lambda: Lines([BUY] * (INTENTS_PER_STEP_MAX + 1)),
    "what raises when asked": Torn,
}


@pytest.mark.parametrize("make", NONSENSE.values(), ids=NONSENSE)
def test_what_is_no_tuple_of_intents_crashes_its_agent_alone(make: Callable[[], object]) -> None:
    puppet = Puppet()
    gives(puppet, make(), 2)
    engine, counter = trading(puppet, 1, 2, 3)
    seen = engine.run(0)
    assert (seen.ready, [crash.number for crash in seen.crashes]) == ({1: [1, 3]}, [2])
    assert reasons(seen)[0].startswith("TypeError: intents must be a tuple, not ")
    assert (counter.intended(1), counter.intended(2), counter.intended(3)) == ([BUY], [], [BUY])
    assert engine.run(1_000).crashes == []
    assert len(counter.intended(3)) == 2


@pytest.mark.parametrize("make", NONSENSE.values(), ids=NONSENSE)
def test_the_same_when_it_drains(make: Callable[[], object]) -> None:
    puppet = Puppet()
    engine, counter = trading(puppet, 1, 2)
    engine.run(0)
    counter.owing = {1: ["a position"], 2: ["a position"]}
    puppet.on_drain = lambda state: Step(500, make() if state.number == 1 else (SELL,))  # type: ignore[arg-type]
    engine.drain(1, [1, 2], now_ms=100)
    seen = engine.run(100)
    assert [crash.number for crash in seen.crashes] == [1]
    assert reasons(seen)[0].startswith("TypeError: intents must be a tuple, not ")
    assert (counter.intended(1), counter.intended(2)) == ([], [SELL])


@pytest.mark.parametrize("kind", [tuple, list])
@pytest.mark.parametrize(("count", "crashes"), [(INTENTS_PER_STEP_MAX, 0), (INTENTS_PER_STEP_MAX + 1, 1)])
def test_a_step_may_intend_so_much_and_no_more(
    kind: type[list[Any]] | type[tuple[Any, ...]], count: int, crashes: int
) -> None:
    puppet = Puppet()
    gives(puppet, kind([BUY] * count))
    engine, counter = trading(puppet, 1)
    seen = engine.run(0)
    assert (len(seen.crashes), len(counter.done)) == (crashes, 0 if crashes else count)


@pytest.mark.parametrize("wake_in_ms", ["soon", True, 10**400, 0.5])
def test_nothing_is_carried_out_of_a_step_that_is_not_whole(wake_in_ms: object) -> None:
    puppet = Puppet()
    puppet.on_step = lambda *_: Step(wake_in_ms, (BUY, Write("bought")))  # type: ignore[arg-type]
    engine, counter = trading(puppet, 1)
    seen = engine.run(0)
    assert (len(seen.crashes), counter.done) == (1, [])
    assert "bought" not in [line.text for line in seen.lines]


def test_nothing_is_carried_out_of_a_draining_step_that_is_not_whole() -> None:
    puppet = Puppet()
    puppet.on_step = owing(2)
    engine, counter = trading(puppet, 1)
    engine.run(0)
    puppet.on_drain = lambda _state: Step("soon", (SELL,))  # type: ignore[arg-type]
    engine.drain(1, [1], now_ms=100)
    assert (len(engine.run(100).crashes), counter.done) == (1, [])


class Moody(Struct):
    """A step of a user's own, that raises at the second thing it is asked for."""

    wake_in_ms: int = 1_000

    @property
    def intents(self) -> tuple[object, ...]:
        raise LookupError("it has gone")


def test_nothing_is_carried_out_of_a_step_that_raises() -> None:
    puppet = Puppet()
    puppet.on_step = lambda *_: Moody()
    engine, counter = trading(puppet, 1)
    assert reasons(engine.run(0)) == ["LookupError: it has gone"]
    assert counter.done == []


def test_what_the_exchange_says_of_an_intent_is_its_agents_crash() -> None:
    puppet = Puppet()
    gives(puppet, (BUY,))
    engine, counter = trading(puppet, 1)
    counter.error = TypeError("an order is not whole")
    seen = engine.run(0)
    assert (seen.ready, reasons(seen)) == ({}, ["TypeError: an order is not whole"])
    counter.error = None
    assert (engine.run(10_000).crashes, counter.done) == ([], [])


def test_what_is_no_intent_crashes_after_the_market_has_had_its_own() -> None:
    puppet = Puppet()
    gives(puppet, (Write("before"), BUY, "a text", Write("after")))
    engine, counter = trading(puppet, 1)
    seen = engine.run(0)
    assert reasons(seen) == ["TypeError: str is no intent"]
    assert counter.done == [(1, 1, BUY, 0)]
    texts = [line.text for line in seen.lines]
    assert texts[0] == "before"
    assert "after" not in texts


def test_what_an_agent_prints_is_in_its_log_before_what_it_writes() -> None:
    puppet = Puppet()
    engine, counter = trading(puppet, 1)

    def says(*_: object) -> Step:
        assert engine.hear("thinking\n\n  \nthought")
        return Step(1_000, (Write("done"), BUY))

    puppet.on_step = says
    seen = engine.run(0)
    assert [line.text for line in seen.lines] == ["thinking", "thought", "done"]
    assert len(counter.done) == 1
    assert not engine.hear("somebody else")


def test_an_agent_is_not_at_work_while_the_market_is() -> None:
    """The market may not be interrupted, whatever the watchdog thinks of the agent."""
    puppet = Puppet()
    engine, counter = trading(puppet, 1)
    counter.engine = engine
    gives(puppet, (BUY,))
    engine.run(0)
    counter.owing = {1: ["a position"]}
    puppet.on_drain = lambda _state: Step(500, (SELL,))
    asked: list[object] = []

    def obligations(_state: object) -> list[Obligation]:
        asked.append(engine.at_work())
        return []

    puppet.on_obligations = obligations
    engine.drain(1, [1], now_ms=100)
    engine.run(100)
    assert counter.at_work == [None, None]
    assert len(asked) == 2
    assert None not in asked


def test_an_agent_that_owes_by_the_ledger_alone_is_asked_to_drain_until_it_does_not() -> None:
    puppet = Puppet()
    puppet.on_obligations = lambda _state: []
    engine, counter = trading(puppet, 1)
    engine.run(0)
    counter.owing = {1: ["an open position of 3 General"]}
    puppet.on_drain = lambda _state: Step(500, (SELL,))
    engine.drain(1, [1], now_ms=100)
    assert engine.run(100).drained == {}
    assert engine.owes(1, 1) == "an open position of 3 General"
    counter.owing = {}
    assert engine.run(600).drained == {1: [1]}
    assert counter.intended(1) == [SELL]


class Chatty:
    """Says something as it is written, which is the agent's own code at work."""

    def __init__(self, engine: InProcessEngine) -> None:
        self.engine = engine
        self.heard: list[bool] = []

    @override
    def __str__(self) -> str:
        self.heard.append(self.engine.hear("as I am written"))
        return "written"


def test_what_the_text_of_a_line_prints_is_in_the_log_too() -> None:
    puppet = Puppet()
    engine, _ = trading(puppet, 1)
    text = Chatty(engine)
    gives(puppet, (Write(text),))  # type: ignore[arg-type]
    engine.run(0)
    assert text.heard == [True]
