"""Candles of a tracked draft with the minute that runs."""

from datetime import timedelta
from math import nan

from core.strategies.tracking import DraftMinute, Mark, PnlCandles
from tests.core.strategies.markets import NOW
from ui.builder.live_candle import LiveCandles


def mark(seconds: float, pnl: float) -> Mark:
    return Mark(at=NOW + timedelta(seconds=seconds), pnl=pnl, spot=24_200.0 + seconds)


def kept(minutes: int) -> PnlCandles:
    return PnlCandles.of(
        [
            DraftMinute(
                draft="d",
                minute=NOW + timedelta(minutes=n),
                open=1.0,
                high=3.0,
                low=-1.0,
                close=2.0,
                spot=24_000.0,
            )
            for n in range(minutes)
        ]
    )


def test_marks_of_a_minute_make_its_candle() -> None:
    candles = LiveCandles()
    for second, pnl in ((1, 10.0), (20, 40.0), (40, -5.0), (59, 7.0)):
        candles.add(mark(second, pnl))
    assert candles.rows.tolist() == [[10.0, 40.0, -5.0, 7.0]]
    assert candles.times.tolist() == [NOW.timestamp() * 1000]
    assert candles.spots.tolist() == [24_259.0]


def test_it_tells_when_a_minute_begins() -> None:
    candles = LiveCandles()
    assert [candles.add(mark(s, 0.0)) for s in (0, 59, 60, 61)] == [True, False, True, False]


def test_a_minute_that_has_been_written_is_not_drawn_twice() -> None:
    candles = LiveCandles()
    candles.add(mark(70, 5.0))
    candles.take(kept(1))
    assert len(candles.rows) == 2
    candles.take(kept(2))
    assert len(candles.rows) == len(candles.times) == len(candles.spots) == 2
    assert candles.rows[-1].tolist() == [1.0, 3.0, -1.0, 2.0]


def test_an_unknown_profit_makes_no_candle() -> None:
    candles = LiveCandles()
    assert not candles.add(mark(0, nan))
    assert candles.rows.shape == (0, 4)
