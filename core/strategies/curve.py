"""The pay-off at one moment as a curve: its kinks or its grid, its zeros, its extremes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf, nan, sqrt
from typing import Final

import numpy as np

from core.analytics.broken_line import NOTHING, zero_beyond, zeros
from core.instruments.expiries import years_left
from core.strategies.legs import Leg
from core.strategies.outlook import Distribution
from core.strategies.valuation import (
    NEAR_ZERO,
    Floats,
    Market,
    columns,
    floor,
    leg_vols,
    results,
    seconds,
)

GRID: Final = 801
REACH: Final = 7.0
"""With later legs alive the curve is read from 801 spots over seven standard deviations of the last
expiry to either side, all strikes, and a spot of next to nothing; zeros are then refined.
"""
USUAL_VOL: Final = 0.5
"""Takes the place of an unknown volatility in the reach of the grid, and nowhere else."""
FARTHEST: Final = 100.0
"""A breakeven above a hundred times the spot is none: a basis leaves slopes of next to nothing."""
ZOOMS: Final = 4
PARTS: Final = 16

Results = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Curve:
    """Profit or loss `values` in rupees at rising `spots`, and where it crosses or touches 0.

    `exact`: straight between the spots, and beyond the last one. All roots lie inside. `open_units`
    of calls and futures are what leaves the right side unlimited: counted, not read off a slope.
    """

    spots: Floats
    values: Floats
    roots: tuple[float, ...]
    exact: bool
    open_units: int

    @property
    def max_profit(self) -> float:
        return inf if self.open_units > 0 and self._known else float(self._inside.max())

    @property
    def max_loss(self) -> float:
        return -inf if self.open_units < 0 and self._known else float(self._inside.min())

    def chance(self, law: Distribution | None) -> float:
        """Probability of a profit above 0; nan where unknown."""
        if law is None or not self._known:
            return nan
        edges = np.array([self.spots[0], *self.roots, self.spots[-1]])
        middle = 0.5 * (edges[1:] + edges[:-1])
        good = np.interp(middle, self.spots, self.values) > NOTHING
        below = np.concatenate([[0.0], law.cdf(self.roots), [1.0]])
        return float(np.diff(below) @ good)

    def mean(self, law: Distribution | None) -> float:
        """Expected value in rupees at that moment, not discounted; nan where unknown."""
        return nan if law is None else law.mean_of(self._at(law.spots))

    def _at(self, spots: Floats) -> Floats:
        """Between the curve's own spots; beyond the last, an exact curve goes straight on."""
        inside = np.interp(spots, self.spots, self.values)
        if not self.exact:
            return inside
        slope = (self.values[-1] - self.values[-2]) / (self.spots[-1] - self.spots[-2])
        return np.asarray(inside + slope * np.maximum(spots - self.spots[-1], 0.0))

    @property
    def _known(self) -> bool:
        return bool(np.isfinite(self.values).all())

    @property
    def _inside(self) -> Floats:
        """Without the last spot of an exact curve, which stands for the slope beyond the kinks."""
        return self.values[:-1] if self.exact else self.values


def horizon(legs: Sequence[Leg], market: Market) -> datetime:
    """The first close among open legs; now when none is open."""
    closes = [leg.closes_at for leg in _open(legs, market)]
    return min(closes, default=market.now)


def curve(legs: Sequence[Leg], market: Market, when: datetime, charges: float = 0.0) -> Curve:
    """Of legs that all count; `charges` are taken off everywhere."""
    book, moment = columns(legs, market), seconds([when], market)

    def results_at(spots: Floats) -> Floats:
        return np.asarray(results(book, market, floor(spots, market), moment)[0] - charges)

    later = any(leg.is_option and leg.closes_at > when for leg in _open(legs, market))
    return (_grid if later else _kinks)(legs, market, results_at)


def _kinks(legs: Sequence[Leg], market: Market, results_at: Results) -> Curve:
    """Exact: the pay-off is straight between strikes, and beyond the outer ones."""
    strikes = {leg.strike for leg in legs if leg.strike is not None}
    inner = sorted({NEAR_ZERO * market.spot, *strikes})
    top = 2 * max(market.spot, inner[-1])
    spots = np.array([*inner, top])
    values = results_at(spots)
    roots = zeros(spots, values)
    far = zero_beyond(spots, values)
    if far is not None and far < FARTHEST * market.spot:
        slope = (values[-1] - values[-2]) / (spots[-1] - spots[-2])
        roots.append(far)
        spots = np.append(spots[:-1], 2 * far)
        values = np.append(values[:-1], values[-2] + slope * (2 * far - spots[-2]))
    return Curve(spots, values, tuple(roots), True, _open_units(legs, market))


def _grid(legs: Sequence[Leg], market: Market, results_at: Results) -> Curve:
    strikes = [leg.strike for leg in legs if leg.strike is not None]
    last = max(leg.closes_at for leg in legs)
    vols = leg_vols(legs, market)
    vol = float(np.nanmax(vols)) if np.isfinite(vols).any() else USUAL_VOL
    reach = min(REACH * vol * sqrt(years_left(last, market.now)), 3.0)
    wide = market.spot * np.exp(np.linspace(-reach, reach, GRID))
    spots = np.unique([NEAR_ZERO * market.spot, *wide, *strikes])
    values = results_at(spots)
    crossed = np.flatnonzero(np.diff(np.sign(values)) != 0) if np.isfinite(values).all() else ()
    roots = sorted({_zoomed(results_at, spots[i], spots[i + 1]) for i in crossed})
    return Curve(spots, values, tuple(roots), False, _open_units(legs, market))


def _zoomed(results_at: Results, low: float, high: float) -> float:
    """A zero between two spots of opposite signs: sixteen parts, four times, then a straight line.

    The bracket shrinks to a 65,536th, on which the curve is straight.
    """
    for _ in range(ZOOMS):
        spots = np.linspace(low, high, PARTS + 1)
        signs = np.sign(results_at(spots))
        at = int(np.flatnonzero(signs[1:] != signs[:-1])[0])
        low, high = float(spots[at]), float(spots[at + 1])
    a, b = results_at(np.array([low, high])).tolist()
    return low if a == b else low + (high - low) * a / (a - b)


def _open(legs: Sequence[Leg], market: Market) -> list[Leg]:
    return [leg for leg in legs if not leg.exited and not leg.expired(market.now)]


def _open_units(legs: Sequence[Leg], market: Market) -> int:
    return sum(leg.quantity for leg in _open(legs, market) if leg.is_call or not leg.is_option)
