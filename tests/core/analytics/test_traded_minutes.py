"""A day made of candles: last trades held, no quotes, a forward by parity."""

from math import nan

import numpy as np
import pytest

from core.analytics.sides import CALL, PUT
from core.analytics.traded_minutes import Contract, traded_day
from core.instruments.candle import Candles
from tests.core.analytics.priced_day import CLOSES, EXPIRY, FIRST, STRIKES, priced_day


def candles(minutes: list[int], closes: list[float], volume: int = 10) -> Candles:
    """Bars of one price each, by the minutes since the opening."""
    close, count = np.array(closes), len(minutes)
    return Candles(
        time=60 * (FIRST + np.array(minutes, dtype=np.int64)),
        open=close,
        high=close,
        low=close,
        close=close,
        volume=np.full(count, volume, dtype=np.int64),
        open_interest=np.zeros(count, dtype=np.int64),
    )


SPOT = candles([0, 1, 2, 3], [24_000.0, 24_001.0, 24_002.0, 24_003.0])


def made(contracts: dict[Contract, Candles], spot: Candles = SPOT, before: int = FIRST + 99):
    return traded_day(
        "NIFTY",
        EXPIRY,
        EXPIRY,
        closes_at=CLOSES,
        rate=0.0,
        strikes=STRIKES,
        spot=spot,
        contracts=contracts,
        before=before,
    )


def test_the_last_trade_holds_until_the_next_and_volume_adds_up():
    day = made({(CALL, 24_000.0): candles([1, 3], [50.0, 53.0])})
    assert day is not None
    assert (day.minutes - FIRST).tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(day.ltp[:, CALL, 10], [nan, 50.0, 50.0, 53.0])
    assert day.volume[:, CALL, 10].tolist() == [0.0, 10.0, 10.0, 20.0]
    assert np.isnan(day.bid).all()
    assert np.isnan(day.ltp[:, PUT]).all()


def test_yesterdays_trades_and_minutes_that_still_run_are_left_out():
    old = candles([-1440, 1], [99.0, 50.0])
    day = made({(CALL, 24_000.0): old}, candles([-1440, 0, 1, 2], [1.0] * 4), before=FIRST + 2)
    assert day is not None
    assert (day.minutes - FIRST).tolist() == [0, 1]
    np.testing.assert_array_equal(day.ltp[:, CALL, 10], [nan, 50.0])


def test_the_forward_is_that_of_parity_where_enough_traded_within_the_minute():
    contracts: dict[Contract, Candles] = {}
    for strike in (23_950.0, 24_000.0, 24_050.0):
        contracts[CALL, strike] = candles([0, 2], [200.0, 200.0])
        contracts[PUT, strike] = candles([0, 2], [200.0 - (24_020.0 - strike)] * 2)
    day = made(contracts)
    assert day is not None
    assert day.forward == pytest.approx([24_020.0, 24_001.0, 24_020.0, 24_003.0])


def test_without_the_underlying_there_is_no_day():
    assert made({}, Candles.none()) is None


def test_recorded_minutes_count_over_traded_ones():
    recorded = priced_day(2)
    traded = made({(CALL, 24_000.0): candles([0, 3], [1.0, 2.0])})
    assert traded is not None
    both = traded.joined(recorded)
    assert (both.minutes - FIRST).tolist() == [0, 1, 2, 3]
    assert both.bid[1, CALL, 10] == recorded.bid[1, CALL, 10]
    assert both.ltp[0, CALL, 10] == recorded.ltp[0, CALL, 10]
    assert both.ltp[3, CALL, 10] == 2.0
