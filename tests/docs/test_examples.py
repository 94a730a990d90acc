"""The scripts of `examples/` and of HELP run, and every statement is seen at work somewhere."""

from pathlib import Path
from typing import get_args

import pytest

from palm_ual.errors import PalmError
from palm_ual.lang import statements as st
from palm_ual.lang.parser import parse
from tests.command.ual import ROOT, Desk
from tests.docs.readme import read_readme
from tests.test_transcripts import FOLDER, runs_of

SCRIPTS = sorted((ROOT / "examples").glob("*.ual"))
VIRTUAL = ("--ephemeral", "--clock", "virtual")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_whole_and_the_readme_uses_it(desk: Desk, script: Path) -> None:
    assert desk.call("--check", f"examples/{script.name}").status == 0
    assert f"examples/{script.name}" in read_readme()


def test_the_scripts_of_the_tutorial_hold_its_statements_and_nothing_else() -> None:
    assert [type(statement) for statement in _statements("steps-1-2")] == [
        st.PalmStatus,
        st.Deploy,
        st.Deploy,
    ]
    assert [type(statement) for statement in _statements("step-5-home")] == [st.Deploy]
    assert [type(statement) for statement in _statements("step-5-scale")] == [st.Scale, st.Scale]


def _statements(name: str) -> tuple[st.Statement, ...]:
    return parse((ROOT / "examples" / f"{name}.ual").read_text(encoding="utf-8"))


def test_a_folder_that_is_not_there_is_said_by_the_agent_that_should_watch_it(desk: Desk) -> None:
    deploy = (
        'DEPLOY \'examples.file_watch:FileWatch\' AS w WITH {"folder": "nowhere"}; SHOW AGENTS; DESCRIBE w'
    )
    ran = desk.run(*VIRTUAL, "-c", deploy)
    assert ran.status == 0, ran.err
    assert "degraded" in ran.out
    assert f"cannot read {desk.folder}/nowhere: No such file or directory" in ran.out


def _kinds_in_transcripts() -> set[type[st.Statement]]:
    kinds: set[type[st.Statement]] = set()
    for path in FOLDER.glob("*.ual"):
        for _, text in runs_of(path.read_text(encoding="utf-8")):
            try:
                kinds.update(map(type, parse(text)))
            except PalmError:
                continue  # a transcript of what is refused
    return kinds


def test_every_statement_has_a_transcript() -> None:
    # SOURCE and EXIT need a file and an end; the tests of the command run them.
    missing = set(get_args(st.AnyStatement)) - _kinds_in_transcripts() - {st.Source, st.Exit}
    assert {kind.__name__ for kind in missing} == set()
