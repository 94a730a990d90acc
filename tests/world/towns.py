"""A small town that trades: two traders, somebody who sells what it has not, two arbiters."""

from palm_ual.market import flow
from palm_ual.market.accounts import Position, Trading
from palm_ual.market.ledger import trading_of
from palm_ual.world.records import Agent, World
from tests.world.stories import ARBITER, SHORTER, TRADER, Story

ANN, BOB, SHORT, JUDGE, OTHER = (1, 1), (1, 2), (2, 1), (3, 1), (3, 2)
HOUSE_ASK = 110_27
"""The reference value is what the only seller asks: 110 dollars."""


def a_town() -> Story:
    """Ann has 2 units, bids for 1 and offers 1; Bob has bought 4 of the house that an arbiter holds; the
    seller is short of 2 and offers 1.
    """
    story = Story()
    for revision, count in ((TRADER, 2), (SHORTER, 1), (ARBITER, 2)):
        uid = story.world.next_uid
        story.created(count, name=revision.type_name, revision=revision).placed(count, uid)
        story.ready(*range(1, count + 1), uid=uid)
    story.later(1_500)
    story.flows(flow.SERVICE, "General", flow.ACTOR, *SHORT, flow.SELL_RESTING, 0, 3, 110_00, 5)
    story.flows(flow.ACTOR, *ANN, flow.BUY_NOW, 0, 2, 0, 6)
    story.flows(flow.ACTOR, *ANN, flow.BUY_RESTING, 0, 1, 109_00, 7, flow.SELL_RESTING, 0, 1, 111_00, 7)
    story.flows(flow.ACTOR, *BOB, flow.BUY_NOW, 0, 4, 109_99, 8, flow.BUY_RESTING, 0, 1, 108_00, 9)
    story.later(500).flows(flow.ACTOR, *SHORT, flow.CANCEL, 1, flow.SELL_RESTING, 0, 1, 112_00, 3)
    return story.flows(flow.ACTOR, *BOB, flow.BUY_NOW, 0, 4, 0, 8)


def agent_in(world: World, who: tuple[int, int]) -> Agent:
    return world.deployments[who[0]].agents[who[1]]


def trading_in(world: World, who: tuple[int, int]) -> Trading:
    return trading_of(agent_in(world, who))


def position_in(world: World, who: tuple[int, int]) -> Position:
    return trading_in(world, who).positions[0]
