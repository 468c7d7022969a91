"""How good the numbers are: against mpmath, QuantLib, and a million inputs good and bad.

The attainable error of a volatility is what the last bit of its price is worth: 2.2e-16 of the
price, or of the part F·N(d1) that it was subtracted from, over vega.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import QuantLib as ql
from numpy.typing import NDArray

from core.pricing.black76 import price
from core.pricing.greeks import full_greeks
from core.pricing.implied_greeks import implied_full_greeks
from core.pricing.implied_vol import Status, implied_vol
from tests.core.pricing.reference import black76, formula

Floats = NDArray[np.float64]
EPS = 2.2e-16
ODD = np.array(
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
    return Drawn(forward, strike, years, vol, rng.uniform(0, rate, n), rng.random(n) < 0.5)


def contracts(columns: tuple[NDArray[Any], ...]) -> Iterator[tuple[Any, ...]]:
    return zip(*(c.tolist() for c in columns), strict=True)


def test_volatility_is_within_ten_times_the_attainable_error_of_mpmath():
    d = draw(5000, 5, rate=1e-12)
    columns = (d.forward, d.strike, d.years, d.vol, np.ones(5000), d.call)
    exact = np.array([float(black76(*row)) for row in contracts(columns)])
    got, status = implied_vol(exact, d.forward, d.strike, d.years, 1.0, d.call)
    assert not status.any()
    g = full_greeks(d.forward, d.strike, d.years, d.vol, 1.0, d.call)
    attainable = EPS * np.maximum(exact, d.forward * np.abs(g.delta)) / (100 * g.vega)
    error = np.abs(got - d.vol)
    assert np.all(error <= 10 * np.maximum(attainable, EPS * d.vol))
    tradable = (exact >= 0.05) & (g.vega >= 0.05)
    assert tradable.sum() > 1800
    assert error[tradable].max() <= 1e-10
    well_conditioned = attainable <= 1e-13
    assert well_conditioned.sum() > 3000
    assert error[well_conditioned].max() <= 1e-12


def test_a_hundred_thousand_prices_of_quantlib_give_their_volatility_back():
    d = draw(100_000, 6)
    s = d.vol * np.sqrt(d.years)
    columns = (d.call, d.strike, d.forward, s, d.discount)
    kinds = {True: ql.Option.Call, False: ql.Option.Put}
    theirs = np.array([ql.blackFormula(kinds[c], *row) for c, *row in contracts(columns)])
    ours = price(d.forward, d.strike, d.years, d.vol, d.discount, d.call)
    # its tails are good to the last bit of the larger of forward and strike, not of the price
    bit = EPS * d.discount * np.maximum(d.forward, d.strike)
    assert np.all(np.abs(ours - theirs) <= 10 * bit)
    got, status = implied_vol(theirs, d.forward, d.strike, d.years, d.discount, d.call)
    assert not status.any()
    vega = 100 * full_greeks(d.forward, d.strike, d.years, d.vol, d.discount, d.call).vega
    assert np.all(np.abs(got - d.vol) <= 10 * np.maximum(bit / vega, EPS * d.vol))


def test_a_hundred_thousand_greeks_are_those_of_quantlib():
    d = draw(100_000, 7)
    g = full_greeks(d.forward, d.strike, d.years, d.vol, d.discount, d.call)
    theirs = quantlib_greeks(d)
    for name, want, scale in (
        ("delta", theirs[0], d.discount),
        ("gamma", theirs[1], theirs[1]),
        ("vega", theirs[2] / 100, theirs[2] / 100),
        ("vanna", theirs[3] / 100, theirs[3] / 100),
    ):
        assert np.all(np.abs(getattr(g, name) - want) <= 1e-8 * np.abs(scale) + 1e-300), name
    value = price(d.forward, d.strike, d.years, d.vol, d.discount, d.call)
    interest, decay = d.rate * value, 0.5 * (d.vol * d.forward) ** 2 * theirs[1]
    assert np.all(np.abs(g.theta - (interest - decay) / 365) <= 1e-8 * (interest + decay) / 365)
    assert np.all(np.abs(g.rho + d.years * value / 100) <= 1e-8 * d.years * value / 100)


def quantlib_greeks(d: Drawn) -> Floats:
    """Rows delta, gamma, vega, vanna, all with respect to the forward."""
    s = d.vol * np.sqrt(d.years)
    columns = (d.call, d.strike, d.forward, s, d.discount, d.years)
    found = []
    for call, strike, forward, deviation, discount, years in contracts(columns):
        payoff = ql.PlainVanillaPayoff(ql.Option.Call if call else ql.Option.Put, strike)
        b = ql.BlackCalculator(payoff, forward, deviation, discount)
        found.append((b.deltaForward(), b.gammaForward(), b.vega(years), b.vanna(forward, years)))
    return np.array(found).T


@pytest.mark.parametrize("name", ["gamma", "vanna", "charm", "volga", "speed", "colour"])
def test_the_second_order_is_mpmaths(name: str):
    """By differentiating Black's formula in 50 digits: no step, no rounding."""
    d = draw(25, 8)
    g = getattr(full_greeks(d.forward, d.strike, d.years, d.vol, d.discount, d.call), name)
    orders, unit = {
        "gamma": ((2, 0, 0), 1),
        "vanna": ((1, 0, 1), 100),
        "charm": ((1, 1, 0), -365),
        "volga": ((0, 0, 2), 10_000),
        "speed": ((3, 0, 0), 1),
        "colour": ((2, 1, 0), -365),
    }[name]
    with mp.workdps(50):
        for i in range(25):
            at = tuple(mp.mpf(float(a[i])) for a in (d.forward, d.years, d.vol))
            value = of_forward_years_and_vol(d, i)
            exact = float(mp.diff(value, at, orders)) / unit
            assert g[i] == pytest.approx(exact, rel=1e-8), i


def of_forward_years_and_vol(d: Drawn, i: int) -> Callable[..., mp.mpf]:
    rate, strike, call = mp.mpf(float(d.rate[i])), mp.mpf(float(d.strike[i])), bool(d.call[i])
    return lambda f, t, vol: formula(f, strike, t, vol, mp.exp(-rate * t), call)


def test_a_million_inputs_give_a_number_or_a_reason():
    rng, n = np.random.default_rng(1), 1_000_000

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
        value = some(least + (most - least) * rng.random(n) ** rng.choice([1, 5, 30, 200], n), 0.8)
    got = implied_full_greeks(value, forward, strike, years, discount, call)
    solved = got.status == Status.OK
    assert solved.sum() > 200_000
    assert set(np.unique(got.status)) == set(Status)
    assert np.all(got.iv[solved] > 0)
    for column in (got.iv, *(getattr(got.greeks, f.name) for f in fields(got.greeks))):
        assert np.array_equal(np.isfinite(column), solved)
        assert np.array_equal(np.isnan(column), ~solved)


def test_good_contracts_among_bad_ones_are_none_the_worse():
    d = draw(1000, 9)
    value = price(d.forward, d.strike, d.years, d.vol, d.discount, d.call)
    alone, status = implied_vol(value, d.forward, d.strike, d.years, d.discount, d.call)
    bad = np.arange(1000) % 3 == 0
    mixed, codes = implied_vol(
        np.where(bad, np.nan, value), d.forward, d.strike, d.years, d.discount, d.call
    )
    assert not status.any()
    assert np.array_equal(codes == Status.OK, ~bad)
    assert mixed[~bad] == pytest.approx(alone[~bad], rel=1e-12)
