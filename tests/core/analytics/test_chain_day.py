from dataclasses import fields
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from core.analytics.chain_day import PER_STRIKE, ChainDay, minute_of
from core.clock import IST
from core.errors import BadData
from tests.core.analytics.chain_minutes import EXPIRY, OPENING, STRIKES, snapshot

FIRST = minute_of(OPENING)
CALL, PUT = 0, 1


def same(one: ChainDay, other: ChainDay) -> bool:
    arrays = (*PER_STRIKE, "minutes", "strikes", "spot", "forward", "future", "future_oi")
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in arrays
    )


def test_minutes_stand_in_order_however_they_come():
    day = ChainDay.of([snapshot(2), snapshot(0, level=50.0), snapshot(1)])
    assert (day.symbol, day.expiry, day.day) == ("NIFTY", EXPIRY, date(2026, 11, 18))
    assert day.minutes.tolist() == [FIRST, FIRST + 1, FIRST + 2]
    assert day.spot.tolist() == [24_000.0, 24_001.0, 24_002.0]
    assert day.future.tolist() == [24_020.0, 24_021.0, 24_022.0]
    assert day.ltp[:, CALL, 1].tolist() == [51.0, 101.0, 101.0]
    assert day.ltp[:, PUT, 1].tolist() == [1_051.0, 1_101.0, 1_101.0]


def test_of_a_minute_that_comes_twice_the_later_one_counts():
    day = ChainDay.of([snapshot(0), snapshot(0, level=70.0)])
    assert len(day) == 1
    assert day.ltp[0, CALL, 0] == 70.0


def test_a_strike_is_unknown_before_it_was_listed():
    day = ChainDay.of([snapshot(0), snapshot(1, (*STRIKES, 24_150.0)), snapshot(2, (23_950.0,))])
    assert day.strikes.tolist() == [23_950.0, *STRIKES, 24_150.0]
    for name in PER_STRIKE:
        values = getattr(day, name)
        assert values.shape == (3, 2, 5)
        assert np.isnan(values[0]).tolist() == [[True, False, False, False, True]] * 2
        assert np.isnan(values[2]).tolist() == [[False, True, True, True, True]] * 2
    assert day.ltp[1, CALL].tolist()[1:] == [100.0, 101.0, 102.0, 103.0]


def test_ladders_of_one_length_with_other_strikes_are_not_taken_for_each_other():
    moved = tuple(strike + 50 for strike in STRIKES)
    day = ChainDay.of([snapshot(0), snapshot(1, moved)])
    assert day.strikes.tolist() == [*STRIKES, moved[-1]]
    assert np.isnan(day.ltp[0, CALL]).tolist() == [False, False, False, True]
    assert np.isnan(day.ltp[1, CALL]).tolist() == [True, False, False, False]


@pytest.mark.parametrize(
    ("have", "come"),
    [
        ([0, 1], [2]),
        ([0, 3], [1, 2]),  # what a broken database held back
        ([0, 1], [1, 2]),
    ],
)
def test_a_day_grown_is_the_day_made_at_once(have: list[int], come: list[int]):
    wide = (*STRIKES, 24_150.0)
    first, then = [snapshot(n) for n in have], [snapshot(n, wide, level=60.0) for n in come]
    assert same(ChainDay.of(first).joined(ChainDay.of(then)), ChainDay.of(first + then))


def test_growing_leaves_what_others_hold_as_it_was():
    day = ChainDay.of([snapshot(0)])
    day.joined(ChainDay.of([snapshot(0, level=9.0), snapshot(1)]))
    assert same(day, ChainDay.of([snapshot(0)]))


def test_a_minute_is_found_or_the_newest_before_it():
    day = ChainDay.of([snapshot(0), snapshot(1), snapshot(5)])
    assert [day.at(FIRST + n) for n in (-1, 0, 1, 2, 5, 6)] == [-1, 0, 1, -1, 2, -1]
    assert [day.latest(FIRST + n) for n in (-1, 0, 1, 2, 5, 6)] == [-1, 0, 1, 1, 2, 2]


def test_a_row_is_of_the_end_of_its_minute():
    day = ChainDay.of([snapshot(0), snapshot(30)])
    assert day.moment(1) == OPENING + timedelta(minutes=31)
    closes = datetime(2026, 11, 18, 9, 46, tzinfo=IST)
    assert day.years(closes).tolist() == [30 / 525_600, 0.0]


def test_the_middle_is_unknown_where_one_side_is_not_quoted():
    one = snapshot(0)
    one.bid[PUT, 2] = np.nan
    mid = ChainDay.of([one]).mid()
    assert mid[0, CALL].tolist() == [100.0, 101.0, 102.0]
    assert np.isnan(mid[0, PUT]).tolist() == [False, False, True]


@pytest.mark.parametrize(
    "others",
    [
        [],
        [snapshot(0), snapshot(0, symbol="BANKNIFTY")],
        [snapshot(0), snapshot(1, expiry=date(2026, 12, 1))],
        [snapshot(0), snapshot(24 * 60)],
    ],
)
def test_a_day_is_of_one_chain_and_one_day(others):
    with pytest.raises(BadData):
        ChainDay.of(others)


def test_minutes_of_another_chain_do_not_join_a_day():
    with pytest.raises(BadData, match="NIFTY"):
        ChainDay.of([snapshot(0)]).joined(ChainDay.of([snapshot(1, symbol="BANKNIFTY")]))


def test_the_day_before_midnight_in_india_is_the_day_in_india():
    late = snapshot(14 * 60)  # 23:15 IST
    assert ChainDay.of([late]).day == date(2026, 11, 18)


def test_a_snapshot_without_a_future_makes_an_unknown_one():
    plain = {f.name: getattr(snapshot(0), f.name) for f in fields(snapshot(0))}
    del plain["future"], plain["future_oi"]
    day = ChainDay.of([type(snapshot(0))(**plain)])
    assert np.isnan(day.future[0])
    assert np.isnan(day.future_oi[0])
