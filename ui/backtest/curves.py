"""A run's value over time as a chart takes it: few enough points, none of its peaks lost."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.results import Result

Floats = NDArray[np.float64]
MOST: Final = 1_600
"""Places of a chart; a run of more moments is told by the highest and lowest of each stretch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Rows of (epoch milliseconds, value); `benchmark` is empty where there is none."""

    equity: Floats
    drawdown: Floats
    benchmark: Floats


def curves(result: Result) -> Curves:
    time = result.time.astype(float) * 1000
    at = places(result.equity)
    fall = drawdown(result.equity, result.capital)
    return Curves(
        equity=rows(time, result.equity, at),
        drawdown=rows(time, fall, places(fall)),
        benchmark=rows(time, held(result), at),
    )


def held(result: Result) -> Floats:
    """What the capital would be worth, had it bought the benchmark at the start; else empty."""
    prices = result.benchmark
    known = np.flatnonzero(np.isfinite(prices) & (prices > 0))
    if len(prices) != len(result.time) or not len(known):
        return np.empty(0)
    worth: Floats = result.capital * prices / prices[known[0]]
    return worth


def drawdown(equity: Floats, capital: float) -> Floats:
    """As a fraction of the highest value so far, 0 or below."""
    if not len(equity):
        return equity
    peak = np.maximum(np.fmax.accumulate(equity), capital)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(peak > 0, equity / peak - 1, np.nan)


def places(values: Floats, most: int = MOST) -> NDArray[np.int64]:
    """Which moments are drawn: the first, the last, and of each stretch its lowest and highest."""
    count = len(values)
    if count <= most:
        return np.arange(count)
    edges = np.linspace(0, count, most // 2 + 1).astype(np.int64)
    found = {0, count - 1}
    for first, last in pairwise(edges.tolist()):
        part = values[first:last]
        if np.isfinite(part).any():
            found |= {int(first + np.nanargmin(part)), int(first + np.nanargmax(part))}
    return np.array(sorted(found))


def rows(time: Floats, values: Floats, at: NDArray[np.int64]) -> Floats:
    if len(values) != len(time):
        return np.empty((0, 2))
    return np.column_stack([time[at], values[at]])
