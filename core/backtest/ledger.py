"""Fills put into the books: charges, cash and round trips, worked out when they are asked for."""

from bisect import bisect_right
from datetime import date
from typing import Final

from core.backtest.bars import Prepared
from core.backtest.costs import Costs
from core.backtest.matching import Ask
from core.backtest.results import Fill, OrderKind
from core.backtest.rounds import Rounds
from core.ids import InstrumentKey

NO_SLIP: Final = (OrderKind.LIMIT, OrderKind.STOP_LIMIT)


class Ledger:
    """`done` are the orders that were filled, in order; most strategies never ask for the rest."""

    def __init__(self, key: InstrumentKey, bars: Prepared, costs: Costs) -> None:
        self.done: Final[list[Ask]] = []
        self.fills: Final[list[Fill]] = []
        self._rounds = Rounds()
        self._key, self._slippage, self._charge = key, costs.slippage, costs.charge()
        self._days, self._free = bars.days, costs.segment is None
        self._ends = [*bars.starts[1:].tolist(), len(bars.candles)]

    def rounds(self) -> Rounds:
        """With every fill until now in it."""
        fills, key = self.fills, self._key
        for order in self.done[len(fills) :]:
            units, price, at = order.units, order.price, order.ended_at
            paid = 0.0 if self._free else self._charge(units, price, self._day(order.bar))
            slip = self._slippage if order.is_market or order.kind not in NO_SLIP else 0.0
            fills.append(
                Fill(order.number, key, units, price, at, slip, paid, order.tag, order.words)
            )
            self._rounds.fill(key, units, price, at, paid, order.tag)
        return self._rounds

    def _day(self, bar: int) -> date:
        return self._days[bisect_right(self._ends, bar)]
