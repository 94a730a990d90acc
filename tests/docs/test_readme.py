"""README.md is true: its examples print what it says, and its reference is the code's."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from palm_ual.lang import statements as st
from palm_ual.lang.parser import parse
from tests.command.ual import LONGEST_S, Desk
from tests.docs.readme import README, Block, Example, blocks, examples, generated, read_readme
from tests.docs.reference import LIMITS, bounds, error_classes, parts
from tests.docs.terminal import session
from tests.test_transcripts import FOLDER as TRANSCRIPTS

MAIN_COMMAND = re.compile(r"^<!-- main command -->\n```sh\n(.+?)^```$", re.MULTILINE | re.DOTALL)
TYPED = ("> ", ". ")
"""What a line of the prompt begins with, where a person typed the rest."""
INSTALLS = "python3 -m venv .venv && .venv/bin/pip install -q . &&\n"
VIRTUAL = "--clock virtual"
"""An example with this prints the same at every run."""
SHELL_SIGNS = re.compile(r"""[|;&<>]""")


@pytest.fixture
def programs(desk: Desk) -> Path:
    """`.venv/bin` as an installation leaves it, but with the `ual` of this checkout."""
    folder = desk.folder / ".venv" / "bin"
    folder.mkdir(parents=True)
    ual = folder / "ual"
    ual.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m palm_ual "$@"\n', encoding="utf-8")
    ual.chmod(0o755)
    return folder


def in_a_shell(desk: Desk, programs: Path, command: str) -> str:
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=desk.folder,
        env=desk.environment({"PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LONGEST_S,
        check=False,
    )
    return done.stdout.decode()


def printed_by(desk: Desk, programs: Path, example: Example) -> str:
    """What a person sees of an example. A plain one-liner runs in this process, which is quicker."""
    words = shlex.split(example.command)
    if words == ["ual"]:
        lines = example.printed.splitlines()
        return session(desk, [line[2:] for line in lines if line.startswith(TYPED)])
    unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", example.command)
    if words[0] != "ual" or SHELL_SIGNS.search(unquoted) or "file" in example.command:
        return in_a_shell(desk, programs, example.command)
    return desk.call(*words[1:], together=True).out


def settled(example: Example, text: str, desk: Desk | None = None) -> str:
    """The text without what differs from run to run: where the checkout is, times, and what hangs on them."""
    if desk is not None:
        text = text.replace(str(desk.folder), "~/palm-ual")
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    if VIRTUAL in example.command:
        return text
    text = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "FLEET-TIME", text)
    text = re.sub(r"after \d+m?s$", "after TIME", text, flags=re.MULTILINE)
    text = re.sub(r"-?\$?\d[\d,]*\.\d\d\b", "MONEY", text)
    text = re.sub(r'(?<=_cents":)-?\d+', "MONEY", text)
    text = re.sub(r"\d[\d,]* (bytes|events|orders|trades|batch(es)?)\b", "COUNT", text)
    return re.sub(r" {2,}", "  ", text)


def test_every_example_prints_what_it_says(
    desk: Desk, programs: Path, compare_golden: Callable[[str, Path], None], request: pytest.FixtureRequest
) -> None:
    text = read_readme()
    said = [example for block in blocks(text, "console") for example in examples(block)]
    assert len(said) > 20
    seen = [printed_by(desk, programs, example) for example in said]
    if request.config.getoption("--update-golden"):
        compare_golden(with_printed(text, said, seen, desk), README)
        return
    for example, printed in zip(said, seen, strict=True):
        assert settled(example, example.printed) == settled(example, printed, desk), (
            f"README.md:{example.line}"
        )


def with_printed(text: str, said: list[Example], seen: list[str], desk: Desk) -> str:
    """The README with what its examples print now."""
    lines = text.splitlines(keepends=True)
    for example, printed in reversed(list(zip(said, seen, strict=True))):
        first = example.line - 1 + example.command.count("\n")
        if settled(example, example.printed) != settled(example, printed, desk):
            lines[first : first + example.printed.count("\n")] = [
                printed.replace(str(desk.folder), "~/palm-ual")
            ]
    return "".join(lines)


def test_the_main_command_prints_the_steps_of_the_tutorial(desk: Desk, programs: Path) -> None:
    (command,) = MAIN_COMMAND.findall(read_readme())
    assert command.startswith(INSTALLS)
    printed = in_a_shell(desk, programs, command.removeprefix(INSTALLS))
    first, second, fifth = [
        (TRANSCRIPTS / f"tutorial-step-{step}.out").read_text("utf-8") for step in (1, 2, 5)
    ]
    assert printed == f"{first}\n{second}{fifth}"


@pytest.mark.parametrize("name", parts())
def test_a_generated_part_is_what_the_code_says(name: str) -> None:
    assert generated(read_readme())[name] == parts()[name], "python -m tests.docs.reference"


def test_every_generated_part_is_known() -> None:
    assert generated(read_readme()).keys() == parts().keys()


@pytest.mark.parametrize("kind", get_args(st.AnyStatement), ids=lambda kind: kind.__name__)
def test_every_statement_has_an_example_that_parses(kind: type[st.Statement]) -> None:
    statements = [one for block in blocks(read_readme(), "ual") for one in parse(block.text)]
    assert any(isinstance(statement, kind) for statement in statements)


def test_every_error_code_is_listed_once() -> None:
    listed = re.findall(r"^\| `(\w+)` \| \d ", generated(read_readme())["errors"], re.MULTILINE)
    assert sorted(listed) == sorted({kind.code for kind in error_classes()})


def test_every_bound_is_put_in_words() -> None:
    assert LIMITS.keys() == set(bounds())


def test_every_option_is_listed(desk: Desk) -> None:
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", desk.call("--help").out)) - {"-h"}
    listed = re.findall(r"`(--?[a-z][a-z-]*)", read_readme())
    assert len(options) > 10
    assert options <= set(listed)


def test_links_within_the_page_lead_somewhere() -> None:
    text = read_readme()
    headings = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= headings


def test_files_named_in_the_page_are_there() -> None:
    named = re.findall(r"`((?:palm_ual|examples|grammar|tests)/[\w./-]+)`", read_readme())
    assert named
    assert [name for name in named if not (README.parent / name).exists()] == []


# The reader of the page


def test_an_example_is_what_is_typed_and_what_it_prints() -> None:
    block = Block("console", "$ ual -c '\n> PALM STATUS'\nFleet Status:\n> no prompt\n$ true\n", 7)
    assert examples(block) == [
        Example("ual -c '\nPALM STATUS'\n", "Fleet Status:\n> no prompt\n", 7),
        Example("true\n", "", 11),
    ]
