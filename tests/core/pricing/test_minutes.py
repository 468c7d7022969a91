"""Calls and puts of one strike have one volatility, once the forward is theirs."""

import numpy as np
import pytest

from tests.core.pricing.minutes import near_the_money

MOST = 0.11  # vol points


def test_calls_and_puts_within_one_per_cent_of_the_money_agree():
    minutes = near_the_money()
    assert len(minutes) == 102
    noon = next(m for m in minutes if m.at.strftime("%H:%M") == "12:18")
    assert noon.forward == pytest.approx(24105.85, abs=0.25)
    at = noon.strikes.tolist().index(24100.0)
    assert noon.call[at] == pytest.approx(9.74, abs=0.03)
    assert noon.put[at] == pytest.approx(9.76, abs=0.03)
    assert len(noon.strikes) == 9
    assert np.all(noon.apart <= MOST)
    # a last price may be older than its neighbour's: not every minute is of one moment
    apart = np.concatenate([m.apart for m in minutes])
    assert len(apart) == 978
    assert (apart <= MOST).mean() >= 0.98
    assert np.median(apart) <= 0.03


def test_on_the_spot_alone_they_do_not():
    minutes = near_the_money()
    theirs = np.concatenate([np.abs(m.theirs[0] - m.theirs[1]) for m in minutes])
    assert np.median(theirs) > 0.7
    assert (theirs <= MOST).mean() < 0.02
