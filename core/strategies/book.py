"""A strategy's own book: what its fills add up to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from core.ids import InstrumentKey
from core.strategies.strategy import Held
from core.trading.positions import Position
from core.trading.requests import Product

PriceOf = Callable[[InstrumentKey], float]


@dataclass(slots=True)
class Book:
    _positions: dict[InstrumentKey, Position] = field(default_factory=dict)

    def fill(self, key: InstrumentKey, units: int, price: float) -> None:
        """`units` below 0 were sold."""
        before = self._positions.get(key) or Position(key=key, product=Product.CARRY)
        self._positions[key] = before.after(units, Decimal(str(price)))

    @property
    def held(self) -> tuple[Held, ...]:
        return tuple(
            Held(key=key, units=each.quantity, price=float(each.cost / each.quantity))
            for key, each in self._positions.items()
            if each.quantity
        )

    def pnl(self, price_of: PriceOf) -> float:
        """Rupees realised and open, without charges; nan while a price of something is unknown."""
        earned = float(sum(each.earned for each in self._positions.values()))
        return earned + sum(h.units * (price_of(h.key) - h.price) for h in self.held)
