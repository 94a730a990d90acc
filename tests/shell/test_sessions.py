"""Whole sessions as they look, kept as golden files; see `sessions.py` for how to read them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command.ual import Desk
from tests.shell.conftest import OpenTerminal
from tests.shell.sessions import play, read_session, written

FOLDER = Path(__file__).parent / "sessions"


@pytest.mark.parametrize("golden", sorted(FOLDER.glob("*.session")), ids=lambda path: path.stem)
def test_a_session_looks_as_it_did(
    golden: Path,
    desk: Desk,
    open_terminal: OpenTerminal,
    request: pytest.FixtureRequest,
    compare_golden: Callable[[str, Path], None],
) -> None:
    session = read_session(golden.read_text(encoding="utf-8"))
    desk.write("morning.ual", "PALM STATUS\n")
    for statement in session.values("before"):
        assert desk.call("-c", statement).status == 0
    folder = desk.folder / "user" / ".config" / "ual"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("\n".join(session.values("config")))
    columns, rows = session.window
    terminal = open_terminal(*session.values("option"), columns=columns, rows=rows)
    terminal.wait_for_prompt()
    if "bar = false" not in session.values("config"):
        terminal.wait_for("agents")
    seen = play(session, terminal, anew=request.config.getoption("--update-golden"))
    compare_golden(written(seen), golden)


def test_the_goldens_are_there() -> None:
    assert len(list(FOLDER.glob("*.session"))) >= 5
