"""Positions: what is held of a contract under a product, what it cost, what it brought.

The average is the broker's: adding averages, reducing leaves it alone, what goes beyond flat opens
at its own price. Exact: amounts are whole paise, averages fractions of them.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from data.simulator.market import Contract

NOTHING: Final = Fraction(0)


@dataclass(slots=True)
class Flow:
    """Units and paise bought or sold."""

    units: int = 0
    paise: int = 0

    def add(self, units: int, paise: int) -> None:
        self.units += units
        self.paise += paise

    @property
    def average(self) -> Fraction:
        return Fraction(self.paise, self.units) if self.units else NOTHING


@dataclass(slots=True)
class Position:
    """`cost` of the open units in paise, below 0 for sold ones; `realised` today, in paise."""

    contract: Contract
    product: str
    open: int = 0
    cost: Fraction = NOTHING
    realised: Fraction = NOTHING
    overnight: int = 0
    overnight_cost: Fraction = NOTHING
    bought: Flow = field(default_factory=Flow)
    sold: Flow = field(default_factory=Flow)

    @property
    def average(self) -> Fraction:
        """Paise a unit; 0 when flat."""
        return self.cost / self.open if self.open else NOTHING

    @property
    def idle(self) -> bool:
        """Neither held nor traded today."""
        return not (self.open or self.overnight or self.bought.units or self.sold.units)

    def trade(self, units: int, paise: int) -> Fraction:
        """Take a trade of so many units (below 0 sold); the paise that it realised."""
        (self.bought if units > 0 else self.sold).add(abs(units), abs(units) * paise)
        return self._shift(units, Fraction(paise))

    def _shift(self, units: int, price: Fraction) -> Fraction:
        closes = 0
        if self.open * units < 0:
            closes = max(units, -self.open) if units < 0 else min(units, -self.open)
        gained = closes * (self.average - price)
        self.cost += closes * self.average + (units - closes) * price
        self.open += units
        self.realised += gained
        return gained

    def unrealised(self, paise: int) -> Fraction:
        return self.open * paise - self.cost

    def move(self, units: int, other: "Position") -> None:
        """Convert so many open units (below 0 sold) to another product, at their average; those of
        today first."""
        average, today = self.average, self.bought if units > 0 else self.sold
        fresh = min(abs(units), today.units)
        theirs = other.bought if units > 0 else other.sold
        theirs.add(fresh, round(fresh * average))
        today.add(-fresh, -round(fresh * average))
        carried = units - fresh if units > 0 else units + fresh
        other.overnight += carried
        other.overnight_cost += carried * average
        self.overnight -= carried
        self.overnight_cost -= carried * average
        self.cost -= units * average
        self.open -= units
        other._shift(units, average)

    def begin_day(self) -> None:
        """What is open has been carried over night."""
        self.overnight, self.overnight_cost = self.open, self.cost
        self.realised = NOTHING
        self.bought, self.sold = Flow(), Flow()
