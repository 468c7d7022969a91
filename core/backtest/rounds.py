"""Round trips: what was bought is matched with what was sold, first in first out."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from core.backtest.results import Trade
from core.ids import InstrumentKey
from core.strategies.strategy import Held


class Rounds:
    """Of any number of contracts; `cash` in rupees since the start, charges taken off."""

    def __init__(self) -> None:
        self.trades: Final[list[Trade]] = []
        self.cash = 0.0
        self.charges = 0.0
        self._open: dict[InstrumentKey, deque[tuple[int, float, int, float, str]]] = {}
        self._units: dict[InstrumentKey, int] = {}

    def fill(
        self, key: InstrumentKey, units: int, price: float, at: int, charges: float, tag: str
    ) -> None:
        """`units` below 0 were sold; `charges` of the whole fill, shared out by the unit."""
        self.cash -= units * price + charges
        self.charges += charges
        self._units[key] = self._units.get(key, 0) + units
        pieces = self._open.get(key)
        if pieces is None:
            pieces = self._open[key] = deque()
        each = charges / abs(units)
        while units and pieces and (pieces[0][0] > 0) != (units > 0):
            units += self._close(key, pieces, units, price, at, each)
        if units:
            pieces.append((units, price, at, each, tag))

    def units(self, key: InstrumentKey) -> int:
        return self._units.get(key, 0)

    @property
    def held(self) -> tuple[Held, ...]:
        """Everything that is open, at the average price of its pieces."""
        return tuple(
            Held(key=key, units=units, price=sum(p[0] * p[1] for p in self._open[key]) / units)
            for key, units in self._units.items()
            if units
        )

    def still_open(self, at: int, price_of: Callable[[InstrumentKey], float]) -> Sequence[Trade]:
        """What is held at the end, as trades that are open."""
        return [
            Trade(
                key=key,
                units=units,
                entered_at=entered,
                entry=entry,
                left_at=at,
                exit=price_of(key),
                profit=units * (price_of(key) - entry) - abs(units) * each,
                charges=abs(units) * each,
                tag=tag,
                open=True,
            )
            for key, pieces in self._open.items()
            for units, entry, entered, each, tag in pieces
        ]

    def _close(
        self,
        key: InstrumentKey,
        pieces: deque[tuple[int, float, int, float, str]],
        units: int,
        price: float,
        at: int,
        each: float,
    ) -> int:
        """Close the oldest piece, or a part of it; returns its units that went."""
        held, entry, entered, paid, tag = pieces[0]
        if abs(held) <= abs(units):
            gone = held
            pieces.popleft()
        else:
            gone = -units
            pieces[0] = (held + units, entry, entered, paid, tag)
        cost = abs(gone) * (paid + each)
        profit = gone * (price - entry) - cost
        self.trades.append(Trade(key, gone, entered, entry, at, price, profit, cost, tag))
        return gone
