"""The volatility smile of one expiry: a fitted curve, and the probabilities that it implies."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.analytics.smile_quotes import SmileQuotes, prepare
from core.analytics.svi import LEFT, LOG_SIGMA, RIGHT, A, M, durrleman
from core.analytics.svi_fit import batch_of, fit_batch
from core.pricing.normal import cumulative, density

Floats = NDArray[np.float64]

WORST: Final = 0.12
"""A fit whose miss near the money is a larger part of the volatility there tells nothing."""
MOST_OF: Final = 0.6
"""So much of the quotes near the money must lie on the smile."""


class Curve:
    """A whole smile, and what follows from its shape. Strikes in rupees, k = ln(K/F)."""

    __slots__ = ()
    forward: float
    years: float

    def shape(self, log_moneyness: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Total variance w = σ²T at k, and its first and second derivative by k."""
        raise NotImplementedError

    def variance(self, log_moneyness: ArrayLike) -> Floats:
        """Total variance σ²T at k = ln(K/F)."""
        return self.shape(log_moneyness)[0]

    def vol(self, strikes: ArrayLike) -> Floats:
        """Volatility a year, a fraction; nan at strikes that are not above zero."""
        return np.asarray(np.sqrt(self.variance(self._k(strikes)) / self.years))

    def density(self, strikes: ArrayLike) -> Floats:
        """Risk-neutral probability per rupee of ending at K (Gatheral and Jacquier, eq. 2.2).

        p(K) = g(k)·φ(d2)/(K·√w), d2 = -k/√w - √w/2: the second derivative of the call's price.
        """
        k = self._k(strikes)
        w, w1, w2 = self.shape(k)
        root = np.sqrt(w)
        hump = density(-k / root - 0.5 * root)
        return np.asarray(durrleman(k, w, w1, w2) * hump / (root * self.forward * np.exp(k)))

    def cdf(self, strikes: ArrayLike) -> Floats:
        """Risk-neutral probability of ending at or below K: N(-d2) + φ(d2)·w'/(2√w)."""
        k = self._k(strikes)
        w, w1, _ = self.shape(k)
        root = np.sqrt(w)
        d2 = -k / root - 0.5 * root
        return np.asarray(cumulative(-d2) + density(d2) * w1 / (2 * root))

    def _k(self, strikes: ArrayLike) -> Floats:
        known = np.asarray(strikes, np.float64)
        return np.asarray(np.log(np.where(known > 0, known, np.nan) / self.forward))


@dataclass(frozen=True, slots=True, kw_only=True)
class Smile(Curve):
    """Raw SVI in total variance: w(k) = a + b(ρ(k - m) + √((k - m)² + σ²))."""

    forward: float
    years: float
    a: float
    b: float
    rho: float
    m: float
    sigma: float

    def shape(self, log_moneyness: ArrayLike) -> tuple[Floats, Floats, Floats]:
        z = np.asarray(log_moneyness, np.float64) - self.m
        root = np.sqrt(z * z + self.sigma**2)
        return (
            np.asarray(self.a + self.b * (self.rho * z + root)),
            np.asarray(self.b * (self.rho + z / root)),
            np.asarray(self.b * self.sigma**2 / root**3),
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    """A smile and how well it fits, or the reason why there is none."""

    smile: Smile | None
    reason: str
    miss: float  # vega-weighted rms near the money, in vol points
    quotes: int


def fit(
    strikes: ArrayLike,
    iv: ArrayLike,
    *,
    forward: float,
    years: float,
    weights: ArrayLike | None = None,
) -> Smile | None:
    """The smile through `iv` (fractions, (strikes,) or (2, strikes), nan = unknown), or None.

    `weights` 0 to 1 say how far a quote is to be trusted (`smile_quotes.quote_weights`); its vega
    counts on top. No butterfly arbitrage; one mad quote does no harm. `fitted` says why not.
    """
    return fitted(strikes, iv, forward=forward, years=years, weights=weights).smile


def fitted(
    strikes: ArrayLike,
    iv: ArrayLike,
    *,
    forward: float,
    years: float,
    weights: ArrayLike | None = None,
) -> Fitted:
    """As `fit`, with the reason where there is none."""
    quotes = prepare(strikes, iv, forward=forward, years=years, weights=weights)
    if quotes.reason:
        return Fitted(None, quotes.reason, np.nan, 0)
    return judged(quotes, smile_of(fit_batch(batch_of([quotes]))[0], quotes))


def smile_of(curve: Floats, quotes: SmileQuotes) -> Smile:
    """Out of the units of its own width."""
    right, left, width = float(curve[RIGHT]), float(curve[LEFT]), quotes.width
    slopes = right + left
    return Smile(
        forward=quotes.forward,
        years=quotes.years,
        a=float(curve[A]) * width**2,
        b=0.5 * slopes * width,
        rho=(right - left) / slopes if slopes > 0 else 0.0,
        m=float(curve[M]) * width,
        sigma=float(np.exp(curve[LOG_SIGMA])) * width,
    )


def judged(quotes: SmileQuotes, smile: Smile) -> Fitted:
    """How well it fits within one standard deviation of the money."""
    away = np.abs(quotes.x)
    near = away <= max(1.0, np.sort(away)[2])
    vol = np.sqrt(smile.variance(quotes.x * quotes.width) / smile.years)
    miss = (vol - quotes.y * quotes.level)[near]
    given = quotes.weight[near]
    weight = given / (1 + (miss / (0.1 * quotes.level)) ** 2)
    rms = float(np.sqrt((weight * miss**2).sum() / weight.sum()))
    if rms > WORST * quotes.level or weight.sum() < MOST_OF * given.sum():
        return Fitted(None, "the quotes lie on no smile", rms * 100, len(quotes.x))
    return Fitted(smile, "", rms * 100, len(quotes.x))
