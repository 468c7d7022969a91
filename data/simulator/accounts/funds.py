"""The account's money: cash that came and went today, margin that is blocked, what is left.

Premiums and delivered shares move cash when they trade; futures and intraday shares move the
difference when they are closed. A profit of today can be used tomorrow; charges are owed until the
day ends.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from data.simulator.accounts.orders import Fill
from data.simulator.accounts.positions import NOTHING, Position
from data.simulator.market import Contract

MTF_SHARE: Final = Fraction(1, 4)
"""The buyer's own part of what is bought with the broker's money."""
OPTIONS: Final = ("CE", "PE")


def pays_in_full(contract: Contract, product: str) -> bool:
    """Shares to keep: bought with all of their price."""
    return contract.type == "EQ" and product == "D"


@dataclass(slots=True)
class Cash:
    """In paise, of one day."""

    opening: Fraction
    premiums: Fraction = NOTHING
    shares: Fraction = NOTHING
    sold_shares: Fraction = NOTHING
    closed: Fraction = NOTHING
    """Realised on what moves cash only when it is closed."""
    closed_options: Fraction = NOTHING

    def take(self, fill: Fill, position: Position, gained: Fraction) -> None:
        """A trade that realised `gained`."""
        contract, buy = position.contract, fill.order.ask.buy
        amount = Fraction((-1 if buy else 1) * fill.quantity * fill.paise)
        if contract.type in OPTIONS:
            self.premiums += amount
            self.closed_options += gained
        elif pays_in_full(contract, position.product):
            self.shares += amount
            self.sold_shares += max(amount, NOTHING)
        else:
            self.closed += gained

    @property
    def now(self) -> Fraction:
        return self.opening + self.premiums + self.shares + self.closed

    @property
    def withheld(self) -> Fraction:
        """Today's profit, not to be used before tomorrow."""
        return max(self.closed, NOTHING) + max(self.closed_options, NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Margin in rupees, of positions and working orders."""

    span: float = 0.0
    exposure: float = 0.0
    shares: float = 0.0
    mtf: float = 0.0
    delivery: float = 0.0
    orders: Decimal = Decimal(0)

    @property
    def total(self) -> float:
        return (
            self.shares + self.mtf + self.span + self.exposure + self.delivery + float(self.orders)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """Rupees."""

    cash: Cash
    blocked: Blocked
    unrealised_loss: float
    charges: float

    @property
    def loss(self) -> float:
        return rupees(max(-self.cash.closed, NOTHING))

    @property
    def premium(self) -> float:
        """Paid for options today beyond what was got for them; below 0 for a credit."""
        profit = max(self.cash.closed_options, NOTHING)
        return rupees(profit - self.cash.premiums)

    @property
    def bought(self) -> float:
        """Paid for shares today."""
        return rupees(self.cash.sold_shares - self.cash.shares)

    @property
    def used(self) -> float:
        losses = self.loss + self.unrealised_loss
        return self.blocked.total + losses + self.premium + self.bought

    @property
    def available(self) -> float:
        sold = rupees(self.cash.sold_shares)
        return rupees(self.cash.opening) + sold - self.charges - self.used


def rupees(paise: Fraction) -> float:
    return float(round(paise) / Fraction(100))
