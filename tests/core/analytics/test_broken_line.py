"""Where a broken line is zero, between its places and beyond them."""

import numpy as np
import pytest

from core.analytics.broken_line import zero_beyond, zeros

AT = np.array([0.0, 100.0, 110.0, 120.0, 240.0])


def test_a_line_is_zero_where_it_crosses_and_where_it_touches() -> None:
    assert zeros(AT, np.array([50.0, -10.0, 0.0, -10.0, 110.0])) == pytest.approx(
        [100 * 50 / 60, 110.0, 130.0]
    )


def test_of_a_stretch_at_zero_there_are_its_ends() -> None:
    assert zeros(AT, np.array([9.0, 0.0, 1e-9, 0.0, 8.0])) == [100.0, 120.0]
    assert zeros(AT, np.zeros(5)) == []


def test_a_line_that_is_not_wholly_known_is_zero_nowhere() -> None:
    assert zeros(AT, np.array([9.0, np.nan, -1.0, 1.0, 8.0])) == []


def test_beyond_its_end_a_line_goes_straight_on() -> None:
    assert zero_beyond(AT, np.array([0.0, 0.0, 0.0, -30.0, -10.0])) == pytest.approx(300.0)
    assert zero_beyond(AT, np.array([0.0, 0.0, 0.0, -30.0, 0.0])) == 240.0  # left to it by `zeros`
    for rest in (10.0, -60.0, -30.0, np.nan):  # away from zero, beside it, unknown
        assert zero_beyond(AT, np.array([0.0, 0.0, 0.0, -30.0, rest])) is None
