"""Trend: moving averages and Supertrend."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.indicators.bars import over_known, smoothed
from core.indicators.library import ta

Floats = NDArray[np.float64]


class Seed(StrEnum):
    """What an exponential average starts from."""

    MEAN = "mean"  # the simple average of the first `length` bars; unknown before them
    FIRST = "first"  # the first bar itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Supertrend:
    """`line`: the stop below a rising or above a falling market; `up`: 1 rising, -1 falling.

    Both nan while it warms up.
    """

    line: Floats
    up: Floats


def sma(values: Floats, length: int) -> Floats:
    """The mean of the last `length` bars."""
    return over_known(lambda v: (ta().SMA(v, length),), values)[0]


def ema(values: Floats, length: int, seed: Seed = Seed.MEAN) -> Floats:
    """Exponential average: each new bar weighs 2/(`length` + 1)."""

    def average(known: Floats) -> tuple[Floats]:
        if seed is Seed.MEAN:
            return (ta().EMA(known, length),)
        start = float(known[0]) if known.size else 0.0  # TA-Lib knows no such start
        return (smoothed(known, 2 / (length + 1), start),)

    return over_known(average, values)[0]


def supertrend(
    high: Floats, low: Floats, close: Floats, length: int = 10, multiplier: float = 3.0
) -> Supertrend:
    """Bands of `multiplier` average true ranges around the middle of each bar.

    A band only tightens until a close breaks it; then the trend turns. The first bar has no true
    range, so that it starts at bar `length`.
    """

    def stops(h: Floats, lo: Floats, c: Floats) -> tuple[Floats, ...]:
        line, up = ta().SUPERTREND(h, lo, c, length, multiplier)
        return line, np.where(np.isfinite(line), up.astype(np.float64), np.nan)

    line, up = over_known(stops, high, low, close)
    return Supertrend(line=line, up=up)
