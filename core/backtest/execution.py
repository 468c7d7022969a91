"""Orders carried out in a run over bars: filled, expired, or squared off."""

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

import numpy as np

from core.backtest.bars import Prepared
from core.backtest.desk import BarDesk
from core.backtest.ledger import Ledger
from core.backtest.matching import RANK, Ask, fill_price
from core.backtest.results import OrderEnd
from core.ids import InstrumentKey
from core.strategies.strategy import Filled

FILLED: Final = OrderEnd.FILLED


class Execution:
    """`on_fill` is what the strategy wants to hear of each fill, None = nothing."""

    def __init__(
        self,
        desk: BarDesk,
        ledger: Ledger,
        key: InstrumentKey,
        bars: Prepared,
        slippage: float,
        on_fill: Callable[[BarDesk, Filled], None] | None,
    ) -> None:
        self._desk, self._done, self._key = desk, ledger.done, key
        self._slippage, self._on_fill = slippage, on_fill
        self._times = np.ascontiguousarray(bars.candles.time).data
        self._ends: list[int] = [*bars.starts[1:].tolist(), len(bars.candles)]

    def fill(self, i: int, open: float, high: float, low: float) -> None:
        """Try the orders that wait on bar `i`; the strategy hears of fills before it sees the bar.

        What it sends upon a fill is tried in the same round, as far as it may work in this bar.
        """
        desk = self._desk
        desk.at = self._times[i]
        if len(desk.waiting) == 1 and desk.waiting[0].is_market and self._on_fill is None:
            order = desk.waiting.pop()
            slip = self._slippage
            self._fill(order, i, open + slip if order.units > 0 else open - slip, "")
            return
        desk.inside = True
        tried: set[int] = set()
        while todo := [order for order in desk.waiting if order.number not in tried]:
            for order in sorted(todo, key=_rank):
                tried.add(order.number)
                if order in desk.waiting and not self._expired(order, i):
                    self._try(order, i, open, high, low)
        desk.inside = False

    def square_off(self, i: int, price: float, words: str, why: str) -> None:
        """Cancel every order and sell off what is held in bar `i`, at `price` and slippage."""
        desk = self._desk
        for order in list(desk.waiting):
            desk.end(order, OrderEnd.CANCELLED, why)
        if desk.units:
            desk.order(self._key, -desk.units, tag="square-off")
            order = desk.waiting.pop()
            slip = self._slippage if order.units > 0 else -self._slippage
            self._filled(order, i, price + slip, words)

    def _try(self, order: Ask, i: int, open: float, high: float, low: float) -> None:
        found = fill_price(order, open, high, low, self._slippage)
        order.inside = False
        if found is not None:
            self._desk.waiting.remove(order)
            self._filled(order, i, *found)

    def _expired(self, order: Ask, i: int) -> bool:
        if order.is_market:
            return False
        if order.until < 0:
            order.until = self._ends[bisect_right(self._ends, i)]
        if i < order.until:
            return False
        self._desk.end(order, OrderEnd.EXPIRED)
        return True

    def _filled(self, order: Ask, i: int, price: float, words: str) -> None:
        self._fill(order, i, price, words)
        if self._on_fill is not None:
            told = Filled(
                order=order.number,
                key=self._key,
                units=order.units,
                price=price,
                at=self._desk.now,
                tag=order.tag,
            )
            self._on_fill(self._desk, told)

    def _fill(self, order: Ask, i: int, price: float, words: str) -> None:
        desk = self._desk
        desk.units += order.units
        order.price, order.bar, order.words = price, i, words
        order.end, order.ended_at = FILLED, desk.at
        self._done.append(order)


def _rank(order: Ask) -> int:
    return RANK[order.kind]
