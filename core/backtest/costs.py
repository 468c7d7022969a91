"""What trading costs in a backtest: slippage as stated, and charges at the rates of each day."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import inf
from typing import Final

from core.charges import rates
from core.charges.plans import UPSTOX, Plan
from core.charges.rates import Segment, Side
from core.errors import RuleBroken

STARTS: Final = sorted(
    {
        row.start
        for table in (rates.STT, rates.STAMP, rates.NSE_TRANSACTION, rates.BSE_TRANSACTION)
        for rows in table.values()
        for row in rows
    }
    | {row.start for row in (*rates.SEBI, *rates.GST)}
)
"""Days from which a rate is known: before them the first known one stands in, and it is said."""

Charge = Callable[[int, float, date], float]
"""Rupees of one order: units (below 0 sold), rupees a unit, the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """`slippage`: rupees a unit by which every market and stop order is filled worse.

    Without a `segment` nothing is charged: an index itself cannot be traded.
    """

    segment: Segment | None = None
    exchange: str = "NSE"
    underlying: str = ""
    plan: Plan = UPSTOX
    slippage: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.slippage < inf:
            raise RuleBroken(f"{self.slippage} rupees are no slippage")

    def charge(self) -> Charge:
        """Counts the charges of orders; equal to core.charges but for the last bits of a float."""
        return _Meter(self).charge if self.segment else _nothing

    def words(self, first: date) -> tuple[str, ...]:
        """What is assumed, for a run that begins on `first`."""
        told = [f"Slippage: market and stop orders are filled {self.slippage:g} ₹ a unit worse."]
        if self.segment is None:
            return (*told, "No charges.")
        told.append(f"Charges: {self.segment}, {self.exchange}, plan {self.plan.name}, by date.")
        if first < STARTS[-1]:
            told.append("Rates of days before our tables begin are the first that are known.")
        return tuple(told)


def _nothing(units: int, price: float, day: date) -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class _Rates:
    """Of one side on one day: fractions of the turnover, rupees, and what GST puts on the fee."""

    turnover: float
    flat: float
    share: float
    on_fee: float


class _Meter:
    def __init__(self, costs: Costs) -> None:
        assert costs.segment is not None
        self._costs, self._segment = costs, costs.segment
        self._known: dict[tuple[date, bool], _Rates] = {}

    def charge(self, units: int, price: float, day: date) -> float:
        known = self._known.get((day, units > 0))
        if known is None:
            known = self._known[day, units > 0] = self._rates(day, units > 0)
        turnover = abs(units) * price
        return turnover * known.turnover + min(known.flat, known.share * turnover) * known.on_fee

    def _rates(self, day: date, buys: bool) -> _Rates:
        segment, side = self._segment, Side.BUY if buys else Side.SELL
        exchange, underlying = self._costs.exchange, self._costs.underlying
        fees = sum(
            _stood_in(rate, day)
            for rate in (
                lambda at: rates.transaction(exchange, segment, underlying, at),
                lambda at: rates.ipft(exchange, segment, at),
                rates.sebi,
            )
        )
        taxes = sum(
            _stood_in(rate, day)
            for rate in (
                lambda at: rates.stt(segment, side, at),
                lambda at: rates.stamp(segment, side, at),
            )
        )
        fee, gst = self._costs.plan.fees[segment], _stood_in(rates.gst, day)
        return _Rates(
            turnover=float(fees * (1 + gst) + taxes),
            flat=float(fee.flat),
            share=inf if fee.share is None else float(fee.share),
            on_fee=float(1 + gst),
        )


def _stood_in(rate: Callable[[date], Decimal], day: date) -> Decimal:
    """The rate of the day; before the first that is known, that one."""
    try:
        return rate(day)
    except RuleBroken:
        for first in STARTS:
            if first > day:
                with suppress(RuleBroken):
                    return rate(first)
        raise
