"""The man page ual(1) says what the code says, is the same each time, and is clean for those who format it."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import palm_ual
from palm_ual.cli.arguments import EXIT_STATUSES, documented_arguments
from palm_ual.cli.manual import ENVIRONMENT, manual_page
from palm_ual.console.commands import COMMANDS
from palm_ual.console.own_files.config import Config, config_keys
from palm_ual.console.shell.keys import KEYS
from palm_ual.lang.help import TOPICS
from palm_ual.service.session import SETTINGS

PACKAGE = Path(palm_ual.__file__).parent
NOT_FOR_UAL = {"PATH", "TMUX", "XTERM_VERSION"}
"""They tell where programs are and which terminal it is; nobody sets them for this command."""


def formatted(page: str) -> str:
    """The page as a reader has it, without the tricks that make bold and underlined letters."""
    program = shutil.which("groff")
    if program is None:
        pytest.skip("groff is not installed here")
    command = [program, "-man", "-Tutf8", "-P-c", "-ww", "-rLL=200n"]
    done = subprocess.run(command, input=page, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub(".\b", "", done.stdout)


def test_the_page_has_every_option_statement_setting_and_exit_status() -> None:
    text = formatted(manual_page())
    for argument in documented_arguments():
        assert re.search(rf"^ +{', '.join(argument.flags) or 'script'}\b.*$", text, re.MULTILINE)
        assert argument.about in text
    for topic in TOPICS:
        for line in (*topic.syntax, *topic.example):
            assert line in text
    for setting in SETTINGS:
        assert re.search(rf"^ +{setting.name}\b", text, re.MULTILINE)
    for status, meaning in EXIT_STATUSES:
        assert re.search(rf"^ +{status} +{meaning}$", text, re.MULTILINE)


def test_the_page_has_every_key_of_the_config_and_every_key_and_command_of_the_prompt() -> None:
    text = formatted(manual_page())
    assert [key.name for key in config_keys()] == list(Config.__struct_fields__)
    for key in config_keys():
        assert re.search(rf"^ +{key.name}\b", text, re.MULTILINE)
        assert f"{key.meaning} ({key.allowed}; {key.default} unless given)" in text
    for entry in (*KEYS, *COMMANDS.values()):
        assert re.search(rf"^ +{re.escape(entry.typed)}( .*)?$", text, re.MULTILINE)
        assert entry.about in text


def test_every_error_ends_with_a_status_that_the_page_has() -> None:
    from palm_ual import errors

    known = {status for status, _ in EXIT_STATUSES}
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    assert {kind.exit_status for kind in classes if issubclass(kind, errors.PalmError)} <= known


def test_the_page_has_every_variable_of_the_environment_that_is_asked_for() -> None:
    said = {name for names, _ in ENVIRONMENT for name in names.split(", ")}
    assert names_asked_for() - NOT_FOR_UAL <= said


def names_asked_for() -> set[str]:
    """What stands as a text where an environment is read."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=asked, attr="get"), args=[ast.Constant(str(name)), *_]
                ):
                    pass
                case ast.Subscript(value=asked, slice=ast.Constant(str(name))):
                    pass
                case _:
                    continue
            if ast.unparse(asked).endswith("environ"):
                found.add(name)
    return found


def test_the_environment_is_found_where_it_is_asked_for() -> None:
    assert {"UAL_HOME", "XDG_STATE_HOME", "NO_COLOR", "TERM"} <= names_asked_for()


def test_the_page_is_ascii_and_the_same_each_time() -> None:
    page = manual_page()
    assert page.isascii()
    assert page == manual_page()
    assert "\\-\\-home" in page  # otherwise some systems make a sign of it that no shell takes
    assert page.startswith(f'.TH UAL 1 "" "ual {palm_ual.__version__}" ')
    assert not re.search(r"\b20\d\d\b", page)


def test_no_line_of_a_text_is_taken_for_a_request() -> None:
    requests = {"TH", "nh", "ad", "SH", "SS", "PP", "TP", "RS", "RE", "nf", "fi", "br"}
    for line in manual_page().splitlines():
        if line.startswith((".", "'")):
            assert line[1:].split()[0] in requests


def test_mandoc_finds_nothing_but_that_there_is_no_date() -> None:
    program = shutil.which("mandoc")
    if program is None:
        pytest.skip("mandoc is not installed here")
    command = [program, "-T", "lint", "-W", "warning"]
    done = subprocess.run(command, input=manual_page(), capture_output=True, text=True, check=False)
    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []


BUILDING = """
import json, sys
from palm_ual.cli.manual import manual_page
manual_page()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names))))
"""


def test_the_page_is_made_with_no_more_than_builds_the_package() -> None:
    """Where a wheel is built only lark and msgspec are installed."""
    done = subprocess.run(
        [sys.executable, "-c", BUILDING], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    )
    imported = {name for name in ast.literal_eval(done.stdout) if not name.startswith(("_", "sitecustomize"))}
    assert imported <= {
        "palm_ual",
        "msgspec",
        "lark",
        "typing_extensions",
    }  # msgspec takes the last if it is there
