"""A text in somebody's own editor."""

from pathlib import Path

import pytest

from palm_ual.console.shell.own_editor import edited
from palm_ual.errors import UsageError


@pytest.fixture
def editor(tmp_path: Path) -> dict[str, str]:
    """What `script` is set to runs as the editor."""
    script = tmp_path / "editor"
    script.touch(0o755)
    script.chmod(0o755)
    return {"EDITOR": str(script), "PATH": "/usr/bin:/bin"}


def write(editor: dict[str, str], script: str) -> None:
    Path(editor["EDITOR"]).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")


def test_the_text_is_as_the_editor_left_it(editor: dict[str, str]) -> None:
    write(editor, """printf 'PALM STATUS\\r\\nFLEET STATUS\\n' >> "$1" """)
    assert edited("-- first", editor) == "-- first\nPALM STATUS\nFLEET STATUS"


def test_visual_goes_before_editor_and_may_have_arguments(editor: dict[str, str]) -> None:
    write(editor, 'echo "$1" > "$2"')
    assert edited("x", {**editor, "VISUAL": f"{editor['EDITOR']} --wait", "EDITOR": "false"}) == "--wait"


BROKEN = {
    "exit 3": "ended with 3",
    "kill -9 $$": "was killed by signal 9",
    'rm "$1"': "the editor left no text",
    'rm "$1"; mkdir "$1"': "the editor left no text",
}


@pytest.mark.parametrize(("script", "said"), BROKEN.items())
def test_an_editor_that_fails_takes_nothing_with_it(editor: dict[str, str], script: str, said: str) -> None:
    write(editor, script)
    with pytest.raises(UsageError, match=said):
        edited("x", editor)


@pytest.mark.parametrize("named", ["/nowhere/at/all", "'"])
def test_an_editor_that_cannot_be_run_is_said(named: str) -> None:
    with pytest.raises(UsageError):
        edited("x", {"EDITOR": named})


def test_a_machine_without_an_editor_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no editor"):
        edited("x", {"PATH": str(tmp_path)})
