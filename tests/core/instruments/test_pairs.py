import numpy as np
import pytest

from core.instruments.candle import Candles
from core.instruments.pairs import Against, pair


def bars(times: list[int], opened: list[float], closed: list[float]) -> Candles:
    o, c = np.array(opened), np.array(closed)
    count = np.ones(len(times), np.int64)
    return Candles(
        time=np.array(times),
        open=o,
        high=np.maximum(o, c) + 5,
        low=np.minimum(o, c) - 5,
        close=c,
        volume=count,
        open_interest=count,
    )


def test_the_spread_is_of_the_bars_that_both_have():
    first = bars([60, 120, 180], [100, 110, 120], [105, 112, 118])
    second = bars([120, 180, 240], [10, 20, 30], [12, 18, 31])
    found = pair(first, second, Against.MINUS)
    assert found.time.tolist() == [120, 180]
    assert found.open.tolist() == [100, 100]
    assert found.close.tolist() == [100, 100]
    found = pair(first, second, Against.MINUS, 2)
    assert found.open.tolist() == [90, 80]
    assert (found.high.tolist(), found.low.tolist()) == ([90, 82], [88, 80])
    assert found.volume.tolist() == [0, 0]


def test_a_ratio_by_nothing_is_left_out():
    first = bars([60, 120], [100, 110], [105, 112])
    second = bars([60, 120], [50, 0], [50, 10])
    found = pair(first, second, Against.OVER)
    assert found.time.tolist() == [60]
    assert found.open.tolist() == [2.0]
    assert found.close[0] == pytest.approx(2.1)


def test_strangers_have_nothing_together():
    assert len(pair(bars([60], [1], [1]), bars([120], [1], [1]), Against.MINUS)) == 0
