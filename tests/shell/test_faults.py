"""What is beside the typing fails: the typing goes on, and so does the fleet."""

import asyncio
import re
from collections.abc import Callable

import pytest
from typing_extensions import override

from palm_ual.console.shell.faults import Faults
from tests.shell.conftest import OpenTerminal
from tests.shell.faulty import PLACES
from tests.shell.terminal import PROMPT, Terminal

NAMED = {
    "bar": "the bar",
    "colours": "the colours",
    "underline": "the underline of mistakes",
    "ghost": "the suggestion from the history",
    "menu": "the menu",
    "names": "the names in the menu",
    "tab": "Tab",
    "backspace": "the prompt",
    "enter": "Enter",
    "paste": "the look at what was pasted",
    "history": "the history",
    "pulse": "the bar",
    "notices": "the notices",
}
TOGETHER = (
    ("bar", "colours", "underline", "ghost", "menu", "names", "backspace", "enter", "paste", "notices"),
    ("pulse", "history", "tab"),
)
"""None of them comes to nothing because another one of the same line fails."""


def test_every_place_is_tried() -> None:
    assert NAMED.keys() == PLACES.keys() == {place for places in TOGETHER for place in places}


# On a terminal


def use_everything(terminal: Terminal) -> None:
    """Type, paste, complete, run; each step works, whatever fails beside it."""
    terminal.wait_for_prompt()
    assert "Fleet Status:" in terminal.run("PALM STATUS")
    terminal.type("SHOW \t")
    terminal.settle(0.1)
    terminal.write("AX")
    terminal.key("backspace")
    terminal.settle(0.1)
    terminal.key("ctrl-c")
    terminal.wait_for_prompt()
    terminal.write("PALM STA")
    terminal.key("ctrl-c")
    terminal.wait_for_prompt()
    terminal.write("SCALE nobody TOO 5 ")
    terminal.key("ctrl-c")
    terminal.wait_for_prompt()
    terminal.paste("PALM ")
    terminal.wait_for(lambda seen: seen.line == f"{PROMPT} PALM")
    terminal.type("STATUS\r")
    terminal.wait_for_prompt()


def told(terminal: Terminal, name: str) -> int:
    """How many notes there are about it."""
    return "\n".join(terminal.transcript).count(f"note: {name}: a fault of ual: ZeroDivisionError: planted")


def tells_once(place: str) -> Callable[[Terminal], bool]:
    return lambda seen: told(seen, NAMED[place]) == 1


def leave(terminal: Terminal) -> None:
    terminal.key("ctrl-d")
    assert terminal.wait() == 0


def faulty(open_terminal: OpenTerminal, *places: str, first: int = 0, calls: int = 0) -> Terminal:
    return open_terminal(
        ",".join(places), str(first), str(calls), "--", program="tests.shell.faulty", columns=150, rows=50
    )


@pytest.mark.parametrize("places", TOGETHER, ids=" ".join)
def test_whatever_fails_beside_the_typing_is_told_once_and_the_rest_goes_on(
    open_terminal: OpenTerminal, places: tuple[str, ...]
) -> None:
    terminal = faulty(open_terminal, *places)
    use_everything(terminal)
    for place in places:
        terminal.wait_for(tells_once(place))
    leave(terminal)
    assert [told(terminal, NAMED[place]) for place in places] == [1] * len(places)


def test_the_bar_comes_back_when_a_look_succeeds(open_terminal: OpenTerminal) -> None:
    terminal = faulty(open_terminal, "pulse", calls=2)
    terminal.wait_for_prompt()
    terminal.wait_for(tells_once("pulse"))
    assert "opening the home" not in terminal.text
    terminal.wait_for("0/100 agents")
    leave(terminal)
    assert told(terminal, "the bar") == 1


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_each_alone_is_told(open_terminal: OpenTerminal, place: str) -> None:
    terminal = faulty(open_terminal, place)
    use_everything(terminal)
    terminal.wait_for(tells_once(place))
    leave(terminal)
    assert len(re.findall("note:", "\n".join(terminal.transcript))) == 1


@pytest.mark.slow
@pytest.mark.parametrize("place", ["bar", "colours", "underline", "pulse", "notices"])
def test_what_fails_later_is_told_while_somebody_types(open_terminal: OpenTerminal, place: str) -> None:
    terminal = faulty(open_terminal, place, first=1)
    terminal.wait_for_prompt()
    terminal.write("PALM STATUS")
    terminal.wait_for(tells_once(place))
    terminal.wait_for(lambda seen: seen.line == f"{PROMPT} PALM STATUS")
    terminal.key("enter")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()
    leave(terminal)


# By itself


def test_the_first_fault_of_each_thing_is_kept() -> None:
    faults = Faults()
    for what, error in (("a", ValueError("one")), ("b", ValueError("two")), ("a", ValueError("three"))):
        with faults.of(what):
            raise error
    notes = faults.take_notes()
    assert [note.split(" (")[0] for note in notes] == [
        "a: a fault of ual: ValueError: one",
        "b: a fault of ual: ValueError: two",
    ]
    assert all(re.search(r"\(test_faults\.py:\d+\); the rest goes on$", note) for note in notes)
    with faults.of("b"):
        raise ValueError("four")
    assert faults.take_notes() == ()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit])
def test_what_ends_a_program_or_a_task_passes(error: type[BaseException]) -> None:
    faults = Faults()
    with pytest.raises(error), faults.of("a"):
        raise error
    assert faults.take_notes() == ()


def test_what_is_told_elsewhere_is_not_told_here() -> None:
    faults = Faults(lambda error: isinstance(error, LookupError))
    with faults.of("a"):
        raise KeyError("known")
    assert faults.take_notes() == ()
    with faults.of("a"):
        raise ValueError
    (note,) = faults.take_notes()
    assert note.startswith("a: a fault of ual: ValueError (")


def test_an_error_that_cannot_say_what_it_is_is_told_by_its_name() -> None:
    class Mute(Exception):
        @override
        def __str__(self) -> str:
            raise ZeroDivisionError

    faults = Faults()
    faults.keep("a", Mute())
    assert faults.take_notes() == ("a: a fault of ual: Mute; the rest goes on",)


def test_what_an_error_says_is_bounded_and_steers_no_terminal() -> None:
    faults = Faults()
    faults.keep("a", ValueError("\x1b[2J" + "x" * 10_000))
    (note,) = faults.take_notes()
    assert len(note) < 200
    assert "\x1b" not in note
