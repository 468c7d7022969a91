"""Parity trades: what it costs to take what call and put of a strike are mispriced by."""

from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.synthetic import LEAST, Quotes, Synthetics
from core.charges.charges import Exercise, Trade, charges
from core.charges.rates import Segment, Side
from core.instruments.instrument import Right
from core.money import rupees

Floats = NDArray[np.float64]

STATED: Final = (
    "Costs: brokerage, STT, exchange and SEBI fees, stamp duty and GST of entering every leg today,"
    " and STT on exercise at the forward of today; no slippage, no margin interest."
)


def parity_costs(
    found: Synthetics,
    call: Quotes,
    put: Quotes,
    *,
    forward: float,
    future: tuple[float, float],
    quantity: int,
    symbol: str,
    exchange: str,
    day: date,
) -> Floats:
    """Charges per unit of each strike that has an edge before costs, in rupees; nan elsewhere.

    A strike's better side is traded against what `found.against` names: the future, at its bid and
    ask `future`, or the synthetic of another strike. `quantity` in units; the plan's fee is by
    order, so that more units cost less each.
    """
    costs = np.full(len(found.strikes), np.nan)
    for at in np.flatnonzero(found.edge > LEAST):
        deal = _Deal(symbol, exchange, day, quantity, forward)
        buy = bool(found.buy[at])
        deal.synthetic(found.strikes, call, put, int(at), buy=buy)
        other = float(found.against[at])
        if isfinite(other):
            place = int(np.flatnonzero(found.strikes == other)[0])
            deal.synthetic(found.strikes, call, put, place, buy=not buy)
        else:
            deal.future(future[0] if buy else future[1], buy=not buy)
        costs[at] = float(charges(deal.trades, deal.exercises).total) / quantity
    return costs


class _Deal:
    """The orders of one trade, and what its holder will exercise if the forward stays."""

    def __init__(
        self, symbol: str, exchange: str, day: date, quantity: int, forward: float
    ) -> None:
        self._symbol, self._exchange, self._day = symbol, exchange, day
        self._quantity, self._forward = quantity, forward
        self.trades: list[Trade] = []
        self.exercises: list[Exercise] = []

    def synthetic(self, strikes: Floats, call: Quotes, put: Quotes, at: int, *, buy: bool) -> None:
        """Buy the call and sell the put, or the other way round."""
        bought, sold = (call, put) if buy else (put, call)
        self._trade(Segment.OPTION, Side.BUY, float(bought.ask[at]))
        self._trade(Segment.OPTION, Side.SELL, float(sold.bid[at]))
        self.exercises.append(
            Exercise(
                exchange=self._exchange,
                underlying=self._symbol,
                right=Right.CALL if buy else Right.PUT,
                strike=Decimal(str(strikes[at])),
                settlement=rupees(self._forward),
                quantity=self._quantity,
                day=self._day,
            )
        )

    def future(self, price: float, *, buy: bool) -> None:
        self._trade(Segment.FUTURE, Side.BUY if buy else Side.SELL, price)

    def _trade(self, segment: Segment, side: Side, price: float) -> None:
        self.trades.append(
            Trade(
                segment=segment,
                exchange=self._exchange,
                underlying=self._symbol,
                side=side,
                quantity=self._quantity,
                price=rupees(price),
                day=self._day,
            )
        )
