"""Names to deployments and agents."""

import pytest

from palm_ual.errors import NotFound
from palm_ual.model.events import AgentsEnded
from palm_ual.world.lookup import resolve, resolve_agent, resolve_deployment
from palm_ual.world.records import World
from tests.world.stories import Story, fleet


def test_a_deployment_is_found_in_any_case_and_before_an_agent() -> None:
    story = fleet(2, name="Fleet")
    assert resolve(story.world, "FLEET").deployment.name == "Fleet"
    assert resolve(story.world, "fleet").agent is None
    assert resolve_deployment(story.world, "fleet").uid == 1


def test_an_agent_is_found_by_its_id_in_any_case() -> None:
    story = fleet(2)
    found = resolve(story.world, "Buyer_002")
    assert found.agent is not None
    assert (found.deployment.name, found.agent.number) == ("x", 2)
    assert resolve_agent(story.world, "buyer_001")[1].number == 1


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("trading-flet", 'there is no deployment or agent "trading-flet"', "did you mean trading-fleet?"),
        ("zzz", 'there is no deployment or agent "zzz"', "deployed: trading-fleet"),
        ("buyer_001", "agent buyer_001 has ended", "SHOW AGENTS lists the living ones"),
        ("buyer_009", 'there is no deployment or agent "buyer_009"', "deployed: trading-fleet"),
    ],
)
def test_what_is_not_there_is_named_with_the_nearest(name: str, message: str, hint: str) -> None:
    story = fleet(2, name="trading-fleet")
    cents = story.world.deployments[1].agents[1].cash_cents
    story.tell(AgentsEnded(1, ((1, 1),), cents, "terminated"))
    with pytest.raises(NotFound) as caught:
        resolve(story.world, name)
    assert (caught.value.message, caught.value.hint, caught.value.word) == (message, hint, name)


def test_an_empty_fleet_says_how_to_begin() -> None:
    with pytest.raises(NotFound) as caught:
        resolve_deployment(World(), "x")
    assert caught.value.hint == "nothing is deployed yet: DEPLOY buyer COUNT 5"


def test_many_names_are_not_all_listed() -> None:
    story = Story()
    for letter in "abcdefg":
        story.created(0, name=f"{letter}{letter}{letter}")
    with pytest.raises(NotFound) as caught:
        resolve_deployment(story.world, "zzzzzz")
    assert caught.value.hint == "deployed: aaa, bbb, ccc, ddd, eee and 2 more"


def test_a_deployment_is_no_agent() -> None:
    with pytest.raises(NotFound, match='"x" is a deployment, not an agent'):
        resolve_agent(fleet(1).world, "x")
