"""What a person is told: the message, the words under the caret, the note beside it, and the hint."""

import pytest

from palm_ual.errors import PalmError, UalSyntaxError, UnfinishedStatement
from palm_ual.lang.parser import parse

END = "or the end of the statement"
DIGITS = "a whole number is written with the digits 0 to 9 and nothing else"
DOLLARS = "an amount is a number of dollars, with at most two decimals"
NAMES = "a name is a letter or _, then letters, digits and _, with single - or . between them"

Row = tuple[str, str, str, str | None, str | None]
WATCHED = "WATCH repeats what looks: a STATUS, SHOW, DESCRIBE, BALANCE or LOGS"
WRONG: list[Row] = [
    ("DEPLOY buyer CUONT 5", f'expected AS, COUNT, WITH {END}, not "CUONT"', "CUONT", "did you mean COUNT?", None),
    ("DEPLOY buyer COUNT 5 AZ x", f'expected AS, LABELS, WITH {END}, not "AZ"', "AZ", None, None),
    ("DEPLOY buyer ROUTE x", f'expected AS, COUNT, WITH {END}, not "ROUTE"', "ROUTE", None, None),
    ("SELCT * FROM x", 'expected a statement, not "SELCT"', "SELCT", None, None),
    ("DELPOY buyer", 'expected a statement, not "DELPOY"', "DELPOY", "did you mean DEPLOY?", None),
    ("PALM STATUS; plam status", 'expected a statement, not "plam"', "plam", "did you mean PALM?", None),
    ("PALM STAUS", 'expected STATUS, not "STAUS"', "STAUS", "did you mean STATUS?", None),
    ("PALM STATUS DEPLY x", 'expected the end of the statement, not "DEPLY"', "DEPLY", "did you mean DEPLOY?", None),
    ("SCALE x TOO 5", 'expected TO, not "TOO"', "TOO", "did you mean TO?", None),
    ("SCALE TO 9", "a deployment name is missing before TO", "TO", None, None),
    ("DEPLOY COUNT 5", "an agent type is missing before COUNT", "COUNT", None, None),
    ("SCALE 5 TO 3", 'expected a deployment name, not "5"', "5", None, None),
    ("DRAIN *", 'expected the name of a deployment or an agent, not "*"', "*", None, None),
    ("LOGS 7", 'expected an agent id, not "7"', "7", None, None),
    ("DESCRIBE 7", 'expected TYPE or the name of a deployment, an agent or a type, not "7"', "7", None, None),
    ("DEPLOY buyer COUNT five", 'expected a whole number, not "five"', "five", None, DIGITS),
    ("DEPLOY buyer COUNT -3", 'expected a whole number, not "-3"', "-3", None, DIGITS),
    ("DEPLOY buyer COUNT +3", 'expected a whole number, not "+3"', "+3", None, DIGITS),
    ("DEPLOY buyer COUNT 1_000", 'expected a whole number, not "1_000"', "1_000", None, DIGITS),
    ("DEPLOY buyer COUNT 5.5", 'expected a whole number, not "5.5"', "5.5", None, DIGITS),
    ("SCALE x TO 50%", 'expected a whole number, not "50%"', "50%", None, DIGITS),
    ("DELETE prod--old", 'expected a deployment name, not "prod--old"', "prod--old", None, NAMES),
    ("DEPLOY b AS 1st", 'expected a name, not "1st"', "1st", None, NAMES),
    ("DEPLOY b AS 'x'", "expected a name, not 'x'", "'x'", None, "a name is written bare or in double quotes"),
    ('DELETE "a b"', "what is in the quotes is not a name", '"a b"', None, NAMES),
    ("SHOW AGENT", 'expected ACCOUNTS, AGENTS or DEPLOYMENTS, not "AGENT"', "AGENT", "did you mean AGENTS?",
     "EVENTS, ORDERS, POSITIONS, SETTINGS, STATEMENTS or TYPES can stand here, too"),
    ("SHOW ORDER", 'expected ACCOUNTS, AGENTS or DEPLOYMENTS, not "ORDER"', "ORDER", "did you mean ORDERS?",
     "EVENTS, ORDERS, POSITIONS, SETTINGS, STATEMENTS or TYPES can stand here, too"),
    ("BALANCE 7", 'expected an account, not "7"', "7", None, None),
    ("BALANCE 'x'", "expected an account, not 'x'", "'x'", None, "a name is written bare or in double quotes"),
    ("BALANCE prod--old", 'expected an account, not "prod--old"', "prod--old", None, NAMES),
    ("BALACNE x", 'expected a statement, not "BALACNE"', "BALACNE", "did you mean BALANCE?", None),
    ("CHECK HOEM", 'expected HOME, not "HOEM"', "HOEM", "did you mean HOME?", None),
    ("CHECK HOME x", 'expected the end of the statement, not "x"', "x", None, None),
    ("CANCEL buyer_001", 'expected ORDERS, not "buyer_001"', "buyer_001", None, None),
    ("CANCEL ORDER x", 'expected ORDERS, not "ORDER"', "ORDER", "did you mean ORDERS?", None),
    ("CANCEL ORDERS BECAUSE 'x'", "the name of a deployment or an agent is missing before BECAUSE", "BECAUSE",
     None, None),
    ("CANCEL ORDERS x NOWAIT", f'expected BECAUSE {END}, not "NOWAIT"', "NOWAIT", "did you mean WAIT?", None),
    ("FUND AMOUNT 5", "an agent id is missing before AMOUNT", "AMOUNT", None, None),
    ("FUND 5", 'expected an agent id, not "5"', "5", None, None),
    ("FUND x 5", 'expected AMOUNT, not "5"', "5", None, None),
    ("FUND x AMUONT 5", 'expected AMOUNT, not "AMUONT"', "AMUONT", "did you mean AMOUNT?", None),
    ("FUND x AMOUNT five", 'expected an amount such as 12.50, not "five"', "five", None, DOLLARS),
    ("FUND x AMOUNT $5", 'expected an amount such as 12.50, not "$5"', "$5", None, DOLLARS),
    ("FUND x AMOUNT 5USD", 'expected an amount such as 12.50, not "5USD"', "5USD", None, DOLLARS),
    ("FUND x AMOUNT '5'", "expected an amount such as 12.50, not '5'", "'5'", None, DOLLARS),
    ("FUND x AMOUNT NaN", 'expected an amount such as 12.50, not "NaN"', "NaN", None, DOLLARS),
    ("FUND x AMOUNT 50%", 'expected an amount such as 12.50, not "50%"', "50%", None, DOLLARS),
    ("FUND x AMOUNT true", 'expected an amount such as 12.50, not "true"', "true", None, DOLLARS),
    ("FUND x AMOUNT +5", 'expected an amount such as 12.50, not "+5"', "+5", None, "leave the + out"),
    ("FUND x AMOUNT 5.", 'expected an amount such as 12.50, not "5."', "5.", None, "a digit follows the point: 5.0"),
    ("FUND x AMOUNT .5", 'expected an amount such as 12.50, not ".5"', ".5", None,
     "a digit stands before the point: 0.5"),
    ("FUND x AMOUNT 1_000", 'expected an amount such as 12.50, not "1_000"', "1_000", None,
     "write the number without _"),
    ("FUND x AMOUNT 1,000", f'expected BECAUSE {END}, not ","', ",", None, "a number is written without commas"),
    ("FUND x AMOUNT 5 AMOUNT 6", f'expected BECAUSE {END}, not "AMOUNT"', "AMOUNT", None, None),
    ("FUND x AMOUNT 5 BECAUSE 'a' BECAUSE 'b'", "BECAUSE is given twice", "BECAUSE", None,
     "leave one of the two out"),
    ("TRANSFER five IUSD FROM a TO b", 'expected an amount such as 12.50, not "five"', "five", None, DOLLARS),
    ("TRANSFER 5 FROM a TO b", 'expected IUSD, not "FROM"', "FROM", None, None),
    ("TRANSFER 5 IUSD TO b FROM a", 'expected FROM, not "TO"', "TO", None, None),
    ("TRANSFER 5 IUSD FROM TO b", "an account is missing before TO", "TO", None, None),
    ("TRANSFER 5 IUSD FROM a TO 7", 'expected an account, not "7"', "7", None, None),
    ("SHOW AGENTS WHERE a ~ 5", 'expected a comparison (= != < <= > >= LIKE IN), not "~"', "~", None, None),
    ("SHOW AGENTS WHERE a == 5", 'expected a value, not "="', "=", None, "equal is written with one ="),
    ("SHOW AGENTS WHERE a <> 5", 'expected a value, not ">"', ">", None, "unequal is written !="),
    ("SHOW AGENTS SINCE 10", 'expected a duration such as 30s, not "10"', "10", None,
     "a duration is a whole number with ms, s, m, h or d"),
    ("WATCH DEPLOY x", 'expected AGENTS, BALANCE or DESCRIBE, not "DEPLOY"', "DEPLOY", None, WATCHED),
    ("WATCH CHECK HOME", 'expected AGENTS, BALANCE or DESCRIBE, not "CHECK"', "CHECK", None, WATCHED),
    ("watch 5s", 'expected AGENTS, BALANCE or DESCRIBE, not "5s"', "5s", None, WATCHED),
    ("WATCH LOGS x FOLLOW", 'expected EVERY, FOR, TAIL or the end of the statement, not "FOLLOW"', "FOLLOW", None,
     "FOLLOW stands with LOGS, without WATCH"),
    ("WATCH PALM STATUS EVRY 5s", 'expected EVERY, FOR, UNTIL or the end of the statement, not "EVRY"', "EVRY",
     "did you mean EVERY?", None),
    ("WATCH PALM STATUS EVERY 5", 'expected a duration such as 30s, not "5"', "5", None,
     "a duration is a whole number with ms, s, m, h or d"),
    ("WATCH AGENTS EVERY 5s where a = 1", 'expected FOR, UNTIL or the end of the statement, not "where"', "where", None,
     "WHERE stands with SHOW, before EVERY, FOR and UNTIL"),
    ("WATCH AGENTS FOR 5s ORDER BY a", 'expected EVERY, UNTIL or the end of the statement, not "ORDER"', "ORDER", None,
     "ORDER BY stands with SHOW, before EVERY, FOR and UNTIL"),
    ("WATCH PALM STATUS FOR 1s FOR 2s", "FOR is given twice", "FOR", None, "leave one of the two out"),
    ("SOURCE x.ual", 'expected a file name in quotes, not "x.ual"', "x.ual", None, "write it in quotes: 'x.ual'"),
    ("SET x 5", 'expected "=", not "5"', "5", None, None),
    ("DEPLOY b COUNT 5 COUNT 6", "COUNT is given twice", "COUNT", None, "leave one of the two out"),
    ("DEPLOY b AS x NAME y", "NAME is given twice", "NAME", None, "leave one of the two out"),
    ("DEPLOY FROM", 'expected an agent type, not "FROM"', "FROM", None, "a type of that name is quoted"),
    ("DEPLOY b WITH []", 'expected an object {…}, not "["', "[", None, None),
    ("DEPLOY b WITH {a: 1}", 'expected a key in double quotes or "}", not "a"', "a", None,
     "the keys of JSON are written in double quotes"),
    ('DEPLOY b WITH {"a": 1,}', 'expected a key in double quotes, not "}"', "}", None, "leave out the comma before it"),
    ('DEPLOY b WITH {"a": [1,]}', 'expected a JSON value, not "]"', "]", None,
     "a value is missing, or there is a comma too many"),
    ('DEPLOY b WITH {"a": 1 "b": 2}', 'expected "," or "}", not "b"', '"b"', None, None),
    ('DEPLOY b WITH {"a": NaN}', 'expected a JSON value, not "NaN"', "NaN", None, "JSON has no NaN and no infinity"),
    ('DEPLOY b WITH {"a": None}', 'expected a JSON value, not "None"', "None", None, "JSON writes null"),
    ('DEPLOY b WITH {"a": True}', "JSON writes true in lower case", "True", "did you mean true?", None),
    ("DEPLOY b WITH {\"a\": 'x'}", "expected a JSON value, not 'x'", "'x'", None,
     "the texts of JSON are written in double quotes"),
    ('DEPLOY b WITH {"a": 01}', "a JSON number has no zeros in front", "01", None, "leave the zeros out"),
    ('DEPLOY b WITH {"a": 5.}', 'expected a JSON value, not "5."', "5.", None, "a digit follows the point: 5.0"),
    ('DEPLOY b WITH {"a": 0x10}', 'expected a JSON value, not "0x10"', "0x10", None, "numbers are decimal"),
    ('DEPLOY b WITH {"a": 1, "a": 2}', 'the key "a" is given twice', '"a"', None, "leave one of the two out"),
    (r'DEPLOY b WITH {"a": "x\x41"}', r"a text has no escape \x", r"\x", None,
     r"the escapes are \" \\ \/ \b \f \n \r \t and \u with four hex digits"),
    ("DELETE x BECAUSE 'never", "this text is never closed", "'never", None, "close it with ' on the same line"),
    ('DEPLOY b WITH {\u201ca": 1}', "U+201C (left double quotation mark) cannot stand here", "\u201c",
     'did you mean "?', 'UAL\'s quotes are the straight ones: "'),
    ("DELETE x BECAUSE \u2018y\u2019", "U+2018 (left single quotation mark) cannot stand here", "\u2018",
     "did you mean '?", "UAL's quotes are the straight ones: '"),
    ("PALM\u00a0STATUS", "U+00A0 (no-break space) cannot stand here", "\u00a0", "did you mean a plain space?",
     "write a plain space"),
    ("PALM STATUS \u2013\u2013 c", "U+2013 (en dash) cannot stand here", "\u2013", "did you mean -?", "write -"),
    ("PALM \x1b[31mSTATUS", "U+001B (control character) cannot stand here", "\x1b", None, "leave it out"),
    ("DELETE a\u200bb", "U+200B (zero width space) cannot stand here", "\u200b", None, "leave it out"),
    ("DEPLOY x WITH \ufeff{}", "U+FEFF (byte order mark) cannot stand here", "\ufeff", None, "leave it out"),
    ("DEPLOY x COUNT \uff15", "U+FF15 (fullwidth digit five) cannot stand here", "\uff15", "did you mean 5?",
     "a whole number is written with the digits 0 to 9"),
    ("DELETE caf\u00e9", "U+00E9 (latin small letter e with acute) cannot stand here", "\u00e9", None,
     "outside of texts, UAL is written in ASCII"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message", "marked", "note", "hint"), WRONG, ids=[ascii(row[0]) for row in WRONG]
)
def test_a_wrong_statement_is_told_so(
    text: str, message: str, marked: str, note: str | None, hint: str | None
) -> None:
    with pytest.raises(UalSyntaxError) as caught:
        parse(text)
    error = caught.value
    assert (error.message, error.note, error.hint) == (message, note, hint)
    assert error.span is not None
    assert text[slice(*error.span)] == marked
    assert not isinstance(error, UnfinishedStatement)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PALM", "expected STATUS"),
        ("SCALE x", "expected TO"),
        ("SCALE x TO", "expected a whole number"),
        ("SCALE TO", "a deployment name is missing before TO"),
        ("DEPLOY", "expected an agent type"),
        ("DEPLOY b AS", "expected a name"),
        ("DEPLOY b WITH", "expected an object {…}"),
        ('DEPLOY b WITH {"a"', 'expected ":"'),
        ('DEPLOY b WITH {"a": 1', 'expected "," or "}"'),
        ("BALANCE", "expected an account"),
        ("CHECK", "expected HOME"),
        ("CANCEL", "expected ORDERS"),
        ("CANCEL ORDERS", "expected the name of a deployment or an agent"),
        ("FUND", "expected an agent id"),
        ("FUND x", "expected AMOUNT"),
        ("FUND x AMOUNT", "expected an amount such as 12.50"),
        ("TRANSFER", "expected an amount such as 12.50"),
        ("TRANSFER 5", "expected IUSD"),
        ("TRANSFER 5 IUSD FROM", "expected an account"),
        ("TRANSFER 5 IUSD FROM a", "expected TO"),
        ("TRANSFER 5 IUSD FROM a TO", "expected an account"),
        ("FUND x AMOUNT 5 BECAUSE", "expected a text in quotes"),
        ("WAIT", "expected FOR or a duration such as 30s"),
        ("WAIT FOR x", "expected COMPLETE, DRAINED or HEALTHY"),
        ("WATCH", "expected AGENTS, BALANCE or DESCRIBE"),
        ("WATCH PALM STATUS EVERY", "expected a duration such as 30s"),
        ("WATCH PALM STATUS UNTIL", "expected a field"),
        ("SHOW AGENTS ORDER", "expected BY"),
        ("SHOW AGENTS WHERE", "expected a field"),
        ("SHOW AGENTS WHERE (a = 1", 'expected AND, OR or ")"'),
        ("SHOW AGENTS WHERE a IN", 'expected "("'),
        ("SHOW AGENTS WHERE a LIKE", "expected a text in quotes"),
        ("CREATE", "expected DEPLOYMENT"),
        ("CREATE DEPLOYMENT x", "expected REPLICAS"),
        ("SET x =", "expected a value"),
        ("PALM STATUS;\nDEPLOY buyer COUNT -- five\n", "expected a whole number"),
    ],
)
def test_an_unfinished_statement_says_what_is_missing_where_it_stops(text: str, message: str) -> None:
    with pytest.raises(UnfinishedStatement) as caught:
        parse(text)
    assert caught.value.message == f"the statement is not finished: {message}"
    assert caught.value.span is not None
    assert not text[caught.value.span[1] :].partition("--")[0].strip()


def test_a_comment_that_is_never_closed_is_unfinished_at_its_start() -> None:
    with pytest.raises(UnfinishedStatement) as caught:
        parse("PALM STATUS /* forever")
    assert caught.value.message == "this comment is never closed"
    assert caught.value.span == (12, 14)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5000,
        f"DELETE x {'y' * 5000}",
        f"DELETE x BECAUSE '{'z' * 5000}",
        f"SOURCE {'x' * 5000}",
        "(" * 100_000,
        f'DEPLOY x WITH {{"{"k" * 150}": 1, "{"k" * 150}": 2}}',
        f"HELP x {'y' * 500}",
        f"DEPLOY '{'x' * 199}'",
    ],
    ids=lambda text: text[:20],
)
def test_a_message_repeats_at_most_80_characters_of_the_text(text: str) -> None:
    with pytest.raises(PalmError) as caught:
        parse(text)
    for said in (caught.value.message, caught.value.hint or "", caught.value.note or ""):
        assert max((said.count(character) for character in "xyzk("), default=0) <= 83


def test_only_the_first_error_is_told() -> None:
    with pytest.raises(UalSyntaxError) as caught:
        parse("DELETE x y; FOO; BAR")
    assert caught.value.span == (9, 10)
