"""Momentum: relative strength, and the distance of two moving averages."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.indicators.bars import over_known, warmed, wilder
from core.indicators.trend import Seed, ema

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Macd:
    """`line`: fast less slow average; `signal`: its own average; `histogram`: line less signal."""

    line: Floats
    signal: Floats
    histogram: Floats


def rsi(values: Floats, length: int = 14) -> Floats:
    """Wilder's relative strength index, 0 to 100; known from bar `length` on.

    Without any loss in memory it is 100; without any movement at all, 50.
    """
    return over_known(lambda v: (_rsi(v, length),), values)[0]


def _rsi(values: Floats, length: int) -> Floats:
    moves = np.diff(values)
    gains, losses = (wilder(np.maximum(side * moves, 0.0), length) for side in (1, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        strength = np.where(gains + losses == 0, 50.0, 100 * gains / (gains + losses))
    return warmed(strength, values.size)


def macd(
    values: Floats, fast: int = 12, slow: int = 26, signal: int = 9, seed: Seed = Seed.MEAN
) -> Macd:
    """Moving average convergence/divergence (Appel) of exponential averages."""
    line = ema(values, fast, seed) - ema(values, slow, seed)
    smooth = ema(line, signal, seed)
    return Macd(line=line, signal=smooth, histogram=line - smooth)
