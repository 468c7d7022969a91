"""The volatility surface of an underlying: the smiles of its expiries, and what lies between them.

Total variance never falls with time at equal log-moneyness (no calendar arbitrage), and every smile
is free of butterfly arbitrage. An expiry whose quotes cannot be had without is left out and named.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.analytics.calendar_free import fit_apart
from core.analytics.smile import Curve, Fitted, Smile, judged, smile_of
from core.analytics.smile_quotes import prepare
from core.analytics.svi_fit import batch_of

Floats = NDArray[np.float64]

SAME: Final = 1e-9
"""Years: times this close are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The volatilities of one expiry: `iv` (strikes,) or (2, strikes), fractions, nan = unknown."""

    years: float
    forward: float
    strikes: ArrayLike
    iv: ArrayLike
    weights: ArrayLike | None = None  # 0 to 1, of the shape of iv
    expiry: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Between(Curve):
    """The smile at a time that has no expiry: parts of two total variances at equal k."""

    forward: float
    years: float
    near: Smile
    far: Smile
    near_part: float
    far_part: float
    lift: float = 0.0

    def shape(self, log_moneyness: ArrayLike) -> tuple[Floats, Floats, Floats]:
        first, second = self.near.shape(log_moneyness), self.far.shape(log_moneyness)
        w, w1, w2 = (
            self.near_part * n + self.far_part * f for n, f in zip(first, second, strict=True)
        )
        return w + self.lift, w1, w2


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfitted:
    """An expiry that the surface does without, and why."""

    years: float
    expiry: date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """Smiles by time; parallel to them their expiries and how well they fit."""

    smiles: tuple[Smile, ...]
    expiries: tuple[date | None, ...] = ()
    fits: tuple[Fitted, ...] = ()
    missing: tuple[Unfitted, ...] = field(default=())

    def of(self, expiry: date) -> Smile | None:
        """The smile fitted to that expiry's own quotes."""
        at = self.expiries.index(expiry) if expiry in self.expiries else -1
        return self.smiles[at] if at >= 0 else None

    def smile_at(self, years: float) -> Curve:
        """The smile for options that have `years` left (above 0).

        Between two expiries: linear in total variance at equal log-moneyness. Before the first: its
        volatilities at equal log-moneyness. After the last: its total variance lifted in parallel
        at its own rate at the money. The forward grows evenly between expiries and beyond them.
        """
        at = bisect_left(self._times, years - SAME)
        if at < len(self.smiles) and abs(self.smiles[at].years - years) <= SAME:
            return self.smiles[at]
        forward = self.forward(years)
        if at == 0:
            first = self.smiles[0]
            part = years / first.years
            return _between(first, first, forward, years, part, 0.0)
        last = self.smiles[at - 1]
        if at == len(self.smiles):
            lift = float(last.variance(0.0)) * (years / last.years - 1)
            return _between(last, last, forward, years, 1.0, 0.0, lift)
        following = self.smiles[at]
        part = (years - last.years) / (following.years - last.years)
        return _between(last, following, forward, years, 1 - part, part)

    def vol(self, strike: ArrayLike, years: ArrayLike) -> Floats:
        """Volatility of strikes at times; the two broadcast."""
        strikes, times = np.broadcast_arrays(
            np.asarray(strike, np.float64), np.asarray(years, np.float64)
        )
        found = np.full(strikes.shape, np.nan)
        for time in np.unique(times[times > 0]):
            here = times == time
            found[here] = self.smile_at(float(time)).vol(strikes[here])
        return found

    def forward(self, years: float) -> float:
        """Of that time: its logarithm is linear in time between expiries and beyond them."""
        times = self._times
        if len(times) == 1:
            return self.smiles[0].forward
        at = min(max(bisect_left(times, years), 1), len(times) - 1)
        near, far = self.smiles[at - 1], self.smiles[at]
        part = (years - near.years) / (far.years - near.years)
        return float(near.forward * (far.forward / near.forward) ** part)

    @property
    def _times(self) -> list[float]:
        return [smile.years for smile in self.smiles]


def fit_surface(slices: Sequence[Slice]) -> Surface | None:
    """Fit all expiries together; None when not one of them can be had."""
    ordered = sorted(slices, key=lambda each: each.years)
    prepared = [
        prepare(s.strikes, s.iv, forward=s.forward, years=s.years, weights=s.weights)
        for s in ordered
    ]
    reasons = [quotes.reason for quotes in prepared]
    known = [i for i, reason in enumerate(reasons) if not reason]
    if not known:
        return None
    quotes = [prepared[i] for i in known]
    curves = fit_apart(batch_of(quotes))
    fits: dict[int, Fitted] = {}
    for i, curve, own in zip(known, curves, quotes, strict=True):
        if curve is None:
            reasons[i] = "it crosses its neighbours"
            continue
        fit = judged(own, smile_of(curve, own))
        reasons[i] = fit.reason
        if fit.smile is not None:
            fits[i] = fit
    return _surface(ordered, fits, reasons) if fits else None


def _surface(ordered: list[Slice], fits: dict[int, Fitted], reasons: list[str]) -> Surface:
    return Surface(
        smiles=tuple(fit.smile for fit in fits.values() if fit.smile is not None),
        expiries=tuple(ordered[i].expiry for i in fits),
        fits=tuple(fits.values()),
        missing=tuple(
            Unfitted(years=s.years, expiry=s.expiry, reason=reason)
            for s, reason in zip(ordered, reasons, strict=True)
            if reason
        ),
    )


def _between(
    near: Smile,
    far: Smile,
    forward: float,
    years: float,
    near_part: float,
    far_part: float,
    lift: float = 0.0,
) -> Between:
    return Between(
        forward=forward,
        years=years,
        near=near,
        far=far,
        near_part=near_part,
        far_part=far_part,
        lift=lift,
    )
