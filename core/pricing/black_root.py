"""The normalised Black problem: which s = σ√T gives an out-of-the-money price.

Prices over √(F·K) and x = |ln(F/K)| leave a function of x and s alone (Jäckel, "Let's Be Rational",
2015). The start inverts the Bachelier price by one polynomial and turns it into a lognormal
volatility by a series (Grunspan, 2011); then Householder's third-order step on ln b(s) - ln(price)
until done, which is one or two steps. For prices near the largest possible one, the same step on
the logarithm of what is left to that limit.

The polynomial: with y = price/|F-K| = φ(u)/u - N(-u), u the standardised distance, and
L = √ln(1 + 1/y), it is u·(L + 4)/L² in (L - 4)/(L + 4), of degree 15, fitted with mpmath at 40
digits in the Chebyshev nodes of 0 ≤ L ≤ 7, where it is good to 3e-5/(1 + u²).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.pricing.normal import ROOT_TWO_PI, Floats, in_fours, mills_positive, polynomial

MAX_STEPS: Final = 12
DEEPEST: Final = 7.0
TINY: Final = 1e-300

_START: Final = in_fours(
    (  # highest power first
        -217.5239387254819,
        -1117.466988924983,
        -2258.7927101652454,
        -2104.865156358057,
        -592.3455888446732,
        418.68764147153195,
        260.1760996885944,
        -47.85648761297254,
        -32.94585831686888,
        11.728316959290353,
        -2.0483003409848735,
        -1.3551966464540761,
        2.3644608581392688,
        -1.325925881134408,
        -0.6530776238778994,
        2.2806602191437073,
    )
)


@dataclass(slots=True)
class Root:
    """`s`, and what was evaluated last: Mills' ratio of |x/at - at/2| and of x/at + at/2."""

    s: Floats
    at: Floats
    mills: Floats  # (2, contracts)


def solve(beta: Floats, x: Floats, width: Floats, limit: Floats) -> Root:
    """Of prices 0 < beta < limit = √(min/max of F and K), with width = |F - K|/√(F·K).

    One-dimensional arrays of one size. For most, `at` is within some 1e-4 of `s`.
    """
    s = _start(beta, x, width)
    upper = beta > 0.5 * limit
    if not upper.any():
        return _refine(s, x, beta, -1.0)
    return _refine(s, x, np.where(upper, limit - beta, beta), np.where(upper, 1.0, -1.0))


def _start(beta: Floats, x: Floats, width: Floats) -> Floats:
    far = width + TINY  # at the money the distance cancels out
    q = np.log1p(np.minimum(far / beta, 1 / TINY))
    depth = np.sqrt(q)
    shift = np.minimum(depth, DEEPEST) + 4.0
    s = far * shift / (q * polynomial(_START, 1.0 - 8.0 / shift))
    deep = depth > DEEPEST
    if deep.any():  # from there the distance goes as the depth
        s[deep] *= depth[deep] / DEEPEST
    s *= (x + TINY) / far
    q = np.minimum(s * s, 4.0)  # the series is for the money, and runs away beyond
    return np.asarray(s * (1.0 + q * (1 / 24 + q * (7 / 1920 + q * (127 / 322560)))))


def _refine(s: Floats, x: Floats, target: Floats, sign: float | Floats) -> Root:
    """Householder steps to ln b = ln target (sign -1), or to ln(limit - b) = ln target (sign 1)."""
    new, sure, mills = _step(s, x, target, sign)
    root = Root(new, s, mills)
    left = np.flatnonzero(~sure)
    for _ in range(MAX_STEPS - 1):
        if not left.size:
            break
        s = root.s[left]
        new, sure, mills = _step(s, x[left], target[left], _of(sign, left))
        root.s[left], root.at[left], root.mills[:, left] = new, s, mills
        left = left[~sure]
    return root


def _step(
    s: Floats, x: Floats, target: Floats, sign: float | Floats
) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """The next s, whether it is the last, and the Mills' ratios at this one.

    Each derivative is meant times its power of s: `slope` is the first of ln b; of b, the second
    over the first is h² - t², the third over the first (h² - t²)² - 3h² - t².
    """
    h, t = x / s, 0.5 * s
    both = np.empty((2, s.size))
    np.subtract(h, t, out=both[0])
    np.add(h, t, out=both[1])
    mirrored = np.flatnonzero(both[0] * sign > 0)
    mills = mills_positive(np.abs(both, out=both))
    b = mills[0] + sign * mills[1]  # the value is b·exp(-(h² + t²)/2)/√2π
    if mirrored.size:
        near = ROOT_TWO_PI * np.exp(0.5 * both[0, mirrored] ** 2) - mills[0, mirrored]
        b[mirrored] = near + _of(sign, mirrored) * mills[1, mirrored]
    hh, tt = h * h, t * t
    slope = s / b * -sign  # with sign 1 the logarithm falls with s
    miss = np.log(target / b * ROOT_TWO_PI) + 0.5 * (hh + tt)
    newton = miss / slope
    e = hh - tt - slope
    third = e * (e - slope) - 3.0 * hh - tt
    change = newton * (1.0 + 0.5 * e * newton) / (1.0 + newton * (e + third * newton * (1 / 6)))
    size = np.abs(change)
    # the error after a step goes as its fourth power, steeper in the wings
    sure = size * (1.0 + hh) < 2e-4
    if not sure.all():
        lost = ~(size < np.inf)  # b is below the rounding of its parts: nothing more is to be had
        change[lost], sure[lost] = 0.0, True
    return s * np.maximum(1.0 + change, 0.2), sure, mills


def _of(sign: float | Floats, some: NDArray[np.intp]) -> float | Floats:
    return sign if isinstance(sign, float) else sign[some]
