"""Config schemas: what they take, what they refuse, and how they are described."""

from decimal import Decimal
from typing import Any

import pytest

from palm_ual.agents.buyer import Buyer, BuyerConfig
from palm_ual.agents.config import AgentConfig, checked_config, config_fields
from palm_ual.agents.seller import Seller
from palm_ual.errors import InvalidValue, PalmError, UnknownKey
from palm_ual.model.limits import DURATION_MS_MAX
from tests.agents.samples import Courier, Strict


def test_dollars_become_cents_and_half_the_funding_is_the_budget() -> None:
    config = checked_config(BuyerConfig, {"funding": Decimal("100000.50")}, type_name="buyer")
    assert isinstance(config, BuyerConfig)
    assert (config.funding, config.budget, config.price) == (100_000_50, 50_000_25, None)


def test_the_defaults_are_the_tutorials() -> None:
    config = checked_config(BuyerConfig, {}, type_name="buyer")
    assert isinstance(config, BuyerConfig)
    assert (config.funding, config.budget, config.strategy) == (1_000_000, 500_000, "conservative")


REFUSED: list[tuple[type[Any], dict[str, Any], type[PalmError], str, str | None]] = [
    (Buyer, {"fundng": 5}, UnknownKey, 'buyer has no config key "fundng"', "did you mean funding?"),
    (Buyer, {"Funding": 5}, UnknownKey, 'buyer has no config key "Funding"', "did you mean funding?"),
    (Buyer, {"zzz": 5}, UnknownKey, 'buyer has no config key "zzz"', None),
    (Buyer, {"funding": "5"}, InvalidValue, "must be an amount in dollars, as a number", None),
    (Buyer, {"funding": True}, InvalidValue, "must be an amount in dollars, as a number", None),
    (Buyer, {"funding": None}, InvalidValue, "must be an amount in dollars, as a number", None),
    (Buyer, {"funding": [1]}, InvalidValue, "must be an amount in dollars, as a number", None),
    (Buyer, {"funding": Decimal("0.001")}, InvalidValue, "at most two decimals", None),
    (Buyer, {"funding": 10**13 + 1}, InvalidValue, "at most 10,000,000,000,000 dollars", None),
    (Buyer, {"funding": -1}, InvalidValue, "must be an amount from $0 to $10,000,000,000,000", None),
    (Buyer, {"risk_tolerance": 2}, InvalidValue, "must be a number from 0 to 1", None),
    (Buyer, {"risk_tolerance": Decimal("-0.1")}, InvalidValue, "must be a number from 0 to 1", None),
    (Buyer, {"strategy": "agressive"}, InvalidValue, 'one of "conservative"', 'did you mean "aggressive"?'),
    (Buyer, {"strategy": 1}, InvalidValue, 'one of "conservative"', None),
    (Buyer, {"service": ""}, InvalidValue, "must be a text of 1 to 200 characters", None),
    (Seller, {"service": None}, InvalidValue, "must be a text of 1 to 200 characters", None),
    (Seller, {"service": "x" * 201}, InvalidValue, "must be a text of 1 to 200 characters", None),
    (Courier, {"parcels": 0}, InvalidValue, "must be a whole number from 1 to 9", None),
    (Courier, {"parcels": 10}, InvalidValue, "must be a whole number from 1 to 9", None),
    (Courier, {"parcels": Decimal("2.5")}, InvalidValue, "must be a whole number from 1 to 9", None),
    (Courier, {"parcels": True}, InvalidValue, "must be a whole number from 1 to 9", None),
    (Courier, {"parcels": "3"}, InvalidValue, "must be a whole number from 1 to 9", None),
    (Courier, {"pause_s": DURATION_MS_MAX // 1_000 + 1}, InvalidValue, "a whole number from 1 to", None),
    (Strict, {}, InvalidValue, 'strict needs the config key "place"', None),
]


@pytest.mark.parametrize(("kind", "config", "error", "message", "note"), REFUSED)
def test_what_a_type_does_not_take_is_refused(
    kind: type[Any], config: dict[str, Any], error: type[PalmError], message: str, note: str | None
) -> None:
    with pytest.raises(error) as caught:
        checked_config(kind.Config, config, type_name=kind.name)
    assert type(caught.value) is error
    assert message in caught.value.message
    assert caught.value.note == note
    assert caught.value.hint


@pytest.mark.parametrize(
    "config",
    [
        {"funding": 0},
        {"funding": 10**13},
        {"risk_tolerance": 0},
        {"risk_tolerance": Decimal("1.0")},
        {"service": None, "price": None},
        {"service": "x" * 200},
    ],
)
def test_values_at_the_bounds_are_taken(config: dict[str, Any]) -> None:
    assert isinstance(checked_config(Buyer.Config, config, type_name="buyer"), BuyerConfig)


def test_a_checked_config_cannot_be_changed() -> None:
    config = checked_config(BuyerConfig, {}, type_name="buyer")
    with pytest.raises(ValueError, match="frozen"):
        setattr(config, "funding", 1)  # noqa: B010


def test_a_schema_is_described_in_words() -> None:
    shown = {field.key: (field.allowed, field.unit, field.default) for field in config_fields(Courier.Config)}
    assert shown == {
        "funding": ("an amount from $0 to $10,000,000,000,000", "dollars", "$5"),
        "parcels": ("a whole number from 1 to 9", None, "3"),
        "pause_s": ("a whole number from 1 to 31,622,400", "seconds", "2"),
        "care": ("a number from 0 to 1", "fraction", "0.5"),
        "vehicle": ('one of "bike", "van"', None, "bike"),
        "express": ("true or false", None, "false"),
    }
    written = {field.key: field.written for field in config_fields(Courier.Config)}
    assert written == {
        "funding": "5",
        "parcels": "3",
        "pause_s": "2",
        "care": "0.5",
        "vehicle": '"bike"',
        "express": "false",
    }
    words = {field.key: field.words for field in config_fields(Courier.Config) if field.words}
    assert words == {"vehicle": ('"bike"', '"van"'), "express": ("true", "false")}
    assert [field.default for field in config_fields(Strict.Config)] == [None]
    buyer = {field.key: field for field in config_fields(Buyer.Config)}
    assert buyer["budget"].default == "half the funding"
    assert (buyer["price"].default, buyer["price"].unit) == ("none", "dollars")
    assert buyer["service"].allowed == "a text of 1 to 200 characters"


def test_a_type_without_keys_says_so() -> None:
    with pytest.raises(UnknownKey) as caught:
        checked_config(AgentConfig, {"x": 1}, type_name="mute")
    assert caught.value.hint == "mute takes no config"
