from math import nan

import numpy as np
import pytest

from core.analytics.movers import breadth, change, gainers, losers, surges

CHANGES = np.array([0.01, nan, -0.02, 0.03, 0.0, -0.01])


def test_the_change_is_a_fraction_of_the_previous_close():
    found = change(np.array([101.0, 100.0, nan]), np.array([100.0, 0.0, 100.0]))
    assert found[0] == pytest.approx(0.01)
    assert np.isnan(found[1:]).all()


def test_gainers_rise_and_losers_fall_the_most_first():
    assert gainers(CHANGES, 5).tolist() == [3, 0]
    assert losers(CHANGES, 5).tolist() == [2, 5]
    assert gainers(CHANGES, 1).tolist() == [3]


def test_breadth_counts_what_is_known():
    found = breadth(CHANGES)
    assert (found.advances, found.declines, found.unchanged, found.known) == (2, 2, 1, 5)


def test_a_surge_is_measured_against_the_part_of_the_day_that_is_over():
    volume, usual = np.array([50.0, 10.0, 30.0, 9.0]), np.array([100.0, 100.0, 30.0, nan])
    order, ratio = surges(volume, usual, 0.25, 5)
    assert order.tolist() == [2, 0]
    assert ratio[:3].tolist() == [2.0, 0.4, 4.0]
    assert np.isnan(ratio[3])


def test_before_the_day_has_begun_nothing_surges():
    order, _ = surges(np.array([5.0]), np.array([1.0]), 0.0, 5)
    assert order.size == 0
