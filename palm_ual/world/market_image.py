"""The market as bytes and back: sums and prices for whoever looks, books and cases for whoever trades.

What an order or a case implies (claimed cash, offered units, money in escrow) is not stored a second time:
it is worked out again as they are put back.
"""

from collections.abc import Mapping

from msgspec import Struct

from palm_ual.errors import InvariantBroken
from palm_ual.market import reference
from palm_ual.market.accounts import BUY, Account, Case, Figures, Order, Position, Tally, Trading
from palm_ual.market.book import Book
from palm_ual.market.figures import History, LatencyHistogram, LatencyImage, Minute, Sample
from palm_ual.market.ledger import trading_of
from palm_ual.market.market import Market
from palm_ual.model.events import FlowSums

Key = tuple[int, int]
"""Uid and number of an agent; (0, 0) is the house."""
HOUSE: Key = (0, 0)


class TallyImage(Struct, array_like=True):
    orders: int
    filled: int
    rejected: int
    failed: int
    minute: dict[int, int]
    latency: LatencyImage


class FiguresImage(Struct):
    tally: TallyImage
    cash_cents: int
    funding_cents: int
    ended_pnl_cents: int
    escrowed_cents: int
    owned: dict[int, int]
    cost_cents: int
    resting_cents: int
    history: tuple[Sample, ...]
    sampled: tuple[int, int, int]


class PositionImage(Struct, array_like=True):
    service: int
    units: int
    escrowed: int
    cost_cents: int


class TradingImage(Struct, array_like=True):
    number: int
    tally: TallyImage
    positions: list[PositionImage]
    errors: dict[int, int]
    refusal: str | None


class OrderImage(Struct, array_like=True):
    id: int
    owner: Key
    service: int
    side: int
    quantity: int
    left: int
    price_cents: int
    at_ms: int
    escrowed: bool
    traded: bool


class CaseImage(Struct, array_like=True):
    id: int
    service: int
    units: int
    price_cents: int
    buyer: Key
    seller: Key
    buyer_counts: bool
    seller_counts: bool
    arbiter: Key
    held_ms: int
    disputed_ms: int | None


class MarketImage(Struct):
    """What a look needs: everything but orders and cases."""

    seed: int | None
    books: list[tuple[str, int]]
    """Name and value of each service."""
    house_units: dict[int, int]
    next_order: int
    next_case: int
    now_ms: int
    tick_at_ms: int
    ticks: int
    applied: int
    sums: FlowSums


class FlowImage(Struct):
    """What trading needs beyond that."""

    orders: list[OrderImage]
    cases: list[CaseImage]


def market_image(market: Market) -> MarketImage:
    """Everything but orders and cases; the batch is closed."""
    return MarketImage(
        market.seed,
        [(book.name, book.value) for book in market.books],
        market.ledger.house_units,
        market.next_order,
        market.desk.next_case,
        market.now_ms,
        market.tick_at_ms,
        market.ticks,
        market.applied,
        market.sums_now(),
    )


def load_market(market: Market, image: MarketImage) -> None:
    """The inverse of `market_image`; orders and cases come with `load_flow`."""
    market.seed = image.seed
    for index, (name, value) in enumerate(image.books):
        book = Book(index, name)
        reference.set_value(book, value)
        market.books.append(book)
        market.by_name[name] = index
    market.ledger.house_units = image.house_units
    market.next_order, market.desk.next_case = image.next_order, image.next_case
    market.now_ms, market.tick_at_ms, market.ticks = image.now_ms, image.tick_at_ms, image.ticks
    market.applied = image.applied
    market.sums = sums = image.sums
    market.orders_count, market.trades, market.units = sums.orders, sums.trades, sums.units
    market.volume_cents = sums.volume_cents
    market.ledger.minted_cents, market.ledger.burned_cents = sums.minted_cents, sums.burned_cents


# Sums and agents


def tally_image(tally: Tally) -> TallyImage:
    """Counts, the last minute, and latencies."""
    return TallyImage(
        tally.orders, tally.filled, tally.rejected, tally.failed, tally.minute.image(), tally.latency.image()
    )


def _load_tally(tally: Tally, image: TallyImage) -> None:
    tally.orders, tally.filled = image.orders, image.filled
    tally.rejected, tally.failed = image.rejected, image.failed
    tally.minute = Minute.from_image(image.minute)
    tally.latency = LatencyHistogram.from_image(image.latency)


def figures_image(figures: Figures) -> FiguresImage:
    """All sums of a deployment."""
    return FiguresImage(
        tally_image(figures),
        figures.cash_cents,
        figures.funding_cents,
        figures.ended_pnl_cents,
        figures.escrowed_cents,
        figures.owned,
        figures.cost_cents,
        figures.resting_cents,
        figures.history.image(),
        figures.sampled,
    )


