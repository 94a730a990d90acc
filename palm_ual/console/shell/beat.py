"""A look at the fleet each second, as long as somebody types: how it is, and what has become worse."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from palm_ual.service.pulse import News, Pulse, Pulses

if TYPE_CHECKING:
    from palm_ual.console.shell.faults import Faults
    from palm_ual.service.fleet_thread import FleetThread

_EVERY_S = 1.0
_LATE_S = 3.0
"""How long an answer takes that is worth a word."""


class Beat:
    """Asks the fleet in its own thread, and never waits for it but between two looks.

    What fails is left out of that look, and tried again at the next.
    """

    def __init__(
        self,
        fleet: "FleetThread",
        faults: "Faults",
        *,
        changed: Callable[[], None],
        opened: Callable[[], Awaitable[None]],
        tell_news: Callable[[tuple[str, ...]], Awaitable[None]],
        tell: Callable[[tuple[str, ...]], Awaitable[None]],
    ) -> None:
        """`changed`: there is another pulse to show; `opened`: the first answer has come, so there is a fleet;
        `tell_news`: lines about what is worse than it was; `tell`: lines about faults.
        """
        self.pulse: Pulse | None = None
        """The last that was taken; None before the first, while the home is being opened."""
        self.lost = False
        """Whether the last look had no answer: what was seen before it is out of date."""
        self._fleet = fleet
        self._faults = faults
        self._changed = changed
        self._opened = opened
        self._tell_news = tell_news
        self._tell = tell
        self._pulses = Pulses()
        self._news: News | None = None
        self._answered = False

    async def go_on(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> None:
        """Once: ask, show, tell."""
        now: Pulse | None = None
        with self._faults.of("the bar"):
            now = await self._asked()
        with self._faults.of("the bar"):
            self._show(now)
        if now is not None:
            if not self._answered:
                self._answered = True
                with self._faults.of("the menu"):
                    await self._opened()
            with self._faults.of("the notices"):
                await self._compare(now)
        if faults := self._faults.take_notes():
            with self._faults.of("telling of faults"):
                await self._tell(faults)

    async def _asked(self) -> Pulse:
        """The answer, however late it is; who holds it up is said."""
        answer = asyncio.wrap_future(self._fleet.ask(self._pulses.take))
        answer.add_done_callback(_no_longer_news)
        _, late = await asyncio.wait([answer], timeout=_LATE_S)
        if late and (agent := self._fleet.at_work()):
            await self._tell_news((f"the fleet waits for {agent}, whose step does not come back",))
            self._show(None)
        return await answer

    def _show(self, now: Pulse | None) -> None:
        before = self.lost, self.pulse
        self.lost, self.pulse = now is None, now or self.pulse
        if before != (self.lost, self.pulse):
            self._changed()

    async def _compare(self, now: Pulse) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._news is None:
            self._news = News(now, now_s)
        if lines := self._news.since(now, now_s):
            await self._tell_news(lines)


def _no_longer_news(answer: "asyncio.Future[Pulse]") -> None:
    """An answer that nobody waits for any more, as the prompt has ended, may fail without a word."""
    if not answer.cancelled():
        answer.exception()
