"""Completion: what is offered at the end of a text, and that it may stand there."""

from functools import cache
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.agents.buyer import Buyer
from palm_ual.agents.config import ConfigField, config_fields
from palm_ual.agents.seller import Seller
from palm_ual.console.commands import COMMANDS
from palm_ual.console.completion import meanings
from palm_ual.console.completion.directory import FileName
from palm_ual.console.completion.fields import fields_of, values_of
from palm_ual.console.completion.matching import searchable
from palm_ual.console.completion.suggestions import Suggestion, ends_things, suggestions
from palm_ual.console.completion.wanted import Table, wanted_at
from palm_ual.lang.expect import completeness, may_become_right
from palm_ual.lang.reader import machine
from palm_ual.lang.statements import Listing
from palm_ual.lang.unparse import unparse
from palm_ual.model.events import Health, Outcome
from palm_ual.model.limits import COMPLETION_CHARS_MAX, SUGGESTIONS_MAX
from palm_ual.model.results import AccountKind
from palm_ual.service.names import ConfigOwner, DeploymentKnown, Known, Run
from palm_ual.service.session import SETTINGS, Scope
from palm_ual.service.wording import Status
from tests.agents.samples import Courier
from tests.lang.values import statements

DEPLOYMENTS = (
    DeploymentKnown("trading-fleet-v1", "buyer", 5, "healthy"),
    DeploymentKnown("shop", "seller", 1_000_000, "degraded"),
    DeploymentKnown("deployment", "seller", 2, "healthy"),
)
KNOWN = Known(
    deployments=DEPLOYMENTS,
    searchable=searchable(each.name for each in DEPLOYMENTS),
    runs={"buyer": (Run(1, 4, 0), Run(7, 7, 0)), "seller": (Run(1, 999_998, 1), Run(999_999, 1_000_000, 2))},
    not_ready={("seller", 42): "failed", ("buyer", 7): "draining"},
    labels={"tier": ("gold", "it's"), "state": ("on",), "odd key": ("a b",), "hid\x1bden": ("x",)},
    types={"buyer": "buys", "seller": "sells", "from": "odd"},
    services=("Data Analysis", "General"),
    escrows=("escrow-17",),
)
FILES = (
    FileName("morning.ual", False),
    FileName("it's.ual", False),
    FileName("dir", True),
    FileName(".x", False),
)


@cache
def config_of(owner: ConfigOwner) -> tuple[ConfigField, ...]:
    known = {"seller": Seller.Config, "courier": Courier.Config}
    return config_fields(known.get(owner.ref, Buyer.Config))


def offered(text: str, known: Known | None = KNOWN) -> list[Suggestion]:
    wanted = wanted_at(text)
    config = config_of(wanted.config) if wanted.config is not None else ()
    return suggestions(wanted, known, config, FILES if wanted.directory is not None else ())


def texts(text: str, known: Known | None = KNOWN) -> list[str]:
    return [suggestion.text for suggestion in offered(text, known)]