def load_figures(figures: Figures, image: FiguresImage) -> None:
    """The inverse of `figures_image`."""
    _load_tally(figures, image.tally)
    for name in (
        "cash_cents",
        "funding_cents",
        "ended_pnl_cents",
        "escrowed_cents",
        "owned",
        "cost_cents",
        "resting_cents",
        "sampled",
    ):
        setattr(figures, name, getattr(image, name))
    figures.history = History.from_image(image.history)


def trading_image(account: Account) -> TradingImage:
    """What an agent has at the market, but for orders and cases."""
    trading = trading_of(account)
    return TradingImage(
        account.number,
        tally_image(trading),
        [
            PositionImage(service, position.units, position.escrowed, position.cost_cents)
            for service, position in sorted(trading.positions.items(), key=lambda item: item[0])
            if position.units or position.escrowed
        ],
        trading.errors.image(),
        trading.refusal,
    )


def load_trading(trading: Trading, image: TradingImage) -> None:
    """The inverse of `trading_image`; the deployment's sums are loaded apart."""
    _load_tally(trading, image.tally)
    for saved in image.positions:
        position = trading.positions[saved.service] = Position()
        position.units, position.escrowed = saved.units, saved.escrowed
        position.cost_cents = saved.cost_cents
        trading.cost_cents += saved.cost_cents
    trading.errors = Minute.from_image(image.errors)
    trading.refusal = image.refusal


# Orders and cases


def flow_image(market: Market) -> FlowImage:
    """Resting orders and open cases, oldest first."""

    def side(account: Account | None) -> Key:
        return HOUSE if account is None else account.key

    return FlowImage(
        [
            OrderImage(
                order.id,
                order.owner.key,
                order.service,
                order.side,
                order.quantity,
                order.left,
                order.price_cents,
                order.at_ms,
                order.escrowed,
                order.traded,
            )
            for order in market.orders.values()
        ],
        [
            CaseImage(
                case.id,
                case.service,
                case.units,
                case.price_cents,
                side(case.buyer),
                side(case.seller),
                case.buyer_counts,
                case.seller_counts,
                case.arbiter.key,
                case.held_ms,
                case.disputed_ms,
            )
            for case in market.desk.cases.values()
        ],
    )


def load_flow(market: Market, image: FlowImage, accounts: Mapping[Key, Account]) -> None:
    """The inverse of `flow_image`; `accounts` has every agent that trades.

    Raises:
        InvariantBroken: an order or a case belongs to nobody.
    """
    try:
        for saved in image.orders:
            _load_order(market, saved, accounts)
        for case in image.cases:
            _load_case(market, case, accounts)
    except (KeyError, IndexError) as error:
        raise InvariantBroken(f"an order or a case of the snapshot does not fit: {error!r}") from error


def _load_order(market: Market, saved: OrderImage, accounts: Mapping[Key, Account]) -> None:
    owner = accounts[saved.owner]
    order = Order(
        saved.id,
        owner,
        saved.service,
        saved.side,
        saved.quantity,
        saved.left,
        saved.price_cents,
        saved.at_ms,
        saved.escrowed,
        saved.traded,
    )
    trading = trading_of(owner)
    cents = order.left * order.price_cents
    trading.resting_cents += cents
    position = trading.position(order.service)
    if order.side == BUY:
        trading.reserved_cents += cents
        position.sought += order.left
    else:
        position.offered += order.left
    market.books[order.service].side(order.side).add(order)
    market.orders[order.id] = trading.resting[order.id] = order


def _load_case(market: Market, saved: CaseImage, accounts: Mapping[Key, Account]) -> None:
    def side(key: Key) -> Account | None:
        return None if key == HOUSE else accounts[key]

    case = Case(
        saved.id,
        service=saved.service,
        units=saved.units,
        price_cents=saved.price_cents,
        buyer=side(saved.buyer),
        seller=side(saved.seller),
        buyer_counts=saved.buyer_counts,
        seller_counts=saved.seller_counts,
        arbiter=accounts[saved.arbiter],
        held_ms=saved.held_ms,
    )
    case.disputed_ms = saved.disputed_ms
    market.desk.cases[case.id] = trading_of(case.arbiter).cases[case.id] = case
    for account in (case.buyer, case.seller):
        if account is not None:
            trading_of(account).party_to[case.id] = case
    if case.buyer is not None:
        trading_of(case.buyer).escrowed_cents += case.cents
