"""Max pain: the settlement at which option holders together would receive the least."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def pay_out(strikes: Floats, calls: Floats, puts: Floats) -> Floats:
    """What holders would receive in all if the underlying settled at each of the strikes.

    Open interest in units, strikes rising along the last axis; unknown (nan) counts as none.
    """
    c, p = np.nan_to_num(calls), np.nan_to_num(puts)
    # calls pay S - K below S, puts K - S above it: running sums instead of a table
    to_calls = strikes * np.cumsum(c, axis=-1) - np.cumsum(c * strikes, axis=-1)
    after = np.cumsum((p * strikes)[..., ::-1], axis=-1)[..., ::-1]
    to_puts = after - strikes * np.cumsum(p[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray(to_calls + to_puts)


def max_pain(strikes: Floats, calls: Floats, puts: Floats) -> float:
    """The strike with the least pay-out, the lowest of equals; nan without open interest."""
    return float(max_pains(strikes, calls, puts))


def max_pains(strikes: Floats, calls: Floats, puts: Floats) -> Floats:
    """The same for each minute of (minutes, strikes)."""
    some = np.nansum(calls, axis=-1) + np.nansum(puts, axis=-1) > 0
    if not strikes.size:
        return np.full(some.shape, np.nan)
    return np.where(some, strikes[pay_out(strikes, calls, puts).argmin(axis=-1)], np.nan)
