"""Volume: the average price that was paid, since the session began."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def vwap(price: Floats, volume: Floats, session: NDArray[np.int64] | None = None) -> Floats:
    """Σ(price·volume)/Σ(volume) so far, begun anew wherever `session` (a number per bar) changes.

    An unknown bar adds nothing and has no value; nan until something has traded.
    """
    known = np.isfinite(price) & np.isfinite(volume)
    paid = np.where(known, price * volume, 0.0)
    traded = np.where(known, volume, 0.0)
    at = np.zeros(price.size, np.int64) if session is None else session
    starts = np.flatnonzero(np.concatenate([[True], at[1:] != at[:-1]])) if at.size else at
    with np.errstate(divide="ignore", invalid="ignore"):
        average = _since(paid, starts) / _since(traded, starts)
    return np.where(known & np.isfinite(average), average, np.nan)


def _since(values: Floats, starts: NDArray[np.int64]) -> Floats:
    """Running sums that begin anew at each of `starts`."""
    if not values.size:
        return values
    total = np.cumsum(values)
    before = total[starts] - values[starts]
    return np.asarray(total - np.repeat(before, np.diff(np.append(starts, values.size))))
