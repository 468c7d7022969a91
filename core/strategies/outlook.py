"""Where the spot may be at a moment: the distribution that the smile implies, and the lognormal.

Smile: P(S > K) is what the market pays for 1 rupee above K, -∂C/∂K of the undiscounted call
(Breeden & Litzenberger, 1978), with C from the fitted volatilities: N(d₂) - F·φ(d₁)·√T·σ'(K).
Lognormal: one volatility, that at the money. Both have the expiry's forward as their mean.
"""

from dataclasses import dataclass
from datetime import datetime
from math import nan, sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from core.instruments.expiries import years_left
from core.pricing.normal import cumulative, density
from core.strategies.valuation import Floats, Market

WIDTH: Final = 8.0
POINTS: Final = 801
"""The lognormal's grid reaches eight standard deviations to either side of the forward."""
FAR, FARTHEST = 24.0, 4.0
"""That of the smile, whose wings are fat, twenty-four, or e⁴-fold; the closer, the finer."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Rising spots and the probability of ending at or below each."""

    spots: Floats
    below: Floats

    def cdf(self, spots: ArrayLike) -> Floats:
        return np.interp(np.asarray(spots, np.float64), self.spots, self.below, 0.0, 1.0)

    def mean_of(self, values: Floats) -> float:
        """Expected value of a function that has `values` at `spots`; the tails count as its ends.

        The mass of a cell is at its middle (trapezoid rule).
        """
        mass = np.diff(self.below)
        middle = 0.5 * (values[1:] + values[:-1])
        tails = self.below[0] * values[0] + (1 - self.below[-1]) * values[-1]
        return float(mass @ middle + tails)


def lognormal(forward: float, vol: float, years: float, *, drift: float = 0.0) -> Distribution:
    """With mean F·exp(drift); certain (a step) where there is no time or volatility left."""
    s = vol * sqrt(years)
    mean = forward * np.exp(drift)
    if not s > 0:
        step = mean * np.array([1 - 1e-9, 1 + 1e-9])
        return Distribution(step, np.array([0.0, 1.0]))
    d = np.linspace(-WIDTH, WIDTH, POINTS)
    return Distribution(mean * np.exp(s * d - 0.5 * s * s), cumulative(d))


def implied(market: Market, forward: float, years: float) -> Distribution | None:
    """From the market's volatilities at that time to expiry; None where there are none."""
    level = at_the_money(market, forward, years)
    if market.surface is None or not level * sqrt(max(years, 0.0)) > 0:
        return None
    root = sqrt(years)
    u = np.linspace(-1.0, 1.0, POINTS)
    x = min(FAR * level * root, FARTHEST) * u * (0.1 + 0.9 * np.abs(u))
    strikes = forward * np.exp(x)
    vols = _filled(np.asarray(market.surface.vol(strikes, np.full(POINTS, years)), np.float64))
    s = vols * root
    d2 = -x / s - 0.5 * s
    slope = np.gradient(vols, strikes)
    below = 1.0 - cumulative(d2) + forward * density(d2 + s) * root * slope
    return Distribution(strikes, np.maximum.accumulate(np.clip(below, 0.0, 1.0)))


def at_the_money(market: Market, forward: float, years: float) -> float:
    """The fitted volatility at the forward; nan where unknown."""
    if market.surface is None:
        return nan
    return float(np.asarray(market.surface.vol(np.array([forward]), np.array([years]))).item())


def years_to(market: Market, moment: datetime) -> float:
    return years_left(moment, market.now)


def _filled(vols: Floats) -> Floats:
    """Unknown wings keep the volatility of the last known strike."""
    known = np.flatnonzero(np.isfinite(vols))
    if not known.size:
        return vols
    return np.interp(np.arange(len(vols)), known, vols[known])
