import csv
from math import log, sqrt
from pathlib import Path

import numpy as np
import pytest

from core.analytics.realised import close_close, cone, parkinson, yang_zhang

# Three sessions worked by hand.
OPEN = [100.0, 101.0, 99.0]
HIGH = [102.0, 103.0, 101.0]
LOW = [99.0, 100.0, 97.0]
CLOSE = [101.0, 100.0, 100.0]


def test_close_to_close_is_the_deviation_of_the_logarithmic_returns():
    first, second = log(100 / 101), log(100 / 100)
    mean = (first + second) / 2
    expected = sqrt(((first - mean) ** 2 + (second - mean) ** 2) / 1 * 252)
    found = close_close(CLOSE, 2)
    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx(expected)
    assert found[2] == pytest.approx(0.11169, abs=1e-5)


def test_parkinson_is_by_the_range():
    squares = [log(h / low) ** 2 for h, low in zip(HIGH, LOW, strict=True)]
    expected = sqrt(sum(squares) / 3 / (4 * log(2)) * 252)
    found = parkinson(HIGH, LOW, 3)
    assert found[2] == pytest.approx(expected)
    assert found[2] == pytest.approx(0.32085, abs=1e-5)


def test_yang_zhang_is_the_sum_of_its_three_parts():
    night = [log(101 / 101), log(99 / 100)]
    day = [log(100 / 101), log(100 / 99)]
    rogers = [
        log(103 / 100) * log(103 / 101) + log(100 / 100) * log(100 / 101),
        log(101 / 100) * log(101 / 99) + log(97 / 100) * log(97 / 99),
    ]
    k = 0.34 / (1.34 + 3 / 1)
    variance = (
        (night[0] - night[1]) ** 2 / 2 + k * (day[0] - day[1]) ** 2 / 2 + (1 - k) * sum(rogers) / 2
    )
    found = yang_zhang(OPEN, HIGH, LOW, CLOSE, 2)
    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx(sqrt(variance * 252))


def test_an_unknown_or_impossible_price_makes_its_windows_unknown():
    close = np.full(10, 100.0) + np.arange(10) % 3
    close[4] = 0.0
    found = close_close(close, 2)
    assert np.isnan(found[[4, 5, 6]]).all()
    assert np.isfinite(found[[3, 7, 8, 9]]).all()


@pytest.mark.parametrize("window", [0, 1, 50])
def test_a_window_that_does_not_fit_gives_nothing(window: int):
    assert np.isnan(close_close(CLOSE, window)).all()
    assert np.isnan(yang_zhang(OPEN, HIGH, LOW, CLOSE, window)).all()


def test_all_agree_on_a_random_walk_of_known_volatility():
    rng = np.random.default_rng(5)
    days, steps, vol = 400, 200, 0.2
    moves = rng.normal(0, vol / sqrt(252 * steps), (days, steps))
    paths = np.exp(np.cumsum(moves.ravel()).reshape(days, steps))
    opens = np.concatenate([[1.0], paths[:-1, -1]])
    highs, lows = np.maximum(paths.max(1), opens), np.minimum(paths.min(1), opens)
    closes = paths[:, -1]
    assert close_close(closes, 399)[-1] == pytest.approx(vol, rel=0.08)
    assert parkinson(highs, lows, 400)[-1] == pytest.approx(vol, rel=0.10)  # low: few steps a day
    assert yang_zhang(opens, highs, lows, closes, 399)[-1] == pytest.approx(vol, rel=0.10)


def test_the_cone_holds_every_horizon(shared_data: Path):
    close = nifty(shared_data)[3]
    found = cone(close)
    assert found.horizons[0] == 5
    table = [found.least, found.quarter, found.median, found.three_quarters, found.most]
    assert (np.diff(table, axis=0) >= 0).all()
    assert ((found.latest >= found.least) & (found.latest <= found.most)).all()
    spread = found.most - found.least
    assert spread[0] > spread[-1]  # it narrows with the horizon


def test_a_horizon_longer_than_history_is_unknown():
    found = cone([100.0, 101.0, 99.0, 102.0], (2, 60))
    assert np.isfinite(found.median[0])
    assert np.isnan([found.median[1], found.latest[1], found.most[1]]).all()


def test_the_nifty_of_2015_to_2026_moved_as_is_known(shared_data: Path):
    open_, high, low, close = nifty(shared_data)
    usual = [
        np.nanmedian(found)
        for found in (
            close_close(close, 20),
            parkinson(high, low, 20),
            yang_zhang(open_, high, low, close, 20),
        )
    ]
    assert usual == pytest.approx([0.125, 0.11, 0.12], abs=0.02)
    assert np.nanmax(close_close(close, 20)) > 0.6  # March 2020


def nifty(shared_data: Path) -> np.ndarray:
    with (shared_data / "candles" / "nifty_daily.csv").open() as lines:
        rows = [
            [float(row[name]) for name in ("open", "high", "low", "close")]
            for row in csv.DictReader(lines)
        ]
    return np.array(rows).T
