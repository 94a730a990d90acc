"""The keys that are the shell's own; all others are prompt_toolkit's, in its emacs or its vi manner."""

import asyncio
import select
from collections.abc import Callable, Coroutine
from typing import TypeAlias

from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import CompleteEvent, get_common_complete_suffix
from prompt_toolkit.filters import Condition, emacs_insert_mode, has_focus, vi_insert_mode
from prompt_toolkit.key_binding.key_bindings import KeyBindings, KeyBindingsBase, merge_key_bindings
from prompt_toolkit.key_binding.key_processor import KeyPress, KeyPressEvent
from prompt_toolkit.keys import Keys

from palm_ual.console.prompt.typed import is_for_enter, pasted
from palm_ual.console.shell.faults import Faults

Beside: TypeAlias = Callable[[str, Callable[[], Coroutine[None, None, None]]], "asyncio.Task[None]"]
"""Has something done while keys go on; says what it is called where it fails."""


def shell_bindings(buffer: Buffer, beside: Beside, faults: Faults) -> KeyBindingsBase:
    """What the shell's own keys do while `buffer` has the focus."""
    return merge_key_bindings([_typing_keys(buffer, beside, faults), _leaving_keys(buffer)])


def _typing_keys(buffer: Buffer, beside: Beside, faults: Faults) -> KeyBindings:
    keys = KeyBindings()
    typing = has_focus(buffer)
    inserting = typing & (emacs_insert_mode | vi_insert_mode)
    tab = _Tab()

    @keys.add("enter", filter=typing)
    def _(event: KeyPressEvent) -> None:
        state = buffer.complete_state
        if tab.at_work:
            tab.enter = True
        elif state is not None and state.current_completion is not None:
            buffer.complete_state = None  # it was taken; the next Enter runs
        elif _runs(event, buffer.text, faults):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    @keys.add("escape", "enter", filter=inserting)
    def _(event: KeyPressEvent) -> None:
        buffer.insert_text("\n")

    @keys.add("tab", filter=inserting)
    def _(event: KeyPressEvent) -> None:
        if buffer.complete_state is not None:
            buffer.complete_next()
        elif not tab.at_work:
            tab.begin(beside("Tab", lambda: _complete(buffer)), event)

    @keys.add(Keys.BracketedPaste, filter=typing)
    def _(event: KeyPressEvent) -> None:
        at_start = not buffer.document.current_line_before_cursor
        text = event.data
        with faults.of("the look at what was pasted"):
            text = pasted(text) if at_start else pasted(" " + text)[1:]
        buffer.insert_text(text, fire_event=False)  # no menu, which would have the arrows

    return keys


class _Tab:
    """A completion that was asked for. An Enter that comes before it is pressed behind it: it is meant for what is
    seen then.
    """

    def __init__(self) -> None:
        self.enter = False
        self._task: asyncio.Task[None] | None = None

    @property
    def at_work(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self, task: "asyncio.Task[None]", event: KeyPressEvent) -> None:
        self.enter = False
        self._task = task

        def done(task: "asyncio.Task[None]") -> None:
            if self.enter and not task.cancelled() and event.app.is_running and not event.app.is_done:
                event.app.key_processor.feed(KeyPress(Keys.ControlM, "\r"), first=True)
                event.app.key_processor.process_keys()

        task.add_done_callback(done)


def _leaving_keys(buffer: Buffer) -> KeyBindings:
    keys = KeyBindings()
    typing = has_focus(buffer)
    empty = Condition(lambda: not buffer.text)

    @keys.add("c-x", "c-e", filter=typing)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(result=f"{buffer.text}\n\\e")

    @keys.add("c-c", filter=typing)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt())

    @keys.add("c-d", filter=typing & empty)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=EOFError())

    @keys.add("c-z", filter=typing)
    def _(event: KeyPressEvent) -> None:
        """Not to the background: the fleet would stand still there, and its home be held."""

    return keys


async def _complete(buffer: Buffer) -> None:
    """What all suggestions have in common, at once; else the menu, also while it is being looked for already."""
    document = buffer.document
    asked = buffer.completer.get_completions_async(document, CompleteEvent(completion_requested=True))
    found = [completion async for completion in asked]
    if not found or buffer.document != document:
        return
    if len(found) == 1:
        buffer.apply_completion(found[0])
    elif common := get_common_complete_suffix(document, found):
        buffer.insert_text(common)
    else:
        buffer.complete_state = CompletionState(document, found)
        buffer.on_completions_changed.fire()


def _runs(event: KeyPressEvent, text: str, faults: Faults) -> bool:
    """Whether Enter runs the text. Where that cannot be told it does: the parser says what is wrong with it."""
    with faults.of("Enter"):
        return not _more_is_coming(event) and is_for_enter(text)
    return True


def _more_is_coming(event: KeyPressEvent) -> bool:
    """Whether something was typed or pasted behind this key already: it belongs to the same text."""
    ahead = event.app.key_processor.input_queue
    if ahead:
        return ahead[0].key not in (Keys.ControlC, Keys.ControlD)
    return bool(select.select([event.app.input.fileno()], [], [], 0)[0])
