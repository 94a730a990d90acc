"""Keys from the terminal, with what was pasted told apart from what was typed.

A terminal that does not mark a paste sends it as so many keys. Taken one by one each of them would be
completed, coloured and drawn, and a long paste would take minutes.
"""

from typing import TextIO

from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from typing_extensions import override

_READ_BYTES = 64 * 1024
_PASTED_CHARS_MIN = 256
"""So many characters at once are no typing, however slow the line."""
_CONTROL = (frozenset(map(chr, range(32))) - {"\r", "\n", "\t"}) | {"\x7f"}
_BEGIN, _END = "\x1b[200~", "\x1b[201~"
_CTRL_C = "\x03"
_TAIL_CHARS = len(_BEGIN) - 1
"""How much of a mark may have come with what was read before."""


class Keyboard(Vt100Input):
    """As prompt_toolkit's, but for pastes that the terminal does not mark."""

    def __init__(self, stdin: TextIO) -> None:
        super().__init__(stdin)
        self._tail = ""
        self._in_paste = False
        """Whether a marked paste has begun and not ended: prompt_toolkit puts that together itself."""

    @override
    def read_keys(self) -> list[KeyPress]:
        data = self.stdin_reader.read(_READ_BYTES)
        if self._in_paste or "\x1b" in self._tail or not _is_pasted(data):
            self._note_marks(data)
            if self._in_paste and data.endswith(_CTRL_C):
                # The end of the paste was lost, and somebody wants to get out.
                data = data.removesuffix(_CTRL_C) + _END + _CTRL_C
                self._in_paste = False
            self.vt100_parser.feed(data)
            keys, self._buffer = self._buffer, []
            return keys
        text = data.rstrip("\r\n")
        behind = [KeyPress(Keys.ControlM, "\r")] if len(text) < len(data) else []
        return [KeyPress(Keys.BracketedPaste, text), *behind]

    def _note_marks(self, data: str) -> None:
        seen = self._tail + data
        begun, ended = seen.rfind(_BEGIN), seen.rfind(_END)
        if begun != ended:
            self._in_paste = begun > ended
        self._tail = seen[-_TAIL_CHARS:]


def _is_pasted(data: str) -> bool:
    return len(data) >= _PASTED_CHARS_MIN and _CONTROL.isdisjoint(data)
