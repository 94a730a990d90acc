"""The man page ual(1), written from the arguments and from the help: `python -m palm_ual.cli.manual` prints it.

The build puts it into the wheel, where nothing is installed yet but what reads the grammar.
"""

import itertools
import sys
from collections.abc import Iterable, Iterator

from palm_ual import __version__
from palm_ual.cli.arguments import EXAMPLES, EXIT_STATUSES, Argument, documented_arguments
from palm_ual.console.commands import COMMANDS
from palm_ual.console.own_files.config import config_keys
from palm_ual.console.shell.keys import KEYS
from palm_ual.lang.help import CLAUSES, STATEMENTS, Topic
from palm_ual.service.session import SETTINGS

MANUAL_FILE = "ual.1"

_SYNOPSIS = ("", "script.ual", "-c 'statements'")
_DESCRIPTION = (
    "Runs statements of UAL on a fleet of agents: a script, standard input, or the texts given with -c. "
    "On a terminal and without any of these it is a prompt, where HELP lists the statements.",
    "A script is read whole before its first statement runs, and stops at the first failure. "
    "Answers go to standard output; errors, warnings and notes to standard error.",
    "The fleet lives in a home, a directory that one process holds at a time. "
    "While none does, fleet time stands still; the next one finds everything as it was.",
)
_TEXT = (
    "Keywords may be written in any case. A statement ends at a semicolon, or where the next one begins. "
    "A line break is a blank like any other. Comments begin with -- or #, or stand between /* and */.",
    "In the syntax below, what stands in square brackets may be left out, and | is a choice. "
    "Clauses may come in any order, each at most once.",
)
_PROMPT = (
    "Enter runs what is a whole statement, and otherwise opens another line. Ctrl-C drops what was typed; "
    "while a statement works it stops the waiting, and not the work. Ctrl-D leaves. "
    "Lines that begin with a backslash are the prompt's own:",
)
ENVIRONMENT = (
    ("UAL_HOME", "The home, unless --home says otherwise."),
    (
        "XDG_STATE_HOME",
        "The directory, instead of ~/.local/state, of palm-ual, the home, and of ual/history, which is the prompt's.",
    ),
    (
        "XDG_CONFIG_HOME",
        "The directory, instead of ~/.config, of the prompt's ual/config.toml and ual/startup.ual. "
        "If one of the two is relative, it is passed over.",
    ),
    ("HOME", "The user's own directory, which ~ stands for."),
    ("NO_COLOR", "If it is set and not empty, nothing is coloured."),
    ("TERM", "With dumb there is neither colour nor a moving picture, and the prompt is a plain one."),
    ("COLORFGBG", "Tells a dark terminal from a light one, for the theme auto."),
    ("COLUMNS, LINES", "The size that a terminal is taken to have. Elsewhere than on one nothing is cut."),
    ("VISUAL, EDITOR", "What \\e opens at the prompt; without them, an editor that is found."),
)
FILES = (
    ("~/.local/state/palm-ual", "The home: the journal of the fleet."),
    ("~/.local/state/ual/history", "What was typed at the prompt, for its user alone to read."),
    ("~/.config/ual/config.toml", "How the prompt looks and which keys it takes."),
    ("~/.config/ual/startup.ual", "Statements that the prompt runs before it asks for the first one."),
)

