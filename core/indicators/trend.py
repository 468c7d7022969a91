"""Trend: moving averages, Supertrend, and Wilder's directional movement."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.indicators.bars import over_known, smoothed, warmed, windows
from core.indicators.volatility import atr

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
    return over_known(lambda v: (warmed(windows(v, length).mean(axis=1), v.size),), values)[0]


def ema(values: Floats, length: int, seed: Seed = Seed.MEAN) -> Floats:
    """Exponential average: each new bar weighs 2/(`length` + 1)."""
    return over_known(lambda v: (_ema(v, length, seed),), values)[0]


def _ema(values: Floats, length: int, seed: Seed) -> Floats:
    first = length if seed is Seed.MEAN else 1
    if values.size < first:
        return np.full(values.size, np.nan)
    start = float(values[:first].mean())
    rest = smoothed(values[first:], 2 / (length + 1), start)
    return warmed(np.concatenate([[start], rest]), values.size)


def supertrend(
    high: Floats, low: Floats, close: Floats, length: int = 10, multiplier: float = 3.0
) -> Supertrend:
    """Bands of `multiplier` average true ranges around the middle of each bar.

    A band only tightens until a close breaks it; then the trend turns. It starts as falling
    unless the first close is above its middle.
    """
    line, up = over_known(
        lambda h, lo, c: _supertrend(h, lo, c, length, multiplier), high, low, close
    )
    return Supertrend(line=line, up=up)


def _supertrend(
    high: Floats, low: Floats, close: Floats, length: int, multiplier: float
) -> tuple[Floats, Floats]:
    width = multiplier * atr(high, low, close, length)
    middle = (high + low) / 2
    line, up = np.full((2, close.size), np.nan)
    upper, lower, before, rising = np.inf, -np.inf, np.nan, False
    for i in range(length - 1, close.size):
        top, bottom, now = float(middle[i] + width[i]), float(middle[i] - width[i]), float(close[i])
        if before == before:  # a band is held until the close before has broken it
            upper = top if top < upper or before > upper else upper
            lower = bottom if bottom > lower or before < lower else lower
            rising = now >= lower if rising else now > upper
        else:
            upper, lower, rising = top, bottom, now > middle[i]
        line[i], up[i], before = lower if rising else upper, 1.0 if rising else -1.0, now
    return line, up
