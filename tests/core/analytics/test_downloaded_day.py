"""A chain's day made of candles: what is known of each minute, and what is not."""

from datetime import date, datetime, timedelta
from math import exp

import numpy as np
import pytest

from core.analytics.downloaded_day import downloaded_day
from core.analytics.sides import CALL, PUT
from core.clock import IST
from core.instruments.candle import Candles
from core.instruments.expiries import years_left
from core.pricing.black76 import price

DAY, EXPIRY = date(2026, 11, 16), date(2026, 11, 17)
OPENS = datetime(2026, 11, 16, 9, 15, tzinfo=IST)
CLOSES = datetime(2026, 11, 17, 15, 40, tzinfo=IST)
RATE, VOL, SPOT = 0.065, 0.14, 24_000.0
STRIKES = (23_900.0, 23_950.0, 24_000.0, 24_050.0, 24_100.0)


def bars(closes: dict[int, float], *, volume: int = 65, oi: int = 1_000) -> Candles:
    """By minute of the day; open interest grows by one a minute."""
    first = int(OPENS.timestamp())
    close = np.array(list(closes.values()))
    return Candles(
        time=np.array([first + 60 * minute for minute in closes], dtype=np.int64),
        open=close,
        high=close,
        low=close,
        close=close,
        volume=np.full(len(close), volume, dtype=np.int64),
        open_interest=np.array([oi + minute for minute in closes], dtype=np.int64),
    )


def fair(strike: float, side: int, minute: int) -> float:
    years = years_left(CLOSES, OPENS + timedelta(minutes=minute + 1))
    forward = SPOT * exp(RATE * years)
    return float(price(forward, strike, years, VOL, exp(-RATE * years), side == CALL))


def contracts(minutes: range = range(4)) -> dict[tuple[int, float], Candles]:
    return {
        (side, strike): bars({minute: fair(strike, side, minute) for minute in minutes})
        for side in (CALL, PUT)
        for strike in STRIKES
    }


def made(options: dict[tuple[int, float], Candles], future: Candles | None = None):  # type: ignore[no-untyped-def]
    return downloaded_day(
        "NIFTY",
        EXPIRY,
        DAY,
        closes_at=CLOSES,
        rate=RATE,
        spot=bars(dict.fromkeys(range(5), SPOT)),
        contracts=options,
        future=future,
    )


def test_a_day_has_prices_interest_and_volatility_by_the_minute() -> None:
    day = made(contracts())
    assert day.strikes.tolist() == list(STRIKES)
    assert len(day.minutes) == 5
    assert day.iv[:4] == pytest.approx(VOL, abs=1e-6)
    assert day.forward[0] == pytest.approx(
        SPOT * exp(RATE * years_left(CLOSES, OPENS + timedelta(minutes=1)))
    )
    assert day.volume[:, CALL, 0].tolist() == [65, 130, 195, 260, 260]
    assert day.oi[:, PUT, 2].tolist() == [1_000, 1_001, 1_002, 1_003, 1_003]
    assert np.isnan(day.bid).all()
    assert np.isnan(day.ask).all()


def test_of_a_minute_without_a_trade_the_price_stays_and_the_volatility_is_unknown() -> None:
    options = contracts()
    options[CALL, 24_100.0] = bars({1: fair(24_100.0, CALL, 1)})
    options[PUT, 24_100.0] = bars({})
    day = made(options)
    last = day.strikes.tolist().index(24_100.0)
    assert np.isnan(day.ltp[0, CALL, last])
    assert day.ltp[3, CALL, last] == day.ltp[1, CALL, last]
    assert np.isfinite(day.iv[1, CALL, last])
    assert np.isnan(day.iv[[0, 2, 3], CALL, last]).all()
    assert np.isnan(day.iv[4]).all()  # nobody traded any more


def test_the_future_is_kept_where_there_is_one() -> None:
    assert np.isnan(made(contracts()).future).all()
    day = made(contracts(), bars({1: 24_020.0}, oi=500))
    assert np.isnan(day.future[0])
    assert day.future[1:].tolist() == [24_020.0] * 4
    assert day.future_oi[1:].tolist() == [501.0] * 4


def test_a_day_without_trades_is_none() -> None:
    assert made({}) is None
    assert made({(CALL, 24_000.0): bars({2_000: 10.0})}) is None  # of the day after
