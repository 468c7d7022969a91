"""Implied volatility of whole chains, to the precision that the price itself has.

The price is reduced to that of the out-of-the-money option over √(F·K), a function of
|x| = |ln(F/K)| and s = σ√T alone (Jäckel, "Let's Be Rational", 2015). The start inverts the
Bachelier price by two polynomials (Jäckel, "Implied Normal Volatility", 2017), turned into a
lognormal volatility by the series of Grunspan (2011); then Householder's third-order step on
ln b(s) - ln(price) until done, which is one or two steps. For prices near the largest possible one,
the same step on the logarithm of what is left to that limit.

The polynomials were fitted once with mpmath at 60 digits in Chebyshev nodes. With y = price/|F-K|
and u = 1/v the standardised distance, y = φ(u)/u - N(-u):
near  v/(√2π·(y + 1/2)) in (y - 0.6)/(y + 0.6), degree 11, y ≥ 0.2, good to 6e-8;
far   u/L in 1/L with L = √(-ln y), degree 12, y ≤ 0.2 and L ≤ 28, good to 1.3e-6.
"""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.pricing.normal import ROOT_HALF, ROOT_TWO_PI, Floats, erfcx_positive, floats, polynomial


class Status(IntEnum):
    """Whether there is an implied volatility, and if not, why."""

    OK = 0
    BAD_INPUT = 1
    BELOW_INTRINSIC = 2
    ABOVE_MAXIMUM = 3
    NO_PRICE = 4
    EXPIRED = 5

    @property
    def reason(self) -> str:
        """For a person; empty when there is a volatility."""
        return _REASONS[self]


_REASONS: Final = {
    Status.OK: "",
    Status.BAD_INPUT: "forward or strike is unknown",
    Status.BELOW_INTRINSIC: "price is at or below intrinsic value",
    Status.ABOVE_MAXIMUM: "price is above what any volatility gives",
    Status.NO_PRICE: "no price",
    Status.EXPIRED: "expired",
}

MAX_STEPS: Final = 12
BLOCK: Final = 16_384
"""Contracts worked on at once: beyond it the temporaries leave the cache."""

# Highest power first.
_NEAR: Final = (
    0.0018531697207284572,
    -0.0076942271991838942,
    0.013424262753182396,
    -0.014268390855165611,
    0.013926068591408642,
    -0.017130292803133842,
    0.02358662136284518,
    -0.034443293359502087,
    0.056214995675772868,
    -0.12796881895660384,
    0.16232072380657172,
    0.93017919464204129,
)
_FAR: Final = (
    -662.76995317591298,
    3458.4820439504922,
    -7929.2481527512853,
    10514.668478399265,
    -8973.530790465446,
    5233.3971598610837,
    -2184.7577251174588,
    675.11877934870887,
    -156.41167186080619,
    31.856112347863435,
    -7.7428566253857058,
    -0.076067920297049762,
    1.4147713248779301,
)


def implied_vol(
    price: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    discount: ArrayLike,
    call: ArrayLike,
) -> tuple[Floats, NDArray[np.int8]]:
    """Volatility (a fraction, NaN where none exists) and `Status` of each; no number raises."""
    arrays = np.broadcast_arrays(
        *floats(price, forward, strike, years, discount),
        np.asarray(call, np.bool_),
    )
    shape = arrays[0].shape
    flat = [a.reshape(-1) for a in arrays]
    vol = np.full(flat[0].size, np.nan)
    status = np.empty(flat[0].size, np.int8)
    for at in range(0, flat[0].size, BLOCK):
        part = slice(at, at + BLOCK)
        vol[part], status[part] = _block(*(a[part] for a in flat))
    return vol.reshape(shape), status.reshape(shape)


def _block(
    price: Floats, f: Floats, k: Floats, t: Floats, df: Floats, call: Floats
) -> tuple[Floats, NDArray[np.int8]]:
    with np.errstate(all="ignore"):
        root = np.sqrt(f * k)
        # inf - inf and the like end as NaN and a status
        beta = (price / df - np.maximum(np.where(call, f - k, k - f), 0.0)) / root
        x = np.abs(np.log(f / k))
        limit = np.exp(-0.5 * x)
        status = _status(price, f, k, t, df, beta, limit)
        good = status == Status.OK
        if good.all():
            return _solve(beta, x, limit) / np.sqrt(t), status
        vol = np.full(price.shape, np.nan)
        if good.any():
            vol[good] = _solve(beta[good], x[good], limit[good]) / np.sqrt(t[good])
        return vol, status


