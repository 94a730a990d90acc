"""The interactive shell: an editor in this thread, the fleet in another, and a look at the fleet each second."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from typing_extensions import override

from palm_ual.console.lines.lines import Glyphs, Line
from palm_ual.console.own_files.config import Config
from palm_ual.console.prompt.conversation import Reader
from palm_ual.console.prompt.typed import remembered
from palm_ual.console.shell.bar import bar_parts
from palm_ual.console.shell.beat import Beat
from palm_ual.console.shell.completer import UalCompleter
from palm_ual.console.shell.editor import Editor
from palm_ual.console.shell.faults import Faults
from palm_ual.console.shell.history import ShellHistory
from palm_ual.console.shell.keys import KEYS
from palm_ual.console.shell.ornaments import Colours, Ghost, Underlined
from palm_ual.console.shell.own_editor import edited
from palm_ual.console.shell.styles import style_of
from palm_ual.console.terminal.echo import Restore
from palm_ual.console.terminal.palette import Palette
from palm_ual.console.terminal.streams import Sink
from palm_ual.service.fleet_thread import FleetOver

if TYPE_CHECKING:
    from palm_ual.console.writer import Output
    from palm_ual.service.fleet_thread import FleetThread
    from palm_ual.service.session import Session


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
        self._session = session
        self._output = output
        self._glyphs = glyphs
        self._history = history
        self._begin = begin
        self._terminal = Sink(out)
        self._unhush: Restore | None = None
        self._faults = Faults(lambda error: isinstance(error, FleetOver) or fleet.failure is not None)
        self._completer = UalCompleter(fleet, self._faults)
        self._editor = Editor(
            out,
            size=self._size,
            faults=self._faults,
            history=history,
            completer=self._completer,
            suggest=Ghost(history, self._faults) if config.suggest else None,
            lexer=Colours(self._faults),
            problems=Underlined(self._faults),
            style=style_of(palette),
            coloured=coloured,
            vi=config.keys == "vi",
            bar=self._bar if config.bar else None,
            on_drawn=self._on_drawn,
        )
        self._beat = Beat(
            fleet,
            self._faults,
            changed=self._editor.redraw,
            opened=self._learn,
            tell_news=self._tell_news,
            tell=self._tell,
        )

    @override
    def read(self, draft: str) -> str:
        if self._unhush is None:
            # What is typed while a statement works is for the next prompt to show.
            self._unhush = self._terminal.hush()
        self._say((*self._history.take_notes(), *self._faults.take_notes()))
        self._completer.forget()
        text = self._editor.read(draft, self._beat.go_on)
        with self._faults.of("the history"):
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
        self._say(self._faults.take_notes())

    def _restore_echo(self) -> None:
        if self._unhush is not None:
            self._unhush()
            self._unhush = None

    def end(self) -> None:
        """Called from another thread: the fleet is over, so nothing more can be typed for it."""
        self._editor.leave()

    def _on_drawn(self) -> None:
        begin, self._begin = self._begin, None
        if begin is not None:
            begin()

    def _size(self) -> tuple[int, int]:
        """As answers have it, but never more than there is: a picture wider than its terminal is torn."""
        asked, there = self._terminal.size(os.environ), self._terminal.size({})
        return min(asked[0], there[0]), min(asked[1], there[1])

    def _bar(self, columns: int) -> Line:
        return () if self._beat.lost else bar_parts(self._beat.pulse, columns, self._glyphs)

    async def _learn(self) -> None:
        await self._completer.learn()
        self._editor.suggest()

    async def _tell_news(self, lines: tuple[str, ...]) -> None:
        if self._session.notices == "off":
            return
        if self._session.notices == "bell":
            self._editor.ring()
        await self._tell(lines)

    async def _tell(self, notes: tuple[str, ...]) -> None:
        await self._editor.step_aside(lambda: self._say(notes))

    def _say(self, notes: tuple[str, ...]) -> None:
        for note in notes:
            self._output.note(note)
