"""Double entry in whole cents and whole units.

The accounts are the issuer, the treasury, the house, each agent, and each case in escrow. Every posting takes
from one what it gives to another, so all money sums to zero with the issuer negative, and so do all units of
a service. The house is the issuer's desk: what it pays is minted and what it gets is burned as it trades,
and so its own cash is always zero.
"""

from palm_ual.errors import InvariantBroken
from palm_ual.market.accounts import Account, Case, Position, Trading


class Ledger:
    """The accounts that are no agent's, and the postings."""

    __slots__ = ("burned_cents", "house_units", "issued_cents", "minted_cents", "treasury_cents")

    def __init__(self) -> None:
        self.issued_cents = 0
        """All money there is: the issuer's balance with its sign turned."""
        self.treasury_cents = 0
        self.house_units: dict[int, int] = {}
        self.minted_cents = 0
        """What the house has paid, over the life of the home."""
        self.burned_cents = 0
        """What the house has got."""

    # Money from outside the market

    def mint(self, cents: int) -> None:
        """From the issuer to the treasury."""
        self.issued_cents += cents
        self.treasury_cents += cents

    def pay_out(self, cents: int) -> None:
        """Out of the treasury; the caller gives it to somebody.

        Raises:
            InvariantBroken: it holds less.
        """
        self.treasury_cents -= cents
        if self.treasury_cents < 0:
            raise InvariantBroken("the treasury paid out more than it holds")

    def _house_pays(self, cents: int) -> None:
        self.issued_cents += cents
        self.minted_cents += cents

    def _house_gets(self, cents: int) -> None:
        self.issued_cents -= cents
        self.burned_cents += cents

    # Trades

    def settle(
        self, buyer: Account | None, seller: Account | None, service: int, units: int, cents: int
    ) -> None:
        """Money one way, units the other way. None is the house.

        Raises:
            InvariantBroken: the buyer does not have the money.
        """
        if buyer is None:
            self._house_pays(cents)
            self.house_units[service] = self.house_units.get(service, 0) + units
        else:
            buyer.cash_cents -= cents
            if buyer.cash_cents < 0:
                raise _overdrawn(buyer)
            _receive(buyer, service, units, cents)
        if seller is None:
            self._house_gets(cents)
            self.house_units[service] = self.house_units.get(service, 0) - units
        else:
            seller.cash_cents += cents
            _receive(seller, service, -units, -cents)

    def trade_with_house(self, account: Account, service: int, change: int, price_cents: int) -> None:
        """Most trades, in short: `settle` of an account's whole order with the house, and counted as filled.

        Raises:
            InvariantBroken: the account does not have the money.
        """
        trading = account.trading
        assert trading is not None
        figures = trading.figures
        cents = change * price_cents
        self.issued_cents -= cents
        if change > 0:
            self.burned_cents += cents
        else:
            self.minted_cents -= cents
        self.house_units[service] = self.house_units.get(service, 0) - change
        account.cash_cents -= cents
        if account.cash_cents < 0:
            raise _overdrawn(account)
        figures.cash_cents -= cents
        position = trading.positions.get(service) or trading.position(service)
        position.units += change
        own(trading, position, service, change, cents if change > 0 else -cents)
        trading.filled += 1
        figures.filled += 1

    # Escrow

    def hold(self, case: Case) -> None:
        """Into the case: money from the buyer, units from the seller.

        Raises:
            InvariantBroken: the buyer does not have the money.
        """
        buyer, seller = case.buyer, case.seller
        if buyer is None:
            self._house_pays(case.cents)
        else:
            buyer.cash_cents -= case.cents
            if buyer.cash_cents < 0:
                raise _overdrawn(buyer)
            trading = trading_of(buyer)
            trading.figures.cash_cents -= case.cents
            _escrow(trading, case.cents)
            trading.party_to[case.id] = case
        if seller is None:
            self.house_units[case.service] = self.house_units.get(case.service, 0) - case.units
        else:
            trading = trading_of(seller)
            position = trading.position(case.service)
            position.units -= case.units
            position.escrowed += case.units
            trading.party_to[case.id] = case

    def release(self, case: Case) -> None:
        """Out of the case as agreed: money to the seller, units to the buyer."""
        buyer, seller, service, units, cents = case.buyer, case.seller, case.service, case.units, case.cents
        if buyer is None:
            self.house_units[service] = self.house_units.get(service, 0) + units
        else:
            trading = trading_of(buyer)
            _escrow(trading, -cents)
            del trading.party_to[case.id]
            position = trading.position(service)
            position.units += units
            own(trading, position, service, units, cents)
        if seller is None:
            self._house_gets(cents)
        else:
            seller.cash_cents += cents
            trading = trading_of(seller)
            trading.figures.cash_cents += cents
            del trading.party_to[case.id]
            position = trading.position(service)
            position.escrowed -= units
            own(trading, position, service, -units, cents)

    def refund(self, case: Case) -> None:
        """Out of the case and back: money to the buyer, units to the seller."""
        buyer, seller = case.buyer, case.seller
        if buyer is None:
            self._house_gets(case.cents)
        else:
            buyer.cash_cents += case.cents
            trading = trading_of(buyer)
            trading.figures.cash_cents += case.cents
            _escrow(trading, -case.cents)
            del trading.party_to[case.id]
        if seller is None:
            self.house_units[case.service] = self.house_units.get(case.service, 0) + case.units
        else:
            trading = trading_of(seller)
            position = trading.position(case.service)
            position.escrowed -= case.units
            position.units += case.units
            del trading.party_to[case.id]


def trading_of(account: Account) -> Trading:
    """What an account that trades has."""
    trading = account.trading
    assert trading is not None, "an account trades only once it has been made ready to"
    return trading


def own(trading: Trading, position: Position, service: int, change: int, cents: int) -> None:
    """After so many units came to be its own (or, below 0, ceased to) for so much: cost by average.

    The cost of 10 units for 1,000 cents is 700 after 3 of them were sold, at whatever price.
    """
    after = position.units + position.escrowed
    before = after - change
    cost_cents = position.cost_cents
    if after == 0:
        now_cents = 0
    elif before == 0 or (before > 0) == (change > 0):
        now_cents = cost_cents + cents
    elif (after > 0) == (before > 0):
        now_cents = cost_cents * after // before
    else:
        now_cents = cents * after // change
    position.cost_cents = now_cents
    figures = trading.figures
    trading.cost_cents += now_cents - cost_cents
    figures.cost_cents += now_cents - cost_cents
    owned = figures.owned
    owned[service] = owned.get(service, 0) + change


def _receive(account: Account, service: int, units: int, cents: int) -> None:
    """Units for money, or with both below 0 the other way round; the account's cash is changed already."""
    trading = account.trading
    assert trading is not None
    trading.figures.cash_cents -= cents
    position = trading.positions.get(service) or trading.position(service)
    position.units += units
    own(trading, position, service, units, cents if cents > 0 else -cents)


def _escrow(trading: Trading, cents: int) -> None:
    trading.escrowed_cents += cents
    trading.figures.escrowed_cents += cents


def _overdrawn(account: Account) -> InvariantBroken:
    return InvariantBroken(f"account {account.number} would be overdrawn: {account.cash_cents} cents")