def lines(text: str) -> list[str]:
    return [f"{each.display} | {each.about}" for each in offered(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DE", ["DELETE", "DEPLOY", "DESCRIBE"]),
        ("dep", ["deploy"]),
        ("PA", ["PALM STATUS"]),
        ("SCALE ", ["trading-fleet-v1", "shop", '"deployment"', "DEPLOYMENT"]),
        ("SCALE tf", ["trading-fleet-v1"]),
        ("SCALE trading-", ["trading-fleet-v1"]),
        ("SCALE trading-fleet-v1", []),
        ('SCALE "sh', ['"shop"']),
        ("SCALE 'sh", []),
        ("SCALE shop ", ["TO", "REPLICAS"]),
        ("SCALE shop TO ", []),
        ("SCALE shop TO 5 ", ["BECAUSE", "NOWAIT"]),
        ("SCALE shop TO 5 BECAUSE 'so", []),
        ("SCALE shop TO 5 BECAUSE 'so'", [" NOWAIT"]),
        ("LOGS b", ["buyer_001", "buyer_002", "buyer_003", "buyer_004", "buyer_007"]),
        ("LOGS buyer_00", ["buyer_001", "buyer_002", "buyer_003", "buyer_004", "buyer_007"]),
        ("LOGS b7", ["buyer_007"]),
        ("LOGS buyer7", ["buyer_007"]),
        ("LOGS seller_99999", [f"seller_{n}" for n in range(999_990, 1_000_000)]),
        ("LOGS seller_1000000", []),
        ("LOGS seller_100000", ["seller_1000000"]),
        ("LOGS buyer_5", []),
        ("BALANCE tre", ["treasury"]),
        ("BALANCE es", ["escrow-17"]),
        ("DEPLOY ", ["buyer", "seller", '"from"']),
        ("DESCRIBE TYPE se", ["seller"]),
        ("SHOW AGENTS WHERE he", ["health"]),
        ("SHOW AGENTS WHERE sta", ["state", "labels.state"]),
        ("SHOW AGENTS WHERE odd", ['"odd key"']),
        ("SHOW SETTINGS WHERE ti", []),
        ("SHOW AGENTS WHERE health = ", ["healthy", "degraded", "unhealthy"]),
        ("SHOW AGENTS WHERE health IN (healthy, d", ["degraded"]),
        ("SHOW AGENTS WHERE tier = ", ["'gold'", "'it\\'s'"]),
        ("SHOW AGENTS WHERE labels.state = ", ["'on'"]),
        ('SHOW AGENTS WHERE tier = "i', ['"it\'s"']),
        ("SHOW AGENTS WHERE deployment = s", ["shop"]),
        ("SHOW AGENTS WHERE agent = b7", ["buyer_007"]),
        ("SHOW ORDERS WHERE escrow = ", ["true", "false"]),
        ("SHOW ORDERS WHERE service = d", ["'Data Analysis'"]),
        ("SHOW DEPLOYMENTS WHERE type = b", ["buyer"]),
        ("SHOW AGENTS WHERE since > ", ["5s", "30s", "5m", "1h", "1d"]),
        ("SHOW AGENTS WHERE pnl ", ["=", "!=", "<", "<=", ">", ">=", "IN", "LIKE"]),
        ("SHOW EVENTS SINCE 30", ["30ms", "30s", "30m", "30h", "30d"]),
        ("SHOW EVENTS SINCE 30m", []),
        ("SHOW AGENTS O", ["ORDER BY", "OF"]),
        ("SET out", ["output"]),
        ("SET output ", ["="]),
        ("SET output = ", ["text", "json", "ndjson", "yaml", "csv"]),
        ("SET confirm = ", ["on", "off"]),
        ("SET ticks = a", ["all"]),
        ("SET issue_cap = ", ["off"]),
        ("SET capacity = ", []),
        ("SET retention = 5", ["5ms", "5s", "5m", "5h", "5d"]),
        ("SET notices = ", ["bell", "quiet", "off"]),
        ("SET nothing = ", []),
        ("HELP dep", ["deploy", "deployment", "deployments"]),
        ("DEPLOY seller WITH ", ["{"]),
        ('DEPLOY seller WITH {"pri', ['"price": ']),
        ("DEPLOY seller WITH {pri", ['"price": ']),
        ('DEPLOY seller WITH {"price": 5, "pri', []),
        (
            'DEPLOY seller WITH {\n  "price": 5,\n  "strategy": ',
            ['"conservative"', '"momentum"', '"aggressive"'],
        ),
        ('DEPLOY seller WITH {"strategy": "mo', ['"momentum"']),
        ('DEPLOY courier WITH {"express": ', ["true", "false"]),
        ('DEPLOY courier WITH {"express": t', ["true"]),
        ('DEPLOY courier WITH {"express": "', []),
        ('DEPLOY seller WITH {"service": ', ['"General"', '"Data Analysis"']),
        ('DEPLOY seller WITH {"funding": ', ["10000"]),
        ('DEPLOY seller WITH {"funding": "', []),
        ('DEPLOY courier WITH {"care": ', ["0.5"]),
        ('DEPLOY buyer WITH {"price": ', []),
        ('DEPLOY seller WITH {"funding": [', []),
        ('DEPLOY seller WITH {"a": {"', []),
        ("DEPLOY seller LABELS {", ['"tier": ', '"state": ', '"odd key": ']),
        ('DEPLOY seller LABELS {"tier": ', ['"gold"', '"it\'s"']),
        ("DEPLOY seller WITH {}", [" AS", " COUNT", " LABELS", " BECAUSE", " NOWAIT", " NAME"]),
        ("SOURCE ", ["'morning.ual'", "'it\\'s.ual'", "'dir/"]),
        ("SOURCE 'mo", ["'morning.ual'"]),
        ("SOURCE mo", ["'morning.ual'"]),
        ('SOURCE "it', ['"it\'s.ual"']),
        ("SOURCE '~/a/mo", ["'~/a/morning.ual'"]),
        ("SOURCE '.", ["'.x'"]),
        ("WAIT FOR shop ", ["COMPLETE", "DRAINED", "HEALTHY"]),
        ("WATCH FLEET STATUS UNTIL status = HEALTH", ["HEALTHY"]),
        ("PALM STATUS ", []),
        ("PALM STATUS;", None),
        ("\\t", ["\\timing"]),
        ("SCALE shop\n\\", ["\\e", "\\timing", "\\watch", "\\?", "\\q"]),
        ("\\watch ", []),
        ("-- SCALE ", []),
        ("PALM STATUS -- ", []),
        ("/* SCALE ", []),
        ("# ", []),
        ("FOO SCALE ", []),
        ("FOO;SCALE sh", ["shop"]),
        ("FOO '\nSCALE sh", ["shop"]),
        ("SCALE\nsh", ["shop"]),
        ('DEPLOY seller WITH {\n"pri', ['"price": ']),
        ("> SCALE sh", ["shop"]),
        ("\\timing\nSCALE sh", ["shop"]),
        ("SCALE \ufeff", []),
        ("SCALE ٣", []),
    ],
)
def test_what_is_offered(text: str, expected: list[str] | None) -> None:
    if expected is None:
        assert " DEPLOY" in texts(text)
    else:
        assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SCALE t", ["trading-fleet-v1 | 5 buyer, healthy"]),
        ("SCALE sh", ["shop | 1,000,000 seller, degraded"]),
        ("LOGS b7", ["buyer_007 | trading-fleet-v1, draining"]),
        ("LOGS seller_042", []),
        ("LOGS seller_99998", ["seller_999980 | shop"]),
        ("BALANCE tre", ["treasury | money in nobody's hands"]),
        ("DEPLOY b", ["buyer | buys"]),
        ("SHOW AGENTS WHERE pn", ["pnl | dollars"]),
        ("SHOW AGENTS WHERE tie", ["tier | label"]),
        ("DEPLOY b LABELS {t", ["tier | gold, it's"]),
        ("SHOW EVENTS SINCE 5m", []),
        ("SOURCE 'd", ["dir/ | directory"]),
        ('DEPLOY seller WITH {"pr', ["price | an amount from $0 to $10,000,000,000,000; default $100"]),
    ],
)
def test_each_comes_with_a_word_on_what_it_is(text: str, expected: list[str]) -> None:
    found = lines(text)
    assert found[: len(expected)] == expected
    assert bool(found) == bool(expected)


