"""Volume: the average price that was paid, since the session began."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """`average` of what was paid, and its standard deviation by volume; nan until a trade."""

    average: Floats
    deviation: Floats


def vwap(price: Floats, volume: Floats, session: Ints | None = None) -> Floats:
    """Σ(price·volume)/Σ(volume) so far, begun anew wherever `session` (a number per bar) changes.

    An unknown bar adds nothing and has no value; nan until something has traded. TA-Lib's knows no
    sessions.
    """
    return paid(price, volume, session).average


def paid(price: Floats, volume: Floats, session: Ints | None = None) -> Paid:
    """As `vwap`, with the spread of the prices around it."""
    known = np.isfinite(price) & np.isfinite(volume)
    at = np.zeros(price.size, np.int64) if session is None else session
    starts = np.flatnonzero(np.concatenate([[True], at[1:] != at[:-1]])) if at.size else at
    if not known.all():
        price, volume = np.where(known, price, 0.0), np.where(known, volume, 0.0)
    base = np.repeat(price[starts], np.diff(np.append(starts, price.size)))
    away = price - base  # small numbers, so that their squares keep digits
    paid_for = away * volume
    traded = _since(np.array(volume), starts)
    with np.errstate(divide="ignore", invalid="ignore"):
        away *= paid_for
        mean = _since(paid_for, starts) / traded
        spread = _since(away, starts) / traded
        spread -= mean * mean
    seen = known & (traded > 0)
    base += mean
    base[~seen] = np.nan
    deviation = np.sqrt(np.maximum(spread, 0.0, out=spread), out=spread)
    deviation[~seen] = np.nan
    return Paid(average=base, deviation=deviation)


def _since(values: Floats, starts: Ints) -> Floats:
    """Running sums that begin anew at each of `starts`, in the place of the values."""
    for first, last in zip(starts, np.append(starts[1:], values.size)[: starts.size], strict=True):
        np.cumsum(values[first:last], out=values[first:last])
    return values
