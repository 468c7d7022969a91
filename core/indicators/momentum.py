"""Momentum: relative strength, and the distance of two moving averages."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.indicators.bars import over_known
from core.indicators.library import ta
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
    strength = np.asarray(ta().RSI(values, length))
    moved = np.flatnonzero(values != values[:1])
    still = int(moved[0]) if moved.size else values.size
    strength[length:still] = 50.0  # where TA-Lib says 0
    return strength


def macd(
    values: Floats, fast: int = 12, slow: int = 26, signal: int = 9, seed: Seed = Seed.MEAN
) -> Macd:
    """Moving average convergence/divergence (Appel) of exponential averages.

    Each average has its own start; TA-Lib's MACD begins both at the same bar.
    """
    line = ema(values, fast, seed) - ema(values, slow, seed)
    smooth = ema(line, signal, seed)
    return Macd(line=line, signal=smooth, histogram=line - smooth)
