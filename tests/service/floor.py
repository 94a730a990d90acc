"""Clerks at the market: they trade nothing of their own accord, and whatever a test has them trade."""

import json
from typing import Any

from msgspec import Struct
from pydantic import Field
from typing_extensions import override

from palm_ual.agents import contract as co
from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, Money
from palm_ual.market.book import Book
from palm_ual.world.lookup import resolve_agent
from palm_ual.world.records import Agent
from tests.runtime.palms import Fleet

FUNDING = 10_000
"""Dollars that each clerk has, unless a test says otherwise."""
_CLERK = "tests.service.floor:Clerk"
_SHORT = "tests.service.floor:Short"


class ClerkConfig(AgentConfig):
    funding: Money = Field(FUNDING * 100, description="what it is started with")
    budget: Money | None = Field(None, description="what it may tie up")


class Nothing(Struct):
    """What a clerk has in mind."""


class Clerk(co.AgentType[Nothing]):
    """Does as it is told, and closes its positions when it is to end."""

    name = "clerk"
    summary = "does as it is told"
    Config = ClerkConfig
    State = Nothing

    @override
    def start(self, sight: co.Sight, chance: Chance) -> Nothing:
        return Nothing()

    @override
    def step(self, state: Nothing, sight: co.Sight, chance: Chance) -> co.Step:
        return co.Step(1_000)


class Short(Clerk):
    """May sell what it does not have."""

    name = "short"
    role = "seller"


class Keeper(Clerk):
    """Gives up nothing: neither its parcels nor its positions."""

    name = "keeper"

    @override
    def obligations(self, state: Nothing, sight: co.Sight) -> tuple[co.Obligation, ...]:
        return (co.Obligation("2 parcels"),)

    @override
    def drain(self, state: Nothing, sight: co.Sight, chance: Chance) -> co.Step:
        return co.Step(1_000)


KEEPER = "tests.service.floor:Keeper"


def clerks(count: int = 1, name: str = "x", *, short: bool = False, **config: object) -> str:
    """A statement that deploys them."""
    given: dict[str, Any] = {"funding": FUNDING, **config}
    return f"DEPLOY '{_SHORT if short else _CLERK}' COUNT {count} AS {name} WITH {json.dumps(given)}"


def arbiters(dollars: int, count: int = 1) -> str:
    """A statement that deploys arbiters, who hold orders of so much."""
    return f'DEPLOY arbiter COUNT {count} AS arbiters WITH {{"escrow_threshold": {dollars}}}'


def agent(fleet: Fleet, name: str) -> Agent:
    return resolve_agent(fleet.palm.world, name)[1]


def carry_out(fleet: Fleet, name: str, intent: co.Intent) -> None:
    """Have an agent do something at the market now."""
    deployment, found = resolve_agent(fleet.palm.world, name)
    fleet.palm.exchange.carry_out(deployment.uid, found.number, (intent,), fleet.palm.now_ms)


def buy(fleet: Fleet, name: str, units: int, service: str = "General") -> None:
    """At the best price there is, which is the house's where nobody else offers."""
    carry_out(fleet, name, co.Buy(service, units))


def sell(fleet: Fleet, name: str, units: int, service: str = "General") -> None:
    carry_out(fleet, name, co.Sell(service, units))


def bid(fleet: Fleet, name: str, units: int, dollars: int, service: str = "General") -> None:
    """An order that rests: the reference values of these tests stay near 100 dollars."""
    assert dollars < 90
    carry_out(fleet, name, co.Buy(service, units, dollars * 100, rests=True))


def book(fleet: Fleet, service: str = "General") -> Book:
    market = fleet.palm.world.market
    return market.books[market.by_name[service]]
