"""Settings of the session, and what a statement would end."""

from decimal import Decimal

import pytest

from palm_ual.errors import InvalidValue, UnknownKey
from palm_ual.lang import statements as st
from palm_ual.lang.parser import parse
from palm_ual.service.endings import what_ends
from palm_ual.service.session import (
    SETTINGS,
    Session,
    find_setting,
    home_value,
    home_value_in_words,
    session_value,
    set_session,
    whole_number,
)
from tests.world.stories import fleet

OWN = [setting.name for setting in SETTINGS if setting.scope == "session"]


@pytest.mark.parametrize(
    ("name", "value", "reads"),
    [
        ("ticks", "ALL", "all"),
        ("ticks", "some", "some"),
        ("output", "JSON", "json"),
        ("output", "csv", "csv"),
        ("confirm", "off", "off"),
        ("confirm", True, "on"),
        ("confirm", "ON", "on"),
        ("notices", "QUIET", "quiet"),
        ("notices", "off", "off"),
        ("notices", False, "off"),
        ("notices", "bell", "bell"),
        ("timing", "on", "on"),
        ("timing", True, "on"),
        ("timing", "Off", "off"),
        ("deploy_timeout", st.Duration(90_000), "90s"),
        ("drain_timeout", st.Duration(1), "1ms"),
    ],
)
def test_a_setting_takes_its_values_and_reads_as_it_is_written(
    name: str, value: st.Scalar, reads: str
) -> None:
    session = Session()
    assert set_session(session, find_setting(name), value) == reads
    assert session_value(session, name) == reads


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ticks", "none"),
        ("ticks", 5),
        ("output", "xml"),
        ("output", None),
        ("confirm", 1),
        ("confirm", "maybe"),
        ("notices", "on"),
        ("notices", True),
        ("notices", 1),
        ("timing", "bell"),
        ("timing", 1),
        ("deploy_timeout", 30),
        ("deploy_timeout", "30s"),
        ("deploy_timeout", st.Duration(0)),
        ("drain_timeout", st.Percent(5)),
    ],
)
def test_a_value_that_a_setting_does_not_take_changes_nothing(name: str, value: st.Scalar) -> None:
    session = Session()
    before = session_value(session, name)
    with pytest.raises(InvalidValue, match=f"{name} must be"):
        set_session(session, find_setting(name), value)
    assert session_value(session, name) == before


def test_every_setting_of_the_session_has_a_value() -> None:
    assert {name: session_value(Session(), name) for name in OWN} == {
        "confirm": "on",
        "deploy_timeout": "2m",
        "drain_timeout": "1m",
        "notices": "bell",
        "output": "text",
        "ticks": "some",
        "timing": "off",
    }


def test_a_setting_is_found_in_any_case_and_else_the_nearest_is_named() -> None:
    assert find_setting("Drain_Timeout").name == "drain_timeout"
    with pytest.raises(UnknownKey) as caught:
        find_setting("drain_timeot")
    assert caught.value.note == "did you mean drain_timeout?"


@pytest.mark.parametrize(
    ("value", "number"), [(7, 7), (Decimal("7.0"), 7), (Decimal("1e3"), 1_000), (-3, -3)]
)
def test_whole_numbers_are_taken_however_they_are_written(value: st.Scalar, number: int) -> None:
    assert whole_number(find_setting("capacity"), value) == number


@pytest.mark.parametrize("value", [True, Decimal("7.5"), "7", None, st.Duration(7), st.Percent(7)])
def test_what_is_no_whole_number_is_refused(value: st.Scalar) -> None:
    with pytest.raises(InvalidValue, match="capacity must be a whole number"):
        whole_number(find_setting("capacity"), value)


@pytest.mark.parametrize(
    ("name", "value", "kept", "reads"),
    [
        ("capacity", 50, 50, "50"),
        ("issue_cap", 1_000_000, 100_000_000, "1000000"),
        ("issue_cap", Decimal("12.5"), 1_250, "12.50"),
        ("issue_cap", Decimal("1E+6"), 100_000_000, "1000000"),
        ("issue_cap", 0, 0, "0"),
        ("issue_cap", "off", None, "off"),
        ("issue_cap", "NONE", None, "off"),
        ("retention", st.Duration(90_000), 90_000, "90s"),
        ("retention", "Off", None, "off"),
    ],
)
def test_a_setting_of_the_home_reads_so_that_it_can_be_written(
    name: str, value: st.Scalar, kept: int | None, reads: str
) -> None:
    setting = find_setting(name)
    assert setting.scope == "home"
    assert home_value(setting, value) == kept
    assert home_value_in_words(name, kept) == reads
    (written,) = parse(f"SET {name} = {reads}")
    assert isinstance(written, st.Set)
    assert home_value(setting, written.value) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("capacity", "off"),
        ("capacity", st.Duration(5)),
        ("issue_cap", None),
        ("issue_cap", True),
        ("issue_cap", -1),
        ("issue_cap", Decimal("-0.01")),
        ("issue_cap", st.Percent(5)),
        ("issue_cap", "much"),
        ("retention", 5),
        ("retention", False),
        ("retention", None),
    ],
)
def test_what_a_setting_of_the_home_cannot_be_is_refused(name: str, value: st.Scalar) -> None:
    with pytest.raises(InvalidValue, match=f"{name} must be"):
        home_value(find_setting(name), value)


def test_a_cap_of_a_fraction_of_a_cent_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidValue, match="a fraction of a cent is not money") as caught:
        home_value(find_setting("issue_cap"), Decimal("0.001"))
    assert caught.value.word == "0.001"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("DELETE x", "DELETE x ends 3 buyer agents after draining them; $30 goes back to the treasury."),
        (
            "DELETE X FORCE",
            "DELETE x ends 3 buyer agents without draining them; $30 goes back to the treasury.",
        ),
        ("DELETE nobody", None),
        ("TERMINATE buyer_002", None),
        (
            "TERMINATE Buyer_002 FORCE",
            "TERMINATE buyer_002 FORCE ends it without draining it, whatever it owes.",
        ),
        ("TERMINATE buyer_009 FORCE", None),
        ("SCALE x TO 0", None),
        ("DRAIN x", None),
    ],
)
def test_what_a_statement_would_end_is_said_before(text: str, says: str | None) -> None:
    (statement,) = parse(text)
    assert what_ends(fleet(3).world, statement) == says
