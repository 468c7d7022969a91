"""At-the-money volatility by expiry, and that of a fixed time between two expiries."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, nan, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.forward import carried, parity_forward
from core.analytics.sides import IS_CALL
from core.analytics.smile_quotes import outside
from core.pricing.implied_vol import implied_vol

Floats = NDArray[np.float64]

MONTH: Final = 30 / 365
"""Thirty calendar days, in years of 525,600 minutes."""
STRETCH: Final = 10 / 365
"""An expiry so near to the fixed time stands for it where there is none on its other side: the
gap from one monthly expiry to the next is 35 days at most."""
LEAST_YEARS: Final = 1 / 365
"""In its last day an expiry's volatility is of that day, not of the market."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maturity:
    """One expiry at one moment: `vol` is its at-the-money volatility, a fraction; nan = unknown."""

    years: float
    forward: float
    vol: float


def constant_maturity(points: Sequence[Maturity], years: float = MONTH) -> float:
    """Volatility of `years`, linear in total variance between the expiries around it.

    nan where there is no expiry on one side and the other's is further away than `STRETCH`.
    """
    known = sorted((p.years, p.vol) for p in points if p.years >= LEAST_YEARS and p.vol > 0)
    before = [point for point in known if point[0] <= years]
    after = [point for point in known if point[0] >= years]
    if before and after:
        (t1, v1), (t2, v2) = before[-1], after[0]
        part = (years - t1) / (t2 - t1) if t2 > t1 else 0.0
        return sqrt((v1 * v1 * t1 * (1 - part) + v2 * v2 * t2 * part) / years)
    nearest = min(known, key=lambda point: abs(point[0] - years), default=(nan, nan))
    return nearest[1] if abs(nearest[0] - years) <= STRETCH else nan


def nearest_vol(points: Sequence[Maturity]) -> Maturity | None:
    """The nearest expiry that has more than its last day to go; None without one."""
    known = [point for point in points if point.years >= LEAST_YEARS and point.vol > 0]
    return min(known, key=lambda point: point.years, default=None)


def at_the_money_vol(strikes: Floats, iv: Floats, forward: float) -> float:
    """Volatility at the forward, between the strikes around it; nan outside the known ones.

    `iv` is (2, strikes), calls first; that of the side out of the money counts, else the other's.
    """
    vol = outside(iv, strikes, forward)
    known = np.isfinite(vol)
    if not known.any() or not forward > 0:
        return nan
    return float(np.interp(forward, strikes[known], vol[known], left=nan, right=nan))


def of_chain(strikes: Floats, prices: Floats, spot: float, years: float, rate: float) -> Maturity:
    """From a whole chain's prices, (2, strikes), calls first; nan where a side has none."""
    discount = exp(-rate * years)
    forward = parity_forward(strikes, prices[0], prices[1], spot, discount)
    if not forward > 0:
        forward = carried(spot, rate, years)
    iv, _ = implied_vol(prices, forward, strikes, years, discount, IS_CALL)
    return Maturity(years=years, forward=forward, vol=at_the_money_vol(strikes, iv, forward))


def of_straddle(strike: float, call: float, put: float, years: float, rate: float) -> Maturity:
    """From the two options of the strike nearest the money: the forward is theirs by parity."""
    discount = exp(-rate * years)
    forward = strike + (call - put) / discount
    vol, _ = implied_vol(call, forward, strike, years, discount, call=True)
    return Maturity(years=years, forward=forward, vol=float(vol))
