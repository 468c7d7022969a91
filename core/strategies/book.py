"""A strategy's own book: what its fills add up to, in rupees that are estimated, not accounted."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.ids import InstrumentKey
from core.strategies.strategy import Held

PriceOf = Callable[[InstrumentKey], float]


@dataclass(slots=True)
class Book:
    """Average prices; a fill beyond flat opens the other way at its own price."""

    realised: float = 0.0
    _open: dict[InstrumentKey, Held] = field(default_factory=dict)

    def fill(self, key: InstrumentKey, units: int, price: float) -> None:
        """`units` below 0 were sold."""
        held = self._open.get(key) or Held(key=key, units=0, price=0.0)
        total = held.units + units
        if held.units * units >= 0:
            average = (held.units * held.price + units * price) / total if total else 0.0
        else:
            closed = min(abs(units), abs(held.units)) * (1 if held.units > 0 else -1)
            self.realised += closed * (price - held.price)
            average = held.price if total * held.units > 0 else price
        if total:
            self._open[key] = Held(key=key, units=total, price=average)
        else:
            self._open.pop(key, None)

    def units(self, key: InstrumentKey) -> int:
        held = self._open.get(key)
        return held.units if held else 0

    @property
    def held(self) -> tuple[Held, ...]:
        return tuple(self._open.values())

    def pnl(self, price_of: PriceOf) -> float:
        """Realised and open; nan while the price of something held is unknown."""
        return self.realised + sum(h.units * (price_of(h.key) - h.price) for h in self.held)
