"""Three ways of turning prices into volatility and greeks: ours, the NSE website's, Upstox's.

Who compares numbers from two places compares conventions first. `TERMS` says in words which model
stands behind each, and where that is known from; `solve` does a whole chain by one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from math import nan
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.clock import IST
from core.instruments.expiries import years_left
from core.pricing.greeks import FullGreeks, full_on_spot, greeks
from core.pricing.implied_greeks import implied_full_greeks
from core.pricing.normal import Floats, floats


class Convention(StrEnum):
    OURS = "ours"
    NSE = "nse"
    UPSTOX = "upstox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What to say of a convention beside its numbers."""

    title: str
    model: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A chain by one convention; `status` (`implied_vol.Status`) says why an `iv` is NaN."""

    iv: Floats
    status: NDArray[np.int8]
    greeks: FullGreeks


NSE_RATE: Final = 0.10

TERMS: Final[Mapping[Convention, Terms]] = MappingProxyType(
    {
        Convention.OURS: Terms(
            title="Strikedesk",
            model="Black-76 on the forward of the expiry, to the minute of its close",
            source="Black, The pricing of commodity contracts, 1976",
        ),
        Convention.NSE: Terms(
            title="NSE website",
            model="Black-Scholes on the spot, interest 10 %",
            source="fitted to the option chain that the exchange published on 5 Dec 2025",
        ),
        Convention.UPSTOX: Terms(
            title="Upstox",
            model="Black-Scholes without interest to 15:30, on a level that the broker does not "
            "publish",
            source="inferred from the greeks that the broker sent on 2 Apr and 21 Aug 2026",
        ),
    }
)

UPSTOX_CLOSES: Final = ((date(2010, 10, 18), time(15, 30)),)
"""Since when, and the time (IST) to which the broker's greeks count. Source: its feed of 21 Aug
2026 still fits 15:30, though derivatives trade to 15:40 since 3 Aug 2026 (NSE FAOP/74467)."""


def years_by(convention: Convention, closes_at: datetime, at: datetime) -> float:
    """Years from `at` to what the convention takes for the close; `closes_at` is the dated one."""
    if convention is not Convention.UPSTOX:
        return years_left(closes_at, at)
    day = closes_at.astimezone(IST).date()
    close = next(close for since, close in reversed(UPSTOX_CLOSES) if since <= day)
    return years_left(min(closes_at, datetime.combine(day, close, IST)), at)


def solve(
    convention: Convention,
    *,
    price: ArrayLike,
    strikes: ArrayLike,
    spot: ArrayLike,
    forward: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    call: ArrayLike,
    level: ArrayLike = nan,
) -> Solved:
    """Volatility and greeks of each contract from its own price; the arguments broadcast.

    NaN is unknown. Prices in rupees, `years` to the close (minutes / 525,600; `years_by` knows
    which), `rate` a fraction, taken by ours alone. Greeks are per unit of what the convention looks
    at: the forward in ours, the spot in the exchange's, `level` in Upstox's. That one is
    `upstox_level`'s; unknown, the spot serves.
    """
    t = np.asarray(years, np.float64)
    if convention is Convention.OURS:
        return _on_forward(price, forward, strikes, t, np.exp(-np.asarray(rate) * t), call)
    s, known = floats(spot, level)
    if convention is Convention.NSE:
        return _on_spot(price, s, strikes, t, NSE_RATE, call)
    return _on_spot(price, np.where(known > 0, known, s), strikes, t, 0.0, call)


def _on_spot(
    price: ArrayLike, spot: Floats, strikes: ArrayLike, years: Floats, rate: float, call: ArrayLike
) -> Solved:
    discount = np.exp(-rate * years)
    found = _on_forward(price, spot / discount, strikes, years, discount, call)
    g = full_on_spot(found.greeks, spot, years, np.float64(rate))
    return Solved(iv=found.iv, status=found.status, greeks=g)


def _on_forward(
    price: ArrayLike,
    forward: ArrayLike,
    strikes: ArrayLike,
    years: Floats,
    discount: ArrayLike,
    call: ArrayLike,
) -> Solved:
    found = implied_full_greeks(price, forward, strikes, years, discount, call)
    return Solved(iv=found.iv, status=found.status, greeks=found.greeks)


def upstox_level(
    strikes: ArrayLike,
    iv: ArrayLike,
    delta: ArrayLike,
    years: ArrayLike,
    call: ArrayLike,
    near: float,
) -> float:
    """The underlying level behind the broker's deltas, by its own IVs; NaN where none tells it.

    Each contract with a delta between 0.2 and 0.8 either way gives the level at which our delta is
    the published one (Newton's steps from `near`, the spot); the answer is their median.
    """
    k, vol, published = np.broadcast_arrays(*floats(strikes, iv, delta))
    side = np.broadcast_to(np.asarray(call, np.bool_), k.shape)
    size = np.abs(published)
    telling = (size > 0.2) & (size < 0.8) & (vol > 0)
    if not telling.any() or not near > 0:
        return nan
    k, vol, published, side = k[telling], vol[telling], published[telling], side[telling]
    levels = np.full(k.shape, near)
    for _ in range(_NEWTON_STEPS):
        g = greeks(levels, k, years, vol, 1.0, side)
        with np.errstate(all="ignore"):
            step = (published - g.delta) / g.gamma
        levels = levels + np.clip(step, -0.02 * near, 0.02 * near)
    good = levels[np.isfinite(levels)]
    return float(np.median(good)) if good.size else nan


_NEWTON_STEPS: Final = 12
