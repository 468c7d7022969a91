"""Charges of options over many days at one go: contract notes, and what each fill owes of them."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.charges import rates
from core.charges.plans import UPSTOX
from core.charges.rates import Segment, Side
from core.instruments.recorded import exchange

Floats = NDArray[np.float64]

NUDGE: Final = 1e-9
"""Half a paisa is rounded up though a float may fall short of it by its last bits."""
OPTION: Final = Segment.OPTION


def rates_of(symbol: str, days: Sequence[date]) -> Floats:
    """Columns: STT, stamp, transaction, IPFT, SEBI and GST as fractions, rupees of an order.

    Rates change on few days: they are looked up once for each stretch between two changes.
    """
    venue = exchange(symbol)
    starts = _starts(venue)
    found = [_rates(symbol, venue, starts[max(bisect_right(starts, d) - 1, 0)]) for d in days]
    return np.array(found).reshape(-1, 7)


def owed(rate: Floats, units: NDArray[np.int64], price: Floats) -> Floats:
    """Of one fill on each day, unrounded."""
    stt, stamp, transaction, ipft, sebi, gst, order = rate.T
    turnover = np.abs(units) * price
    fees = order + turnover * (transaction + ipft + sebi)
    return np.asarray(fees * (1 + gst) + turnover * np.where(units > 0, stamp, stt))


def notes(rate: Floats, sold: Floats, bought: Floats, orders: NDArray[np.int64]) -> Floats:
    """Each day's contract note, in rupees: taxes to the rupee, the rest to the paisa."""
    stt, stamp, transaction, ipft, sebi, gst, order = rate.T
    turnover, fee = sold + bought, order * orders
    taxed = gst * (fee + turnover * (transaction + ipft + sebi))
    whole = _half_up(stt * sold) + _half_up(stamp * bought)
    parts = (turnover * transaction, turnover * ipft, turnover * sebi, taxed)
    return np.asarray(fee + whole + sum(_half_up(100 * part) / 100 for part in parts))


def _half_up(amount: Floats) -> Floats:
    return np.floor(amount + 0.5 + NUDGE)


@lru_cache(maxsize=8)
def _starts(venue: str) -> tuple[date, ...]:
    own = (rates.NSE_TRANSACTION, rates.NSE_IPFT) if venue == "NSE" else (rates.BSE_TRANSACTION,)
    tables = [table[OPTION] for table in (rates.STT, rates.STAMP, *own)]
    tables += [*rates.BSE_OPTIONS.values(), rates.SEBI, rates.GST]
    every = {row.start for table in tables for row in table}
    return (rates.KNOWN_SINCE, *sorted(day for day in every if day > rates.KNOWN_SINCE))


@lru_cache(maxsize=256)
def _rates(symbol: str, venue: str, day: date) -> tuple[float, ...]:
    found = (
        rates.stt(OPTION, Side.SELL, day),
        rates.stamp(OPTION, Side.BUY, day),
        rates.transaction(venue, OPTION, symbol, day),
        rates.ipft(venue, OPTION, day),
        rates.sebi(day),
        rates.gst(day),
        UPSTOX.fees[OPTION].flat,
    )
    return tuple(map(float, found))
