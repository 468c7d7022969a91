"""Greeks of a position, over spots and moments, and what they mean in rupees."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.pricing.greeks import greeks
from core.strategies.valuation import (
    LEAST_VOL,
    Book,
    Floats,
    Market,
    alive,
    time_left,
)

NAMES: Final = ("delta", "gamma", "theta", "vega", "rho")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetGreeks:
    """Of a whole position, in units of the underlying times rupees.

    delta ∂V/∂S (units), gamma ∂²V/∂S², theta per calendar day, vega per vol point, rho per
    percentage point of rate: core.pricing.greeks, times quantity, delta and gamma turned from the
    forward to the spot by ∂F/∂S. The volatility of each leg is held.
    """

    delta: float
    gamma: float
    theta: float
    vega: float
    rho: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CashGreeks:
    """In rupees: `delta` for the first 1 % that the spot rises, `gamma` what the next 1 % adds to
    that (Γ·(0.01·S)²), `vega` per vol point, `theta` per calendar day.
    """

    delta: float
    gamma: float
    vega: float
    theta: float


def cash(greeks: NetGreeks, spot: float) -> CashGreeks:
    one_percent = 0.01 * spot
    return CashGreeks(
        delta=greeks.delta * one_percent,
        gamma=greeks.gamma * one_percent**2,
        vega=greeks.vega,
        theta=greeks.theta,
    )


def book_greeks(
    book: Book, market: Market, spots: Floats, moments: Floats, iv_shift: float = 0.0
) -> dict[str, Floats]:
    """Each greek per unit, [leg, moment, spot]; those of expired and exited legs are 0."""
    left = time_left(book, moments)
    living = alive(book, market, spots, left)
    vol = np.maximum(living.vol + iv_shift, LEAST_VOL)
    made = greeks(living.forward, living.strike, living.years, vol, living.discount, living.call)
    found = {name: np.zeros((len(book), len(moments), len(spots))) for name in NAMES}
    for name in NAMES:
        found[name][living.leg, living.moment] = getattr(made, name)
    found["delta"][living.leg, living.moment] *= living.per_spot
    found["gamma"][living.leg, living.moment] *= living.per_spot**2
    for leg in np.flatnonzero(~book.option & ~np.isfinite(book.closed) & (book.years > 0)):
        wear = left[:, leg] / book.years[leg]
        slope = (book.forward[leg] / market.spot) ** wear * (wear > 0)
        found["delta"][leg] = slope[:, None]
    return found
