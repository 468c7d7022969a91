"""India VIX: the fair variance of NIFTY's near and next month, interpolated to thirty days.

The exchange sums out-of-the-money options over squared strikes; over a whole smile that sum is the
expected variance, which for a smile in total variance w(k) is ∫ φ(z) w(k(z)) dz at the place where
d2 = z (Gatheral, 2006). A test compares it with the exchange's sum over the listed strikes.
"""

from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.calendar import closing_ms
from data.simulator.market.day import Day
from data.simulator.market.listing import near_months
from data.simulator.market.surface import YEAR_MS, money_variance, variance, variance_clock
from data.simulator.market.underlyings import BY_SYMBOL

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY_MS: Final = 86_400_000.0
NEAREST: Final = 3 * DAY_MS
"""A month that expires within three days is left for the next one."""
NODES: Final = np.arange(-9, 10) * 0.6
WEIGHTS: Final = np.exp(-0.5 * NODES * NODES)
"""The trapezoid rule, which for a bell has hardly any error."""
ROUNDS: Final = 8
KNOTS: Final = 12
NIFTY: Final = BY_SYMBOL["NIFTY"].number


def vix(day: Day, at_ms: Ints) -> Floats:
    """In points, at moments of this day."""
    return np.asarray(np.round(_points(day, at_ms, _of_smile), 2))


def _points(day: Day, at_ms: Ints, worth: Callable[[Floats], Floats]) -> Floats:
    near, later = _months(day)
    first, second = (worth(_theta(day, expiry, at_ms)) for expiry in (near, later))
    t1 = (closing_ms(near) - at_ms) / YEAR_MS
    t2 = (closing_ms(later) - at_ms) / YEAR_MS
    month = 30.0 / 365.0
    total = (first * (t2 - month) + second * (month - t1)) / (t2 - t1)
    return np.asarray(100.0 * np.sqrt(total / month))


def rough_vix(day: Day, at_ms: Ints) -> Floats:
    """The same to a thousandth of a point, not rounded, where many moments of a day are asked: the
    fair variance depends on θ alone, so that a few knots of it tell the rest."""
    return _points(day, at_ms, _between_knots)


def _theta(day: Day, expiry: date, at_ms: Ints) -> Floats:
    numbers = np.full(len(at_ms), NIFTY)
    ends = variance_clock(day.daily.number(expiry), closing_ms(expiry), 1.0)
    return money_variance(day, numbers, at_ms, np.full(len(at_ms), float(ends)))


def _between_knots(theta: Floats) -> Floats:
    knots = np.linspace(theta.min(), theta.max(), KNOTS)
    return np.asarray(np.interp(theta, knots, _of_smile(knots)))


def _of_smile(theta: Floats) -> Floats:
    numbers = np.full(len(theta), NIFTY)
    w = np.repeat(theta[:, None], len(NODES), axis=1)
    for _ in range(ROUNDS):  # d2(k) = z: k = -z√w - w/2
        w = variance(numbers[:, None], theta[:, None], -NODES * np.sqrt(w) - 0.5 * w)
    return np.asarray(w @ (WEIGHTS / WEIGHTS.sum()))


def _months(day: Day) -> tuple[date, date]:
    """The two months' expiries that the index is made of."""
    usable = [e for e in near_months("NIFTY", day.date) if closing_ms(e) - day.opens > NEAREST]
    return usable[0], usable[1]
