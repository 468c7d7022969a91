"""A chain's day made of the minute candles of all its contracts: no quotes, but everything else."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from core.analytics.chain_day import ChainDay, Floats
from core.analytics.sides import CALL, IS_CALL, PUT
from core.analytics.traded_minutes import Contract, traded_day
from core.instruments.candle import Candles
from core.pricing.implied_vol import implied_vol


def downloaded_day(
    symbol: str,
    expiry: date,
    day: date,
    *,
    closes_at: datetime,
    rate: float,
    spot: Candles,
    contracts: Mapping[Contract, Candles],
    future: Candles | None = None,
) -> ChainDay | None:
    """The minutes of `day` in which the underlying has a bar; None where nothing traded.

    `ltp` and open interest are the last known so far that day, `volume` what has traded so far.
    `iv` is of minutes in which the contract traded, against the forward of that minute (Black-76,
    years to `closes_at`); nan in all others, since the forward has moved since the last trade. As
    in live chains both sides carry that of the out-of-the-money side, if it has one. Bid and ask
    are not known.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=closes_at.tzinfo)
    begins = int(midnight.timestamp())
    own = {c: _within(bars, begins) for c, bars in contracts.items()}
    own = {c: bars for c, bars in own.items() if len(bars)}
    strikes = np.array(sorted({strike for _, strike in own}))
    made = traded_day(
        symbol,
        expiry,
        day,
        closes_at=closes_at,
        rate=rate,
        strikes=strikes,
        spot=spot,
        contracts=own,
        before=(begins + 86_400) // 60,
    )
    if made is None or not own:
        return None
    oi = np.full(made.ltp.shape, np.nan)
    for (side, strike), bars in own.items():
        place = int(np.searchsorted(strikes, strike))
        oi[:, side, place] = _last_known(bars, bars.open_interest, made)
    made = replace(made, oi=oi, iv=_vols(made, closes_at, rate))
    if future is None or not len(bars := _within(future, begins)):
        return made
    return replace(
        made,
        future=_last_known(bars, bars.close, made),
        future_oi=_last_known(bars, bars.open_interest, made),
    )


def _vols(made: ChainDay, closes_at: datetime, rate: float) -> Floats:
    traded = np.diff(made.volume, axis=0, prepend=0.0) > 0
    years = made.years(closes_at)[:, None, None]
    own, _ = implied_vol(
        np.where(traded, made.ltp, np.nan),
        made.forward[:, None, None],
        made.strikes,
        years,
        np.exp(-rate * years),
        IS_CALL,
    )
    below = made.strikes < made.forward[:, None]
    outside = np.where(below, own[:, PUT], own[:, CALL])[:, None, :]
    return np.where(np.isfinite(outside), outside, own)


def _last_known(bars: Candles, values: Floats | np.ndarray, made: ChainDay) -> Floats:
    last = np.searchsorted(bars.time // 60, made.minutes, side="right")
    return np.where(last > 0, values[last - 1], np.nan)


def _within(bars: Candles, begins: int) -> Candles:
    """Those of the day that begins there."""
    a, b = np.searchsorted(bars.time, [begins, begins + 86_400])
    return Candles(**{name: getattr(bars, name)[a:b] for name in Candles.__slots__})
