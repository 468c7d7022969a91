"""How much the risk allows: a share of the capital, and where it would be given up."""

from dataclasses import dataclass, replace
from decimal import Decimal

from core.errors import RuleBroken
from core.risk import sizing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """`capital` in rupees, 0 for what is available; `stop` a price of the contract, 0 not set."""

    percent: Decimal = Decimal(1)
    stop: Decimal = Decimal(0)
    capital: Decimal = Decimal(0)

    def fresh(self) -> "Sizing":
        """For another contract: the stop was of the last one."""
        return replace(self, stop=Decimal(0))

    def of(self, available: Decimal | None) -> Decimal:
        return self.capital or available or Decimal(0)

    def lots(self, entry: Decimal, lot_size: int, available: Decimal | None) -> int:
        """Raises RuleBroken where that has no answer."""
        if not self.stop:
            raise RuleBroken("a stop is needed")
        return sizing.lots(self.of(available), self.percent, entry, self.stop, lot_size)

    def words(self, entry: Decimal | None, lot_size: int, available: Decimal | None) -> str:
        """What the answer is, or why there is none."""
        if entry is None:
            return "the price is not known"
        try:
            found = self.lots(entry, lot_size, available)
        except RuleBroken as problem:
            return str(problem)
        risked = abs(entry - self.stop) * lot_size
        return f"{found} {'lot' if found == 1 else 'lots'}: each risks ₹{risked:,.2f}"
