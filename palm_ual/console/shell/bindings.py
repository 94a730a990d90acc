"""The keys that are the shell's own; all others are prompt_toolkit's, in its emacs or its vi manner."""

import select

from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import CompleteEvent, get_common_complete_suffix
from prompt_toolkit.filters import Condition, emacs_insert_mode, has_focus, vi_insert_mode
from prompt_toolkit.key_binding.key_bindings import KeyBindings, KeyBindingsBase, merge_key_bindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.keys import Keys

from palm_ual.console.typed import is_for_enter, pasted


def shell_bindings(buffer: Buffer) -> KeyBindingsBase:
    """What the shell's own keys do while `buffer` has the focus."""
    return merge_key_bindings([_typing_keys(buffer), _leaving_keys(buffer)])


def _typing_keys(buffer: Buffer) -> KeyBindings:
    keys = KeyBindings()
    typing = has_focus(buffer)
    inserting = typing & (emacs_insert_mode | vi_insert_mode)

    @keys.add("enter", filter=typing)
    def _(event: KeyPressEvent) -> None:
        state = buffer.complete_state
        if state is not None and state.current_completion is not None:
            buffer.complete_state = None  # it was taken; the next Enter runs
        elif not _more_is_coming(event) and is_for_enter(buffer.text):
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
        else:
            _task = event.app.create_background_task(_complete(buffer))

    @keys.add(Keys.BracketedPaste, filter=typing)
    def _(event: KeyPressEvent) -> None:
        at_start = not buffer.document.current_line_before_cursor
        text = pasted(event.data) if at_start else pasted(" " + event.data)[1:]
        buffer.insert_text(text, fire_event=False)  # no menu, which would have the arrows

    return keys


def _leaving_keys(buffer: Buffer) -> KeyBindings:
    keys = KeyBindings()
    typing = has_focus(buffer)
    empty = Condition(lambda: not buffer.text)

    @keys.add("c-x", "c-e", filter=typing)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(result=f"{buffer.text}\n\\e")

    @keys.add("c-c", filter=typing)
    @keys.add("<sigint>")
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


def _more_is_coming(event: KeyPressEvent) -> bool:
    """Whether something was typed or pasted behind this key already: it belongs to the same text."""
    ahead = event.app.key_processor.input_queue
    if ahead:
        return ahead[0].key not in (Keys.ControlC, Keys.ControlD)
    return bool(select.select([event.app.input.fileno()], [], [], 0)[0])
