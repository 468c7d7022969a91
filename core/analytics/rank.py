"""Where today's volatility stands among those of the past sessions."""

from math import nan
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

WINDOWS: Final = (30, 60, 252)
"""Sessions that a rank is usually taken over."""


def rank(history: ArrayLike, now: float, sessions: int | None = None) -> float:
    """(now - min)/(max - min) as a fraction of the last `sessions` of history (None: all of it).

    Below 0 or above 1 when `now` is outside of the range; nan when the history says nothing.
    """
    past = _past(history, sessions)
    if not past.size or past.max() <= past.min():
        return nan
    return float((now - past.min()) / (past.max() - past.min()))


def percentile(history: ArrayLike, now: float, sessions: int | None = None) -> float:
    """Share of the sessions whose value was strictly below `now`, as a fraction."""
    past = _past(history, sessions)
    return float((past < now).mean()) if past.size and now == now else nan


def _past(history: ArrayLike, sessions: int | None) -> NDArray[np.float64]:
    past = np.asarray(history, np.float64)
    if sessions is not None:
        past = past[-sessions:]
    return past[np.isfinite(past)]
