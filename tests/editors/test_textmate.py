"""The TextMate grammar: made from the grammar, and good for its statements."""

import json
import re
from pathlib import Path
from typing import Any

from palm_ual.editors.textmate import textmate_grammar
from palm_ual.lang.help import TOPICS
from palm_ual.lang.reader import machine

FILE = Path(__file__).parents[2] / "grammar" / "ual.tmLanguage.json"


def patterns() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(textmate_grammar())["patterns"]
    return found


def scopes(line: str) -> list[tuple[str, str]]:
    """One line as an editor would colour it: at each place the pattern that matches first, then the first listed."""
    found, place = [], 0
    while place < len(line):
        hits = [
            (hit.start(), index, hit)
            for index, pattern in enumerate(patterns())
            if (hit := re.compile(_whole(pattern)).search(line, place)) is not None and hit[0]
        ]
        if not hits:
            break
        _, index, hit = min(hits, key=lambda each: each[:2])
        found.append((hit[0], patterns()[index]["name"]))
        place = hit.end()
    return found


def _whole(pattern: dict[str, Any]) -> str:
    if "match" in pattern:
        return str(pattern["match"])
    return f"{pattern['begin']}(?:[^\\\\]|\\\\.)*?(?:{pattern['end']})"


def test_the_file_beside_the_grammar_is_up_to_date() -> None:
    made = "python -m palm_ual.editors.textmate > grammar/ual.tmLanguage.json makes it anew"
    assert FILE.read_text(encoding="utf-8") == textmate_grammar(), made


def test_every_keyword_is_in_one_group() -> None:
    groups = [pattern["match"] for pattern in patterns() if "(?i)" in pattern.get("match", "")]
    words = [word for group in groups for word in re.findall(r"[A-Z]+", group)]
    assert sorted(words) == sorted(machine().keywords)


def test_words_numbers_texts_and_comments_are_told_apart() -> None:
    assert scopes('deploy x COUNT 5 WITH {"a": "b\\"c", "d": true} TIMEOUT 5m -- it is') == [
        ("deploy", "keyword.control.ual"),
        ("x", "variable.other.ual"),
        ("COUNT", "keyword.other.ual"),
        ("5", "constant.numeric.ual"),
        ("WITH", "keyword.other.ual"),
        ("{", "punctuation.ual"),
        ('"a"', "support.type.property-name.ual"),
        (":", "punctuation.ual"),
        ('"b\\"c"', "string.quoted.double.ual"),
        (",", "punctuation.ual"),
        ('"d"', "support.type.property-name.ual"),
        (":", "punctuation.ual"),
        ("true", "constant.language.ual"),
        ("}", "punctuation.ual"),
        ("TIMEOUT", "keyword.other.ual"),
        ("5m", "constant.numeric.duration.ual"),
        ("-- it is", "comment.line.ual"),
    ]
    assert scopes("SHOW AGENTS WHERE a != 'b' AND c < 10%")[3:] == [
        ("a", "variable.other.ual"),
        ("!=", "keyword.operator.comparison.ual"),
        ("'b'", "string.quoted.single.ual"),
        ("AND", "keyword.operator.word.ual"),
        ("c", "variable.other.ual"),
        ("<", "keyword.operator.comparison.ual"),
        ("10%", "constant.numeric.percent.ual"),
    ]


def test_no_part_of_a_name_is_a_keyword() -> None:
    assert scopes("scale-x to-9") == [("scale-x", "variable.other.ual"), ("to-9", "variable.other.ual")]


def test_in_every_example_of_the_help_all_is_coloured_that_is_not_blank() -> None:
    for topic in TOPICS:
        for line in topic.example:
            left = line
            for text, _ in scopes(line):
                left = left.replace(text, "", 1)
            assert not left.strip(), line
