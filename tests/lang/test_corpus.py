"""Every collected statement gets its class of answer, as far as the text alone decides it."""

from typing import Any

import pytest

from palm_ual.errors import InvalidValue, LimitExceeded, PalmError, UalSyntaxError
from palm_ual.lang.parser import parse
from palm_ual.model.limits import ECHO_CHARS_MAX
from tests.lang.corpus import rows, text_of

ROWS = rows("ual_statements.json") + rows("json_with.json")

DECIDED_BY_RUNNING = {"not_found", "conflict", "capacity_error", "io_error"}
"""Classes of statements that are UAL, and fail when they meet a fleet."""

DECIDED_BY_THE_TYPE = {
    *(
        "ual-097",
        "json-041",
        "json-043",
        "json-045",
        "json-047",
        "json-051",
        "json-053",
        "json-055",
        "json-057",
    ),
    *("json-059", "json-061", "json-063", "json-065"),
}
"""Values that only an agent type can judge: the text of the statement is right."""

NOT_A_STATEMENT_YET = {row["id"] for row in ROWS if row["input"].startswith("DEPLOY FROM")}
"""`DEPLOY FROM '…'` comes with the manifests; until then it is a syntax error, whatever the file is."""

CLASSES: dict[str, tuple[type[PalmError], ...]] = {
    "syntax_error": (UalSyntaxError,),
    "validation_error": (InvalidValue,),
    "limit_error": (LimitExceeded,),
    "validation_error_or_limit_error": (InvalidValue, LimitExceeded),
}


def expected(row: dict[str, Any]) -> tuple[type[PalmError], ...]:
    """The classes of error that parsing may answer with; none if it must succeed."""
    if row["id"] in NOT_A_STATEMENT_YET:
        return (UalSyntaxError,)
    if row["id"] in DECIDED_BY_THE_TYPE or row["expect"] in DECIDED_BY_RUNNING:
        return ()
    return () if row["expect"].startswith("ok") else CLASSES[row["expect"]]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
@pytest.mark.timeout(2)
def test_a_collected_statement_gets_its_class_of_answer(row: dict[str, Any]) -> None:
    text = text_of(row)
    classes = expected(row)
    if not classes:
        parse(text)
        return
    with pytest.raises(classes) as caught:
        parse(text)
    error = caught.value
    assert error.span is not None
    assert 0 <= error.span[0] <= error.span[1] <= len(text)
    for said in (error.message, error.hint or "", error.note or ""):
        assert said.isprintable()
        assert len(said) < ECHO_CHARS_MAX + 200
