"""How a service's reference value moves: a seeded walk that reverts to the mean of its sellers' prices.

A discrete Ornstein-Uhlenbeck process in whole numbers (thousandths of a cent), one step a second of fleet
time: each step goes 4 % of the way to the mean and adds noise with a standard deviation of 0.25 %. Left
alone the value stays within about 0.9 % of the mean (0.25 % / sqrt(2 x 4 %)), and forgets half of a shock in
17 seconds. The noise is the sum of four 16-bit draws, near enough to a normal distribution.
"""

from palm_ual.market.book import Book
from palm_ual.model.chance import mix
from palm_ual.model.limits import MONEY_CENTS_MAX

TICK_MS = 1_000
SERVICE_DEFAULT = "General"
"""What is traded by those that were told nothing else."""
PRICE_DEFAULT_CENTS = 100_00
"""The mean of a service that nobody sells."""
VALUE_PER_CENT = 1_000
_PPM = 1_000_000
_REVERSION_PPM = 40_000
_NOISE_PPM = 2_500
_DRAW_SD = 37_837
"""Standard deviation of the sum of four uniform 16-bit numbers: 65536 x sqrt(4 / 12)."""
_DRAW_MEAN = 2 * 65_535
_HOUSE_PPM = 2_500
"""How far the house's prices are from the reference value, either way."""
DISPUTE_PPM = 50_000
"""A price further off the reference value than 5 % is disputed."""
PRICE_CENTS_MAX = MONEY_CENTS_MAX // 1_000_000
"""Ten million dollars a unit: a million units are still an amount of money."""


def begin(book: Book, mean_cents: int) -> None:
    """A new service's value is the mean."""
    _set(book, mean_cents * VALUE_PER_CENT)


def step(book: Book, *, seed: int, tick: int, mean_cents: int) -> None:
    """One second of fleet time."""
    value = book.value
    draw = mix(seed, book.index, tick)
    pieces = (draw & 0xFFFF) + (draw >> 16 & 0xFFFF) + (draw >> 32 & 0xFFFF) + (draw >> 48)
    pull = (mean_cents * VALUE_PER_CENT - value) * _REVERSION_PPM // _PPM
    noise = value * _NOISE_PPM * (pieces - _DRAW_MEAN) // (_DRAW_SD * _PPM)
    _set(book, value + pull + noise)


def jump(book: Book, change_ppm: int) -> None:
    """A shock: by so many millionths of its value, up or down."""
    _set(book, book.value + book.value * change_ppm // _PPM)


def _set(book: Book, value: int) -> None:
    book.value = min(max(value, VALUE_PER_CENT), PRICE_CENTS_MAX * VALUE_PER_CENT)
    reference_cents = book.reference_cents = (book.value + VALUE_PER_CENT // 2) // VALUE_PER_CENT
    distance = max(1, reference_cents * _HOUSE_PPM // _PPM)
    book.house_bid_cents = max(1, reference_cents - distance)
    book.house_ask_cents = reference_cents + distance


def set_value(book: Book, value: int) -> None:
    """As it was put away."""
    _set(book, value)


def is_off(price_cents: int, reference_cents: int) -> bool:
    """Whether a price is more than 5 % off the reference value."""
    return abs(price_cents - reference_cents) * 1_000_000 > reference_cents * DISPUTE_PPM
