from datetime import datetime

import numpy as np
import pytest

from core.clock import IST
from core.indicators.periods import Span, before, numbers, since_seen


def times(*texts: str) -> np.ndarray:
    return np.array([int(datetime.fromisoformat(t).replace(tzinfo=IST).timestamp()) for t in texts])


def test_sessions_weeks_and_months_turn_at_midnight_in_ist():
    time = times(
        "2024-01-26 15:29", "2024-01-28 23:59", "2024-01-29 00:00", "2024-02-01 09:15"
    )  # Friday, Sunday, Monday, Thursday
    assert np.diff(numbers(time)).tolist() == [2, 1, 3]
    assert np.diff(numbers(time, Span.WEEK)).tolist() == [0, 1, 0]
    assert np.diff(numbers(time, Span.MONTH)).tolist() == [0, 0, 1]
    assert np.diff(numbers(time, Span.YEAR)).tolist() == [0, 0, 0]


def test_what_was_before_is_the_whole_session_before():
    time = times("2024-01-25 09:15", "2024-01-25 15:29", "2024-01-29 09:15", "2024-01-29 09:16")
    found = before(
        time, np.array([5.0, 9, 7, 8]), np.array([3.0, 4, 6, 5]), np.array([4.0, 8, 7, 6]), Span(0)
    )
    high, low, close = (found.spread(each) for each in (found.high, found.low, found.close))
    assert np.isnan(high[:2]).all()
    assert (high[2:].tolist(), low[2:].tolist(), close[2:].tolist()) == ([9, 9], [3, 3], [8, 8])


@pytest.mark.parametrize(("first", "whole"), [("09:15", True), ("09:16", False), ("00:00", True)])
def test_a_first_session_is_whole_only_if_it_is_seen_from_its_opening(first, whole):
    time = times(f"2024-01-25 {first}", "2024-01-25 15:29", "2024-01-29 09:30")
    assert since_seen(time, Span.SESSION).tolist() == [whole, whole, True]
    assert since_seen(time, Span.WEEK).tolist() == [False, False, True]
    values = np.array([1.0, 2, 3])
    assert np.isfinite(before(time, values, values, values, Span.SESSION).high[1]) == whole
