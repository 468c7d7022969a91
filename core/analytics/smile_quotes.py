"""What a smile is fitted to: the volatilities of one expiry, cleaned and in their own units."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.instruments.expiries import MINUTES_A_YEAR

Floats = NDArray[np.float64]

LEAST_QUOTES: Final = 5
LEAST_YEARS: Final = 2 / MINUTES_A_YEAR
LOWEST, HIGHEST = 0.003, 5.0
"""Volatilities beyond these are mistakes."""
SURE: Final = 0.002
"""A quote whose half-spread is worth this much volatility has half of the full weight."""
_FAINT: Final = 0.004
"""Weight of a quote without vega: the far wings still say where they go."""
_MAD: Final = 0.25
"""A quote this far from the median of its neighbours, as a part of itself, is a mistake."""


@dataclass(frozen=True, slots=True)
class SmileQuotes:
    """x = k/s ascending, y = σ/level, weights ≤ 1; s = level·√T; `reason`: why there are none."""

    forward: float
    years: float
    level: float
    x: Floats
    y: Floats
    weight: Floats
    reason: str = ""

    @property
    def width(self) -> float:
        return float(self.level * np.sqrt(self.years))


def quote_weights(bid: ArrayLike, ask: ArrayLike, vega: ArrayLike) -> Floats:
    """How far each quote is to be trusted, 0 to 1: by its half-spread in volatility.

    `vega` in rupees per vol point (0.01). Without both quotes, as from a last price: 0.3.
    """
    b, a, v = (np.asarray(x, np.float64) for x in (bid, ask, vega))
    with np.errstate(divide="ignore", invalid="ignore"):
        error = 0.5 * (a - b) / v * 0.01
        weight = SURE**2 / (SURE**2 + error**2)
    return np.where((b > 0) & (a >= b) & np.isfinite(weight), weight, 0.3)


def outside(iv: Floats, strikes: Floats, forward: float) -> Floats:
    """Of volatilities of shape (2, strikes) those out of the money, else of the other side."""
    first, other = np.where(strikes < forward, iv[::-1], iv)
    return np.asarray(np.where(np.isfinite(first), first, other))


def prepare(
    strikes: ArrayLike,
    iv: ArrayLike,
    *,
    forward: float,
    years: float,
    weights: ArrayLike | None = None,
) -> SmileQuotes:
    """`iv` fractions, of shape (strikes,) or (2, strikes); nan where unknown."""
    k, vol, weight = _flat(strikes, iv, weights, forward)
    if not (forward > 0 and np.isfinite(forward)):
        return _none(forward, years, "the forward is unknown")
    if not years > 0:
        return _none(forward, years, "expired")
    if years < LEAST_YEARS:
        return _none(forward, years, "it expires within two minutes")
    with np.errstate(invalid="ignore"):
        good = (k > 0) & (vol > LOWEST) & (vol < HIGHEST) & (weight > 0)
    if good.sum() < LEAST_QUOTES:
        return _none(forward, years, f"fewer than {LEAST_QUOTES} strikes have a volatility")
    order = np.argsort(k[good])
    log_k, vol = np.log(k[good][order] / forward), vol[good][order]
    weight = np.minimum(weight[good][order], 1.0)
    sane = _sane(vol)
    return _in_own_units(forward, years, log_k[sane], vol[sane], weight[sane])


def _flat(
    strikes: ArrayLike, iv: ArrayLike, weights: ArrayLike | None, forward: float
) -> tuple[Floats, Floats, Floats]:
    k, vol = np.asarray(strikes, np.float64), np.asarray(iv, np.float64)
    weight = np.ones_like(vol) if weights is None else np.asarray(weights, np.float64)
    if vol.ndim == 2:
        weight = np.where(np.isfinite(vol), weight, np.nan)
        weight, vol = outside(weight, k, forward), outside(vol, k, forward)
    return k, vol, np.nan_to_num(weight, nan=0.0)


def _sane(vol: Floats) -> NDArray[np.bool_]:
    """Without what stands alone among its neighbours; the first and last two are let be."""
    sane = np.ones(len(vol), np.bool_)
    windows = np.lib.stride_tricks.sliding_window_view(vol, 5)
    middle = np.median(windows, axis=1)
    sane[2:-2] = np.abs(vol[2:-2] - middle) <= _MAD * middle
    return sane


def _in_own_units(
    forward: float, years: float, k: Floats, vol: Floats, weight: Floats
) -> SmileQuotes:
    nearest = np.argsort(np.abs(k), kind="stable")[:LEAST_QUOTES]
    level = float(np.median(vol[nearest]))
    width = level * np.sqrt(years)
    if len(k) < LEAST_QUOTES:
        return _none(forward, years, f"fewer than {LEAST_QUOTES} strikes have a volatility")
    if np.abs(k[nearest[0]]) > 1.5 * width:
        return _none(forward, years, "no quote near the money")
    if k[0] > 0 or k[-1] < 0:
        return _none(forward, years, "quotes on one side of the money only")
    x, y = k / width, vol / level
    vega = np.exp(-0.5 * (x / y) ** 2)
    return SmileQuotes(forward, years, level, x, y, weight * np.maximum(vega, _FAINT))


def _none(forward: float, years: float, reason: str) -> SmileQuotes:
    nothing = np.empty(0)
    return SmileQuotes(forward, years, np.nan, nothing, nothing, nothing, reason)
