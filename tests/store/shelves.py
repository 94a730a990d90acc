"""Each kind of journal, behind one door."""

from pathlib import Path
from typing import Protocol

from palm_ual.store.journal import Journal
from palm_ual.store.memory import MemoryJournal
from tests.store.homes import open_at


class Shelf(Protocol):
    """A journal that can be put away and taken out again."""

    journal: Journal

    def reopen(self) -> Journal: ...


class MemoryShelf:
    def __init__(self) -> None:
        self.journal: Journal = MemoryJournal()

    def reopen(self) -> Journal:
        assert isinstance(self.journal, MemoryJournal)
        self.journal.reopen()
        return self.journal


class SqliteShelf:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.journal: Journal = open_at(home)

    def reopen(self) -> Journal:
        self.journal.close()
        self.journal = open_at(self.home)
        return self.journal
