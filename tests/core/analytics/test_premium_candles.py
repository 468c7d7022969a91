from math import nan

import numpy as np
import pytest

from core.analytics.premium import PremiumSeries
from core.analytics.premium_candles import candles
from core.indicators.trend import supertrend

OPENS = 1_000


def series(
    values: list[float],
    minutes: list[int] | None = None,
    volume: list[float] | None = None,
    strikes: list[float] | None = None,
    traded: tuple[int, ...] = (),
) -> PremiumSeries:
    count = len(values)
    at = np.array(minutes if minutes is not None else range(count), dtype=np.int64)
    flags = np.zeros(count, np.bool_)
    flags[list(traded)] = True
    return PremiumSeries(
        minutes=OPENS + at,
        value=np.array(values, dtype=np.float64),
        traded=flags,
        volume=np.array(volume if volume is not None else [100.0] * count),
        strikes=np.array(strikes if strikes is not None else [24_000.0] * count)[:, None],
        spot=np.full(count, 24_000.0),
        forward=np.full(count, 24_000.0),
    )


def test_a_candle_opens_where_the_minute_before_ended():
    found = candles(series([10, 12, 9, 11, 15, 14]), 3, OPENS)
    assert (found.starts - OPENS).tolist() == [0, 3]
    assert found.open.tolist() == [10, 9]
    assert found.high.tolist() == [12, 15]
    assert found.low.tolist() == [9, 9]
    assert found.close.tolist() == [9, 14]
    assert found.volume.tolist() == [300, 300]


def test_a_gap_has_no_candle_and_the_next_opens_at_its_own_first_value():
    found = candles(series([10, 12, 30, 31], minutes=[0, 1, 9, 10]), 3, OPENS)
    assert (found.starts - OPENS).tolist() == [0, 9]
    assert found.open.tolist() == [10, 30]
    assert found.low.tolist() == [10, 30]


def test_an_unknown_value_is_a_gap_too():
    found = candles(series([10, 12, nan, nan, nan, 20]), 2, OPENS)
    assert (found.starts - OPENS).tolist() == [0, 4]
    assert found.open.tolist() == [10, 20]


def test_a_roll_does_not_make_the_candle_jump():
    rolled = series([10, 12, 30, 31], strikes=[24_000, 24_000, 24_050, 24_050])
    found = candles(rolled, 2, OPENS)
    assert found.open.tolist() == [10, 30]
    assert found.rolled.tolist() == [False, False]
    assert candles(rolled, 4, OPENS).rolled.tolist() == [True]


def test_the_average_price_weighs_by_the_volume_of_all_legs():
    found = candles(series([10, 20, 30, 40], volume=[nan, 100, 300, 0]), 2, OPENS)
    assert found.vwap == pytest.approx([20.0, 27.5])
    assert found.volume.tolist() == [100, 300]


def test_a_minute_of_unknown_volume_keeps_the_average_so_far():
    found = candles(series([10, 20, 30, 40], volume=[nan, 100, 300, nan]), 2, OPENS)
    assert found.vwap == pytest.approx([20.0, 27.5])
    assert found.volume.tolist() == [100, 300]


def test_until_something_has_traded_there_is_no_average():
    found = candles(series([10, 20, 30], volume=[nan, 0, 50]), 1, OPENS)
    assert found.vwap == pytest.approx([nan, nan, 30.0], nan_ok=True)


def test_a_candle_with_a_last_trade_in_it_says_so():
    assert candles(series([10, 11, 12, 13], traded=(1,)), 2, OPENS).traded.tolist() == [True, False]


def test_candles_are_counted_from_the_opening_not_from_the_first_record():
    found = candles(series([10, 11, 12], minutes=[13, 14, 15]), 15, OPENS)
    assert (found.starts - OPENS).tolist() == [0, 15]


@pytest.mark.parametrize("values", [[], [nan], [nan, nan]])
def test_nothing_known_makes_no_candle(values: list[float]):
    assert candles(series(values), 5, OPENS).starts.size == 0


def test_indicators_take_the_candles_as_they_are():
    walk = (100 + 10 * np.sin(np.arange(60) / 5)).tolist()
    found = candles(series(walk), 3, OPENS)
    stop = supertrend(found.high, found.low, found.close, 5, 1.0)
    assert stop.line.shape == found.close.shape
    assert set(stop.up[~np.isnan(stop.up)]) == {1.0, -1.0}
