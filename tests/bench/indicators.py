"""Indicators beside TA-Lib called by hand, our own kernels beside plain loops, and longer bars.

Figure i: the registry's way costs little more than the library alone; what the library lacks is as
fast as arrays allow; a year of minutes becomes hours, days and weeks at once.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import talib

from core.clock import SetClock
from core.indicators.registry import INDICATORS, indicator
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.instruments.resample import resample
from tests.bench.rows import Row

BARS: Final = 100_000
MINUTES: Final = 375
MOST_RATIO: Final = 1.2
"""Of the library's own time: RSI, EMA and ATR; and how far apart they may be."""
APART: Final = 1e-10
CALENDAR: Final = MarketCalendar(SetClock(datetime(2026, 11, 20, 4, tzinfo=UTC)))


def run(quick: bool) -> list[Row]:
    rounds = 5 if quick else 15
    bars = made(BARS)
    return [
        *_beside_library(bars, rounds),
        *_own(bars, rounds),
        _all(bars, 1 if quick else 3),
        *_longer(bars, rounds),
    ]


def made(count: int) -> Candles:
    """A random walk in sessions of 375 minutes."""
    rng = np.random.default_rng(11)
    close = 24_000 * np.exp(np.cumsum(rng.normal(0, 3e-4, count)))
    opened = np.concatenate([[24_000.0], close[:-1]])
    spread = rng.random((2, count)) * 5
    days = CALENDAR.trading_days(
        datetime(2025, 1, 1, tzinfo=UTC).date(), datetime(2026, 11, 1, tzinfo=UTC).date()
    )
    session = [CALENDAR.session_of(day) for day in days]
    opens = np.array([int(each.opens_at.timestamp()) for each in session if each is not None])
    place = np.arange(count)
    return Candles(
        time=opens[place // MINUTES] + 60 * (place % MINUTES),
        open=opened,
        high=np.maximum(opened, close) + spread[0],
        low=np.minimum(opened, close) - spread[1],
        close=close,
        volume=rng.integers(1, 5_000, count),
        open_interest=rng.integers(1, 5_000, count),
    )


def _beside_library(bars: Candles, rounds: int) -> list[Row]:
    h, low, c = bars.high, bars.low, bars.close
    peers: Mapping[str, tuple[Callable[[], Any], dict[str, float]]] = {
        "ema": (lambda: talib.EMA(c, 20), {"length": 20}),
        "rsi": (lambda: talib.RSI(c, 14), {"length": 14}),
        "atr": (lambda: talib.ATR(h, low, c, 14), {"length": 14}),
        "supertrend": (lambda: talib.SUPERTREND(h, low, c, 10, 3.0)[0], {"length": 10}),
    }
    rows = []
    for name, (peer, given) in peers.items():
        entry, kernel = indicator(name), _kernel(name, bars, given)
        _agree(name, kernel(), peer())
        ours, theirs = _turns(kernel, peer, rounds)
        asked = name in ("ema", "rsi", "atr")
        rows.append(
            Row(
                figure="i",
                what=f"{entry.title}, {BARS:,} bars, beside TA-Lib alone",
                ours=ours,
                peer=theirs,
                unit="ms",
                ratio=ours / theirs,
                target=f"≤ {MOST_RATIO:g}× + {SLACK:g} ms" if asked else "shown",
                ok=not asked or ours <= MOST_RATIO * theirs + SLACK,
            )
        )
    return rows


SLACK: Final = 1.0
"""Milliseconds that the stepping over unknown bars may take besides."""


def _kernel(name: str, bars: Candles, given: dict[str, float]) -> Callable[[], Any]:
    entry = indicator(name)
    first = entry.outputs[0].name
    return lambda: entry.compute(bars, **given)[first]


def _agree(name: str, ours: Any, theirs: Any) -> None:
    """As far as both are known; TA-Lib's ATR starts a bar later, which is forgotten in time."""
    known = np.isfinite(ours) & np.isfinite(theirs)
    known[: BARS // 10] &= name != "atr"
    assert known.sum() > BARS * 0.8, name
    off = np.abs(ours[known] - theirs[known]) / np.maximum(np.abs(theirs[known]), 1.0)
    assert off.max() <= APART, (name, off.max())


def _own(bars: Candles, rounds: int) -> list[Row]:
    """What TA-Lib lacks, beside the same written as a loop over bars."""
    rows = []
    kernel = _kernel("vwap", bars, {})
    _agree("vwap", kernel(), _vwap_loop(bars))
    ours, theirs = _turns(kernel, lambda: _vwap_loop(bars), max(rounds // 3, 2))
    rows.append(_own_row("VWAP by session, with bands", ours, theirs))
    for name in ("pivots", "opening_range", "ichimoku"):
        ours, _ = _turns(_kernel(name, bars, {}), lambda: None, rounds)
        rows.append(_own_row(indicator(name).title, ours, None))
    return rows


def _own_row(what: str, ours: float, theirs: float | None) -> Row:
    return Row(
        figure="i",
        what=f"{what}, {BARS:,} bars, our own",
        ours=ours,
        peer=theirs,
        unit="ms",
        ratio=theirs / ours if theirs else None,
        target="≥ 3× a loop" if theirs else "≤ 20 ms",
        ok=theirs >= 3 * ours if theirs else ours <= 20,
    )


def _vwap_loop(bars: Candles) -> Any:
    """With its deviation, as ours has its bands."""
    found, bands, paid, squares, traded, day = [], [], 0.0, 0.0, 0.0, -1
    columns = (bars.time, bars.high, bars.low, bars.close, bars.volume)
    for time_, high, low, close, volume in zip(*(c.tolist() for c in columns), strict=True):
        if (now := (time_ + 19_800) // 86_400) != day:
            paid, squares, traded, day = 0.0, 0.0, 0.0, now
        price = (high + low + close) / 3
        paid += price * volume
        squares += price * price * volume
        traded += volume
        mean = paid / traded
        found.append(mean)
        bands.append(max(squares / traded - mean * mean, 0.0) ** 0.5)
    return np.array(found)


def _all(bars: Candles, rounds: int) -> Row:
    """Every entry once: what a chart with all of them would take."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        for each in INDICATORS.values():
            each.compute(bars)
        took.append(1000 * (time.perf_counter() - began))
    mean = statistics.median(took) / len(INDICATORS)
    return Row(
        figure="i",
        what=f"All {len(INDICATORS)} entries, {BARS:,} bars, each",
        ours=mean,
        peer=None,
        unit="ms",
        ratio=None,
        target="≤ 15 ms",
        ok=mean <= 15,
    )


def _longer(bars: Candles, rounds: int) -> list[Row]:
    """Beside pandas' resample, which knows no sessions and counts hours from midnight in UTC."""
    import pandas as pd

    frame = pd.DataFrame(
        {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")},
        index=pd.to_datetime(bars.time, unit="s"),
    )
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    rows = []
    for text, theirs_as in (("5m", "5min"), ("1h", "1h"), ("1d", "1D")):
        interval = Interval.parse(text)
        ours, theirs = _turns(
            lambda interval=interval: resample(bars, interval, CALENDAR),
            lambda as_=theirs_as: frame.resample(as_).agg(how).dropna(),
            rounds,
        )
        rows.append(
            Row(
                figure="i",
                what=f"{BARS:,} minutes to bars of {text}, by session",
                ours=ours,
                peer=theirs,
                unit="ms",
                ratio=theirs / ours,
                target="≤ 2× its time",
                ok=ours <= 2 * theirs,
            )
        )
    return rows


def _turns(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Medians of milliseconds, one call of each per round."""
    took: Sequence[list[float]] = ([], [])
    for _ in range(rounds):
        gc.collect()
        for each, call in zip(took, (ours, theirs), strict=True):
            began = time.perf_counter()
            call()
            each.append(1000 * (time.perf_counter() - began))
    return statistics.median(took[0]), statistics.median(took[1])
