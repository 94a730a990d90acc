"""Types as the runtime needs them: checked, with their money, and made into behaviours."""

from decimal import Decimal
from pathlib import Path

import pytest

from palm_ual.errors import InvalidValue, TypeUnavailable, UnknownKey
from palm_ual.model.events import Revision
from palm_ual.runtime.catalog import Catalog, decode_config

SAMPLES = "tests.agents.samples:"


def test_a_revision_has_the_money_the_schema_says_and_the_config_as_it_was_given() -> None:
    config = {"funding": 100_000, "risk_tolerance": Decimal("0.10"), "service": "Compute"}
    made = Catalog().revision("Buyer", number=3, config=config, labels={"tier": "gold"})
    assert made == Revision(
        3,
        "buyer",
        "buyer",
        '{"funding":100000,"risk_tolerance":0.10,"service":"Compute"}',
        {"tier": "gold"},
        10_000_000,
        5_000_000,
        "Compute",
        role="buyer",
    )
    assert decode_config(made.config) == config


def test_without_a_config_the_defaults_hold_and_none_is_kept() -> None:
    made = Catalog().revision("seller", number=1, config=None, labels=None)
    assert (made.config, made.funding_cents, made.budget_cents, made.service) == (
        None,
        1_000_000,
        500_000,
        None,
    )
    assert decode_config(None) == {}


def test_a_behaviour_is_made_of_the_stored_config() -> None:
    catalog = Catalog()
    made = catalog.revision(SAMPLES + "Courier", number=1, config={"parcels": 7}, labels=None)
    behaviour = catalog.behaviour(made)
    assert (behaviour.name, behaviour.config.parcels, behaviour.config.funding) == ("courier", 7, 500)
    assert catalog.problem_with(made) is None


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("Unmade", "cannot be run: ZeroDivisionError: made of nothing"),
        ("Careless", "needs a `funding` that is Money"),
        ("Missing", "does not load: AttributeError"),
    ],
)
def test_a_type_that_cannot_be_run_is_unavailable_and_no_crash_of_the_fleet(kind: str, message: str) -> None:
    catalog = Catalog()
    with pytest.raises(TypeUnavailable, match=message):
        catalog.behaviour(catalog.revision(SAMPLES + kind, number=1, config=None, labels=None))


def test_why_a_stored_revision_cannot_be_run_is_said_in_words() -> None:
    catalog = Catalog()
    stored = Revision(1, "unmade", SAMPLES + "Unmade", None, {}, 0, None)
    assert catalog.problem_with(stored) == (
        f"agent type '{SAMPLES}Unmade' cannot be run: ZeroDivisionError: made of nothing"
    )
    renamed = Revision(1, "rider", SAMPLES + "Courier", None, {}, 0, None)
    assert catalog.problem_with(renamed) == f"agent type {SAMPLES}Courier is now called courier"
    older = Revision(1, "courier", SAMPLES + "Courier", '{"wheels": 2}', {}, 0, None)
    assert catalog.problem_with(older) == 'courier has no config key "wheels"'


def test_errors_of_a_config_come_through() -> None:
    with pytest.raises(UnknownKey):
        Catalog().revision("buyer", number=1, config={"fundng": 1}, labels=None)
    with pytest.raises(InvalidValue):
        Catalog().revision("buyer", number=1, config={"funding": "much"}, labels=None)


def test_a_validator_that_raises_anything_makes_the_type_unavailable(tmp_path: Path) -> None:
    (tmp_path / "touchy_types.py").write_text(
        "from pydantic import field_validator\n"
        "from palm_ual.agents.config import AgentConfig\n"
        "from tests.agents.samples import Courier\n"
        "class Config(AgentConfig):\n"
        "    mood: str = 'fine'\n"
        "    @field_validator('mood')\n"
        "    @classmethod\n"
        "    def check(cls, value):\n"
        "        raise KeyError(value)\n"
        "class Touchy(Courier):\n"
        "    name = 'touchy'\n"
        "    Config = Config\n"
    )
    catalog = Catalog([str(tmp_path)])
    with pytest.raises(TypeUnavailable, match="KeyError: 'bad'"):
        catalog.revision("touchy_types:Touchy", number=1, config={"mood": "bad"}, labels=None)