def test_what_a_type_says_of_itself_cannot_steer_the_terminal() -> None:
    (evil,) = offered("DEPLOY e", Known(types={"evil": "sells\x1b[2J\nall"}))
    assert evil.about == "sells\\x1b[2J\\nall"


def test_nothing_is_known_of_the_fleet_yet() -> None:
    assert texts("SCALE ", None) == ["DEPLOYMENT"]
    assert texts("SCALE x T", None) == ["TO"]
    assert texts("LOGS buyer_0", None) == []


def test_who_asks_is_told_what_has_to_be_known() -> None:
    assert wanted_at("SCALE sh").known
    assert wanted_at("DEPLOY x LABELS {").known
    assert not wanted_at("SHOW ").known
    assert not wanted_at("SCALE x TO 5 ").known
    assert wanted_at("DEPLOY seller WITH {").config == ConfigOwner("type", "seller")
    assert wanted_at("CREATE DEPLOYMENT SPEC seller REPLICAS 3 WITH {").config == ConfigOwner(
        "type", "seller"
    )
    assert wanted_at("DEPLOY 'a.b:C' WITH {").config == ConfigOwner("type", "a.b:C")
    assert wanted_at("DEPLOY x LABELS {").config is None
    assert wanted_at("SOURCE 'a/b/c").directory == "a/b/"
    assert wanted_at("SOURCE 'c").directory == ""
    assert wanted_at("SOURCE '/c").directory == "/"
    assert wanted_at("SCALE ").directory is None


def test_the_usual_goes_before_the_unusual() -> None:
    words = texts("SHOW AGENTS ")
    assert words.index("WHERE") < words.index("OF")
    assert texts("DRAIN ")[-3:] == ["AGENT", "DEPLOYMENT", "INSTANCE"]


def test_of_very_many_names_some_of_each_sort_are_offered() -> None:
    many = tuple(DeploymentKnown(f"f{n}", "buyer", 1, "healthy") for n in range(500))
    known = Known(
        deployments=many,
        searchable=searchable(each.name for each in many),
        runs={"buyer": tuple(Run(n, n, n - 1) for n in range(1, 501))},
    )
    found = texts("BALANCE ", known)
    assert len(found) <= SUGGESTIONS_MAX
    assert {"f0", "buyer_001", "treasury"} <= set(found)
    assert len(texts("BALANCE f", known)) <= SUGGESTIONS_MAX


def test_every_keyword_has_a_word_on_what_it_is() -> None:
    assert machine().keywords <= meanings.KEYWORDS.keys()


