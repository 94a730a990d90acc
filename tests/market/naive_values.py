"""What the naive market keeps: plain records without a rule among them."""

from collections import defaultdict

from msgspec import Struct, field

from palm_ual.model.limits import MONEY_CENTS_MAX

Who = tuple[int, int]
"""Uid and number of an agent."""
PRICE_MAX = MONEY_CENTS_MAX // 10**6


class NaiveTally(Struct):
    orders: int = 0
    filled: int = 0
    rejected: int = 0
    failed: int = 0
    answers: int = 0
    answered_us: int = 0


class NaiveAgent(Struct, eq=False):
    cash: int
    funded: int
    budget: int | None = None
    may_short: bool = False
    closing: bool = False
    units: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Without those in escrow."""
    cost: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    tally: NaiveTally = field(default_factory=NaiveTally)


class NaiveOrder(Struct, eq=False):
    id: int
    who: Who
    service: int
    buys: bool
    left: int
    price: int
    escrowed: bool
    traded: bool = False

    @property
    def cents(self) -> int:
        return self.left * self.price


class NaiveCase(Struct, eq=False):
    id: int
    service: int
    units: int
    price: int
    buyer: Who | None
    seller: Who | None
    buyer_counts: bool
    seller_counts: bool
    arbiter: Who
    held_ms: int
    disputed: bool = False

    @property
    def cents(self) -> int:
        return self.units * self.price


class NaiveBook:
    """A service's name and reference value."""

    def __init__(self, name: str, mean: int) -> None:
        self.name = name
        self.value = mean * 1_000

    def move(self, change: int) -> None:
        self.value = min(max(self.value + change, 1_000), PRICE_MAX * 1_000)

    @property
    def reference(self) -> int:
        return (self.value + 500) // 1_000

    @property
    def bid(self) -> int:
        return max(1, self.reference - max(1, self.reference // 400))

    @property
    def ask(self) -> int:
        return self.reference + max(1, self.reference // 400)
