"""Made-up markets for runs over bars: the same seed gives the same bars."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import numpy as np

from core.backtest.engine import BarRun
from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval

KEY = InstrumentKey("NSE_EQ|INE002A01018")
MONDAY = date(2026, 6, 1)
"""Of a week without a holiday, before the closing auction came."""


def minutes(days: int = 3, per_day: int = 375, seed: int = 1, price: float = 1_000.0) -> Candles:
    """Bars of a minute from 09:15 on, on consecutive weekdays from `MONDAY` on."""
    rng = np.random.default_rng(seed)
    close = price * np.exp(np.cumsum(rng.normal(0, 8e-4, days * per_day)))
    opened = np.concatenate([[price], close[:-1]]) * (1 + rng.normal(0, 2e-4, close.size))
    top = np.maximum(opened, close) * (1 + rng.exponential(2e-4, close.size))
    bottom = np.minimum(opened, close) * (1 - rng.exponential(2e-4, close.size))
    found, day = [], MONDAY
    while len(found) < days:
        if day.weekday() < 5:
            found.append(day)
        day += timedelta(days=1)
    begins = [int(datetime.combine(each, time(9, 15), IST).timestamp()) for each in found]
    times = np.concatenate([begin + 60 * np.arange(per_day) for begin in begins])
    volume = rng.integers(1, 1_000, close.size)
    return candles(times, opened, top, bottom, close, volume)


def bars(rows: Sequence[tuple[float, float, float, float]], at: time = time(9, 15)) -> Candles:
    """Open, high, low, close of consecutive minutes of `MONDAY`."""
    begin = int(datetime.combine(MONDAY, at, IST).timestamp())
    times = begin + 60 * np.arange(len(rows))
    o, h, low, c = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    return candles(times, o, h, low, c, np.full(len(rows), 100))


def days(rows: Sequence[tuple[float, float, float, float]]) -> Candles:
    """Open, high, low, close of consecutive days from `MONDAY` on, weekends and all."""
    begin = int(datetime.combine(MONDAY, time(), IST).timestamp())
    times = begin + 86_400 * np.arange(len(rows))
    o, h, low, c = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    return candles(times, o, h, low, c, np.full(len(rows), 100))


def candles(times: object, o: object, h: object, low: object, c: object, v: object) -> Candles:
    times = np.asarray(times, dtype=np.int64)
    return Candles(
        time=times,
        open=np.asarray(o, dtype=np.float64),
        high=np.asarray(h, dtype=np.float64),
        low=np.asarray(low, dtype=np.float64),
        close=np.asarray(c, dtype=np.float64),
        volume=np.asarray(v, dtype=np.int64),
        open_interest=np.zeros(len(times), dtype=np.int64),
    )


def over(found: Candles, **more: object) -> BarRun:
    return BarRun(candles=found, key=KEY, interval=Interval.MINUTE, **more)  # type: ignore[arg-type]
