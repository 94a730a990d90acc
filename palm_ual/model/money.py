"""IUSD in whole cents. No float ever holds money; a fraction of a cent is refused."""

from decimal import Decimal

from palm_ual.errors import InvalidValue
from palm_ual.model.limits import MONEY_CENTS_MAX


def cents_of(dollars: int | Decimal) -> int:
    """Whole cents of an exact amount of dollars; `Decimal("0.1")` is 10.

    Raises:
        InvalidValue: a fraction of a cent, or more than 10^13 dollars either way.
    """
    if isinstance(dollars, int):
        if abs(dollars) * 100 > MONEY_CENTS_MAX:
            raise InvalidValue("an amount may be at most 10,000,000,000,000 dollars")
        return dollars * 100
    if not dollars.is_finite() or (dollars and dollars.adjusted() > 13):
        raise InvalidValue("an amount may be at most 10,000,000,000,000 dollars")
    if dollars and dollars.adjusted() < -2:
        raise InvalidValue("an amount has at most two decimals; a fraction of a cent is not money")
    numerator, denominator = dollars.as_integer_ratio()
    cents, rest = divmod(numerator * 100, denominator)
    if rest:
        raise InvalidValue("an amount has at most two decimals; a fraction of a cent is not money")
    return _bounded(cents)


def _bounded(cents: int) -> int:
    if abs(cents) > MONEY_CENTS_MAX:
        raise InvalidValue("an amount may be at most 10,000,000,000,000 dollars")
    return cents


def format_dollars(cents: int, *, signed: bool = False) -> str:
    """`$100,000`, with cents only where there are any: `$0.50`, `-$3.10`; `signed` adds a plus."""
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else "+" if signed and cents > 0 else ""
    return f"{sign}${whole:,}" if rest == 0 else f"{sign}${whole:,}.{rest:02d}"


def format_balance(cents: int) -> str:
    """Always two decimals, as a balance is written: `$0.00`, `$50,000.00`."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{rest:02d}"


def plain_dollars(cents: int) -> str:
    """As a statement has an amount: `100000`, `12.50`."""
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)
