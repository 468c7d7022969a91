"""How good the numbers are, measured: used by the tests and by the benchmark."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import QuantLib as ql
from numpy.typing import NDArray

from core.pricing.black76 import price
from core.pricing.greeks import full_greeks
from core.pricing.implied_greeks import implied_full_greeks
from core.pricing.implied_vol import Status, implied_vol
from tests.core.pricing.reference import black76

Floats = NDArray[np.float64]
EPS: Final = 2.2e-16
ODD: Final = np.array(
    [
        *(0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1e-310, 1e-300, 1e-160, 1e-100, 1e-16, 1e-3),
        *(1.0, 1 + EPS, 24250.0, 24250.000000001, 1e10, 1e100, 1e200, 1.7e308, -1.0, -24250.0),
    ]
)
"""Every kind of number that a file or a feed might bring."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """0.5 % to 400 % of volatility, five minutes to five years, six deviations either way."""

    forward: Floats
    strike: Floats
    years: Floats
    vol: Floats
    rate: Floats
    call: NDArray[np.bool_]

    @property
    def discount(self) -> Floats:
        return np.exp(-self.rate * self.years)


def draw(n: int, seed: int, rate: float = 0.1) -> Drawn:
    rng = np.random.default_rng(seed)

    def between(low: float, high: float) -> Floats:
        return np.exp(rng.uniform(np.log(low), np.log(high), n))

    vol, years, forward = between(0.005, 4.0), between(5 / 525600, 5.0), between(50.0, 90000.0)
    near = rng.choice([1.0, 0.1, 0.0], n, p=[0.8, 0.15, 0.05])
    far = np.clip(rng.uniform(-6, 6, n) * vol * np.sqrt(years), -3, 3)
    strike = forward * np.exp(far * near)
    return Drawn(forward, strike, years, vol, rate * rng.random(n), rng.random(n) < 0.5)


def rows(*columns: NDArray[Any]) -> Iterator[tuple[Any, ...]]:
    return zip(*(c.tolist() for c in columns), strict=True)


@dataclass(frozen=True, slots=True)
class VolatilityErrors:
    """The largest against mpmath: over the attainable error, and of two kinds of contracts.

    The attainable error is what the last bit of the price is worth: 2.2e-16 of it, or of the part
    F·N(d1) that it was subtracted from, over vega.
    """

    attainable: float
    tradable: float
    well_conditioned: float
    without: int  # contracts that were given none


def volatility_errors(n: int, seed: int) -> VolatilityErrors:
    d = draw(n, seed, rate=0.0)
    columns = (d.forward, d.strike, d.years, d.vol, np.ones(n), d.call)
    exact = np.array([float(black76(*row)) for row in rows(*columns)])
    got, status = implied_vol(exact, d.forward, d.strike, d.years, 1.0, d.call)
    g = full_greeks(d.forward, d.strike, d.years, d.vol, 1.0, d.call)
    attainable = EPS * np.maximum(exact, d.forward * np.abs(g.delta)) / (100 * g.vega)
    error = np.abs(got - d.vol)
    tradable, well = (exact >= 0.05) & (g.vega >= 0.05), attainable <= 1e-13
    assert tradable.sum() > n / 3
    assert well.sum() > n / 2
    return VolatilityErrors(
        attainable=float(np.max(error / np.maximum(attainable, EPS * d.vol))),
        tradable=float(np.max(error[tradable])),
        well_conditioned=float(np.max(error[well])),
        without=int(np.count_nonzero(status)),
    )


def greeks_errors(n: int, seed: int) -> dict[str, float]:
    """The largest difference from QuantLib's, relative; of delta against the discount."""
    d = draw(n, seed)
    g = full_greeks(d.forward, d.strike, d.years, d.vol, d.discount, d.call)
    delta, gamma, vega, vanna = quantlib_greeks(d)
    value = price(d.forward, d.strike, d.years, d.vol, d.discount, d.call)
    # of minutes, a discount in 53 bits says less than the rate it was made from
    interest = -np.log(d.discount) / d.years * value
    decay = 0.5 * (d.vol * d.forward) ** 2 * gamma
    pairs = {
        "delta": (g.delta, delta, d.discount),
        "gamma": (g.gamma, gamma, gamma),
        "theta": (365 * g.theta, interest - decay, interest + decay),
        "vega": (100 * g.vega, vega, vega),
        "rho": (100 * g.rho, -d.years * value, d.years * value),
        "vanna": (100 * g.vanna, vanna, vanna),
    }
    return {
        name: float(np.max(np.abs(ours - theirs) / (np.abs(scale) + 1e-300)))
        for name, (ours, theirs, scale) in pairs.items()
    }


def quantlib_greeks(d: Drawn) -> tuple[Floats, ...]:
    """Delta, gamma, vega, vanna, all with respect to the forward."""
    found = []
    s = d.vol * np.sqrt(d.years)
    for call, strike, forward, deviation, discount, years in rows(
        d.call, d.strike, d.forward, s, d.discount, d.years
    ):
        payoff = ql.PlainVanillaPayoff(ql.Option.Call if call else ql.Option.Put, strike)
        b = ql.BlackCalculator(payoff, forward, deviation, discount)
        found.append((b.deltaForward(), b.gammaForward(), b.vega(years), b.vanna(forward, years)))
    return tuple(np.array(found).T)


def quantlib_prices(d: Drawn) -> Floats:
    kinds = {True: ql.Option.Call, False: ql.Option.Put}
    columns = (d.call, d.strike, d.forward, d.vol * np.sqrt(d.years), d.discount)
    return np.array([ql.blackFormula(kinds[call], *row) for call, *row in rows(*columns)])


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """Of contracts good and bad: how many got a volatility, and how many neither it nor a reason.

    `wrong` counts those whose volatility or any greek is not a number though their status is OK,
    or is one though it is not.
    """

    solved: int
    wrong: int
    reasons: frozenset[Status]


def fuzz(n: int, seed: int) -> Fuzzed:
    columns = usual_and_odd(n, seed)
    got = implied_full_greeks(*columns)
    solved = got.status == Status.OK
    wrong = solved & ~(got.iv > 0)
    for column in (got.iv, *(getattr(got.greeks, f.name) for f in fields(got.greeks))):
        wrong |= np.isfinite(column) != solved
        wrong |= np.isnan(column) == solved
    reasons = frozenset(Status(int(code)) for code in np.unique(got.status))
    return Fuzzed(int(solved.sum()), int(wrong.sum()), reasons)


def usual_and_odd(n: int, seed: int) -> tuple[NDArray[Any], ...]:
    """Prices, forwards, strikes, years, discounts, sides."""
    rng = np.random.default_rng(seed)

    def some(usual: Floats, share: float) -> Floats:
        return np.where(rng.random(n) < share, usual, rng.choice(ODD, n))

    with np.errstate(all="ignore"):
        forward = some(24250 * np.exp(rng.normal(0, 1, n)), 0.8)
        strike = some(np.abs(forward) * np.exp(rng.normal(0, 0.3, n)), 0.8)
        strike = np.where(rng.random(n) < 0.1, forward, strike)
        years = some(np.exp(rng.uniform(-12, 1.6, n)), 0.8)
        discount = some(rng.uniform(0.6, 1.0, n), 0.9)
        call = rng.random(n) < 0.5
        least = np.maximum(np.where(call, forward - strike, strike - forward), 0) * discount
        most = np.where(call, forward, strike) * discount
        # from the middle of what is possible to a hair above the least
        above = rng.random(n) ** rng.choice([1, 5, 30, 200], n)
        value = some(least + (most - least) * above, 0.8)
    return value, forward, strike, years, discount, call
