"""Volatility: the average true range and Bollinger's bands."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.indicators.bars import over_known, warmed, wilder, windows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    lower: Floats
    middle: Floats
    upper: Floats


def true_range(high: Floats, low: Floats, close: Floats) -> Floats:
    """The range of each bar, stretched to the close before it; the first has none before it."""
    before = np.concatenate([close[:1], close[:-1]])
    spans = high - low, np.abs(high - before), np.abs(low - before)
    ranges = np.max(spans, axis=0)
    ranges[:1] = (high - low)[:1]
    return np.asarray(ranges)


def atr(high: Floats, low: Floats, close: Floats, length: int = 14) -> Floats:
    """Wilder's average of the true range, the first bar's being its high less its low."""
    return over_known(lambda h, lo, c: (wilder(true_range(h, lo, c), length),), high, low, close)[0]


def bollinger(values: Floats, length: int = 20, deviations: float = 2.0) -> Bands:
    """The mean of the last `length` bars, and so many standard deviations (of all, n) around it."""
    lower, middle, upper = over_known(lambda v: _bands(v, length, deviations), values)
    return Bands(lower=lower, middle=middle, upper=upper)


def _bands(values: Floats, length: int, deviations: float) -> tuple[Floats, Floats, Floats]:
    seen = windows(values, length)
    middle = warmed(seen.mean(axis=1), values.size)
    width = deviations * warmed(seen.std(axis=1), values.size)
    return middle - width, middle, middle + width
