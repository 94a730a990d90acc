"""Where statements are typed: a line editor of prompt_toolkit, with a menu, a ghost and a bar under it.

It asks the terminal nothing: no cursor position, no colours. So nothing waits for a terminal that does not
answer, and no late answer is taken for something typed.
"""

import asyncio
import select
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from types import FrameType
from typing import Any, TextIO

from prompt_toolkit.application import Application
from prompt_toolkit.application.run_in_terminal import in_terminal
from prompt_toolkit.auto_suggest import AutoSuggest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import Completer
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition, has_focus, is_done
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.key_binding.bindings.auto_suggest import load_auto_suggest_bindings
from prompt_toolkit.key_binding.key_bindings import merge_key_bindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Dimension,
    Float,
    FloatContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.layout.processors import (
    ConditionalProcessor,
    HighlightIncrementalSearchProcessor,
    HighlightSelectionProcessor,
    Processor,
)
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import BaseStyle
from prompt_toolkit.widgets import SearchToolbar
from typing_extensions import override

from palm_ual.console.lines.lines import Line
from palm_ual.console.prompt.typed import CONTINUATION, PROMPT
from palm_ual.console.shell.bindings import shell_bindings
from palm_ual.console.shell.faults import Faults
from palm_ual.console.shell.keyboard import Keyboard
from palm_ual.console.shell.ornaments import GhostShown
from palm_ual.model.limits import COLOURED_CHARS_MAX

_MENU_ROWS = 8
_ROWS_BESIDE = 2
"""The bar's, and that of a search."""


class _Statement(Buffer):
    @override
    def append_to_history(self) -> None:
        """What is kept of it is for the conversation to say."""


