"""The interactive shell: an editor in this thread, the fleet in another, and a look at the fleet each second."""

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from prompt_toolkit.application.run_in_terminal import run_in_terminal
from prompt_toolkit.formatted_text import StyleAndTextTuples
from typing_extensions import override

from palm_ual.console.conversation import Reader
from palm_ual.console.echo import Restore, hush
from palm_ual.console.lines import Glyphs
from palm_ual.console.palette import Palette
from palm_ual.console.shell.bar import bar_parts
from palm_ual.console.shell.completer import UalCompleter
from palm_ual.console.shell.config import Config
from palm_ual.console.shell.editor import Editor
from palm_ual.console.shell.external import edited
from palm_ual.console.shell.history import ShellHistory
from palm_ual.console.shell.looks import style_of
from palm_ual.console.shell.typing import Colours, Ghost, Underlined
from palm_ual.console.typed import KEYS, remembered
from palm_ual.errors import PalmError
from palm_ual.service.pulse import News, Pulse, Pulses

if TYPE_CHECKING:
    from palm_ual.console.writer import Output
    from palm_ual.service.fleet_thread import FleetThread
    from palm_ual.service.session import Session

_BEAT_S = 1.0
"""How often the fleet is looked at while somebody types."""


class Shell(Reader):
    """Reads statements with an editor. `begin` is called once, when the first prompt is on the screen."""

    keys = KEYS

    def __init__(
        self,
        fleet: "FleetThread",
        session: "Session",
        output: "Output",
        *,
        out: TextIO,
        config: Config,
        palette: Palette,
        glyphs: Glyphs,
        history: ShellHistory,
        coloured: bool,
        begin: Callable[[], None] | None,
    ) -> None:
        self._fleet = fleet
        self._session = session
        self._output = output
        self._glyphs = glyphs
        self._history = history
        self._pulses = Pulses()
        self._pulse: Pulse | None = None
        self._news: News | None = None
        self._begin = begin
        self._fd = out.fileno()
        self._unhush: Restore | None = None
        self._completer = UalCompleter(fleet)
        self._editor = Editor(
            out,
            history=history,
            completer=self._completer,
            suggest=Ghost(history) if config.suggest else None,
            lexer=Colours(),
            problems=Underlined(),
            style=style_of(palette),
            coloured=coloured,
            vi=config.keys == "vi",
            bar=self._bar if config.bar else None,
        )
        self._editor.app.after_render += self._on_drawn

    @override
    def read(self, draft: str) -> str:
        if self._unhush is None:
            self._unhush = hush(
                self._fd
            )  # what is typed while a statement works is for the next prompt to show
        for note in self._history.take_notes():
            self._output.note(note)
        self._completer.forget()
        text = self._editor.read(draft, self._beat)
        self._history.append_string(remembered(text))
        return text

    @override
    def edited(self, text: str) -> str:
        self._restore_echo()
        return edited(text, os.environ)

    def close(self) -> None:
        """Nothing more is typed, and the terminal is as it was."""
        self._restore_echo()
        self._history.close()

    def _restore_echo(self) -> None:
        if self._unhush is not None:
            self._unhush()
            self._unhush = None

    def end(self) -> None:
        """Called from another thread: the fleet is over, so nothing more can be typed for it."""
        self._editor.leave()

    def _on_drawn(self, _: object) -> None:
        begin, self._begin = self._begin, None
        if begin is not None:
            begin()

    def _bar(self, columns: int) -> StyleAndTextTuples:
        return [(f"class:{style}", text) for style, text in bar_parts(self._pulse, columns, self._glyphs)]

    async def _beat(self) -> None:
        """As long as somebody types: how the fleet is, and what has become ill."""
        while True:
            try:
                await self._look()
            except PalmError:
                return  # the conversation learns of it by itself
            await asyncio.sleep(_BEAT_S)

    async def _look(self) -> None:
        now = await asyncio.wrap_future(self._fleet.ask(self._pulses.take))
        before, self._pulse = self._pulse, now
        if before != now:
            self._editor.app.invalidate()
        now_s = asyncio.get_running_loop().time()
        if self._news is None:
            self._news = News(now, now_s)
            await self._completer.learn()
            self._editor.suggest()
        lines = self._news.since(now, now_s)
        if lines and self._session.notices != "off":
            await self._say(lines)

    async def _say(self, lines: tuple[str, ...]) -> None:
        if self._session.notices == "bell":
            self._editor.app.output.bell()

        def say() -> None:
            for line in lines:
                self._output.note(line)

        await run_in_terminal(say)
