"""Paths: the shape of volatility through the day, fat tails, and one market behind all names."""

from datetime import date

import numpy as np
import pytest

from data.simulator.market.activity import ActiveClock
from data.simulator.market.daily import ANCHOR, Daily
from data.simulator.market.day import Day
from data.simulator.market.noise import mixed, normal, rough, uniform, word
from data.simulator.market.underlyings import BY_SYMBOL


@pytest.fixture(scope="module")
def daily() -> Daily:
    return Daily(7)


@pytest.fixture(scope="module")
def minutes(daily: Daily) -> np.ndarray:
    """One-minute returns of the NIFTY in basis points, by (day, minute)."""
    last = daily.number(date(2026, 7, 31))
    rows = []
    for n in range(last - 90, last):
        day = Day(daily, n)
        if day.seconds > 20_000:
            shown = np.log(day.shown(BY_SYMBOL["NIFTY"].number))
            rows.append(1e4 * np.diff(shown[: 60 * 374 + 1 : 60]))
    return np.array(rows)


def test_each_series_arrives_where_its_table_says(daily: Daily):
    for symbol in ("NIFTY", "SENSEX", "RELIANCE"):
        level = daily.close(symbol, daily.number(ANCHOR))
        assert level == pytest.approx(BY_SYMBOL[symbol].level)


def test_volatility_through_the_day_is_high_low_high(minutes: np.ndarray):
    quarters = [minutes[:, 15 * q : 15 * q + 15].std() for q in range(24)]
    midday = np.mean(quarters[8:14])
    assert 2.0 < midday < 4.5
    assert 1.7 < quarters[0] / midday < 4.5
    assert 1.05 < np.mean(quarters[20:23]) / midday < 2.2
    assert minutes[:, 0].std() > 3 * midday


def test_minutes_have_fat_tails_and_no_memory(minutes: np.ndarray):
    kurtosis = np.mean(minutes**4) / np.mean(minutes**2) ** 2
    assert 8 < kurtosis < 120
    flat = minutes[:, 1:]
    assert abs(np.corrcoef(flat[:, :-1].ravel(), flat[:, 1:].ravel())[0, 1]) < 0.06
    assert 35 < np.median(np.sqrt((minutes**2).sum(axis=1))) < 85


def test_daily_moves_have_gaps_clusters_and_one_market(daily: Daily):
    now = daily.number(ANCHOR)
    nifty = daily.levels("NIFTY")
    moves = np.diff(nifty.close[:now])
    assert 0.09 < moves.std() * np.sqrt(248) < 0.20
    assert 3.5 < np.mean(moves**4) / np.mean(moves**2) ** 2 < 15
    gaps = nifty.open[1:now] - nifty.close[: now - 1]
    assert 0.003 < gaps.std() < 0.008
    size = np.abs(moves)
    assert np.corrcoef(size[:-1], size[1:])[0, 1] > 0.03
    for symbol, least in (("SENSEX", 0.97), ("BANKNIFTY", 0.75), ("RELIANCE", 0.3)):
        other = np.diff(daily.levels(symbol).close[:now])
        assert np.corrcoef(moves, other)[0, 1] > least


def test_the_active_clock_goes_there_and_back():
    clock = ActiveClock(1_000_000, 1_000_000 + 23_100_000, word("a day"))
    ms = np.arange(1_000_000, 24_100_000, 12_345)
    assert np.abs(clock.ms(clock.active(ms)) - ms).max() <= 1
    opening, noon = clock.active(1_060_000), clock.active(10_060_000) - clock.active(10_000_000)
    assert opening > 3 * noon


def test_noise_is_uniform_normal_and_of_its_counters_alone():
    words = mixed(word("seed", 1), np.arange(100_000, dtype=np.uint64))
    u, z, cheap = uniform(words), normal(words), rough(words)
    assert abs(u.mean() - 0.5) < 0.005
    assert (u.min() > 0) & (u.max() < 1)
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.01
    for sample in (z, cheap):
        assert abs(sample.mean()) < 0.01
        assert abs(sample.std() - 1) < 0.01
    assert abs(np.mean(z**4) - 3) < 0.15
    assert np.array_equal(
        words[500:600], mixed(word("seed", 1), np.arange(500, 600, dtype=np.uint64))
    )
    assert word("a", "b") != word("ab")
