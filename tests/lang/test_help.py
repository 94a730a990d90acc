"""Every statement and every keyword has help, and every example in it runs through the parser."""

from typing import get_args

import pytest

from palm_ual.errors import NotFound
from palm_ual.lang import statements as s
from palm_ual.lang.help import STATEMENTS, TOPICS, Topic, help_for
from palm_ual.lang.parser import parse
from palm_ual.lang.reader import machine
from tests.lang.values import BY_CLASS

KINDS: list[type[s.Statement]] = list(get_args(s.AnyStatement))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_kind_of_statement_has_all_that_a_statement_needs(kind: type[s.Statement]) -> None:
    assert issubclass(kind, s.Looking | s.Changing | s.Steering)
    assert kind in BY_CLASS, "no round trip through its text"
    topics = [topic for topic in STATEMENTS if kind in topic.statements]
    assert len(topics) == 1
    assert any(isinstance(statement, kind) for text in topics[0].example for statement in parse(text))


def test_every_class_of_statement_is_in_the_union() -> None:
    bases = (s.Looking, s.Changing, s.Steering)
    assert {kind for base in bases for kind in base.__subclasses__()} == set(KINDS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.words[0])
def test_a_topic_says_what_it_is_what_it_means_and_what_is_near(topic: Topic) -> None:
    assert topic.syntax
    assert topic.text
    assert topic.near
    for example in topic.example:
        assert len(parse(example)) == 1
    for line in (*topic.syntax, *topic.text, topic.near):
        assert len(line) <= 100


def test_every_keyword_leads_to_one_topic() -> None:
    found = [word for topic in TOPICS for word in topic.words]
    assert sorted(found) == sorted(machine().keywords)


@pytest.mark.parametrize("word", ["deploy", "DEPLOY", "Count"])
def test_help_is_found_by_any_word_of_its_topic_in_any_case(word: str) -> None:
    shown = help_for(word)
    assert shown.topic == "DEPLOY"
    assert shown.syntax[0].startswith("DEPLOY type")


def test_help_alone_lists_every_statement() -> None:
    shown = help_for(None)
    assert shown.topic is None
    assert len(shown.syntax) == len(STATEMENTS)


def test_an_unknown_topic_gets_the_nearest_one() -> None:
    with pytest.raises(NotFound) as caught:
        help_for("deplyo")
    assert caught.value.hint == "did you mean HELP DEPLOY?"
    assert caught.value.word == "deplyo"
