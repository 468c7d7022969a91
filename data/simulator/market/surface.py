"""The volatility surface, free of static arbitrage.

Each slice is an SSVI smile (Gatheral & Jacquier, 2014) with φ(θ) = η/√(θ(1+θ)) and η(1+|ρ|) ≤ 2,
which excludes butterflies; at-the-money variance θ grows with time to expiry, and ρ and η are the
same in all slices, which excludes calendar spreads. Variance runs on a clock that counts sessions
and nights alike.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.daily import MEAN_VOL, loads_of
from data.simulator.market.day import Day
from data.simulator.market.underlyings import UNDERLYINGS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

YEAR_MS: Final = 365 * 86_400_000.0
SESSIONS_A_YEAR: Final = 247.0
SESSION_WEIGHT: Final = 0.5
"""The share of the variance clock that runs in sessions only; the rest runs day and night."""
REVERSION: Final = 5.0
"""How fast volatility is expected to go back to its usual level, per year of variance."""
LONG_RATIO: Final = 1.18
"""The usual level of long-dated volatility over the short-dated one's."""
LEAST_VARIANCE: Final = 1e-10

INDEX_SKEW, INDEX_WINGS = -0.38, 1.05
SHARE_SKEW, SHARE_WINGS = -0.15, 0.95
SHARE_RESPONSE: Final = 0.6
"""How much of the market's volatility move a share follows, in logarithms."""


def _bases() -> tuple[Floats, Floats, Floats, Floats]:
    """By underlying: usual short volatility, response to the market's, skew ρ and wings η."""
    usual, response, skew, wings = [], [], [], []
    for u in UNDERLYINGS:
        spread = float(np.sqrt(sum(load * load for load in loads_of(u.symbol).values())))
        usual.append(float(np.exp(MEAN_VOL)) * spread)
        response.append(1.0 if u.is_index else SHARE_RESPONSE)
        skew.append(INDEX_SKEW if u.is_index else SHARE_SKEW)
        wings.append(INDEX_WINGS if u.is_index else SHARE_WINGS)
    return np.array(usual), np.array(response), np.array(skew), np.array(wings)


USUAL, RESPONSE, SKEW, WINGS = _bases()


def variance_clock(number: Ints | int, at_ms: Ints | int, share: Floats | float) -> Floats:
    """Years of variance since the epoch, `share` of the session of trading day `number` being
    over."""
    nights = np.asarray(at_ms) / YEAR_MS
    sessions = (np.asarray(number) + np.asarray(share)) / SESSIONS_A_YEAR
    return np.asarray((1 - SESSION_WEIGHT) * nights + SESSION_WEIGHT * sessions)


def money_variance(day: Day, numbers: Ints, at_ms: Ints, ends: Floats) -> Floats:
    """θ: total variance at the money until the variance clock shows `ends`."""
    left = ends - variance_clock(day.number, at_ms, day.session_share(at_ms))
    return expected_variance(numbers, day.vol_at(at_ms), left)


def expected_variance(numbers: Ints, log_vol: Floats, left: Floats) -> Floats:
    """θ over `left` years of variance, when the market's volatility stands at `log_vol`."""
    left = np.maximum(left, 0.0)
    level = log_vol - MEAN_VOL
    usual = USUAL[numbers]
    short = (usual * np.exp(RESPONSE[numbers] * level)) ** 2
    long = (usual * LONG_RATIO) ** 2
    theta = long * left + (short - long) * -np.expm1(-REVERSION * left) / REVERSION
    return np.asarray(np.maximum(theta, LEAST_VARIANCE))


def variance(numbers: Ints, theta: Floats, k: Floats) -> Floats:
    """Total variance at log-moneyness `k` = ln(K/F)."""
    rho = SKEW[numbers]
    slope = WINGS[numbers] / np.sqrt(theta * (1.0 + theta))
    x = slope * k
    return np.asarray(0.5 * theta * (1.0 + rho * x + np.sqrt((x + rho) ** 2 + 1.0 - rho * rho)))
