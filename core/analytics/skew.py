"""How a smile leans and bends: 25-delta risk reversal and butterfly, level and slope at the money.

Deltas are those of Black-76 on the forward, undiscounted: N(d1) for a call, N(d1) - 1 for a put.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.smile import Curve

Floats = NDArray[np.float64]

_WIDE: Final = 8.0
_POINTS: Final = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """Volatilities as fractions. `slope`: change of volatility per 1 % of log-moneyness."""

    rr25: float  # call25 - put25
    bf25: float  # (call25 + put25)/2 - atm
    put25: float
    call25: float
    atm: float
    slope: float
    put25_strike: float
    call25_strike: float


def skew(smile: Curve) -> Skew:
    """nan where the smile has no such delta."""
    call_strike, put_strike = strike_of_delta(smile, 0.25), strike_of_delta(smile, -0.25)
    atm, call, put = smile.vol([smile.forward, call_strike, put_strike]).tolist()
    _, lean, _ = smile.shape(0.0)
    return Skew(
        rr25=call - put,
        bf25=0.5 * (call + put) - atm,
        put25=put,
        call25=call,
        atm=atm,
        slope=float(lean) / (2 * atm * smile.years) * 0.01,
        put25_strike=put_strike,
        call25_strike=call_strike,
    )


def strike_of_delta(smile: Curve, delta: float) -> float:
    """The strike whose forward delta it is (a put's below zero); nan where there is none.

    d1 = -k/√w + √w/2 falls with k on a smile without arbitrage near the money, so the crossing
    is bracketed on a grid and found by the secant between its two neighbours, three times finer.
    """
    wanted = NormalDist().inv_cdf(delta if delta > 0 else 1 + delta)
    width = float(np.sqrt(smile.variance(0.0)))
    low, high = -_WIDE * width, _WIDE * width
    for _ in range(3):
        k = np.linspace(low, high, _POINTS)
        miss = _first_d(smile, k) - wanted
        crossings = np.flatnonzero((miss[:-1] >= 0) & (miss[1:] < 0))
        if not crossings.size:
            return float("nan")
        # of several, as far wings may have, the one next to the money
        at = int(crossings[np.abs(k[crossings]).argmin()])
        low, high = float(k[at]), float(k[at + 1])
    part = miss[at] / (miss[at] - miss[at + 1])
    return float(smile.forward * np.exp(low + part * (high - low)))


def _first_d(smile: Curve, k: Floats) -> Floats:
    root = np.sqrt(smile.variance(k))
    return np.asarray(-k / root + 0.5 * root)
