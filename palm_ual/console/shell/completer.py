"""Suggestions in the menu: found while keys go on, with what the fleet knows by now."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING, TypeVar

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from typing_extensions import override

from palm_ual.console.completion.directory import files_in
from palm_ual.console.completion.suggestions import Suggestion, suggestions
from palm_ual.console.completion.wanted import Wanted, wanted_at
from palm_ual.console.shell.faults import Faults
from palm_ual.errors import PalmError
from palm_ual.service.fleet_thread import FleetOver

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from palm_ual.agents.config import ConfigField
    from palm_ual.runtime.palm import Palm
    from palm_ual.service.fleet_thread import FleetThread
    from palm_ual.service.names import ConfigOwner, Known

T = TypeVar("T")
_PATIENCE_S = 2.0
"""How long a menu waits for the fleet; keys do not wait."""
_FRESH_S = 1.0
"""How long an answer of the fleet is good: somebody who types asks at every key."""


class UalCompleter(Completer):
    """Asks the fleet for its names, in the fleet's thread and at its own time."""

    def __init__(self, fleet: "FleetThread", faults: Faults) -> None:
        self._fleet = fleet
        self._faults = faults
        self._known: tuple[float, Known] | None = None
        """The last answer, and when it came."""
        self._config: tuple[float, ConfigOwner, tuple[ConfigField, ...]] | None = None

    @override
    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        raise NotImplementedError("the editor asks for them asynchronously")

    @override
    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        text = document.text_before_cursor
        for suggestion in await self._suggestions_for(text):
            yield Completion(
                suggestion.text,
                start_position=suggestion.start - len(text),
                display=suggestion.display,
                display_meta=suggestion.about,
            )

    async def _suggestions_for(self, text: str) -> "Sequence[Suggestion]":
        with self._faults.of("the menu"):
            wanted = wanted_at(text)
            known, config = await self._known_for(wanted), await self._config_for(wanted)
            files = () if wanted.directory is None else files_in(wanted.directory)
            return suggestions(wanted, known, config, files)
        return ()

    def forget(self) -> None:
        """What was known may have changed: a statement has run."""
        self._known = self._config = None

    async def learn(self) -> None:
        """Ask for the names before somebody needs them: the first time takes longest."""
        await self._known_for(Wanted(start=0, known=True))

    async def _known_for(self, wanted: Wanted) -> "Known | None":
        if not wanted.known:
            return None
        from palm_ual.service.names import known_names

        if self._known is None or not _is_fresh(self._known[0]):
            if (found := await self._asked(known_names)) is None:
                return None
            self._known = _now_s(), found
        return self._known[1]

    async def _config_for(self, wanted: Wanted) -> "tuple[ConfigField, ...]":
        owner = wanted.config
        if owner is None:
            return ()
        from palm_ual.service.names import config_of

        if self._config is None or self._config[1] != owner or not _is_fresh(self._config[0]):
            found = await self._asked(lambda palm: config_of(palm, owner)) or ()
            self._config = _now_s(), owner, found
        return self._config[2]

    async def _asked(self, look: "Callable[[Palm], T]") -> T | None:
        """What the fleet says; None where it is not open yet, is over, takes too long or refuses."""
        if not self._fleet.opened:
            return None
        with (
            self._faults.of("the names in the menu"),
            contextlib.suppress(TimeoutError, FleetOver, PalmError),
        ):
            async with asyncio.timeout(_PATIENCE_S):
                return await asyncio.wrap_future(self._fleet.ask(look))
        return None


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _is_fresh(since_s: float) -> bool:
    return _now_s() - since_s < _FRESH_S
