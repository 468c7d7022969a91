"""What all indicators share: unknown bars are stepped over, and the first bars are a warm-up."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def over_known(compute: Callable[..., tuple[Floats, ...]], *columns: Floats) -> tuple[Floats, ...]:
    """`compute` over the bars of which every column is known, put back in their places.

    A bar with an unknown number (nan) has an unknown result and is no part of any window: ten
    bars are the last ten known ones.
    """
    known = np.isfinite(columns[0])
    for column in columns[1:]:
        known &= np.isfinite(column)
    if known.all():
        return compute(*columns)
    return tuple(_placed(r, known) for r in compute(*(c[known] for c in columns)))


def _placed(values: Floats, known: NDArray[np.bool_]) -> Floats:
    out = np.full(known.shape, np.nan)
    out[known] = values
    return out


def windows(values: Floats, length: int) -> Floats:
    """The last `length` values at each bar from bar `length - 1` on: shape (bars, length)."""
    if values.size < length:
        return np.empty((0, length))
    return np.lib.stride_tricks.sliding_window_view(values, length)


def warmed(values: Floats, bars: int) -> Floats:
    """`values` for the last bars of `bars`; nan before them."""
    return np.concatenate([np.full(bars - values.size, np.nan), values])


def smoothed(values: Floats, weight: float, start: float) -> Floats:
    """start + weight·(value - start), and on from there: an exponential average."""
    average, out = start, []
    for value in values.tolist():
        average += weight * (value - average)
        out.append(average)
    return np.array(out)
