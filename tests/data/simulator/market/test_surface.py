"""The surface has no static arbitrage, and India VIX is what the exchange's sum gives."""

from datetime import date

import numpy as np
import pytest

from core.pricing.black76 import price
from data.simulator.market.calendar import closing_ms
from data.simulator.market.daily import Daily
from data.simulator.market.day import Day
from data.simulator.market.listing import expiries
from data.simulator.market.surface import (
    SKEW,
    WINGS,
    YEAR_MS,
    money_variance,
    variance,
    variance_clock,
)
from data.simulator.market.underlyings import BY_SYMBOL
from data.simulator.market.vix import vix
from tests.data.simulator.market.moments import MONDAY, VIX, WEDNESDAY, at

MONEYNESS = np.linspace(-0.35, 0.35, 281)


@pytest.fixture(scope="module")
def days() -> list[Day]:
    daily = Daily(7)
    return [Day(daily, daily.number(d)) for d in (MONDAY, WEDNESDAY, date(2024, 6, 4))]


def total_variances(day: Day, symbol: str, now: int) -> np.ndarray:
    """Total variance by (expiry, moneyness)."""
    number = BY_SYMBOL[symbol].number
    rows = []
    for expiry, _, _ in expiries(symbol, day.date):
        if expiry == day.date:
            continue
        ends = variance_clock(day.daily.number(expiry), closing_ms(expiry), 1.0)
        one = np.array([number])
        theta = money_variance(day, one, np.array([now]), np.array([float(ends)]))
        rows.append(variance(one, theta, MONEYNESS))
    return np.array(rows)


@pytest.mark.parametrize("symbol", ["NIFTY", "SENSEX", "BANKNIFTY", "RELIANCE"])
def test_theoretical_prices_admit_no_static_arbitrage(days, symbol: str):
    for day in days:
        for now in (day.opens, day.opens + 3 * 3_600_000, day.closes):
            w = total_variances(day, symbol, now)
            k = np.exp(MONEYNESS)
            calls = price(1.0, k, 1.0, np.sqrt(w), 1.0, True)
            slopes = np.diff(calls, axis=1) / np.diff(k)
            assert np.all(slopes <= 1e-12)  # a lower strike's call is worth more
            assert np.all(slopes >= -1 - 1e-12)  # by no more than the strikes' difference
            assert np.all(np.diff(slopes, axis=1) >= -1e-10)  # butterflies cost something
            assert np.all(np.diff(w, axis=0) >= 0)  # more time is worth more


def test_the_parameters_keep_the_condition_that_excludes_butterflies():
    assert np.all(WINGS * (1 + np.abs(SKEW)) <= 2)


def test_volatility_falls_towards_calls_and_rises_when_the_market_falls(days):
    w = total_variances(days[0], "NIFTY", days[0].opens)
    left, right = (
        w[:, np.argmin(np.abs(MONEYNESS + 0.03))],
        w[:, np.argmin(np.abs(MONEYNESS - 0.03))],
    )
    assert np.all(left > right)
    daily = days[0].daily
    n = daily.number(MONDAY)
    moves = np.diff(daily.levels("NIFTY").close[:n])
    changes = np.diff(daily.log_vol[:n])
    assert np.corrcoef(moves, changes)[0, 1] < -0.4


def test_india_vix_is_the_exchanges_sum_over_strikes(days):
    day = days[0]
    now = day.opens + 2 * 3_600_000
    number = np.array([BY_SYMBOL["NIFTY"].number])
    months = [e for e, weekly, near in expiries("NIFTY", day.date) if near and not weekly]
    months = [e for e in months if closing_ms(e) - now > 3 * 86_400_000][:2]
    k = np.arange(0.5, 1.6, 0.001)
    sums, times = [], []
    for expiry in months:
        ends = variance_clock(day.daily.number(expiry), closing_ms(expiry), 1.0)
        theta = money_variance(day, number, np.array([now]), np.array([float(ends)]))
        sd = np.sqrt(variance(number, theta, np.log(k)))
        otm = price(1.0, k, 1.0, sd, 1.0, k > 1)
        sums.append(2 * float(np.sum(otm / k**2) * 0.001))
        times.append((closing_ms(expiry) - now) / YEAR_MS)
    month = 30 / 365
    part = (times[1] - month) / (times[1] - times[0])
    expected = 100 * np.sqrt((sums[0] * part + sums[1] * (1 - part)) / month)
    assert vix(day, np.array([now]))[0] == pytest.approx(expected, abs=0.1)


def test_india_vix_lies_where_it_usually_does_and_moves_against_the_index(market):
    bars = market.day_bars(VIX, date(2026, 9, 1), date(2026, 11, 20), at(MONDAY, 16))
    assert np.all((bars.close > 8) & (bars.close < 35))
    assert 10 < np.median(bars.close) < 20
    index = market.day_bars(
        "NSE_INDEX|Nifty 50", date(2026, 9, 1), date(2026, 11, 20), at(MONDAY, 16)
    )
    assert np.corrcoef(np.diff(bars.close), np.diff(index.close))[0, 1] < -0.3