@pytest.mark.parametrize(("first", "pair"), list(meanings.PAIRS.items()))
def test_keywords_are_offered_in_pairs_where_only_one_can_follow(first: str, pair: str) -> None:
    before = "SHOW AGENTS " if first == "ORDER" else ""
    second = pair.removeprefix(first).strip()
    wanted = wanted_at(f"{before}{first} ")
    assert wanted.clauses | wanted.starters == {second}


def test_every_setting_that_takes_words_offers_them() -> None:
    for setting in SETTINGS:
        offers = texts(f"SET {setting.name} = ")
        assert bool(offers) == (setting.name != "capacity"), setting.name


def test_every_table_has_fields() -> None:
    for listing in sorted(wanted_at("SHOW ").clauses):
        assert texts(f"SHOW {listing} WHERE "), listing
    assert "pnl" in fields_of("FLEET")
    assert "balance" in fields_of("BALANCE")
    assert "capacity" in fields_of("PALM")


OPEN = {"type", "found", "event", "setting", "code", "deployment", "account"}
"""Fields of words that are somebody's names, or of which there are many."""


@pytest.mark.parametrize("table", [*get_args(Listing), "PALM", "FLEET", "BALANCE"])
def test_a_field_of_words_offers_them_or_is_known_to_be_open(table: Table) -> None:
    for name in (name for name, kind in fields_of(table).items() if kind == "word"):
        assert bool(values_of(name)) != (name in OPEN), name


@pytest.mark.parametrize("source", [Status, Health, Outcome, AccountKind, Scope], ids=str)
def test_every_word_that_the_fleet_may_say_is_offered(source: object) -> None:
    """Whoever adds a word to one of these has it completed."""
    offers = {word for field in WORDED for word in texts(f"SHOW {WORDED[field]} WHERE {field} = ")}
    assert set(get_args(source)) <= offers


WORDED = {
    "status": "DEPLOYMENTS",
    "health": "AGENTS",
    "outcome": "STATEMENTS",
    "kind": "ACCOUNTS",
    "scope": "SETTINGS",
}


def test_every_command_of_the_shell_is_offered() -> None:
    assert texts("\\") == [f"\\{command}" for command in COMMANDS]


def test_in_a_very_long_text_only_the_end_is_looked_at() -> None:
    line = "PALM STATUS\n"
    long = line * (COMPLETION_CHARS_MAX // len(line) + 100)
    (shop,) = offered(f"{long}SCALE sh")
    assert shop.text == "shop"
    assert shop.start == len(long) + len("SCALE ")
    assert texts("x" * (COMPLETION_CHARS_MAX + 1)) == []
    assert offered("'" * COMPLETION_CHARS_MAX * 2) == []


@given(statements.map(unparse), st.data())
def test_what_is_offered_can_stand_there(text: str, data: st.DataObject) -> None:
    before = text[: data.draw(st.integers(0, len(text)))]
    for each in offered(before):
        assert 0 <= each.start <= len(before)
        written = before[: each.start] + each.text
        assert completeness(written) != "wrong" or may_become_right(written), written
        assert each.text.strip() != before[each.start :]


@given(statements.map(unparse), st.text(max_size=8))
def test_whatever_stands_before_a_statement_it_is_completed(text: str, before: str) -> None:
    clean = before.replace("/*", "").replace("\\", "")
    cut = text[: len(text) // 2]
    alone, behind = offered(cut), offered(f"{clean}\n;{cut}")
    assert [each.text for each in behind] == [each.text for each in alone]


# What is kept out of autosuggestion


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("DELETE x", True),
        ("delete x", True),
        ("TERMINATE buyer_001", True),
        ("PALM STATUS; DELETE x", True),
        ("PALM STATUS\nDELETE", True),
        ("SCALE x TO 5", True),
        ("DRAIN x", True),
        ("RESTART x", True),
        ("CANCEL ORDERS x", True),
        ("FOO DELETE x", True),
        ("DELETE x FORCE FOO", True),
        ("DELETE “x”", True),
        ("SHOW AGENTS", False),
        ("SHOW ORDERS", False),
        ("DEPLOY buyer", False),
        ("DESCRIBE delete", False),
        ("DESCRIBE force", False),
        ("HELP delete", False),
        ("FUND x AMOUNT 5 BECAUSE 'DELETE x'", False),
        ("PALM STATUS -- DELETE x", False),
        ("DESCRIBE delete-me", False),
        ("", False),
    ],
)
def test_statements_that_end_things_are_told_from_others(text: str, ends: bool) -> None:
    assert ends_things(text) == ends
