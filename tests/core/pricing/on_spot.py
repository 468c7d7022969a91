"""Black-Scholes on a spot carried at a rate, no dividends: F = S·exp(rT), D = exp(-rT)."""

import numpy as np
from numpy.typing import ArrayLike

from core.pricing.black76 import price
from core.pricing.greeks import FullGreeks, full_greeks, full_on_spot
from core.pricing.normal import Floats


def black_scholes(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    call: ArrayLike,
) -> Floats:
    discount = np.exp(-np.asarray(rate, np.float64) * np.asarray(years, np.float64))
    return price(np.asarray(spot, np.float64) / discount, strike, years, vol, discount, call)


def black_scholes_greeks(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    call: ArrayLike,
) -> FullGreeks:
    """With respect to the spot, at constant spot."""
    s, t, r = (np.asarray(each, np.float64) for each in (spot, years, rate))
    discount = np.exp(-r * t)
    return full_on_spot(full_greeks(s / discount, strike, t, vol, discount, call), s, t, r)
