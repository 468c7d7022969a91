"""Shares that the account keeps."""

from dataclasses import dataclass
from fractions import Fraction

from data.simulator.market import Contract


@dataclass(slots=True)
class Holding:
    """Shares kept: settled ones, those bought the day before, those sold today; average in
    paise."""

    contract: Contract
    quantity: int
    t1: int
    average: Fraction
    used: int = 0

    @property
    def free(self) -> int:
        return self.quantity + self.t1 - self.used

    def add(self, units: int, price: Fraction) -> None:
        """Shares that come tomorrow."""
        before = self.quantity + self.t1
        self.average = (self.average * before + price * units) / (before + units)
        self.t1 += units
