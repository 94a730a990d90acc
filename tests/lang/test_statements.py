"""What each way of writing a statement means."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from palm_ual.errors import InvalidValue, PalmError, UalSyntaxError
from palm_ual.lang import statements as s
from palm_ual.lang.parser import parse
from palm_ual.model.limits import MONEY_CENTS_MAX

FORMS: list[tuple[str, s.AnyStatement]] = [
    ("PALM STATUS", s.PalmStatus()),
    ("status", s.PalmStatus()),
    ("FLEET STATUS", s.FleetStatus()),
    ("FLEET STATUS DEPLOYMENT f1", s.FleetStatus(name="f1")),
    ("SHOW TYPES", s.Show(what="TYPES")),
    ("AGENTS OF f1", s.Show(what="AGENTS", of="f1")),
    ("LIST AGENTS LIMIT 3", s.Show(what="AGENTS", limit=3)),
    (
        "SHOW EVENTS SINCE 10m LIMIT 5 ORDER BY at DESC OF deployment f1",
        s.Show(what="EVENTS", since_ms=600_000, limit=5, order_by="at", descending=True, of="f1"),
    ),
    ("DESCRIBE buyer_001", s.Describe(name="buyer_001")),
    ("DESCRIBE AGENT buyer_001", s.Describe(name="buyer_001")),
    ("STATUS f1", s.Describe(name="f1")),
    ("DESCRIBE TYPE buyer", s.DescribeType(type_name="buyer")),
    ("DESCRIBE TYPE 'a.b:C'", s.DescribeType(type_name="a.b:C")),
    ("LOGS INSTANCE buyer_001 FOLLOW TAIL 3", s.Logs(agent="buyer_001", tail=3, follow=True)),
    ("SHOW ORDERS", s.Show(what="ORDERS")),
    (
        "show orders where side = buy order by price desc of f1 limit 3 since 1h",
        s.Show(
            what="ORDERS",
            of="f1",
            where=s.Comparison("side", "=", "buy"),
            order_by="price",
            descending=True,
            limit=3,
            since_ms=3_600_000,
        ),
    ),
    (
        "SHOW POSITIONS OF positions ORDER BY orders",
        s.Show(what="POSITIONS", of="positions", order_by="orders"),
    ),
    (
        "SHOW ACCOUNTS WHERE balance < -100.50",
        s.Show(what="ACCOUNTS", where=s.Comparison("balance", "<", Decimal("-100.50"))),
    ),
    ("BALANCE buyer_001", s.Balance(account="buyer_001")),
    ("balance treasury", s.Balance(account="treasury")),
    ("BALANCE escrow-17", s.Balance(account="escrow-17")),
    ("BALANCE AGENT buyer_001", s.Balance(account="buyer_001")),
    ("BALANCE INSTANCE buyer_001", s.Balance(account="buyer_001")),
    ('BALANCE DEPLOYMENT "balance"', s.Balance(account="balance")),
    ("BALANCE balance", s.Balance(account="balance")),
    ("CHECK HOME", s.CheckHome()),
    ("DEPLOY buyer", s.Deploy(type_name="buyer")),
    ("DEPLOY deploy COUNT 3 AS count", s.Deploy(type_name="deploy", count=3, name="count")),
    ("DEPLOY buyer\n  COUNT 007\n  NAME status", s.Deploy(type_name="buyer", count=7, name="status")),
    ('DEPLOY "a.b:C"', s.Deploy(type_name="a.b:C")),
    ('DEPLOY "from"', s.Deploy(type_name="from")),
    (
        'CREATE DEPLOYMENT SPEC buyer REPLICAS 2 LABELS {"a": "b"} AS x NOWAIT',
        s.Deploy(type_name="buyer", count=2, name="x", labels={"a": "b"}, nowait=True),
    ),
    ('CREATE DEPLOYMENT "spec" REPLICAS 2', s.Deploy(type_name="spec", count=2)),
    ('SCALE DEPLOYMENT "x" REPLICAS 0', s.Scale(name="x", size=0)),
    ("SCALE to TO 1000000", s.Scale(name="to", size=1_000_000)),
    ("DELETE DEPLOYMENT x BECAUSE 'it is over' FORCE", s.Delete(name="x", force=True, because="it is over")),
    ('RENAME a TO b BECAUSE ""', s.Rename(name="a", to="b", because="")),
    ("DRAIN INSTANCE x_001 NOWAIT TIMEOUT 250ms", s.Drain(name="x_001", timeout_ms=250, nowait=True)),
    ("RESUME DEPLOYMENT x", s.Resume(name="x")),
    ("RESTART INSTANCE x_001", s.Restart(name="x_001")),
    ("TERMINATE INSTANCE x_001 FORCE", s.Terminate(agent="x_001", force=True)),
    ("CANCEL ORDERS buyer_001", s.CancelOrders(name="buyer_001")),
    ("CANCEL ORDERS AGENT orders BECAUSE 'x'", s.CancelOrders(name="orders", because="x")),
    ("cancel orders deployment f1", s.CancelOrders(name="f1")),
    ("FUND buyer_001 AMOUNT 500", s.Fund(agent="buyer_001", amount_cents=50_000)),
    ("FUND INSTANCE amount AMOUNT 12.5", s.Fund(agent="amount", amount_cents=1250)),
    (
        "FUND AGENT x AMOUNT 0.01 BECAUSE 'a cent'",
        s.Fund(agent="x", amount_cents=1, because="a cent"),
    ),
    ("FUND x AMOUNT 12.500", s.Fund(agent="x", amount_cents=1250)),
    ("FUND x AMOUNT 007", s.Fund(agent="x", amount_cents=700)),
    ("FUND x AMOUNT 1e5", s.Fund(agent="x", amount_cents=10_000_000)),
    ("FUND x AMOUNT 125e-2", s.Fund(agent="x", amount_cents=125)),
    ("FUND x AMOUNT 8589934592.07", s.Fund(agent="x", amount_cents=858_993_459_207)),
    ("TRANSFER 5 IUSD FROM a TO b", s.Transfer(amount_cents=500, source="a", target="b")),
    (
        "transfer 12.50 iusd from AGENT from TO DEPLOYMENT to because 'owed'",
        s.Transfer(amount_cents=1250, source="from", target="to", because="owed"),
    ),
    (
        "TRANSFER 1 IUSD FROM iusd TO treasury",
        s.Transfer(amount_cents=100, source="iusd", target="treasury"),
    ),
    ("SET issue_cap = 1000000", s.Set(name="issue_cap", value=1_000_000)),
    ("SET issue_cap = off", s.Set(name="issue_cap", value="off")),
    ("SET retention = 1h", s.Set(name="retention", value=s.Duration(3_600_000))),
    ("SET capacity = 138", s.Set(name="capacity", value=138)),
    ("SET a = -0.50", s.Set(name="a", value=Decimal("-0.50"))),
    ("SET a = OFF", s.Set(name="a", value="OFF")),
    ("SET a = True", s.Set(name="a", value=True)),
    ("SET a = null", s.Set(name="a", value=None)),
    ("SET a = 7d", s.Set(name="a", value=s.Duration(7 * 86_400_000))),
    ("SET a = 10%", s.Set(name="a", value=s.Percent(10))),
    ("SET agent = 'x y'", s.Set(name="agent", value="x y")),
    ("WATCH PALM STATUS", s.Watch(statement=s.PalmStatus())),
    ("watch status every 100ms", s.Watch(statement=s.PalmStatus(), every_ms=100)),
    ("WATCH STATUS x FOR 5m", s.Watch(statement=s.Describe(name="x"), for_ms=300_000)),
    (
        "WATCH FLEET STATUS FOR 5m EVERY 1s",
        s.Watch(statement=s.FleetStatus(), every_ms=1_000, for_ms=300_000),
    ),
    ('WATCH FLEET STATUS "for" FOR 5m', s.Watch(statement=s.FleetStatus(name="for"), for_ms=300_000)),
    ("WATCH DESCRIBE until", s.Watch(statement=s.Describe(name="until"))),
    ("WATCH DESCRIBE TYPE seller", s.Watch(statement=s.DescribeType(type_name="seller"))),
    (
        "WATCH AGENTS ORDER BY pnl DESC LIMIT 5 UNTIL pnl > 5 AND tier = every EVERY 1s",
        s.Watch(
            statement=s.Show(what="AGENTS", order_by="pnl", descending=True, limit=5),
            every_ms=1_000,
            until=s.And(s.Comparison("pnl", ">", 5), s.Comparison("tier", "=", "every")),
        ),
    ),
    ("WATCH LOGS x_001 TAIL 5 EVERY 1s", s.Watch(statement=s.Logs(agent="x_001", tail=5), every_ms=1_000)),
    (
        "WATCH BALANCE DEPLOYMENT x UNTIL NOT pnl < -100",
        s.Watch(statement=s.Balance(account="x"), until=s.Not(s.Comparison("pnl", "<", -100))),
    ),
    ("WAIT FOR f1 DRAINED TIMEOUT 120s", s.WaitFor(name="f1", condition="DRAINED", timeout_ms=120_000)),
    ("WAIT FOR healthy healthy", s.WaitFor(name="healthy", condition="HEALTHY")),
    ("WAIT 0s", s.Wait(length_ms=0)),
    ("SOURCE '../a b.ual'", s.Source(path="../a b.ual")),
    ("HELP", s.Help()),
    ("HELP scale", s.Help(topic="scale")),
    ('HELP "where"', s.Help(topic="where")),
    ("quit", s.Exit()),
]


@pytest.mark.parametrize(("text", "statement"), FORMS, ids=[text for text, _ in FORMS])
def test_a_statement_means_what_it_says(text: str, statement: s.AnyStatement) -> None:
    assert parse(text) == (statement,)


def compare(field: str, value: s.Scalar) -> s.Comparison:
    return s.Comparison(field, "=", value)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("a = 1", compare("a", 1)),
        ("pnl\n> 5", s.Comparison("pnl", ">", 5)),
        ("pnl < -100", s.Comparison("pnl", "<", -100)),
        ("tier IN ('gold', silver, 3)", s.Comparison("tier", "IN", ("gold", "silver", 3))),
        ("tier IN (gold)", s.Comparison("tier", "IN", ("gold",))),
        ("name LIKE 'a%'", s.Comparison("name", "LIKE", "a%")),
        ('"cost center" = x', compare("cost center", "x")),
        ("where = 1", compare("where", 1)),
        ("a=1 OR b=2 AND NOT c=3", s.Or(compare("a", 1), s.And(compare("b", 2), s.Not(compare("c", 3))))),
        ("(a=1 OR b=2) AND c=3", s.And(s.Or(compare("a", 1), compare("b", 2)), compare("c", 3))),
        ("NOT NOT ((a=1))", s.Not(s.Not(compare("a", 1)))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_and_binds_tighter_than_or_and_not_tighter_than_both(text: str, condition: s.Condition) -> None:
    assert parse(f"SHOW AGENTS WHERE {text}") == (s.Show(what="AGENTS", where=condition),)


def config_of(json: str) -> dict[str, s.Json] | None:
    (statement,) = parse(f"DEPLOY x WITH {json}")
    assert isinstance(statement, s.Deploy)
    return statement.config


def test_numbers_of_json_are_ints_or_exact_decimals() -> None:
    config = config_of('{"a": 0.1, "b": 1e5, "c": -0, "d": 12345678901234567890, "e": 5.00}')
    assert config is not None
    assert repr(config) == (
        "{'a': Decimal('0.1'), 'b': Decimal('1E+5'), 'c': 0, 'd': 12345678901234567890, 'e': Decimal('5.00')}"
    )


def test_json_nests_and_keeps_its_order() -> None:
    config = config_of('{"z": [1, [], {"a": null, "b": true}], "a": {}, "": false}')
    assert config == {"z": [1, [], {"a": None, "b": True}], "a": {}, "": False}
    assert list(config) == ["z", "a", ""]


def test_the_escapes_of_json_are_read() -> None:
    assert config_of(r'{"a": "\"\\\/A\ud83d\ude00"}') == {"a": '"\\/A😀'}
    assert parse(r"SOURCE 'it\'s.ual'") == (s.Source(path="it's.ual"),)


@given(st.integers(1, MONEY_CENTS_MAX))
@example(MONEY_CENTS_MAX)
@example(900_719_925_474_099)
def test_an_amount_is_the_cents_it_says_whatever_way_it_is_written(cents: int) -> None:
    dollars = f"{cents // 100}.{cents % 100:02d}"
    for amount in (dollars, f"{dollars}0", f"{cents}e-2", f"00{dollars}"):
        assert parse(f"FUND x AMOUNT {amount}") == (s.Fund(agent="x", amount_cents=cents),)
        assert parse(f"TRANSFER {amount} IUSD FROM x TO y") == (
            s.Transfer(amount_cents=cents, source="x", target="y"),
        )


@pytest.mark.parametrize("text", ["👩‍💻 ok", "👍🏽", "👩🏽‍🚀", "❤️‍🔥", "日本語", "a\u00a0b", "é"])
def test_what_can_be_seen_may_stand_in_a_text(text: str) -> None:
    assert parse(f"DELETE x BECAUSE '{text}'") == (s.Delete(name="x", because=text),)


@pytest.mark.parametrize(
    "hidden",
    [
        "a\u200db",
        "\u200d",
        "👩\u200d",
        "a\u200bb",
        "\u202ex",
        "\u2066x",
        "\ufeffx",
        "\u2028",
        "\u00ad",
        "\u3164",
        "\u200c",
        "\U000e0041",
        "\u2800",
        "\x85",
        r"\u0000",
        r"\u001b",
        r"\ud800",
        r"\udc00\ud800",
        r"\n",
        r"\u202e",
    ],
    ids=ascii,
)
def test_what_cannot_be_seen_may_not(hidden: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse(f"DELETE x BECAUSE '{hidden}'")
    assert caught.value.span == (17, 19 + len(hidden))


@pytest.mark.parametrize("raw", ["\t", "\x1b", "\x00", "\x7f", "a\\\\\tb"], ids=ascii)
def test_a_raw_control_character_in_a_text_is_a_syntax_error_at_its_place(raw: str) -> None:
    text = f"DELETE x BECAUSE '{raw}'"
    with pytest.raises(UalSyntaxError) as caught:
        parse(text)
    assert caught.value.span is not None
    assert text[slice(*caught.value.span)] in raw


def texts_of(text: str) -> list[str]:
    return [text[one.span.start : one.span.end] for one in parse(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" ;; -- x\n;", []),
        ("PALM STATUS;", ["PALM STATUS"]),
        ("PALM STATUS FLEET STATUS", ["PALM STATUS", "FLEET STATUS"]),
        ("PALM STATUS\r\nSTATUS\rSTATUS x", ["PALM STATUS", "STATUS", "STATUS x"]),
        ("\ufeffPALM STATUS # c", ["PALM STATUS"]),
        ("\ufeff-- c\nPALM STATUS", ["PALM STATUS"]),
        ("-- c\r# d\rPALM STATUS", ["PALM STATUS"]),
        ("PALM/* c */STATUS", ["PALM/* c */STATUS"]),
        ("/* a; ' */ PALM STATUS /**/;", ["PALM STATUS"]),
        ("HELP\nDEPLOY x", ["HELP", "DEPLOY x"]),
        ("HELP DEPLOY x", None),
        ("HELP deploy;DEPLOY x", ["HELP deploy", "DEPLOY x"]),
        ("DESCRIBE help EXIT", ["DESCRIBE help", "EXIT"]),
        ('DEPLOY x WITH {\n "a": 1 -- c\n}', ['DEPLOY x WITH {\n "a": 1 -- c\n}']),
        (
            "BALANCE balance BALANCE fund FUND cancel AMOUNT 5 CHECK HOME",
            ["BALANCE balance", "BALANCE fund", "FUND cancel AMOUNT 5", "CHECK HOME"],
        ),
        ("FLEET STATUS CHECK HOME", ["FLEET STATUS", "CHECK HOME"]),
        (
            "WATCH FLEET STATUS FOR 5s WATCH STATUS UNTIL a = b WAIT FOR c HEALTHY",
            ["WATCH FLEET STATUS FOR 5s", "WATCH STATUS UNTIL a = b", "WAIT FOR c HEALTHY"],
        ),
        ("TRANSFER 5 IUSD\nFROM a\nTO b", ["TRANSFER 5 IUSD\nFROM a\nTO b"]),
        ("SET x = a--b", None),
        ("SET x = #b", None),
        ("DELETE x--", None),
        ("DELETE x#y", None),
    ],
)
def test_a_statement_ends_where_it_should(text: str, parts: list[str] | None) -> None:
    if parts is None:
        with pytest.raises(PalmError):
            parse(text)
    else:
        assert texts_of(text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("> DEPLOY buyer COUNT 5\n", ["DEPLOY buyer COUNT 5"]),
        ('# Deploy\n> DEPLOY x WITH {\n>   "a": 1\n> }\n>\n> PALM STATUS', 2),
        ("> SCALE x\n> TO 5", 1),
        ("\ufeff> PALM STATUS\r\n> PALM STATUS", 2),
        ("SHOW AGENTS WHERE a = 1\n> PALM STATUS", 2),
        ("SHOW AGENTS WHERE a = 1\n> AND b = 2", 1),
        ("SHOW AGENTS WHERE a\n> 5", 1),
        (" > PALM STATUS", None),
        (">PALM STATUS", None),
        ("> > PALM STATUS", None),
        ("PALM > STATUS", None),
    ],
)
def test_a_prompt_that_was_pasted_along_is_dropped(text: str, parts: list[str] | int | None) -> None:
    if parts is None:
        with pytest.raises(UalSyntaxError):
            parse(text)
    elif isinstance(parts, int):
        assert len(parse(text)) == parts
    else:
        assert texts_of(text) == parts


def test_a_greater_sign_at_the_start_of_a_line_still_compares() -> None:
    (statement,) = parse("SHOW AGENTS WHERE pnl\n> 5")
    assert statement == s.Show(what="AGENTS", where=s.Comparison("pnl", ">", 5))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "APPLY 'x.yaml'",
            "DEPLOY FROM 'x.yaml'",
            "UPDATE x WITH {}",
            "EXPLAIN DELETE x",
        ),
        *("WATCH", "WATCH CHECK HOME", "WATCH LOGS x FOLLOW", "WATCH WATCH PALM STATUS", "WATCH DELETE x"),
        *(
            "WATCH HELP",
            "WATCH WAIT 5s",
            "WATCH PALM STATUS EVERY 1s LIMIT 3",
            "WATCH PALM STATUS TIMEOUT 5s",
        ),
        *("PALM STATUS FOR 5s", "SHOW AGENTS EVERY 5s", "WATCH PALM STATUS BECAUSE 'x'"),
        *(
            "REHEARSE DELETE x",
            "ROLLBACK x",
            "ROLLOUT STATUS x",
            "PAUSE x",
            "TRAFFIC x",
            "SWITCH TRAFFIC x TO y",
        ),
        *("SUBMIT x {}", "MAINTAIN x", "AUTOSCALE x OFF", "SHOW ROUTES"),
        *("HEALTH CHECK x", "EXECUTE PLAN 1", "PALM STATUS AS OF 10m", "BALANCE x AS OF 10m"),
        *("SET AGENT buyer_001 {}", "DEPLOY x ROUTE y", "DEPLOY x WEIGHT 5%", "DEPLOY x ENGINE y"),
        *("SHOW AGENTS AS OF 10m", "SCALE a TO 5 FORCE", "RENAME a TO b NOWAIT", "CANCEL ORDERS x NOWAIT"),
        *("FUND x AMOUNT 5 NOWAIT", "TRANSFER 5 IUSD FROM a TO b NOWAIT", "FUND x AMOUNT 5 IUSD"),
        *("BALANCE x BECAUSE 'y'", "CHECK HOME BECAUSE 'y'", "CHECK HOME x", "CANCEL x", "CANCEL ORDERS"),
        *("FUND DEPLOYMENT x AMOUNT 5", "TRANSFER 5 FROM a TO b", "TRANSFER 5 IUSD TO b FROM a"),
        *("SET a = 1 NOWAIT", "WAIT 5s NOWAIT", "PALM STATUS BECAUSE 'x'", "SCALEfoo TO 3", "SCALE-x TO 3"),
    ],
)
def test_what_is_no_statement_yet_is_a_syntax_error(text: str) -> None:
    with pytest.raises(UalSyntaxError):
        parse(text)


@pytest.mark.parametrize("text", ["\u017fHOW AGENTS", "SHOW AGENTS WHERE a LI\u212aE 'x'", "WAIT 3\u017f"])
def test_letters_that_only_fold_to_ascii_are_no_keywords(text: str) -> None:
    with pytest.raises(UalSyntaxError):
        parse(text)
