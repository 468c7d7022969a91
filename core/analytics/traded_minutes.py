"""Minutes that nobody recorded, made of candles: last trades alone, without any quote."""

from collections.abc import Mapping
from datetime import date, datetime
from math import exp

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay, Floats, years_at_end
from core.analytics.forward import carried, parity_forward
from core.analytics.sides import CALL, PUT
from core.clock import IST
from core.instruments.candle import Candles

Contract = tuple[int, float]
"""Side and strike."""
Ints = NDArray[np.int64]


def traded_day(
    symbol: str,
    expiry: date,
    day: date,
    *,
    closes_at: datetime,
    rate: float,
    strikes: Floats,
    spot: Candles,
    contracts: Mapping[Contract, Candles],
    before: int,
) -> ChainDay | None:
    """The minutes of `day` in which the underlying has a bar, all earlier than `before`.

    `ltp` is the last trade's price so far that day, `volume` what has traded so far; of other
    contracts than `contracts` nothing is known. The forward is that of parity where three strikes
    near the money traded on both sides within the minute, else the spot grown at `rate`. None
    without any bar of the underlying.
    """
    at = spot.time // 60
    wanted = (at >= _midnight(day)) & (at < min(before, _midnight(day) + 1440))
    minutes, level = at[wanted], spot.close[wanted]
    if not minutes.size:
        return None
    shape = (len(minutes), 2, len(strikes))
    ltp, fresh, volume = (np.full(shape, np.nan) for _ in range(3))
    for (side, strike), bars in contracts.items():
        place = int(np.searchsorted(strikes, strike))
        held, own, sold = _held(bars, minutes, _midnight(day))
        ltp[:, side, place], volume[:, side, place] = held, sold
        fresh[:, side, place] = np.where(own, held, np.nan)
    years = years_at_end(minutes, closes_at)
    forward = [
        _forward(strikes, fresh[row], float(level[row]), rate, float(years[row]))
        for row in range(len(minutes))
    ]
    unknown = np.full(len(minutes), np.nan)
    nothing = np.full(shape, np.nan)
    return ChainDay(
        symbol=symbol,
        expiry=expiry,
        day=day,
        minutes=minutes,
        strikes=strikes,
        spot=level,
        forward=np.array(forward),
        future=unknown,
        future_oi=unknown,
        ltp=ltp,
        bid=nothing,
        ask=nothing,
        volume=volume,
        oi=nothing,
        iv=nothing,
    )


def _held(bars: Candles, minutes: Ints, midnight: int) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """At each minute: the last close so far, whether it is of that minute, units so far."""
    own = bars.time // 60 >= midnight
    at, close = bars.time[own] // 60, bars.close[own]
    sold = np.concatenate([[0.0], np.cumsum(bars.volume[own], dtype=np.float64)])
    last = np.searchsorted(at, minutes, side="right")
    known = last > 0
    if not at.size:
        nothing = np.full(len(minutes), np.nan)
        return nothing, known, nothing
    return np.where(known, close[last - 1], np.nan), known & (at[last - 1] == minutes), sold[last]


def _forward(strikes: Floats, fresh: Floats, spot: float, rate: float, years: float) -> float:
    parity = parity_forward(strikes, fresh[CALL], fresh[PUT], spot, exp(-rate * years))
    return parity if parity > 0 else carried(spot, rate, years)


def _midnight(day: date) -> int:
    """The epoch minute with which a day begins in India."""
    return int(datetime(day.year, day.month, day.day, tzinfo=IST).timestamp()) // 60
