"""Command-line arguments as options, and what `--help` prints."""

import argparse
import re
from typing import NoReturn

from msgspec import Struct

from palm_ual import __version__
from palm_ual.errors import UsageError
from palm_ual.model.limits import ECHO_CHARS_MAX
from palm_ual.service.session import FORMATS, OutputFormat

_EXAMPLES = """\
examples:
  ual -c 'DEPLOY buyer COUNT 5'             deploy five buyers
  ual -c 'FLEET STATUS' -o json             look at the fleet, for a program
  ual fleet.ual                             run a script; the whole of it is read first
  echo 'PALM STATUS' | ual                  the same from a pipe
  ual --check fleet.ual                     read it, run nothing
  ual --ephemeral --clock virtual fleet.ual try it on a fleet that is kept nowhere, in no time
  ual                                       type statements; HELP lists them

exit status: 0 done, 1 a statement failed, 2 wrong arguments, 3 syntax, 4 the fleet cannot be
opened, 5 a WAIT was not met, 130 interrupted, 141 nobody reads the output, 143 terminated
"""


class Options(Struct, frozen=True):
    """What was asked for on the command line."""

    script: str | None
    commands: tuple[str, ...]
    output: OutputFormat
    home: str | None
    ephemeral: bool
    lock_timeout_s: float
    virtual: bool
    seed: int
    check: bool
    keep_going: bool
    yes: bool


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:  # type: ignore[explicit-override]
        short = re.sub(
            rf"\S{{{ECHO_CHARS_MAX},}}", lambda word: word[0][: ECHO_CHARS_MAX - 3] + "...", message
        )
        raise UsageError(short, hint="ual --help")


def asked_format(arguments: list[str]) -> OutputFormat:
    """The output format that the arguments ask for, even if something else in them is wrong."""
    for place, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name in ("-o", "--output"):
            value = value or (arguments[place + 1] if place + 1 < len(arguments) else "")
            return next((known for known in FORMATS if known == value), "text")
    return "text"


def parse_arguments(arguments: list[str]) -> Options:
    """Arguments as options.

    Raises:
        UsageError: they are wrong, or do not go together.
    """
    given = _parser().parse_args(arguments)
    if given.script is not None and given.command:
        raise UsageError("a script and -c do not go together", hint="SOURCE 'file.ual' runs a script from -c")
    if given.clock == "virtual" and not given.ephemeral:
        raise UsageError("--clock virtual needs --ephemeral: a home that is kept lives in real time")
    if given.ephemeral and given.home is not None:
        raise UsageError("--ephemeral has no home, so --home does not go with it")
    if given.seed is not None and given.clock != "virtual":
        raise UsageError("--seed goes with --clock virtual")
    return Options(
        script=given.script,
        commands=tuple(given.command),
        output=given.output,
        home=given.home,
        ephemeral=given.ephemeral,
        lock_timeout_s=given.lock_timeout,
        virtual=given.clock == "virtual",
        seed=given.seed or 0,
        check=given.check,
        keep_going=given.keep_going,
        yes=given.yes,
    )


def _parser() -> _Parser:
    parser = _Parser(
        prog="ual",
        description="Deploy, watch, scale and drain fleets of agents, in UAL.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("script", nargs="?", help="a script file; - reads standard input")
    add("-c", "--command", action="append", default=[], metavar="TEXT", help="statements; may be repeated")
    add("-o", "--output", choices=FORMATS, default="text", help="how answers are written")
    add("--home", metavar="DIR", help="where the fleet's state is kept (UAL_HOME)")
    add("--ephemeral", action="store_true", help="keep the fleet's state nowhere")
    add("--lock-timeout", type=_seconds, default=5.0, metavar="S", help="wait for a held home (5)")
    add("--clock", choices=("real", "virtual"), default="real", help="virtual: jump to what happens next")
    add("--seed", type=_whole, metavar="N", help="with --clock virtual: which of all possible runs")
    add("--check", action="store_true", help="read everything, run nothing")
    add("--keep-going", action="store_true", help="go on after a statement that failed")
    add("--yes", action="store_true", help="do not ask before ending things")
    parser.add_argument("--version", action="version", version=f"ual {__version__}")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 3600:
        raise ValueError
    return value


_seconds.__name__ = "number of seconds"


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError
    return int(text)


_whole.__name__ = "whole number"
