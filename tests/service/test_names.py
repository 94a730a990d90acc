"""What can be named in a fleet, as completion sees it."""

import pytest

from palm_ual.agents.buyer import Buyer
from palm_ual.model.limits import LABEL_VALUES_KNOWN_MAX, NOT_READY_KNOWN_MAX
from palm_ual.service import names
from palm_ual.service.names import ConfigOwner, DeploymentKnown, Known, Run, config_of, known_names
from palm_ual.service.wording import status_of
from palm_ual.world.records import Condition
from tests.runtime.palms import Fleet, on_palm, worker


def known_after(text: str) -> Known:
    async def main(fleet: Fleet) -> Known:
        await fleet.do(text)
        return known_names(fleet.palm)

    return on_palm(main)


def test_an_empty_fleet_has_the_types_and_nothing_else() -> None:
    known = known_after("PALM STATUS")
    assert known.deployments == ()
    assert known.searchable == ""
    assert not any((known.runs, known.labels, known.not_ready))
    assert known.escrows == ()
    assert {"buyer", "seller", "arbiter"} <= known.types.keys()
    assert known.types["buyer"] == Buyer.summary


def test_deployments_come_with_their_type_size_and_status() -> None:
    known = known_after("DEPLOY buyer COUNT 3 AS Shop; DEPLOY seller AS stall; RENAME shop TO Zoo")
    assert set(known.deployments) == {
        DeploymentKnown("Zoo", "buyer", 3, "healthy"),
        DeploymentKnown("stall", "seller", 1, "healthy"),
    }
    assert known.searchable == "".join(f"\n{each.name.lower()}" for each in known.deployments)


def test_a_deployment_that_is_not_well_is_called_what_fleet_status_calls_it() -> None:
    known = known_after("DEPLOY buyer COUNT 3 AS shop; DRAIN shop")
    assert known.deployments == (DeploymentKnown("shop", "buyer", 3, "drained"),)
    assert known.not_ready == {("buyer", number): "drained" for number in (1, 2, 3)}


def test_a_deployment_whose_agents_are_well_may_still_not_be() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer AS a; DEPLOY buyer AS b; DEPLOY buyer AS c; DEPLOY buyer AS d")
        world = fleet.palm.world
        a, b, c, d = (world.by_name[name] for name in "abcd")
        a.conditions["SCALING_STUCK"] = Condition("SCALING_STUCK", "no room", 0)
        b.drain_deadline_ms = c.delete_deadline_ms = 1
        said = {each.name: each.status for each in known_names(fleet.palm).deployments}
        assert said == {each.name: status_of(each).lower() for each in (a, b, c, d)}
        assert said == {"a": "degraded", "b": "draining", "c": "deleting", "d": "healthy"}
        a.conditions.clear()
        b.drain_deadline_ms = c.delete_deadline_ms = None

    on_palm(main)


def test_agents_are_runs_of_numbers() -> None:
    known = known_after(
        "DEPLOY buyer COUNT 3 AS a; DEPLOY buyer COUNT 2 AS b; SCALE a TO 4; TERMINATE buyer_002"
    )
    a, b = (next(i for i, each in enumerate(known.deployments) if each.name == name) for name in "ab")
    assert known.runs == {"buyer": (Run(1, 1, a), Run(3, 3, a), Run(4, 5, b), Run(6, 7, a))}


def test_of_very_many_agents_a_gap_between_their_numbers_may_be_overlooked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(names, "_GAPS_LOOKED_AT_MAX", 2)
    known = known_after("DEPLOY buyer COUNT 3 AS a; TERMINATE buyer_002; WAIT 5s")
    assert known.runs == {"buyer": (Run(1, 4, 0),)}


def test_labels_are_known_by_key_with_their_values() -> None:
    known = known_after(
        'DEPLOY buyer LABELS {"tier": "gold"}; DEPLOY buyer LABELS {"tier": "ash", "zone": "eu"}; DEPLOY buyer'
    )
    assert known.labels == {"tier": ("ash", "gold"), "zone": ("eu",)}


@pytest.mark.parametrize(("limit", "pairs"), [(1, 1), (2, 2), (3, 2)])
def test_of_very_many_labels_some_are_known(monkeypatch: pytest.MonkeyPatch, limit: int, pairs: int) -> None:
    assert LABEL_VALUES_KNOWN_MAX > 1_000
    monkeypatch.setattr(names, "LABEL_VALUES_KNOWN_MAX", limit)
    known = known_after('DEPLOY buyer LABELS {"a": "1"}; DEPLOY buyer LABELS {"a": "2"}')
    assert sum(map(len, known.labels.values())) == pairs


@pytest.mark.parametrize(("limit", "told"), [(2, 2), (3, 3), (4, 3)])
def test_of_very_many_agents_that_are_not_ready_some_states_are_known(
    monkeypatch: pytest.MonkeyPatch, limit: int, told: int
) -> None:
    assert NOT_READY_KNOWN_MAX > 100
    monkeypatch.setattr(names, "NOT_READY_KNOWN_MAX", limit)
    known = known_after("DEPLOY buyer COUNT 3 AS a; DRAIN a; DEPLOY seller AS b; DRAIN b")
    assert len([state for (type_name, _), state in known.not_ready.items() if type_name == "buyer"]) == told


def test_services_of_the_market_are_known() -> None:
    assert (
        "Data Analysis" in known_after('DEPLOY seller WITH {"service": "Data Analysis"}; WAIT 10s').services
    )


def test_a_type_of_ones_own_is_not_offered_by_its_reference() -> None:
    assert not [ref for ref in known_after(worker()).types if ":" in ref]


def test_the_keys_of_a_config_are_those_of_the_type() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY seller AS stall")

        def keys(kind: str, ref: str) -> set[str]:
            owner = ConfigOwner("type" if kind == "type" else "deployment", ref)
            return {field.key for field in config_of(fleet.palm, owner)}

        assert "spread" in keys("type", "seller")
        assert "spread" in keys("type", "SELLER")
        assert "spread" in keys("deployment", "stall")
        assert "spread" in keys("deployment", "seller_001")
        assert "spread" not in keys("type", "buyer")
        for kind, ref in (
            ("type", "nobody"),
            ("type", "no.where:Type"),
            ("type", ":"),
            ("deployment", "nobody"),
        ):
            assert keys(kind, ref) == set()

    on_palm(main)


def test_what_is_known_stays_as_it_was() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do("DEPLOY buyer AS a")
        known = known_names(fleet.palm)
        await fleet.do("DELETE a; DEPLOY buyer COUNT 3 AS b")
        assert [each.name for each in known.deployments] == ["a"]
        assert known.runs == {"buyer": (Run(1, 1, 0),)}

    on_palm(main)
