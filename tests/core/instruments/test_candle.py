from dataclasses import replace

import numpy as np
import pytest

from core.errors import BadData
from core.instruments.candle import Candles, Interval, Unit

GOOD = Candles(
    time=np.array([60, 120]),
    open=np.array([10.0, 11.0]),
    high=np.array([12.0, 12.0]),
    low=np.array([9.0, 10.0]),
    close=np.array([11.0, 12.0]),
    volume=np.array([5, 6]),
    open_interest=np.array([0, 0]),
)


def test_good_candles_pass_and_are_handed_on():
    assert GOOD.check() is GOOD
    assert len(GOOD) == 2
    assert len(Candles.none().check()) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"time": np.array([120, 60])},
        {"time": np.array([60, 60])},
        {"high": np.array([10.5, 12.0])},
        {"low": np.array([9.0, 11.5])},
        {"low": np.array([0.0, 10.0])},
        {"high": np.array([np.inf, 12.0])},
        {"close": np.array([np.nan, 12.0])},
    ],
)
def test_candles_that_cannot_be_are_refused(wrong: dict[str, np.ndarray]):
    with pytest.raises(BadData, match="candles"):
        replace(GOOD, **wrong).check()


@pytest.mark.parametrize("text", ["30s", "1m", "15m", "2h", "1d", "1w", "1M", "12M"])
def test_a_length_is_written_as_it_is_read(text: str):
    assert str(Interval.parse(text)) == text
    assert Interval.parse(text) == Interval.parse(text)


def test_one_length_has_one_value_however_it_is_written():
    assert Interval.parse("1m") == Interval.MINUTE == Interval.parse("60s")
    assert Interval.parse("60m") == Interval.parse("3600s") == Interval(Unit.HOUR)
    assert str(Interval.parse("90m")) == "90m"
    assert Interval.parse("1d") == Interval.DAY != Interval.parse("24h")
    assert len({Interval.parse("60m"), Interval.parse("1h"), Interval.DAY}) == 2
    assert Interval.parse("1m") != Interval.parse("1M")


def test_lengths_within_a_session_are_counted_in_seconds():
    assert [Interval.parse(text).seconds for text in ("30s", "1m", "15m", "2h")] == [
        30,
        60,
        900,
        7_200,
    ]
    assert Interval.parse("2h").intraday
    assert not Interval.DAY.intraday
    with pytest.raises(BadData, match="calendar"):
        _ = Interval.parse("1w").seconds


@pytest.mark.parametrize("text", ["", "m", "0m", "-5m", "1.5h", "15", "15 m", "1y", "1D", "٣m"])
def test_what_is_no_length_is_refused(text: str):
    with pytest.raises(BadData, match="no length of a bar"):
        Interval.parse(text)
