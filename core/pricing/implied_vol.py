"""Implied volatility of whole chains, to the precision that the price itself has.

The price is reduced to that of the out-of-the-money option over √(F·K) (`core.pricing.black_root`).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.pricing.black_root import Root, solve
from core.pricing.normal import Floats, floats

T = TypeVar("T", np.float64, np.bool_)


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

BLOCK: Final = 4_096
"""Contracts worked on at once: more leave the cache."""

EXACT: Final = 1e-6
"""Nearer to the money than this, |F - K|/√(F·K) is the better |ln(F/K)|."""

# Beyond these bounds no contract is meant, and within them every greek is a number.
SIZES: Final = (1e-30, 1e30)  # of a forward and of a discount
YEARS: Final = (1e-12, 1e4)  # the first is 30 millionths of a second: no time left
FARTHEST: Final = 70.0  # |ln(F/K)|
LEAST: Final = 1e-100  # time value over √(F·K)


@dataclass(slots=True)
class Contracts:
    """One-dimensional, of one size; `f`, `t`, `df` may be a single number for all."""

    price: Floats
    f: Floats
    k: Floats
    t: Floats
    df: Floats
    call: NDArray[np.bool_]

    def part(self, at: slice) -> "Contracts":
        f, t, df = (a[at] if a.ndim else a for a in (self.f, self.t, self.df))
        return Contracts(self.price[at], f, self.k[at], t, df, self.call[at])


def implied_vol(
    price: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    discount: ArrayLike,
    call: ArrayLike,
) -> tuple[Floats, NDArray[np.int8]]:
    """Volatility (a fraction, NaN where none exists) and `Status` of each; no number raises."""
    all_of_them, shape = contracts(price, forward, strike, years, discount, call)
    size = all_of_them.price.size
    vol, status = np.empty(size), np.empty(size, np.int8)
    with np.errstate(all="ignore"):
        for at in range(0, size, BLOCK):
            part = slice(at, at + BLOCK)
            c = all_of_them.part(part)
            root, _, status[part] = roots(c)
            vol[part] = root.s / np.sqrt(c.t)
    return vol.reshape(shape), status.reshape(shape)


def contracts(
    price: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    discount: ArrayLike,
    call: ArrayLike,
) -> tuple[Contracts, tuple[int, ...]]:
    """The arguments side by side, and the shape that their result has."""
    p, f, k, t, df = floats(price, forward, strike, years, discount)
    side = np.asarray(call, np.bool_)
    shape = np.broadcast(p, f, k, t, df, side).shape
    f, t, df = (a if a.ndim == 0 else _flat(a, shape) for a in (f, t, df))
    return Contracts(_flat(p, shape), f, _flat(k, shape), t, df, _flat(side, shape)), shape


def _flat(a: NDArray[T], shape: tuple[int, ...]) -> NDArray[T]:
    return (a if a.shape == shape else np.broadcast_to(a, shape)).reshape(-1)


def roots(c: Contracts) -> tuple[Root, Floats, NDArray[np.int8]]:
    """σ√T of each (NaN where none exists), ln(F/K) and `Status`."""
    root = np.sqrt(c.f * c.k)
    gap = c.f - c.k
    # inf - inf and the like end as NaN and a status
    beta = (c.price / c.df - np.maximum(np.where(c.call, gap, -gap), 0.0)) / root
    width = np.abs(gap) / root
    x = np.abs(np.log(c.f / c.k))
    near = width < EXACT
    if near.any():
        x[near] = width[near]
    limit = np.minimum(c.f, c.k) / root
    good = (beta > LEAST) & (beta < limit) & (x < FARTHEST) & _sane(c)
    if good.all():
        return solve(beta, x, width, limit), np.copysign(x, gap), np.zeros(x.size, np.int8)
    status = _status(c, beta, x, limit)
    bad = status != Status.OK
    beta[bad], x[bad], width[bad], limit[bad] = 0.1, 0.0, 0.0, 1.0
    found = solve(beta, x, width, limit)
    found.s[bad] = np.nan
    return found, np.copysign(x, gap), status


def _sane(c: Contracts) -> NDArray[np.bool_] | bool:
    return _within(c.f, SIZES) & _within(c.df, SIZES) & _within(c.t, YEARS)


def _within(a: Floats, bounds: tuple[float, float]) -> NDArray[np.bool_] | bool:
    if a.ndim == 0:  # Python compares single numbers in a tenth of the time
        return bounds[0] < float(a) < bounds[1]
    return (a > bounds[0]) & (a < bounds[1])


def _status(c: Contracts, beta: Floats, x: Floats, limit: Floats) -> NDArray[np.int8]:
    """Each reason in the order in which a person would name it; the last one written wins."""
    known = (x < FARTHEST) & _within(c.f, SIZES) & _within(c.df, SIZES) & (c.t < YEARS[1])
    reasons = {
        Status.ABOVE_MAXIMUM: ~(beta < limit),
        Status.BELOW_INTRINSIC: beta <= LEAST,
        Status.NO_PRICE: ~(c.price > 0) | np.isinf(c.price),
        Status.BAD_INPUT: ~known,
        Status.EXPIRED: known & (c.t <= YEARS[0]),
    }
    status = np.full(beta.size, Status.OK, np.int8)
    for reason, where in reasons.items():
        np.copyto(status, np.int8(reason), where=where)
    return status