_SIGNS = {"\\": "\\e", "-": "\\-", "'": "\\(aq", '"': "\\(dq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}


def manual_page() -> str:
    """The page as roff source in ASCII. It names the release and no date: the same release makes the same page."""
    return "\n".join([line for section in _sections() for line in section]) + "\n"


def _sections() -> Iterator[Iterable[str]]:
    yield [f'.TH UAL 1 "" "ual {__version__}" "User Commands"', ".nh", ".ad l"]
    yield [".SH NAME", "ual \\- deploy, watch, scale and drain fleets of agents"]
    yield _synopsis()
    yield _section("DESCRIPTION", _paragraphs(_DESCRIPTION))
    arguments = documented_arguments()
    yield _section("OPTIONS", _tagged((_spelled(argument), argument.about) for argument in arguments))
    yield _section("TEXT", _paragraphs(_TEXT))
    yield _section("STATEMENTS", _topics(STATEMENTS))
    yield _section("CLAUSES AND NOISE WORDS", _topics(CLAUSES))
    typed = ((_bold(entry.typed), entry.about) for entry in (*KEYS, *COMMANDS.values()))
    yield _section("PROMPT", [*_paragraphs(_PROMPT), *_tagged(typed)])
    config = (
        (_bold(key.name), f"{key.meaning} ({key.allowed}; {key.default} unless given)")
        for key in config_keys()
    )
    yield _section("CONFIG", ["What config.toml may say, a key a line.", *_tagged(config)])
    settings = ((_bold(setting.name), f"{setting.meaning} ({setting.allowed})") for setting in SETTINGS)
    yield _section("SETTINGS", ["What SET changes.", *_tagged(settings)])
    statuses = ((_bold(str(status)), meaning) for status, meaning in EXIT_STATUSES)
    yield _section("EXIT STATUS", _tagged(statuses))
    yield _section("ENVIRONMENT", _tagged((_names(names), about) for names, about in ENVIRONMENT))
    yield _section("FILES", _tagged((_italic(path), about) for path, about in FILES))
    yield _section("EXAMPLES", _tagged((_bold(command), about) for command, about in EXAMPLES))


def _synopsis() -> Iterator[str]:
    yield ".SH SYNOPSIS"
    for place, program in enumerate(_SYNOPSIS):
        if place:
            yield ".br"
        yield f"{_bold('ual')} [{_italic('options')}] {_literal(program)}".rstrip()


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    yield f'.SH "{heading}"'
    yield from _opening(lines)


def _topics(topics: Iterable[Topic]) -> Iterator[str]:
    for topic in topics:
        yield f'.SS "{_literal(topic.words[0])}"'
        yield from _opening(_display(topic.syntax))
        yield from _paragraphs([" ".join(topic.text)])
        yield from _display(topic.example)
        yield from _paragraphs([topic.near])


def _opening(lines: Iterable[str]) -> Iterator[str]:
    """Behind a heading no paragraph has to begin: there is one."""
    return itertools.dropwhile(lambda line: line == ".PP", lines)


def _display(lines: Iterable[str]) -> Iterator[str]:
    """Lines as they are, indented."""
    yield ".PP"
    yield ".RS 4"
    yield ".nf"
    yield from map(_literal, lines)
    yield ".fi"
    yield ".RE"


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield ".PP"
        yield _prose(text)


def _tagged(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Terms, which are roff already, each with what it means."""
    for term, meaning in pairs:
        yield ".TP"
        yield term
        yield _prose(meaning)


def _spelled(argument: Argument) -> str:
    """An argument with all its flags and its value."""
    if argument.value == "script":
        return _italic(argument.named.lower())
    flags = ", ".join(map(_bold, argument.flags))
    if argument.value == "nothing":
        return flags
    return f"{flags} {'|'.join(map(_bold, argument.choices)) or _italic(argument.named)}"


def _names(names: str) -> str:
    return ", ".join(map(_bold, names.split(", ")))


def _bold(text: str) -> str:
    return f"\\fB{_literal(text)}\\fR"


def _italic(text: str) -> str:
    return f"\\fI{_literal(text)}\\fR"


def _literal(text: str) -> str:
    """Text to be copied: every sign as it is typed, and none that begins a request."""
    return "\\&" + "".join([_SIGNS.get(sign, _ascii(sign)) for sign in text])


def _prose(text: str) -> str:
    """Text to be read: options and names in it keep their signs, too, as a reader may copy them."""
    return _literal(text).replace("\\(aq", "'")


def _ascii(sign: str) -> str:
    return sign if sign.isascii() else f"\\[u{ord(sign):04X}]"


if __name__ == "__main__":
    sys.stdout.write(manual_page())
