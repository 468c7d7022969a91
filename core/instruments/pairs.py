"""Two instruments against each other: their spread or their ratio, bar by bar."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.instruments.candle import Candles

Floats = NDArray[np.float64]


class Against(StrEnum):
    MINUS = "minus"  # the first less the second
    OVER = "over"  # the first divided by the second


def pair(first: Candles, second: Candles, how: Against, times: float = 1.0) -> Candles:
    """Bars of the starts that both have; `times` the second is counted.

    A bar opens and closes with its instruments. What it did between nobody knows, since their highs
    need not be of the same moment: high and low are those of opening and close, so that longer bars
    are best made of short ones of the pair. It has no volume of its own.
    """
    _, mine, others = np.intersect1d(first.time, second.time, return_indices=True)
    opened = _against(first.open[mine], second.open[others], how, times)
    closed = _against(first.close[mine], second.close[others], how, times)
    nothing = np.zeros(mine.size, np.int64)
    known = np.isfinite(opened) & np.isfinite(closed)
    return Candles(
        time=first.time[mine][known],
        open=opened[known],
        high=np.maximum(opened, closed)[known],
        low=np.minimum(opened, closed)[known],
        close=closed[known],
        volume=nothing[known],
        open_interest=nothing[known],
    )


def _against(mine: Floats, others: Floats, how: Against, times: float) -> Floats:
    if how is Against.MINUS:
        return mine - times * others
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(others != 0, mine / (times * others), np.nan)
