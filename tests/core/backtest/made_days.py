"""Days of chains whose every price follows from a path of the forward and one volatility."""

from collections.abc import Sequence
from datetime import date, datetime, time

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.clock import IST
from core.instruments.expiries import MINUTES_A_YEAR
from core.pricing.black76 import price

Floats = NDArray[np.float64]

STRIKES = np.arange(23_000.0, 25_001.0, 100.0)
VOL = 0.13
CALLS = np.array([[True], [False]])
RATE = 0.065


def made_day(
    day: date,
    expiry: date,
    forward: Sequence[float] | Floats,
    *,
    first: int = 0,
    step: int = 1,
    strikes: Floats = STRIKES,
    vol: float = VOL,
) -> ChainDay:
    """Row i is `first + step * i` minutes after 09:15; quotes on the tick, half a percent apart."""
    level = np.asarray(forward, np.float64)
    opening = int(datetime.combine(day, time(9, 15), IST).timestamp() // 60)
    minutes = opening + first + step * np.arange(len(level))
    closes = datetime.combine(expiry, time(15, 30), IST).timestamp() / 60
    years = ((closes - minutes - 1) / MINUTES_A_YEAR)[:, None, None]
    fair = price(level[:, None, None], strikes, years, vol, np.exp(-RATE * years), CALLS)
    bid = np.maximum(np.floor(fair * 0.9975 * 20) / 20, 0.0)
    ask = np.maximum(np.ceil(fair * 1.0025 * 20) / 20, bid + 0.05)
    shape = np.ones_like(fair)
    unknown = np.full(len(level), np.nan)
    return ChainDay(
        symbol="NIFTY",
        expiry=expiry,
        day=day,
        minutes=minutes.astype(np.int64),
        strikes=strikes,
        spot=np.round(level - 5, 2),
        forward=level,
        future=level,
        future_oi=unknown,
        ltp=np.maximum(np.round(fair * 20) / 20, 0.05),
        bid=np.round(np.where(bid > 0, bid, np.nan), 2),
        ask=np.round(ask, 2),
        volume=shape * 650.0 * (1 + np.arange(len(level)))[:, None, None],
        oi=shape * 6_500.0,
        iv=shape * np.nan,
    )


def path(seed: int, minutes: int, start: float = 24_000.0, sd: float = 5.0) -> Floats:
    """A random walk of the forward, rupees."""
    steps = np.random.default_rng(seed).normal(0, sd, minutes)
    return np.round(start + np.cumsum(steps), 2)
