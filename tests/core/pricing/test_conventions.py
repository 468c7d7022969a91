"""Conventions: the numbers that the exchange's website and the broker published come out."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from core.clock import IST
from core.pricing.black76 import price
from core.pricing.conventions import TERMS, Convention, Solved, solve, upstox_level, years_by
from core.pricing.greeks import full_greeks
from core.pricing.implied_vol import Status
from tests.core.pricing import published
from tests.core.pricing.on_spot import black_scholes, black_scholes_greeks

NAMES = ("delta", "gamma", "theta", "vega", "rho", "vanna", "charm", "volga", "speed", "colour")
HALF = 0.5e-4  # the broker publishes greeks to four decimals
TICK = 0.05


def solved(chain: published.NseContracts) -> Solved:
    return solve(
        Convention.NSE,
        price=chain.last,
        strikes=chain.strike,
        spot=chain.spot,
        forward=np.nan,
        years=chain.years,
        rate=np.nan,
        call=chain.call,
    )


def test_the_exchanges_published_volatilities_come_out_to_their_last_digit():
    chain = published.nse()
    got = solved(chain)
    off = np.abs(100 * got.iv - chain.iv)
    assert len(off) == 471
    assert not got.status.any()
    assert (off <= 0.005 + 1e-9).sum() == 372  # 79 %: all that rounding to two decimals allows
    far = chain.years > 0.1  # where a tick less or more is little
    assert far.sum() == 146
    assert ((off <= 0.005 + 1e-9) & far).sum() == 137  # 94 %
    # that many fit at 10 % of interest only
    for rate in (0.0, 0.065, 0.095, 0.105):
        v = _volatilities(chain, rate)
        assert (np.abs(100 * v - chain.iv) <= 0.005).sum() < 5, rate


def test_the_rest_of_them_was_computed_at_an_earlier_price():
    # where a tick shows in the second decimal, the published volatility stands for a whole tick
    chain = published.nse()
    off = np.abs(100 * solved(chain).iv - chain.iv) > 0.005 + 1e-9
    low, high = (
        black_scholes(chain.spot, chain.strike, chain.years, (chain.iv + d) / 100, 0.1, chain.call)
        for d in (-0.005, 0.005)
    )
    sharp = off & (high - low < TICK / 5)
    on_a_tick = np.floor(high / TICK) >= np.ceil(low / TICK)
    assert sharp.sum() == 15
    assert (on_a_tick & sharp).sum() == 13  # by chance it would be one or two


def test_the_brokers_published_greeks_come_out_of_its_convention():
    chain = published.upstox()
    known = chain.iv > 0
    level = upstox_level(
        chain.strike, chain.iv / 100, chain.delta, chain.years, chain.call, chain.spot
    )
    assert level == pytest.approx(22283.4, abs=0.3)  # it is inferred: no field of theirs names it
    assert known.sum() == 208
    fits = known.copy()
    for name, most in (("delta", 3.5e-4), ("gamma", HALF), ("theta", 0.06), ("vega", 0.009)):
        given = getattr(chain, name)
        low, mid, high = (
            getattr(_at(chain, level, shift), name) for shift in (-0.5e-4, 0.0, 0.5e-4)
        )
        assert np.all(np.abs(mid - given)[known] <= most), name
        # their volatility is rounded too
        slack = np.maximum(np.abs(low - mid), np.abs(high - mid)) + HALF
        fits &= np.abs(mid - given) <= slack + 1e-9
    assert fits.sum() >= 0.75 * known.sum()  # 163 of 208 to the last digit of all four


def test_the_brokers_prices_give_its_volatilities_as_near_as_its_two_clocks_allow():
    # last price and greeks are not of one moment: 0.1 point is less than a rupee here
    chain = published.upstox()
    got = solve(
        Convention.UPSTOX,
        price=chain.last,
        strikes=chain.strike,
        spot=chain.spot,
        forward=np.nan,
        years=chain.years,
        rate=0.065,
        call=chain.call,
        level=22283.6,
    )
    off = np.abs(100 * got.iv - chain.iv)[chain.iv > 0]
    assert (off <= 0.1).mean() >= 0.8
    assert np.nanmedian(off) <= 0.035


def test_a_level_that_no_delta_tells_is_unknown_and_the_spot_serves():
    nothing = upstox_level([100.0, 110.0], [0.0, np.nan], [1.0, 0.5], 0.1, True, 105.0)
    assert np.isnan(nothing)
    assert np.isnan(upstox_level([100.0], [0.2], [0.5], 0.1, True, np.nan))
    by_spot, at_spot, above = (
        _chain(Convention.UPSTOX, level).iv[:, 0] for level in (np.nan, 100.0, 101.0)
    )
    assert by_spot == pytest.approx(at_spot)
    assert by_spot != pytest.approx(above)


@pytest.mark.parametrize("convention", Convention)
def test_each_gives_its_own_price_back(convention: Convention):
    strikes, years, rate, vol = np.array([95.0, 100.0, 105.0]), 0.1, 0.065, 0.2
    call = np.array([[True], [False]])
    values = {
        Convention.OURS: price(101.0, strikes, years, vol, np.exp(-rate * years), call),
        Convention.NSE: black_scholes(100.0, strikes, years, vol, 0.1, call),
        Convention.UPSTOX: black_scholes(100.0, strikes, years, vol, 0.0, call),
    }
    expected = {
        Convention.OURS: full_greeks(101.0, strikes, years, vol, np.exp(-rate * years), call),
        Convention.NSE: black_scholes_greeks(100.0, strikes, years, vol, 0.1, call),
        Convention.UPSTOX: black_scholes_greeks(100.0, strikes, years, vol, 0.0, call),
    }
    got = solve(
        convention,
        price=values[convention],
        strikes=strikes,
        spot=100.0,
        forward=101.0,
        years=years,
        rate=rate,
        call=call,
    )
    assert got.iv == pytest.approx(np.full((2, 3), vol))
    for name in NAMES:
        assert getattr(got.greeks, name) == pytest.approx(
            getattr(expected[convention], name), rel=1e-9, abs=1e-12
        ), name


def test_a_contract_without_a_volatility_has_no_greeks_and_a_reason():
    got = _chain(Convention.OURS)
    assert Status(got.status[1, 2]) is Status.NO_PRICE
    for name in NAMES:
        assert np.isnan(getattr(got.greeks, name)).tolist() == np.isnan(got.iv).tolist()


def test_every_convention_is_named_on_screen():
    for convention in Convention:
        terms = TERMS[convention]
        assert terms.title
        assert terms.model
        assert terms.source


def _chain(convention: Convention, level: float = np.nan) -> Solved:
    return solve(
        convention,
        price=[[6.0, 2.5, 0.8], [0.9, 2.4, np.nan]],
        strikes=[95.0, 100.0, 105.0],
        spot=100.0,
        forward=100.4,
        years=0.1,
        rate=0.065,
        call=[[True], [False]],
        level=level,
    )


def _volatilities(chain: published.NseContracts, rate: float) -> published.Floats:
    growth = np.exp(rate * chain.years)
    return solve(
        Convention.OURS,
        price=chain.last,
        strikes=chain.strike,
        spot=np.nan,
        forward=chain.spot * growth,
        years=chain.years,
        rate=rate,
        call=chain.call,
    ).iv


def _at(chain: published.UpstoxContracts, level: float, shift: float):
    return full_greeks(level, chain.strike, chain.years, chain.iv / 100 + shift, 1.0, chain.call)


def test_the_brokers_greeks_count_to_half_past_three_and_the_others_to_the_dated_close():
    noon = datetime(2026, 8, 25, 12, 0, tzinfo=IST)
    later, before = noon + timedelta(hours=3, minutes=40), noon + timedelta(hours=3, minutes=30)
    minutes = {each: years_by(each, later, noon) * 525_600 for each in Convention}
    assert minutes == pytest.approx(
        {Convention.OURS: 220, Convention.NSE: 220, Convention.UPSTOX: 210}
    )
    assert years_by(Convention.UPSTOX, before, noon) == years_by(Convention.OURS, before, noon)
    assert years_by(Convention.UPSTOX, later, before + timedelta(minutes=1)) == 0
