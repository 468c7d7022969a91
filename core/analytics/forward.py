"""The forward of an expiry: what its options say, else its future, else carry."""

from math import exp, nan

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST, LEAST = 5, 3
"""Strikes that vote on the parity forward."""


def mids(bid: Floats, ask: Floats) -> Floats:
    """Middle of the quotes; nan unless both are above zero and not crossed."""
    good = (bid > 0) & (ask > 0) & (bid <= ask)
    return np.where(good, (bid + ask) / 2, np.nan)


def mids_or_last(bid: Floats, ask: Floats, last: Floats) -> Floats:
    """What a contract can be had for: the middle of its quotes, else its last trade, else nan."""
    mid = mids(bid, ask)
    return np.where(np.isfinite(mid), mid, np.where(last > 0, last, np.nan))


def parity_forward(
    strikes: Floats, calls: Floats, puts: Floats, near: float, discount: float = 1.0
) -> float:
    """Median of K + (C - P)/D over the three to five strikes nearest to `near`.

    `calls` and `puts` are mid prices, nan where a side is not quoted. nan with fewer than three,
    or none next to the money: quotes left over in the wings say nothing of the forward.
    """
    if not near > 0:
        return nan
    both = np.flatnonzero(np.isfinite(calls) & np.isfinite(puts))
    nearest = np.argsort(np.abs(strikes - near), kind="stable")[: 2 * MOST]
    votes = nearest[np.isin(nearest, both)][:MOST]
    if len(votes) < LEAST:
        return nan
    return float(np.median(strikes[votes] + (calls[votes] - puts[votes]) / discount))


def carried(price: float, rate: float, years: float) -> float:
    """`price` grown at `rate` (continuous) for `years`; negative years take it back."""
    return price * exp(rate * years) if price > 0 and years == years else nan
