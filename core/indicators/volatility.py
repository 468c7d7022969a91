"""Volatility: the average true range and Bollinger's bands."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.indicators.bars import over_known
from core.indicators.library import ta

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    lower: Floats
    middle: Floats
    upper: Floats


def true_range(high: Floats, low: Floats, close: Floats) -> Floats:
    """The range of each bar, stretched to the close before it; the first has none before it."""
    ranges = np.asarray(ta().TRANGE(high, low, close))
    ranges[:1] = high[:1] - low[:1]
    return ranges


def atr(high: Floats, low: Floats, close: Floats, length: int = 14) -> Floats:
    """Wilder's average of the true range, the first bar's being its high less its low.

    Ours, since TA-Lib's own leaves the first bar out and so differs from the published values.
    """
    return over_known(lambda h, lo, c: (wilder(true_range(h, lo, c), length),), high, low, close)[0]


def wilder(values: Floats, length: int) -> Floats:
    """Wilder's average: the mean of the first `length`, then each new value at 1/`length`."""
    return np.array(values) if length == 1 else np.asarray(ta().RMA(values, length))


def bollinger(values: Floats, length: int = 20, deviations: float = 2.0) -> Bands:
    """The mean of the last `length` bars, and so many standard deviations (of all, n) around it."""

    def bands(known: Floats) -> tuple[Floats, ...]:
        upper, middle, lower = ta().BBANDS(known, length, deviations, deviations)
        return lower, middle, upper

    lower, middle, upper = over_known(bands, values)
    return Bands(lower=lower, middle=middle, upper=upper)
