"""The Black-76 greeks of whole chains, per unit of the underlying.

With V the value today, at a constant forward F, and t running forward in calendar days (1/365
year), σ counted in vol points (0.01):
delta   ∂V/∂F, D·N(d1) for a call       gamma   ∂²V/∂F²
theta   ∂V/∂t                            vega    ∂V/∂σ
rho     ∂V/∂r per percentage point (0.01), the forward held
vanna   ∂delta/∂σ = ∂vega/∂F             volga   ∂vega/∂σ (vomma)
charm   ∂delta/∂t                        colour  ∂gamma/∂t
speed   ∂gamma/∂F

The formulas are the derivatives of Black (1976); for the second order see Haug, The Complete Guide
to Option Pricing Formulas (2007), chapter 2. `full_on_spot` turns them into those with respect to
the spot S, at constant S, as the vendors have them; at r = 0 all but rho agree.

At no time or volatility left, delta is the step of the pay-off (half at the money), what interest
does to it goes on while time is left, and the rest is 0, at the money too, where the true limit of
gamma has no number. NaN in gives NaN out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


@dataclass(frozen=True, slots=True, kw_only=True)
class FullGreeks(Greeks):
    """With the second order; delta, gamma per vol point (vanna), per day (charm, colour)."""

    vanna: Floats
    charm: Floats
    volga: Floats
    speed: Floats
    colour: Floats

    @property
    def first(self) -> Greeks:
        return Greeks(
            delta=self.delta, gamma=self.gamma, theta=self.theta, vega=self.vega, rho=self.rho
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """What the greeks of contracts are made of, however it was come by."""

    f: Floats
    t: Floats
    vol: Floats
    df: Floats
    side: Floats  # 1 call, -1 put
    d1: Floats
    s: Floats  # σ√T
    n1: Floats  # N(±d1) of the contract's own side
    phi: Floats  # the normal density of d1
    value: Floats
    alive: NDArray[np.bool_] | None  # has time and volatility; None = all of them


def greeks(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    discount: ArrayLike,
    call: ArrayLike,
) -> Greeks:
    """Delta and gamma with respect to the forward; the rate of theta is the one in `discount`."""
    with np.errstate(all="ignore"):
        return first_order(parts(forward, strike, years, vol, discount, call))


def full_greeks(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    discount: ArrayLike,
    call: ArrayLike,
) -> FullGreeks:
    """`greeks` and the second order, from the same d1 and density."""
    with np.errstate(all="ignore"):
        return every_order(parts(forward, strike, years, vol, discount, call))


def parts(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    discount: ArrayLike,
    call: ArrayLike,
) -> Parts:
    f, k, t, sigma, df = floats(forward, strike, years, vol, discount)
    side = np.where(call, 1.0, -1.0)
    d1, s = first_d(f, k, t, sigma)
    if s.shape != side.shape:
        side, d1, s = np.broadcast_arrays(side, d1, s)
    n = cumulative(np.stack([side * d1, side * (d1 - s)]))
    value = df * side * (f * n[0] - k * n[1])
    alive = s > 0
    return Parts(
        f, t, sigma, df, side, d1, s, n[0], density(d1), value, None if alive.all() else alive
    )


def first_order(p: Parts) -> Greeks:
    hump = p.df * p.phi
    if p.alive is not None:
        hump = np.where(p.alive, hump, _nothing(p))
    spread = hump * p.f
    root = np.sqrt(p.t)
    gamma, decay = hump / (p.f * p.s), spread * p.vol / (2.0 * root)
    if p.alive is not None:
        gamma, decay = (np.where(p.alive, a, _nothing(p)) for a in (gamma, decay))
    return Greeks(
        delta=np.asarray(p.df * p.side * p.n1),
        gamma=np.asarray(gamma),
        theta=np.asarray((_rate(p) * p.value - decay) / DAYS),
        vega=np.asarray(spread * (root * POINT)),
        rho=np.asarray(p.value * (-POINT * p.t)),
    )


def every_order(p: Parts) -> FullGreeks:
    g = first_order(p)
    d2 = p.d1 - p.s
    # a density of 0 beats whatever power of d1 it meets, infinity included
    some = (p.s > 0) & (p.phi > 0)
    nothing = _nothing(p)
    rate, twice = _rate(p), 2.0 * p.t
    return FullGreeks(
        delta=g.delta,
        gamma=g.gamma,
        theta=g.theta,
        vega=g.vega,
        rho=g.rho,
        vanna=np.where(some, p.df * p.phi * d2 / p.vol * -POINT, nothing),
        charm=(rate * g.delta + np.where(some, p.df * p.phi * d2 / twice, nothing)) / DAYS,
        volga=np.where(some, g.vega * p.d1 * d2 / p.vol * POINT, nothing),
        speed=np.where(some, g.gamma / p.f * (-1.0 - p.d1 / p.s), nothing),
        colour=np.where(some, g.gamma * (rate + (1.0 - p.d1 * d2) / twice) / DAYS, nothing),
    )


def _nothing(p: Parts) -> Floats:
    """0, and NaN where the contract is not known."""
    return 0.0 * p.s


def _rate(p: Parts) -> Floats:
    """The interest that `discount` stands for; none over no time."""
    return np.asarray(np.where(p.t > 0, -np.log(p.df) / p.t, 0.0 * p.t))


def full_on_spot(g: FullGreeks, spot: Floats, t: Floats, r: Floats | np.float64) -> FullGreeks:
    """Greeks on a forward turned into those on the spot that it is carried from.

    At constant spot the forward drifts down by r·F a year and moves with the rate.
    """
    growth = np.exp(r * t)
    forward = spot * growth
    drift, daily = r * forward / DAYS, r / DAYS
    return FullGreeks(
        delta=g.delta * growth,
        gamma=g.gamma * growth**2,
        theta=g.theta - drift * g.delta,
        vega=g.vega,
        rho=g.rho + g.delta * forward * t * POINT,
        vanna=g.vanna * growth,
        charm=growth * (g.charm - drift * g.gamma - daily * g.delta),
        volga=g.volga,
        speed=g.speed * growth**3,
        colour=growth**2 * (g.colour - drift * g.speed - 2.0 * daily * g.gamma),
    )
