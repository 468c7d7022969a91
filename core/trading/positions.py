"""Positions: what is held of a contract, what it cost, what was earned; exact.

The average is the broker's: adding to a position averages its price, reducing it realises the
difference to the average and leaves the average alone, and what goes beyond flat opens anew at its
own price. Money is kept as a fraction, since an average of rupees need not end: nothing is rounded
before it is shown. Round trips for the journal and for tax are told first in, first out (`ledger`).
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from core.ids import InstrumentKey
from core.money import RUPEE_STEP
from core.trading.requests import Product

PAISA: Final = Decimal("0.01")
NO_MONEY: Final = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """`quantity` in units, below 0 sold; `cost` and `earned` exact rupees, before charges.

    `cost` is what the held units cost (below 0: what was got for those sold).
    """

    key: InstrumentKey
    product: Product
    quantity: int = 0
    cost: Fraction = NO_MONEY
    earned: Fraction = NO_MONEY
    bought: int = 0
    sold: int = 0

    @property
    def average_price(self) -> Decimal:
        """Rupees a unit to 1/10000, 0 when flat."""
        return decimal(self.cost / self.quantity, RUPEE_STEP) if self.quantity else Decimal(0)

    @property
    def realised(self) -> Decimal:
        """Rupees to the paisa, before charges."""
        return decimal(self.earned, PAISA)

    def unrealised(self, price: Decimal) -> Decimal:
        """Rupees to the paisa, if all were closed at `price`."""
        return decimal(self.quantity * Fraction(price) - self.cost, PAISA)

    def after(self, signed: int, price: Decimal | Fraction) -> "Position":
        """The position once `signed` units (below 0 sold) were traded at `price`."""
        if not signed:
            return self
        closed = _closed(self.quantity, signed)
        paid = Fraction(price)
        released = self.cost * Fraction(-closed, self.quantity) if closed else NO_MONEY
        return replace(
            self,
            quantity=self.quantity + signed,
            cost=self.cost - released + (signed - closed) * paid,
            earned=self.earned - closed * paid - released,
            bought=self.bought + max(signed, 0),
            sold=self.sold + max(-signed, 0),
        )


def _closed(held: int, signed: int) -> int:
    """The part of a trade that reduces what is held; it has the sign of the trade."""
    if held * signed >= 0:
        return 0
    return max(signed, -held) if signed < 0 else min(signed, -held)


def decimal(exact: Fraction, step: Decimal) -> Decimal:
    """Exact money, rounded half up to a step."""
    units = exact / Fraction(step)
    whole = Decimal((abs(units) + Fraction(1, 2)).__floor__())
    return (whole if units >= 0 else -whole) * step