class Editor:
    """One text at a time.

    `size` gives the terminal's columns and rows as they are now; `bar` what stands under the text, for a
    number of columns. `on_drawn` is called after each picture.
    """

    def __init__(
        self,
        out: TextIO,
        *,
        size: Callable[[], tuple[int, int]],
        faults: Faults,
        history: History,
        completer: Completer,
        suggest: AutoSuggest | None,
        lexer: Lexer,
        problems: Processor,
        style: BaseStyle,
        coloured: bool,
        vi: bool,
        bar: Callable[[int], Line] | None,
        on_drawn: Callable[[], None],
    ) -> None:
        self._size = size
        self._faults = faults
        self._buffer = _Statement(
            history=history,
            completer=completer,
            auto_suggest=suggest,
            complete_while_typing=Condition(self._completes),
            multiline=True,
            accept_handler=self._accept,
            name="statement",
        )
        self._bar = bar
        search = SearchToolbar(
            ignore_case=True, forward_search_prompt="search: ", backward_search_prompt="search: "
        )
        self._app: Application[str] = Application(
            layout=self._layout(search, lexer, problems),
            style=style,
            include_default_pygments_style=False,
            key_bindings=merge_key_bindings(
                [load_auto_suggest_bindings(), shell_bindings(self._buffer, self._beside, faults)]
            ),
            editing_mode=EditingMode.VI if vi else EditingMode.EMACS,
            reverse_vi_search_direction=True,
            color_depth=None if coloured else ColorDepth.DEPTH_1_BIT,
            input=Keyboard(sys.stdin),
            output=Vt100_Output(out, self._terminal_size, enable_cpr=False),
        )
        self._app.ttimeoutlen = 0.05
        self._app.after_render += lambda _: on_drawn()

    def read(self, draft: str, beside: Callable[[], Coroutine[None, None, None]]) -> str:
        """One text, with `beside` running as long as it is typed; errors as of `Reader.read`."""
        self._buffer.reset(Document(draft, len(draft)))

        def begin() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(self._keep)
            _task = self._beside("what is beside the prompt", beside)
            for number, handler in handlers.items():
                if callable(handler):
                    loop.add_signal_handler(number, self._end, handler, number)

        handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
        try:
            text = self._app.run(pre_run=begin, set_exception_handler=False, handle_sigint=False)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        self._require_uninterrupted()
        return text

    def _require_uninterrupted(self) -> None:
        """A Ctrl-C that came with Enter, before the terminal made signals of it, counts as one all the same."""
        keyboard = self._app.input
        ahead = get_typeahead(keyboard)
        with keyboard.raw_mode():
            if select.select([keyboard.fileno()], [], [], 0)[0]:
                ahead += keyboard.read_keys()
        if any(key.key is Keys.ControlC for key in ahead):
            raise KeyboardInterrupt
        store_typeahead(keyboard, ahead)

    def _end(self, handler: Callable[[int, FrameType | None], object], number: int) -> None:
        """A signal to end ends the editing first, wherever that is, and then raises what it raises elsewhere."""
        try:
            handler(number, None)
        except SystemExit as ended:
            if self._app.is_running and not self._app.is_done:
                self._app.exit(exception=ended)

    def _beside(self, what: str, work: Callable[[], Coroutine[None, None, None]]) -> "asyncio.Task[None]":
        """Have it done while keys go on; the end of the reading is its end."""

        async def done() -> None:
            with self._faults.of(what):
                await work()

        return self._app.create_background_task(done())

    def _keep(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """What nobody else has caught: asyncio would write it over what is being typed."""
        self._faults.keep("the prompt", context.get("exception") or RuntimeError(context["message"]))

    def redraw(self) -> None:
        """Something else is to be shown than before."""
        self._app.invalidate()

    def ring(self) -> None:
        """The terminal's bell."""
        self._app.output.bell()

    async def step_aside(self, act: Callable[[], None]) -> None:
        """Call it with the prompt out of the way: what it writes stands above that."""
        async with in_terminal():
            act()

    def suggest(self) -> None:
        """Look for suggestions again: more is known now than when this was typed."""
        if self._app.is_running and self._buffer.complete_state is None and self._completes():
            self._buffer.start_completion(select_first=False)

    def leave(self) -> None:
        """Ends the reading as Ctrl-D does. May be called from another thread."""
        loop = self._app.loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(self._leave)
        except RuntimeError:
            assert loop.is_closed()  # it has just ended by itself

    def _leave(self) -> None:
        if self._app.is_running and not self._app.is_done:
            self._app.exit(exception=EOFError())

    def _completes(self) -> bool:
        """Whether a menu comes up by itself: not where nothing is typed yet of a line or a statement."""
        document = self._buffer.document
        before = document.current_line_before_cursor.strip()
        return len(document.text) <= COLOURED_CHARS_MAX and bool(before) and not before.endswith(";")

    def _accept(self, buffer: Buffer) -> bool:
        self._app.exit(result=buffer.text)
        return True  # the text stays on the screen

    def _terminal_size(self) -> Size:
        columns, rows = self._size()
        return Size(rows=rows, columns=columns)

    def _layout(self, search: SearchToolbar, lexer: Lexer, problems: Processor) -> Layout:
        control = BufferControl(
            buffer=self._buffer,
            search_buffer_control=search.control,
            preview_search=True,
            include_default_input_processors=False,
            input_processors=[
                HighlightIncrementalSearchProcessor(),
                HighlightSelectionProcessor(),
                problems,
                ConditionalProcessor(GhostShown(), has_focus(self._buffer) & ~is_done),
            ],
            lexer=lexer,
        )
        window = Window(control, height=self._height, get_line_prefix=_prefix, wrap_lines=True)
        menu = CompletionsMenu(max_height=_MENU_ROWS, scroll_offset=1, extra_filter=has_focus(self._buffer))
        body = FloatContainer(window, [Float(content=menu, xcursor=True, ycursor=True, transparent=True)])
        rows = [body, ConditionalContainer(search, ~is_done)]
        if self._bar is not None:
            content = FormattedTextControl(self._bar_line, style="class:bar")
            bar = Window(content, height=1, style="class:bar", dont_extend_height=True, wrap_lines=False)
            rows.append(ConditionalContainer(bar, ~is_done))
        return Layout(HSplit(rows), window)

    def _height(self) -> Dimension:
        """Room for the menu, so that it does not cover the bar, as far as the window has room."""
        if self._buffer.complete_state is None or self._app.is_done:
            return Dimension()
        shown = min(_MENU_ROWS, len(self._buffer.complete_state.completions))
        wanted = self._buffer.document.cursor_position_row + 1 + shown
        return Dimension(min=max(1, min(wanted, self._terminal_size().rows - _ROWS_BESIDE)))

    def _bar_line(self) -> StyleAndTextTuples:
        with self._faults.of("the bar"):
            if self._bar is not None:
                line = self._bar(self._size()[0])
                return [(f"class:bar.{style}" if style else "class:bar", text) for text, style in line]
        return []


def _prefix(line: int, wrapped: int) -> StyleAndTextTuples:
    if wrapped:
        return [("", "  ")]
    return [("class:prompt", CONTINUATION if line else PROMPT)]
