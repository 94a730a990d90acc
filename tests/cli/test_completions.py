"""`ual --completions` prints what makes bash, zsh and fish complete the command: tried in these shells."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from palm_ual.cli.arguments import SHELLS, ShellName, documented_arguments, parse_arguments
from palm_ual.cli.completions import completions_for
from palm_ual.errors import UsageError
from tests.cli.shells import ShellOnTerminal

FLAGS = {flag for argument in documented_arguments() for flag in argument.flags}
FORMATS = {"text", "json", "ndjson", "yaml", "csv"}
CASES: list[tuple[tuple[str, ...], set[str]]] = [
    (("--eph",), {"--ephemeral"}),
    (("-",), FLAGS),
    (("--keep-going", "--ch"), {"--check"}),
    (("-o", ""), FORMATS),
    (("--output", "n"), {"ndjson"}),
    (("--clock", "v"), {"virtual"}),
    (("--completions", ""), set(SHELLS)),
    (("",), {"fleet.ual", "my fleet.ual", "inbox"}),
    (("fl",), {"fleet.ual"}),
    (("-o", "json", "fl"), {"fleet.ual"}),
    (("--", "fl"), {"fleet.ual"}),
    (("inbox/",), {"inbox/late.ual"}),
    (("--home", ""), {"inbox"}),
    (("-c", "fl"), set()),
    (("-c", "PALM STATUS", "fl"), set()),
    (("-c", "PALM STATUS", "--y"), {"--yes"}),
    (("fleet.ual", "fl"), set()),
    (("--seed", "fl"), set()),
    (("--version", "fl"), set()),
    (("--nonsense",), set()),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With two scripts, a folder with one more, and a file that is none."""
    (tmp_path / "inbox").mkdir()
    for name in ("fleet.ual", "my fleet.ual", "fleet.txt", "inbox/late.ual"):
        (tmp_path / name).touch()
    return tmp_path


def needed(shell: str) -> str:
    """The program of a shell, or the reason why its tests are left out."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed here")
    return program


def script_for(shell: ShellName, folder: Path) -> Path:
    script = folder / f".completions.{shell}"
    script.write_text(completions_for(shell), encoding="ascii")
    return script


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_can_read_its_script(shell: ShellName, folder: Path) -> None:
    run(needed(shell), "-n", script_for(shell, folder), folder=folder)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_option_is_in_the_script_and_its_head_says_how_to_install_it(shell: ShellName) -> None:
    script = completions_for(shell)
    for argument in documented_arguments():
        for flag in argument.flags:
            assert (flag.lstrip("-") if shell == "fish" else flag) in script
    assert f"ual --completions {shell} > ~/" in script.partition("\n\n")[0]


COMPLETE = r"""
source "$1"; shift
COMP_WORDS=(ual "$@") COMP_CWORD=$#
$(complete -p ual | sed 's/.*-F \([^ ]*\) ual/\1/')
[[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(("words", "offered"), CASES, ids=[" ".join(words) for words, _ in CASES])
def test_bash_offers_what_fits(folder: Path, words: tuple[str, ...], offered: set[str]) -> None:
    script = script_for("bash", folder)
    out = run(needed("bash"), "--norc", "-c", COMPLETE, "bash", script, *words, folder=folder)
    assert sorted(out.splitlines()) == sorted(offered)


@pytest.mark.parametrize(
    ("words", "offered"),
    [(("--output", "=", "js"), {"json"}), (("--output", "="), FORMATS), (("--home", "=", "in"), {"inbox"})],
    ids=["--output=js", "--output=", "--home=in"],
)
def test_bash_makes_words_of_their_own_of_the_sign_between_option_and_value(
    folder: Path, words: tuple[str, ...], offered: set[str]
) -> None:
    test_bash_offers_what_fits(folder, words, offered)


FISH_CASES = [(words, offered) for words, offered in CASES if words != ("fleet.ual", "fl")]
"""It does not count what stands in the line already."""


@pytest.mark.parametrize(("words", "offered"), FISH_CASES, ids=[" ".join(words) for words, _ in FISH_CASES])
def test_fish_offers_what_fits(folder: Path, words: tuple[str, ...], offered: set[str]) -> None:
    script, line = script_for("fish", folder), shlex.join(["ual", *words[:-1]]) + " " + words[-1]
    code = "source $argv[1]; complete --do-complete $argv[2]"
    out = run(needed("fish"), "--no-config", "-c", code, script, line, folder=folder)
    found = {text.partition("\t")[0].removesuffix("/") for text in out.splitlines()}
    if words == ("-",):
        offered = {flag for flag in offered if flag.startswith("--")} | {"-c", "-o", "-h"}
    assert found == offered


COMPLETED = [
    ("ual --eph", "--ephemeral "),
    ("ual -o nd", "ndjson "),
    ("ual --output=nd", "--output=ndjson "),
    ("ual fl", "fleet.ual "),
    ("ual -o json my", r"my\ fleet.ual "),
    ("ual --home in", "inbox/"),
    ("ual inbox/", "inbox/late.ual "),
]


@pytest.mark.parametrize(
    ("shell", "command", "setup"),
    [
        ("bash", ["--norc", "--noprofile", "-i"], "source {script}"),
        ("zsh", ["-f", "-i"], "autoload -U compinit; compinit -u -D; source {script}"),
    ],
)
def test_tab_completes_on_a_terminal(folder: Path, shell: ShellName, command: list[str], setup: str) -> None:
    program, script = needed(shell), script_for(shell, folder)
    with ShellOnTerminal([program, *command], setup.format(script=script), folder) as terminal:
        for line, completed in COMPLETED:
            assert terminal.completed(line, completed).endswith(completed)


def test_the_command_prints_the_script_and_runs_nothing(folder: Path) -> None:
    home = folder / "home"
    command = [sys.executable, "-m", "palm_ual", "--home", str(home), "--completions", "zsh"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == completions_for(
        "zsh"
    )
    assert not home.exists()


@pytest.mark.parametrize("program", [["fleet.ual"], ["-c", "PALM STATUS"], ["-"]], ids=" ".join)
def test_completions_go_with_no_program(program: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_arguments(["--completions", "bash", *program])


IMPORTING = """
import sys
sys.argv = ["ual", "--completions", "bash"]
from palm_ual.__main__ import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write(" ".join(sys.modules))
"""


def test_printing_a_script_imports_nothing_slow() -> None:
    """A shell may ask for it each time that it starts."""
    ran = subprocess.run([sys.executable, "-c", IMPORTING], capture_output=True, text=True, check=True)
    slow = {
        "rich",
        "pydantic",
        "yaml",
        "sqlite3",
        "lark",
        "asyncio",
        "prompt_toolkit",
        "palm_ual.lang.parser",
    }
    assert slow & set(ran.stderr.split()) == set()
