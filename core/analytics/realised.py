"""Realised volatility over a moving window: close to close, Parkinson, Yang-Zhang; and its cone.

All take prices of sessions in order of time and give one volatility a year (a fraction) per
session, nan until the window is full and wherever a price in it is unknown or not above zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SESSIONS_PER_YEAR: Final = 252
HORIZONS: Final = (5, 10, 20, 30, 60, 90, 120, 252)


def close_close(
    close: ArrayLike, window: int, sessions_per_year: float = SESSIONS_PER_YEAR
) -> Floats:
    """Standard deviation (about its mean, over window - 1) of `window` logarithmic returns."""
    c = _log(close)
    returns = np.concatenate([[np.nan], np.diff(c)])[: c.size]
    return _yearly(_variance(returns, window), sessions_per_year)


def parkinson(
    high: ArrayLike, low: ArrayLike, window: int, sessions_per_year: float = SESSIONS_PER_YEAR
) -> Floats:
    """√(mean of ln(H/L)² / (4 ln 2)): Parkinson, Journal of Business 53 (1980)."""
    reach = (_log(high) - _log(low)) ** 2 / (4 * log(2))
    return _yearly(_mean(reach, window), sessions_per_year)


def yang_zhang(
    open_: ArrayLike,
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    window: int,
    sessions_per_year: float = SESSIONS_PER_YEAR,
) -> Floats:
    """Overnight + k·open-to-close + (1 - k)·Rogers-Satchell, k = 0.34/(1.34 + (n+1)/(n-1)).

    Yang and Zhang, Journal of Business 73 (2000), equations 10 to 12. Independent of drift and of
    opening jumps.
    """
    o, h, lo, c = (_log(x) for x in (open_, high, low, close))
    overnight = np.concatenate([[np.nan], o[1:] - c[:-1]])[: c.size]
    inside = (h - c) * (h - o) + (lo - c) * (lo - o)
    share = 0.34 / (1.34 + (window + 1) / (window - 1)) if window > 1 else np.nan
    variance = (
        _variance(overnight, window)
        + share * _variance(c - o, window)
        + (1 - share) * _mean(inside, window)
    )
    return _yearly(variance, sessions_per_year)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cone:
    """For each horizon (sessions): what realised volatility has been; `latest` is the last one."""

    horizons: tuple[int, ...]
    least: Floats
    quarter: Floats
    median: Floats
    three_quarters: Floats
    most: Floats
    latest: Floats


def cone(
    close: ArrayLike,
    horizons: Sequence[int] = HORIZONS,
    sessions_per_year: float = SESSIONS_PER_YEAR,
) -> Cone:
    """Of close-to-close volatility over overlapping windows; nan where history is too short."""
    table = np.full((6, len(horizons)), np.nan)
    for at, horizon in enumerate(horizons):
        found = close_close(close, horizon, sessions_per_year)
        known = found[np.isfinite(found)]
        if known.size:
            table[:5, at] = np.quantile(known, (0, 0.25, 0.5, 0.75, 1))
            table[5, at] = found[-1]
    return Cone(
        horizons=tuple(horizons),
        least=table[0],
        quarter=table[1],
        median=table[2],
        three_quarters=table[3],
        most=table[4],
        latest=table[5],
    )


def _log(prices: ArrayLike) -> Floats:
    known = np.asarray(prices, np.float64)
    return np.asarray(np.log(np.where(known > 0, known, np.nan)))


def _windows(values: Floats, window: int) -> Floats:
    return np.lib.stride_tricks.sliding_window_view(values, window)


def _mean(values: Floats, window: int) -> Floats:
    found = np.full(values.size, np.nan)
    if 0 < window <= values.size:
        found[window - 1 :] = _windows(values, window).mean(axis=1)
    return found


def _variance(values: Floats, window: int) -> Floats:
    found = np.full(values.size, np.nan)
    if 1 < window <= values.size:
        found[window - 1 :] = _windows(values, window).var(axis=1, ddof=1)
    return found


def _yearly(variance: Floats, sessions_per_year: float) -> Floats:
    # an inconsistent bar (high below the close) can make Rogers-Satchell negative
    return np.asarray(np.sqrt(np.where(variance >= 0, variance, np.nan) * sessions_per_year))
