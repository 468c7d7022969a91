"""A growing day is the day made at once, and takes nothing from those who look at it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.analytics.growing_day import NAMES, ROOM, GrowingDay
from core.errors import BadData
from tests.core.analytics.chain_minutes import STRIKES, snapshot


def same(one: ChainDay, other: ChainDay) -> bool:
    return np.array_equal(one.strikes, other.strikes) and all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in NAMES
    )


def minutes(*numbers: int, level: float = 100.0) -> ChainDay:
    return ChainDay.of([snapshot(n, level=level) for n in numbers])


def test_minutes_that_follow_are_appended_without_a_copy() -> None:
    growing = GrowingDay(minutes(0, 1))
    growing.grow(minutes(2))
    first = growing.day
    growing.grow(minutes(3, 5))
    assert same(growing.day, minutes(0, 1, 2, 3, 5))
    for name in NAMES:
        assert np.shares_memory(getattr(first, name), getattr(growing.day, name))


def test_a_day_that_was_given_out_stays_as_it_was_and_cannot_be_written_to() -> None:
    growing = GrowingDay(minutes(0))
    seen = [growing.day]
    for n in range(1, 4):
        growing.grow(minutes(n, level=50.0 + n))
        seen.append(growing.day)
    growing.grow(minutes(2, level=9.0))  # a minute once more
    for count, day in enumerate(seen, 1):
        levels = [100.0, 51.0, 52.0, 53.0][:count]
        assert same(day, ChainDay.of([snapshot(n, level=at) for n, at in enumerate(levels)]))
    with pytest.raises(ValueError, match="read-only"):
        seen[-1].ltp[0] = 0.0


@pytest.mark.parametrize("come", [(1,), (0, 4), (2, 3)])
def test_a_minute_out_of_order_or_once_more_costs_a_copy_and_counts(come: tuple[int, ...]) -> None:
    growing = GrowingDay(minutes(0, 2))
    growing.grow(minutes(3))
    growing.grow(minutes(*come, level=60.0))
    kept = [n for n in (0, 2, 3) if n not in come]
    every = [snapshot(n) for n in kept] + [snapshot(n, level=60.0) for n in come]
    assert same(growing.day, ChainDay.of(every))


def test_a_new_strike_costs_a_copy_and_counts() -> None:
    wide = (*STRIKES, 24_150.0)
    growing = GrowingDay(minutes(0))
    growing.grow(ChainDay.of([snapshot(1, wide)]))
    growing.grow(ChainDay.of([snapshot(2, wide)]))
    assert same(growing.day, ChainDay.of([snapshot(0), snapshot(1, wide), snapshot(2, wide)]))


def test_more_minutes_than_there_is_room_for_are_all_kept() -> None:
    growing = GrowingDay(minutes(0))
    growing.grow(minutes(1))
    growing.grow(minutes(*range(2, ROOM + 9)))
    assert same(growing.day, minutes(*range(ROOM + 9)))


def test_another_chain_is_refused() -> None:
    growing = GrowingDay(minutes(0))
    with pytest.raises(BadData, match="another chain"):
        growing.grow(replace(minutes(1), symbol="BANKNIFTY"))


def test_a_minute_more_of_a_long_day_takes_a_fraction_of_what_a_copy_takes() -> None:
    strikes = tuple(20_000.0 + 50 * n for n in range(140))
    first = ChainDay.of([snapshot(n, strikes) for n in range(380)])
    later = [ChainDay.of([snapshot(n, strikes)]) for n in range(380, 390)]
    growing = GrowingDay(first)
    growing.grow(later[0])  # makes room once
    appended = min(_seconds(partial(growing.grow, each)) for each in later[1:])
    joined = min(_seconds(partial(first.joined, each)) for each in later)
    assert appended < joined / 5


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started
