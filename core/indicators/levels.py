"""Levels: lines that a whole session, week or month leaves to the next."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Levels = Callable[[Floats, Floats, Floats], tuple[Floats, ...]]
"""Of high, low and close: the pivot, resistances upwards, supports downwards."""


def classic(high: Floats, low: Floats, close: Floats) -> tuple[Floats, ...]:
    """Floor traders' pivots."""
    pivot, height = (high + low + close) / 3, high - low
    return (
        pivot,
        *(2 * pivot - low, pivot + height, high + 2 * (pivot - low)),
        *(2 * pivot - high, pivot - height, low - 2 * (high - pivot)),
    )


def fibonacci(high: Floats, low: Floats, close: Floats) -> tuple[Floats, ...]:
    pivot, height = (high + low + close) / 3, high - low
    away = [share * height for share in (0.382, 0.618, 1.0)]
    return pivot, *(pivot + each for each in away), *(pivot - each for each in away)


def woodie(high: Floats, low: Floats, close: Floats) -> tuple[Floats, ...]:
    """With double weight of the close."""
    pivot, height = (high + low + 2 * close) / 4, high - low
    return (
        pivot,
        *(2 * pivot - low, pivot + height, high + 2 * (pivot - low)),
        *(2 * pivot - high, pivot - height, low - 2 * (high - pivot)),
    )


def camarilla(high: Floats, low: Floats, close: Floats) -> tuple[Floats, ...]:
    """Stott's, around the close: 1.1 of the range over 12, 6, 4 and 2."""
    pivot, height = (high + low + close) / 3, high - low
    away = [1.1 * height / part for part in (12, 6, 4, 2)]
    return pivot, *(close + each for each in away), *(close - each for each in away)


def central_range(high: Floats, low: Floats, close: Floats) -> tuple[Floats, ...]:
    """Pivot, top and bottom of the central range: the middle of the bar, and as far beyond."""
    pivot, middle = (high + low + close) / 3, (high + low) / 2
    other = 2 * pivot - middle
    return pivot, np.maximum(middle, other), np.minimum(middle, other)


def extremes(high: Floats, low: Floats, close: Floats) -> tuple[Floats, ...]:
    return high, low, close
