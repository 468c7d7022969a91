"""India VIX from the quotes of NIFTY options of the near and the next month, by the NSE's method.

NSE, "India VIX: computation methodology": the CBOE's formula of 2003 on the bid and ask of options
out of the money, the month's future as forward, the time to the minute, and a natural cubic spline
over the strikes for options whose spread is too wide. Which months are the near and the next is
for the caller to say (core.services.volatility_view.vix_months).
"""

from dataclasses import dataclass
from math import exp, nan, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.constant_maturity import MONTH
from core.analytics.forward import mids

Floats = NDArray[np.float64]

WIDE: Final = 0.30
"""A spread above this part of the mid is too wide to be used."""
LEAST_STRIKES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class VixSide:
    """One month's options: `bid`, `ask` of shape (2, strikes), calls first, strikes ascending."""

    years: float
    forward: float
    strikes: Floats
    bid: Floats
    ask: Floats


def india_vix(near: VixSide, next_: VixSide, *, rate: float) -> float:
    """The index as it is published (10.32 stands for 10.32 % a year); nan when quotes are lacking.

    The two variances are interpolated in total variance to thirty days; extrapolated when both
    months lie on one side of it. `rate` continuous, a fraction (the NSE takes the MIBOR).
    """
    if not 0 < near.years < next_.years:
        return nan
    total = [each.years * variance(each, rate) for each in (near, next_)]
    part = (next_.years - MONTH) / (next_.years - near.years)
    mixed = (total[0] * part + total[1] * (1 - part)) / MONTH
    return 100 * sqrt(mixed) if mixed > 0 else nan


def variance(side: VixSide, rate: float) -> float:
    """(2/T)·Σ ΔK/K²·e^{RT}·Q(K) - (F/K0 - 1)²/T, K0 the strike next below the forward."""
    at = int(np.searchsorted(side.strikes, side.forward, "right")) - 1
    if at < 0:
        return nan
    mid = quotes(side)
    price = np.where(np.arange(side.strikes.size) < at, mid[1], mid[0])
    price[at] = mid[:, at].mean()
    known = np.isfinite(price)
    if known.sum() < LEAST_STRIKES or not known[at]:
        return nan
    strikes, price = side.strikes[known], price[known]
    steps = np.gradient(strikes, np.arange(strikes.size))  # half the way to both neighbours
    part = (steps / strikes**2 * price).sum() * exp(rate * side.years)
    money = float(side.strikes[at])
    return float((2 * part - (side.forward / money - 1) ** 2) / side.years)


def quotes(side: VixSide) -> Floats:
    """Mid prices (2, strikes); where the spread is too wide, the spline of the good ones.

    nan beyond the outermost good quotes: nothing is made up there.
    """
    mid = mids(side.bid, side.ask)
    with np.errstate(invalid="ignore"):
        good = side.ask - side.bid <= WIDE * mid
    found = np.where(good, mid, np.nan)
    for row, tight in zip(found, good, strict=True):
        if tight.sum() >= LEAST_STRIKES:
            knots = side.strikes[tight]
            inside = ~tight & (side.strikes > knots[0]) & (side.strikes < knots[-1])
            row[inside] = natural_spline(knots, row[tight], side.strikes[inside])
    return np.where(found > 0, found, np.nan)


def natural_spline(x: Floats, y: Floats, at: Floats) -> Floats:
    """The natural cubic spline through (x, y), x ascending, at points between x[0] and x[-1].

    Press et al., Numerical Recipes, section 3.3: the second derivatives solve a tridiagonal system.
    """
    h = np.diff(x)
    bend = np.zeros(x.size)
    if x.size > 2:
        matrix = np.diag((x[2:] - x[:-2]) / 3) + np.diag(h[1:-1] / 6, 1) + np.diag(h[1:-1] / 6, -1)
        bend[1:-1] = np.linalg.solve(matrix, np.diff(np.diff(y) / h))
    i = np.clip(np.searchsorted(x, at) - 1, 0, x.size - 2)
    a = (x[i + 1] - at) / h[i]
    b = 1 - a
    curve = (a**3 - a) * bend[i] + (b**3 - b) * bend[i + 1]
    return np.asarray(a * y[i] + b * y[i + 1] + curve * h[i] ** 2 / 6)
