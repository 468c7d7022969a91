"""The Black-76 greeks of whole chains, per unit of the underlying.

With V the value today, at a constant forward F:
delta  ∂V/∂F, D·N(d1) for a call             gamma  ∂²V/∂F²
theta  ∂V/∂t per calendar day (1/365 year)   vega   ∂V/∂σ per vol point (0.01)
rho    ∂V/∂r per percentage point (0.01), the forward held

`black_scholes_greeks` gives them with respect to the spot S, at constant S, as the vendors do; at
r = 0 all but rho agree. At no time or volatility left, delta is the step of the pay-off (half at
the money) and the rest is 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.pricing.black76 import first_d
from core.pricing.normal import Floats, cumulative, density, floats

DAYS = 365.0
POINT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeks:
    """One array per greek, all of the broadcast shape of the arguments."""

    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats


def greeks(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    discount: ArrayLike,
    call: ArrayLike,
) -> Greeks:
    """Delta and gamma with respect to the forward; the rate of theta is the one in `discount`."""
    f, k, t, sigma, df = (
        np.asarray(a, np.float64) for a in (forward, strike, years, vol, discount)
    )
    with np.errstate(all="ignore"):
        side = np.where(call, 1.0, -1.0)
        d1, s = first_d(f, k, t, sigma)
        n = cumulative(np.stack(np.broadcast_arrays(side * d1, side * (d1 - s))))
        value = df * side * (f * n[0] - k * n[1])
        alive = s > 0
        hump = np.where(alive, df * density(d1), 0.0 * s)  # keeps NaN where s is NaN
        rate_value = np.where(t > 0, -np.log(df) / t * value, 0.0 * s)
        return Greeks(
            delta=np.asarray(df * side * n[0]),
            gamma=np.where(alive, hump / (f * s), hump),
            theta=np.where(alive, rate_value - 0.5 * hump * f * s / t, hump) / DAYS,
            vega=np.asarray(hump * f * np.sqrt(t) * POINT),
            rho=np.asarray(-t * value * POINT),
        )


def black_scholes_greeks(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    call: ArrayLike,
) -> Greeks:
    """The same with respect to a spot carried at `rate`: F = S·exp(rT), no dividends."""
    s, t, r = floats(spot, years, rate)
    discount = np.exp(-r * t)
    f = s / discount
    g = greeks(f, strike, t, vol, discount, call)
    delta = g.delta / discount
    # at constant spot the forward drifts down by r·F a year and the strike's value grows
    return Greeks(
        delta=delta,
        gamma=g.gamma / discount**2,
        theta=g.theta - r * f * g.delta / DAYS,
        vega=g.vega,
        rho=g.rho + g.delta * f * t * POINT,
    )
