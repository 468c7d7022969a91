from math import isnan, nan
from pathlib import Path

import numpy as np

from core.analytics.walls import walls
from tests.core.analytics import nse_chain

STRIKES = np.array([90.0, 100.0, 110.0])


def test_the_highest_stand_first_and_know_their_share():
    found = walls(STRIKES, np.array([[10.0, 30.0, 60.0], [40.0, nan, 0.0]]))
    assert [wall.strike for wall in found.resistance] == [110, 100, 90]
    assert [wall.share for wall in found.resistance] == [0.6, 0.3, 0.1]
    assert [wall.strike for wall in found.support] == [90]
    assert isnan(found.support[0].change)
    assert found.calls_added == found.puts_added == ()


def test_what_was_added_is_ranked_apart_from_what_stands():
    oi = np.array([[10.0, 30.0, 60.0], [40.0, 5.0, 5.0]])
    change = np.array([[9.0, -30.0, 1.0], [nan, 0.0, 5.0]])
    found = walls(STRIKES, oi, change, count=2)
    assert [(w.strike, w.change, w.oi) for w in found.calls_added] == [(90, 9, 10), (110, 1, 60)]
    assert [wall.strike for wall in found.puts_added] == [110]


def test_of_equals_the_lower_strike_comes_first():
    found = walls(STRIKES, np.full((2, 3), 7.0), count=1)
    assert found.resistance[0].strike == found.support[0].strike == 90


def test_without_open_interest_there_is_no_wall():
    found = walls(STRIKES, np.full((2, 3), nan))
    assert found.resistance == found.support == ()


def test_the_published_chain_of_5_december_2025_has_its_walls(shared_data: Path):
    chain = nse_chain.read(shared_data, "09-Dec-2025")
    oi, change = (
        np.array([chain.column(side, field) for side in ("CE", "PE")])
        for field in ("openInterest", "changeinOpenInterest")
    )
    found = walls(chain.strikes, oi, change)
    assert found.resistance[0].strike == 26_500
    assert found.support[0].strike == 26_000
    assert found.calls_added[0].change == np.nanmax(change[0])
    assert found.puts_added[0].change == np.nanmax(change[1])
