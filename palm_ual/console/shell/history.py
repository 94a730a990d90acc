"""What was typed, kept for the next prompt.

The file has a JSON string a line, oldest first. So a text of many lines, of any characters, is one line; it is
appended with one write; a torn or foreign line spoils nothing but itself; the latest are read first, from the
end; and `grep` still finds what somebody looks for.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from itertools import islice

from prompt_toolkit.history import History
from typing_extensions import override

from palm_ual.console.own_files.history_file import HistoryFile
from palm_ual.console.own_files.secrets import holds_secret
from palm_ual.model.limits import HISTORY_MAX, HISTORY_TEXT_CHARS_MAX

_LINES_A_BREATH = 500
"""Lines read before the prompt's loop gets its turn: about a millisecond."""


class ShellHistory(History):
    """Texts of this prompt and of those before it, for the buffer of an editor.

    It needs no thread of its own: `load` begins after the first picture of the prompt, and lets keys through
    between any two pieces of the file. Without a path, or with `keep` 0, it knows only what this prompt
    typed, and writes nothing. Where the file cannot be read or written it goes on in memory and says so once.
    """

    def __init__(self, path: str | None, *, keep: int) -> None:
        super().__init__()
        self._file = HistoryFile(path, keep=keep) if path is not None and keep else None
        self._known: deque[str] = deque(maxlen=keep or HISTORY_MAX)
        self._unread: Iterator[str | None] | None = None
        """Lines of the file that are not in `_known` yet, latest first; None before anybody asked."""
        self._hid = False
        self._notes: list[str] = []

    @override
    async def load(self) -> AsyncGenerator[str, None]:
        for number, text in enumerate(reversed(tuple(self._known)), 1):
            yield text
            if number % _LINES_A_BREATH == 0:
                await asyncio.sleep(0)
        while (texts := self._read_on()) is not None:
            for text in texts:
                yield text
            await asyncio.sleep(0)

    @override
    def get_strings(self) -> list[str]:
        return list(self._known)

    @override
    def append_string(self, string: str) -> None:
        """Keep a text, unless it repeats the last one, begins with a blank, is very long or holds a secret."""
        if not string.strip() or string[0] in " \t" or len(string) > HISTORY_TEXT_CHARS_MAX:
            return
        if holds_secret(string):
            self._say_hidden()
            return
        self._begin()
        if self._known and self._known[-1] == string:
            return
        self._known.append(string)
        self.store_string(string)

    @override
    def load_history_strings(self) -> Iterable[str]:
        return reversed(self._known)

    @override
    def store_string(self, string: str) -> None:
        if self._file is not None:
            self._file.append(string)

    def take_notes(self) -> tuple[str, ...]:
        """What a person should know since last asked; to be said before the next prompt is drawn."""
        notes = self._notes
        if self._file is not None:
            notes = notes + self._file.take_notes()
        self._notes = []
        return tuple(notes)

    def close(self) -> None:
        """Trim the file if it has grown too long; a prompt that is killed leaves that to the next."""
        if self._file is not None:
            self._file.close()

    def _begin(self) -> None:
        """Settle what is the past: what is appended from now on is known already."""
        if self._unread is None:
            self._unread = iter(()) if self._file is None else self._file.latest_first()

    def _read_on(self) -> list[str] | None:
        """The next texts of the file, latest first; None when all are known."""
        self._begin()
        assert self._unread is not None
        if len(self._known) == self._known.maxlen:
            return None
        lines = list(islice(self._unread, _LINES_A_BREATH))
        texts: list[str] = []
        for text in lines:
            if text is None or (self._known and self._known[0] == text):
                continue
            if len(self._known) == self._known.maxlen:
                break
            self._known.appendleft(text)
            texts.append(text)
        return texts if lines else None

    def _say_hidden(self) -> None:
        if not self._hid:
            self._hid = True
            self._notes.append("what was typed holds a secret, so the history does not keep it")
