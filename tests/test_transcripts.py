"""Golden transcripts: what a person would see of a program, to the letter, in virtual time.

`NAME.ual` holds one run of the command or more. A line `-- ual …` starts the next run and says its
options; without such a line there is one run without options. `NAME.home.ual`, where there is one, has
already run on the home that each run finds. `NAME.out` is what they print, answers and errors together,
and the exit status where it is not 0. `pytest --update-golden` writes it anew.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command.ual import Desk

FOLDER = Path(__file__).parent / "transcripts"
VIRTUAL = ("--ephemeral", "--clock", "virtual", "--seed", "7")
MARK = "-- ual"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ual") if not path.stem.endswith(".home"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """No test here starts a process, so that nothing needs to be installed."""
    return Desk(tmp_path, tmp_path)


def runs_of(text: str) -> list[tuple[str, str]]:
    """The options and the text of each run."""
    if not text.startswith(MARK):
        return [("", text)]
    runs = [run.partition("\n") for run in f"\n{text}".split(f"\n{MARK}")[1:]]
    return [(options.strip(), statements.strip("\n") + "\n") for options, _, statements in runs]


def seen(desk: Desk, options: str, text: str, home: str) -> str:
    """What a person sees of one run. The home's own statements run before it, and their output is cut off."""
    before = ""
    if home:
        before = desk.call(*VIRTUAL, "-c", home, together=True).out + "\n"
    given = (*VIRTUAL, *options.split())
    ran = desk.call(*given, *(("-c", home, "-c", text) if home else ("-",)), stdin=text, together=True)
    assert ran.out.startswith(before)
    status = f"(exit status {ran.status})\n" if ran.status else ""
    return ran.out.removeprefix(before).replace(str(desk.folder), "DIRECTORY") + status


@pytest.mark.parametrize("name", NAMES)
def test_a_transcript_is_as_it_was(
    desk: Desk, name: str, compare_golden: Callable[[str, Path], None]
) -> None:
    home_file = FOLDER / f"{name}.home.ual"
    home = home_file.read_text(encoding="utf-8") if home_file.exists() else ""
    runs = runs_of((FOLDER / f"{name}.ual").read_text(encoding="utf-8"))
    parts = [
        (f"$ ual {options}".rstrip() + "\n" if len(runs) > 1 or options else "")
        + seen(desk, options, text, home)
        for options, text in runs
    ]
    compare_golden("\n".join(parts), FOLDER / f"{name}.out")
