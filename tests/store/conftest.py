"""The journals that every contract is run over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.shelves import MemoryShelf, Shelf, SqliteShelf


@pytest.fixture(params=["memory", "sqlite"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    shelf: Shelf = MemoryShelf() if request.param == "memory" else SqliteShelf(tmp_path / "home")
    yield shelf
    shelf.journal.close()
