"""Max pain: the settlement at which option holders together would receive the least."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def pay_out(strikes: Floats, calls: Floats, puts: Floats) -> Floats:
    """What holders would receive in all if the underlying settled at each of the strikes.

    Open interest in units, strikes rising; unknown open interest (nan) counts as none.
    """
    c, p = np.nan_to_num(calls), np.nan_to_num(puts)
    # calls pay S - K below S, puts K - S above it: running sums instead of a table
    to_calls = strikes * np.cumsum(c) - np.cumsum(c * strikes)
    after = np.cumsum((p * strikes)[::-1])[::-1]
    to_puts = after - strikes * np.cumsum(p[::-1])[::-1]
    return np.asarray(to_calls + to_puts)


def max_pain(strikes: Floats, calls: Floats, puts: Floats) -> float:
    """The strike with the least pay-out, the lowest of equals; nan without open interest."""
    if not strikes.size or np.nansum(calls) + np.nansum(puts) <= 0:
        return float("nan")
    return float(strikes[int(pay_out(strikes, calls, puts).argmin())])
