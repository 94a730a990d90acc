"""README.md as data: its blocks of commands with what they print, and its generated parts."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_GENERATED = re.compile(
    r"(?P<head>^<!-- generated: (?P<name>[\w-]+) -->\n)(?P<body>.*?)(?P<tail>^<!-- end -->$)",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A fenced block; `line` is where its first line stands."""

    language: str
    text: str
    line: int


class Example(NamedTuple):
    """A command as it is typed, and what it prints, errors among the answers."""

    command: str
    printed: str
    line: int


def read_readme() -> str:
    return README.read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[Block]:
    return [
        Block(language, found[2], text.count("\n", 0, found.start(2)) + 1)
        for found in _BLOCK.finditer(text)
        if found[1] == language
    ]


def examples(block: Block) -> list[Example]:
    """Lines behind `$ ` are typed, and those behind `> ` right under them; the others are printed."""
    found: list[Example] = []
    typing = False
    for number, line in enumerate(block.text.splitlines(keepends=True), block.line):
        if line.startswith("$ "):
            found.append(Example(line[2:], "", number))
            typing = True
        elif typing and line.startswith("> "):
            found[-1] = found[-1]._replace(command=found[-1].command + line[2:])
        else:
            assert found, f"line {number} is printed by nothing"
            found[-1] = found[-1]._replace(printed=found[-1].printed + line)
            typing = False
    return found


def generated(text: str) -> dict[str, str]:
    """The parts that `tests.docs.reference` writes, by name."""
    return {found["name"]: found["body"] for found in _GENERATED.finditer(text)}


def with_generated(text: str, parts: dict[str, str]) -> str:
    """The text with its generated parts replaced."""
    return _GENERATED.sub(lambda found: found["head"] + parts[found["name"]] + found["tail"], text)
