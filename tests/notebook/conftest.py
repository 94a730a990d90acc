"""A kernel in this process, and a notebook with the extension for each test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from palm_ual import notebook
from tests.notebook.kernel import Notebook, Untyped


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Untyped]:
    folder = tmp_path_factory.mktemp("ipython")
    main, hooks = sys.modules["__main__"], (sys.displayhook, sys.excepthook)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    kernel: Untyped = InteractiveShell
    yield kernel(config=config, ipython_dir=str(folder))
    sys.modules["__main__"] = main
    sys.displayhook, sys.excepthook = hooks


@pytest.fixture
def cells(
    shell: Untyped,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Notebook]:
    """A notebook with the extension, whose default home is not there yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UAL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(notebook, "LOCK_TIMEOUT_MS", 0)
    notebook.load_ipython_extension(shell)
    yield Notebook(shell, capsys)
    notebook.unload_ipython_extension(shell)
