from dataclasses import replace

import numpy as np
import pytest

from core.errors import BadData
from core.instruments.candle import Candles

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
