"""Command-line arguments as options, what `--help` prints, and what completions and the manual know of them."""

import argparse
import re
from typing import Literal, NoReturn, TypeAlias, get_args

from msgspec import Struct

from palm_ual import __version__
from palm_ual.errors import UsageError
from palm_ual.model.limits import ECHO_CHARS_MAX, LOCK_TIMEOUT_MS
from palm_ual.service.session import FORMATS, OutputFormat

ShellName: TypeAlias = Literal["bash", "zsh", "fish"]
SHELLS: tuple[ShellName, ...] = get_args(ShellName)

EXAMPLES = (
    ("ual -c 'DEPLOY buyer COUNT 5'", "deploy five buyers"),
    ("ual -c 'FLEET STATUS' -o json", "look at the fleet, for a program"),
    ("ual fleet.ual", "run a script; the whole of it is read first"),
    ("echo 'PALM STATUS' | ual", "the same from a pipe"),
    ("ual --check fleet.ual", "read it, run nothing"),
    ("ual --ephemeral --clock virtual fleet.ual", "try it on a fleet that is kept nowhere, in no time"),
    ("ual", "type statements; HELP lists them"),
)
EXIT_STATUSES = (
    (0, "everything was done"),
    (1, "a statement failed"),
    (2, "the arguments, the environment or the script file are wrong; nothing ran"),
    (3, "the text is not UAL, or ends within a statement; nothing ran"),
    (4, "the home cannot be opened, or another process holds it"),
    (5, "what a WAIT or a WATCH waits for was not so in time"),
    (129, "the terminal that the prompt was on is gone"),
    (130, "interrupted"),
    (141, "nobody reads the output any more"),
    (143, "terminated"),
)
_LOCK_TIMEOUT_S = LOCK_TIMEOUT_MS / 1000.0
_WAITED = f"wait for a held home ({_LOCK_TIMEOUT_S:g})"


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
    no_rc: bool
    """Neither the config nor the start-up file of the prompt is read."""
    completions: ShellName | None


Value: TypeAlias = Literal["nothing", "choice", "text", "number", "directory", "script"]
"""What stands behind an option: what a shell completes there depends on it."""


class Argument(Struct, frozen=True):
    """One argument as it is documented."""

    flags: tuple[str, ...]
    """None for the script, which has a place and no name."""
    value: Value
    named: str
    """What stands for the value in a text about it."""
    choices: tuple[str, ...]
    about: str
    repeated: bool
    instead: bool
    """Whether it stands instead of a script."""


class _Parser(argparse.ArgumentParser):
    def documented(self) -> tuple[Argument, ...]:
        return tuple([_documented(action) for action in self._actions])

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
    if given.completions is not None and (given.script is not None or given.command):
        raise UsageError("--completions runs nothing: neither a script nor -c goes with it")
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
        no_rc=given.no_rc,
        completions=given.completions,
    )


def documented_arguments() -> tuple[Argument, ...]:
    """Every argument, in the order in which `--help` has them."""
    return _parser().documented()


def _parser() -> _Parser:
    parser = _Parser(
        prog="ual",
        description="Deploy, watch, scale and drain fleets of agents, in UAL.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    add = parser.add_argument
    add("script", nargs="?", help="a script file; - reads standard input")
    add("-c", "--command", action="append", default=[], metavar="TEXT", help="statements; may be repeated")
    add("-o", "--output", choices=FORMATS, default="text", help="how answers are written")
    add("--home", metavar="DIR", help="where the fleet's state is kept (UAL_HOME)")
    add("--ephemeral", action="store_true", help="keep the fleet's state nowhere")
    add("--lock-timeout", type=_seconds, default=_LOCK_TIMEOUT_S, metavar="S", help=_WAITED)
    add("--clock", choices=("real", "virtual"), default="real", help="virtual: jump to what happens next")
    add("--seed", type=_whole, metavar="N", help="with --clock virtual: which of all possible runs")
    add("--check", action="store_true", help="read everything, run nothing")
    add("--keep-going", action="store_true", help="go on after a statement that failed")
    add("--yes", action="store_true", help="do not ask before ending things")
    add("--no-rc", action="store_true", help="at the prompt: read neither config.toml nor startup.ual")
    add("--completions", choices=SHELLS, help="print what makes a shell complete all this, and end")
    add("-h", "--help", action="help", help="print this, and end")
    add("--version", action="version", version=f"ual {__version__}", help="print the version, and end")
    return parser


def _epilog() -> str:
    """The end of `--help`."""
    wide = max(len(command) for command, _ in EXAMPLES)
    lines = ["examples:"]
    lines += [f"  {command:{wide}}  {about}" for command, about in EXAMPLES]
    lines += ["", "exit status:"]
    lines += [f"  {status:<4}{meaning}" for status, meaning in EXIT_STATUSES]
    return "\n".join(lines)


def _documented(action: argparse.Action) -> Argument:
    flags = tuple(action.option_strings)
    choices = tuple(map(str, action.choices or ()))
    named = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    return Argument(
        flags=flags,
        value=_value_of(action, named, choices),
        named=named,
        choices=choices,
        about=action.help or "",
        repeated=isinstance(action.default, list),
        instead=action.dest in ("command", "completions", "help", "version"),
    )


def _value_of(action: argparse.Action, named: str, choices: tuple[str, ...]) -> Value:
    if not action.option_strings:
        return "script"
    if action.nargs == 0:
        return "nothing"
    if choices:
        return "choice"
    if named == "DIR":
        return "directory"
    return "text" if action.type is None else "number"


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
