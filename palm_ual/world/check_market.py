"""The independent check of money, units, orders and escrows: adds everything up again from the accounts."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from palm_ual.market.accounts import BUY, Account, Case, Order, Trading
from palm_ual.market.book import Book
from palm_ual.market.market import Market
from palm_ual.world.records import Agent, AgentState, Deployment, World

Key = tuple[int, int]
"""Uid and number of an agent."""
Found = Iterator[tuple[str, str]]
"""Each invariant that does not hold, and the figures that show it."""


def check_market(world: World) -> Found:
    """Every invariant of the market that `world` breaks."""
    yield from _money(world)
    yield from _units(world)
    yield from _roles(world)
    index = _Index(world.market)
    for deployment, agent in world.each_agent():
        yield from _account(index, agent, f"{deployment.type_name} {agent.number}")
    for deployment in world.deployments.values():
        yield from _sums(deployment)
    for book in world.market.books:
        yield from _book(world.market, book)
    yield from _cases(world.market)


def _differs(invariant: str, left: object, right: object, where: str) -> Found:
    if left != right:
        yield invariant, f"{where}: {left} instead of {right}"


def _money(world: World) -> Found:
    ledger = world.market.ledger
    cash_cents = sum(agent.cash_cents for _, agent in world.each_agent())
    escrowed_cents = sum(case.cents for case in world.market.desk.cases.values())
    total_cents = ledger.treasury_cents + cash_cents + escrowed_cents
    yield from _differs(
        "money is conserved", total_cents, ledger.issued_cents, "treasury, agents and escrows"
    )
    if ledger.treasury_cents < 0:
        yield "no account is overdrawn", f"treasury {ledger.treasury_cents}"
    for deployment, agent in world.each_agent():
        if agent.cash_cents < 0 or agent.free_cents < 0:
            yield (
                "no account is overdrawn",
                f"{deployment.type_name} {agent.number}: {agent.cash_cents}, {agent.free_cents} of it free",
            )


def _units(world: World) -> Found:
    units: Counter[int] = Counter(world.market.ledger.house_units)
    for _, agent in world.each_agent():
        for service, position in _positions(agent):
            units[service] += position[0]
    for case in world.market.desk.cases.values():
        units[case.service] += case.units
    for service, total in units.items():
        yield from _differs("units are conserved", total, 0, world.market.books[service].name)


def _positions(agent: Account) -> Iterator[tuple[int, tuple[int, int]]]:
    if agent.trading is not None:
        for service, position in agent.trading.positions.items():
            yield service, (position.units, position.escrowed)


def _roles(world: World) -> Found:
    ready = {
        (deployment.uid, agent.number)
        for deployment, agent in world.each_agent()
        if deployment.revision.role == "arbiter" and agent.state is AgentState.READY and not agent.closing
    }
    listed = set(world.market.desk.ready)
    yield from _differs("ready arbiters are listed", listed, ready, "arbiters")


# Accounts


class _Index:
    """Orders and cases by whose they are."""

    def __init__(self, market: Market) -> None:
        self.orders: defaultdict[Key, list[Order]] = defaultdict(list)
        self.bought: defaultdict[Key, list[Case]] = defaultdict(list)
        self.sold: defaultdict[Key, list[Case]] = defaultdict(list)
        for order in market.orders.values():
            self.orders[order.owner.key].append(order)
        for case in market.desk.cases.values():
            if case.buyer is not None:
                self.bought[case.buyer.key].append(case)
            if case.seller is not None:
                self.sold[case.seller.key].append(case)


def _account(index: _Index, agent: Agent, where: str) -> Found:
    trading = agent.trading
    if trading is None:
        return
    own = index.orders[agent.key]
    bought, sold_cases = index.bought[agent.key], index.sold[agent.key]
    yield from _differs(
        "an agent's orders are on the books", set(trading.resting), {order.id for order in own}, where
    )
    yield from _orders(trading, own, where)
    if agent.state is AgentState.DRAINED and trading.owes:
        yield "whoever is drained owes nothing", where
    if agent.closing and own:
        yield "who takes no new work has nothing resting", where
    held = {case.id for case in (*bought, *sold_cases)}
    yield from _differs("an agent's escrows are known to it", set(trading.party_to), held, where)
    paid_cents = sum(case.cents for case in bought)
    yield from _differs("money in escrow is counted", trading.escrowed_cents, paid_cents, where)
    sold: Counter[int] = Counter()
    for case in sold_cases:
        sold[case.service] += case.units
    for service, position in trading.positions.items():
        yield from _differs("units in escrow are counted", position.escrowed, sold[service], where)
        if not trading.may_short and position.units < position.offered:
            yield "nobody sells what it has not", f"{where}: {position.offered} of {position.units} offered"
        if position.owned == 0 and position.cost_cents:
            yield "nothing costs nothing", f"{where}: {position.cost_cents}"
    cost_cents = sum(position.cost_cents for position in trading.positions.values())
    yield from _differs("the cost of positions is counted", trading.cost_cents, cost_cents, where)


def _orders(trading: Trading, own: list[Order], where: str) -> Found:
    resting_cents = sum(order.left * order.price_cents for order in own)
    bought_cents = sum(order.left * order.price_cents for order in own if order.side == BUY)
    yield from _differs("resting orders are counted", trading.resting_cents, resting_cents, where)
    yield from _differs("claimed cash is counted", trading.reserved_cents, bought_cents, where)
    offered: Counter[int] = Counter()
    sought: Counter[int] = Counter()
    for order in own:
        (sought if order.side == BUY else offered)[order.service] += order.left
    for service, position in trading.positions.items():
        yield from _differs("offered units are counted", position.offered, offered[service], where)
        yield from _differs("sought units are counted", position.sought, sought[service], where)


# Deployments


def _sums(deployment: Deployment) -> Found:
    figures, where = deployment.figures, deployment.name
    agents = list(deployment.agents.values())
    trading = [agent.trading for agent in agents if agent.trading is not None]
    owned: Counter[int] = Counter()
    for agent in agents:
        for service, (units, escrowed) in _positions(agent):
            owned[service] += units + escrowed
    counted = Counter({service: units for service, units in figures.owned.items() if units})
    pairs = (
        ("money", figures.cash_cents, sum(agent.cash_cents for agent in agents)),
        ("funding", figures.funding_cents, sum(agent.funded_cents for agent in agents)),
        ("money in escrow", figures.escrowed_cents, sum(each.escrowed_cents for each in trading)),
        ("cost", figures.cost_cents, sum(each.cost_cents for each in trading)),
        ("resting orders", figures.resting_cents, sum(each.resting_cents for each in trading)),
        ("units", counted, Counter({service: units for service, units in owned.items() if units})),
    )
    for what, left, right in pairs:
        yield from _differs(f"the sum of a deployment's {what} is right", left, right, where)
    for each in (figures, *trading):
        if each.orders < each.filled + each.rejected + each.failed or each.latency.count > each.orders:
            yield "orders are counted once", where


# Books and cases


def _book(market: Market, book: Book) -> Found:
    bid, ask = book.bids.best_cents, book.asks.best_cents
    if bid is not None and (bid >= book.house_ask_cents or (ask is not None and bid >= ask)):
        yield "books are not crossed", f"{book.name}: bid {bid}, ask {ask}, house {book.house_ask_cents}"
    if ask is not None and ask <= book.house_bid_cents:
        yield "books are not crossed", f"{book.name}: ask {ask}, house {book.house_bid_cents}"
    listed = {
        order.id
        for side in (book.bids, book.asks)
        for price_cents, level in side.levels.items()
        for order in level.values()
        if order.price_cents == price_cents and 0 < order.left <= order.quantity
    }
    resting = {order.id for order in market.orders.values() if order.service == book.index}
    yield from _differs("what rests is on its book", listed, resting, book.name)


def _cases(market: Market) -> Found:
    for case in market.desk.cases.values():
        trading = case.arbiter.trading
        if trading is None or trading.cases.get(case.id) is not case:
            yield "a case has an arbiter", f"case {case.id}"
