"""Bars packed for the browser, and put together again."""

import base64
from math import nan

import numpy as np

from core.instruments.candle import Candles
from ui.chart.packing import (
    Bar,
    bar_at,
    first_difference,
    joined,
    known,
    message,
    part,
    rows,
    with_tail,
)

FIRST = 1_795_000_000


def bars(*closes: float, first: int = FIRST) -> Candles:
    close = np.array(closes)
    count = len(close)
    return Candles(
        time=first + 60 * np.arange(count, dtype=np.int64),
        open=close - 1,
        high=close + 2,
        low=close - 2,
        close=close,
        volume=np.full(count, 65, dtype=np.int64),
        open_interest=np.full(count, 1_300, dtype=np.int64),
    )


def unpacked(told: dict[str, int], text: str) -> list[np.ndarray]:
    """As the browser reads it."""
    raw, n = base64.b64decode(text), told["n"]
    kinds = ["<u4", *["<i4"] * 4, *["<f4"] * 2]
    return [
        np.frombuffer(raw, kind, n, 4 * n * at).astype(float) / (told["scale"] if 0 < at < 5 else 1)
        for at, kind in enumerate(kinds)
    ]


def test_a_bar_takes_28_bytes_and_loses_no_paisa() -> None:
    given = bars(24_150.05, 24_151.95)
    told, text = message(given, {"interval": "1m"})
    assert told["interval"] == "1m"
    assert len(base64.b64decode(text)) == 28 * len(given)
    read = unpacked(told, text)
    assert read[0].tolist() == given.time.tolist()
    for at, name in enumerate(("open", "high", "low", "close"), 1):
        assert np.abs(read[at] - getattr(given, name)).max() < 1e-4
    assert read[5].tolist() == [65, 65]
    assert read[6].tolist() == [1_300, 1_300]


def test_prices_that_are_too_high_for_the_finest_steps_travel_in_paise() -> None:
    told, text = message(bars(5_00_000.25), {})
    assert told["scale"] == 100
    assert unpacked(told, text)[4].tolist() == [5_00_000.25]


def test_of_what_two_stretches_share_the_newer_is_right() -> None:
    whole = joined(bars(1.0, 2.0, 3.0), bars(20.0, 30.0, first=FIRST + 60))
    assert whole.close.tolist() == [1.0, 20.0, 30.0]
    assert joined(Candles.none(), whole) is whole
    assert joined(whole, Candles.none()) is whole


def test_a_tail_renews_the_last_bar_and_goes_on() -> None:
    last = Bar(FIRST + 60, 1.0, 9.0, 0.5, 8.0, 70.0, 1_365.0)
    grown = with_tail(bars(1.0, 2.0), [last, last._replace(time=FIRST + 120, close=7.0)])
    assert grown.close.tolist() == [1.0, 8.0, 7.0]
    assert bar_at(grown, 1) == last
    assert rows(grown, 2) == [[FIRST + 120, 1.0, 9.0, 0.5, 7.0, 70.0, 1_365.0]]
    assert part(grown, 1, 2).close.tolist() == [8.0]


def test_lines_are_told_from_where_they_differ() -> None:
    before = np.array([[nan, 1.0, 2.0], [nan, 5.0, 6.0]])
    assert first_difference(before, before.copy()) == 3
    later = before.copy()
    later[1, 2] = 7.0
    assert first_difference(before, later) == 2
    assert first_difference(before, np.hstack([before, [[3.0], [7.0]]])) == 3
    assert known(np.array([[nan, 1.5]])) == [[None, 1.5]]