def _status(
    price: Floats, f: Floats, k: Floats, t: Floats, df: Floats, beta: Floats, limit: Floats
) -> NDArray[np.int8]:
    """Each reason in the order in which a person would name it; the last one written wins."""
    status = np.full(price.shape, Status.OK, np.int8)
    status[~(beta < limit)] = Status.ABOVE_MAXIMUM
    status[beta <= 0] = Status.BELOW_INTRINSIC
    status[~(price > 0) | np.isinf(price)] = Status.NO_PRICE
    sane = (f > 0) & (k > 0) & (df > 0) & np.isfinite(f * k * df) & np.isfinite(t)
    status[~sane] = Status.BAD_INPUT
    status[sane & (t <= 0)] = Status.EXPIRED
    return status


def _solve(beta: Floats, x: Floats, limit: Floats) -> Floats:
    """s = σ√T of normalised out-of-the-money prices 0 < beta < limit."""
    s = _start(beta, x)
    upper = beta > 0.5 * limit
    if not upper.any():
        return _refine(s, x, np.log(beta), -1.0)
    lower = ~upper
    s[lower] = _refine(s[lower], x[lower], np.log(beta[lower]), -1.0)
    s[upper] = _refine(s[upper], x[upper], np.log(limit[upper] - beta[upper]), 1.0)
    return s


def _start(beta: Floats, x: Floats) -> Floats:
    width = 2.0 * np.sinh(0.5 * x)  # |F - K|/√(FK)
    # near: written with beta and the width, so that the money itself is no division by zero
    w = (beta - 0.6 * width) / (beta + 0.6 * width)
    normal = ROOT_TWO_PI * (beta + 0.5 * width) * polynomial(_NEAR, w)
    far = beta < 0.2 * width
    if far.any():
        one_by_l = 1.0 / np.sqrt(np.log(width[far]) - np.log(beta[far]))
        normal[far] = width[far] * one_by_l / polynomial(_FAR, one_by_l)
    s = np.where(width > 0, normal * x / np.where(width > 0, width, 1.0), normal)
    q = np.minimum(s * s, 4.0)  # the series is for the money, and runs away beyond
    return np.asarray(s * (1.0 + q * (1 / 24 + q * (7 / 1920 + q * (127 / 322560)))))


def _refine(s: Floats, x: Floats, goal: Floats, sign: float) -> Floats:
    """Householder steps to ln b = goal (sign -1), or to ln(limit - b) = goal (sign +1)."""
    done = s.copy()
    left = np.arange(s.size)
    for _ in range(MAX_STEPS):
        step = _step(s, x, goal, sign)
        s = np.maximum(s + step, 0.2 * s)
        done[left] = s
        # the error after a step goes as its fourth power, steeper in the wings
        more = ~(np.abs(step) * (1.0 + (x / s) ** 2) < 2e-4 * s)
        if not more.any():
            break
        s, x, goal, left = s[more], x[more], goal[more], left[more]
    return done


def _step(s: Floats, x: Floats, goal: Floats, sign: float) -> Floats:
    h, t = x / s, 0.5 * s
    inner = (h - t) * -sign
    both = erfcx_positive(np.stack([np.abs(inner), h + t]) * ROOT_HALF)
    if (inner < 0).any():
        mirrored = inner < 0
        both[0, mirrored] = 2.0 * np.exp(0.5 * inner[mirrored] ** 2) - both[0, mirrored]
    b = both[0] + sign * both[1]  # the value is b·exp(-(h² + t²)/2)/2
    miss = goal + 0.5 * (h * h + t * t) - np.log(0.5 * b)
    slope = -sign * (2.0 / ROOT_TWO_PI) / b  # of the logarithm; sign +1 falls with s
    newton = miss / slope
    second = h * h / s - 0.5 * t
    h2 = second - slope
    h3 = second * second - 3.0 * (h / s) ** 2 - 0.25 + slope * (2.0 * slope - 3.0 * second)
    return np.asarray(
        newton * (1.0 + 0.5 * h2 * newton) / (1.0 + newton * (h2 + h3 * newton / 6.0))
    )
