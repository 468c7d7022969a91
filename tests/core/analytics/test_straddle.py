from math import isnan, nan

import numpy as np
import pytest

from core.analytics.straddle import at_the_money, expected_move, straddle


def test_the_money_is_the_strike_nearest_the_forward():
    strikes = np.array([100.0, 150.0, 200.0])
    assert [at_the_money(strikes, f) for f in (20.0, 126.0, 125.0, 900.0)] == [0, 1, 0, 2]


def test_without_a_forward_or_strikes_there_is_no_money():
    assert at_the_money(np.array([100.0]), nan) == -1
    assert at_the_money(np.empty(0), 100.0) == -1


def test_a_straddle_needs_both_legs():
    assert straddle(78.45, 74.5) == pytest.approx(152.95)
    assert isnan(straddle(78.45, nan))
    assert isnan(straddle(0.0, 74.5))


def test_the_expected_move_is_one_standard_deviation():
    assert expected_move(24_000, 0.12, 1 / 4) == pytest.approx(1_440)
    assert expected_move(24_000, 0.12, 0.0) == 0.0
    assert isnan(expected_move(nan, 0.12, 0.1))
    assert isnan(expected_move(24_000, nan, 0.1))
