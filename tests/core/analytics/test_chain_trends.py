from dataclasses import replace
from math import nan
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from core.analytics.chain_trends import chain_trends
from core.analytics.max_pain import max_pain
from core.analytics.open_interest import put_call_ratio
from core.analytics.straddle import straddle_move
from tests.core.analytics.priced_day import CLOSES, priced_day
from tests.core.analytics.recorded_day import CLOSES as RECORDED_CLOSES
from tests.core.analytics.recorded_day import minute_of_day, recorded_day


def test_each_minute_has_its_numbers():
    day = priced_day(5, forward=24_010 + 20.0 * np.arange(5))
    found = chain_trends(day, CLOSES)
    assert found.pcr.tolist() == [2.0] * 5
    assert found.pcr_volume.tolist() == [0.5] * 5
    assert found.atm.tolist() == [24_000, 24_050, 24_050, 24_050, 24_100]
    assert found.call_oi.tolist() == [21_000] * 5
    assert found.put_oi.tolist() == [42_000] * 5
    assert found.atm_iv == pytest.approx([0.12] * 5)
    assert found.basis == pytest.approx([10.0] * 5)
    at = 10  # 24,000 in the first minute
    assert found.straddle[0] == pytest.approx(day.mid()[0, :, at].sum())
    assert not found.straddle_traded.any()


def test_a_minute_without_a_forward_has_no_money():
    day = priced_day(3, forward=np.array([24_010.0, nan, 24_010.0]))
    found = chain_trends(day, CLOSES)
    for numbers in (found.atm, found.straddle, found.atm_iv, found.net_gex):
        assert np.isnan(numbers).tolist() == [False, True, False]
    assert found.pcr.tolist() == [2.0] * 3


def test_a_leg_without_quotes_counts_its_last_trade_and_says_so():
    day = priced_day(2)
    bid = day.bid.copy()
    bid[1, 0, 10] = nan
    found = chain_trends(replace(day, bid=bid), CLOSES)
    assert found.straddle_traded.tolist() == [False, True]
    assert np.isfinite(found.straddle).all()


def test_a_side_that_is_wholly_unknown_leaves_no_ratio():
    day = priced_day(2)
    oi = day.oi.copy()
    oi[1, 1] = nan
    found = chain_trends(replace(day, oi=oi), CLOSES)
    assert np.isnan(found.pcr).tolist() == [False, True]
    assert np.isnan(found.put_oi).tolist() == [False, True]


def test_the_recorded_minutes_of_19_august_2026_give_what_each_alone_gives(shared_data: Path):
    day = recorded_day(shared_data)
    found = chain_trends(day, RECORDED_CLOSES)
    assert len(found.minutes) == 102
    for row in (0, 40, 101):
        calls, puts = day.oi[row]
        assert found.pcr[row] == pytest.approx(put_call_ratio(calls, puts))
        assert found.max_pain[row] == max_pain(day.strikes, calls, puts)
    row = day.at(minute_of_day(12, 17))  # stands as of 12:18
    assert day.spot[row] == pytest.approx(24_052.20, abs=0.01)
    assert found.forward[row] == pytest.approx(24_105.85, abs=0.5)
    assert found.atm[row] == 24_100
    assert found.atm_iv[row] == pytest.approx(0.0975, abs=0.0005)
    assert found.straddle_traded.all()  # the file has no quotes


def test_a_whole_day_takes_less_than_fifty_milliseconds():
    strikes = 24_000.0 + 50 * np.arange(-50, 50)
    day, best = priced_day(375, strikes=strikes), 1.0
    assert day.oi.shape == (375, 2, 100)
    for _ in range(5):
        start = perf_counter()
        chain_trends(day, CLOSES)
        best = min(best, perf_counter() - start)
    assert best < 0.050


def test_the_move_that_a_straddle_expects_is_its_price_or_a_part_of_it():
    assert straddle_move(152.95) == 152.95
    assert straddle_move(152.95, 0.85) == pytest.approx(130.0, abs=0.01)
    assert np.isnan(straddle_move(nan))
