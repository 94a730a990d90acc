"""`ual` with faults planted in it: `python -m tests.shell.faulty bar,menu 0 2 -- OPTIONS`.

The places raise from the call after the first number on, and for as many calls as the second says; 0 is all.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any

PLACES = {
    "bar": "palm_ual.console.shell.bar:bar_parts",
    "colours": "palm_ual.lang.highlight:pieces",
    "underline": "palm_ual.lang.highlight:problem_in",
    "ghost": "palm_ual.console.completion.suggestions:ends_things",
    "menu": "palm_ual.console.completion.suggestions:suggestions",
    "names": "palm_ual.service.names:known_names",
    "tab": "prompt_toolkit.completion:get_common_complete_suffix",
    "backspace": "prompt_toolkit.buffer:Buffer.delete_before_cursor",
    "enter": "palm_ual.console.prompt.typed:is_for_enter",
    "paste": "palm_ual.console.prompt.typed:pasted",
    "history": "palm_ual.console.prompt.typed:remembered",
    "pulse": "palm_ual.service.pulse:Pulses.take",
    "notices": "palm_ual.service.pulse:News.since",
}


def plant(place: str, first: int, calls: int) -> None:
    """Before anybody imports it."""
    module, _, path = PLACES[place].partition(":")
    owner: Any = importlib.import_module(module)
    *holders, name = path.split(".")
    for holder in holders:
        owner = getattr(owner, holder)
    setattr(owner, name, _failing(getattr(owner, name), place, first, calls))


def _failing(right: Callable[..., Any], place: str, first: int, calls: int) -> Callable[..., Any]:
    count = 0

    def called(*arguments: object, **named: object) -> object:
        nonlocal count
        count += 1
        if count > first and (not calls or count <= first + calls):
            raise ZeroDivisionError(f"planted in {place}")
        return right(*arguments, **named)

    return called


def main() -> None:
    places, first, calls = sys.argv[1:4]
    for place in places.split(","):
        plant(place, int(first), int(calls))
    sys.argv[1:] = sys.argv[5:]
    from palm_ual.__main__ import main as ual

    ual()


if __name__ == "__main__":
    main()
