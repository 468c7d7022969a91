from datetime import UTC, datetime, timedelta

import pytest

from core import clock as module
from core.clock import IST, FollowedClock, SetClock, WallClock


def test_the_wall_clock_is_aware_and_real():
    clock = WallClock()
    assert clock.now().tzinfo is UTC
    assert not clock.simulated


def test_india_is_five_and_a_half_hours_ahead():
    assert datetime(2026, 11, 18, 9, 15, tzinfo=IST).astimezone(UTC).strftime("%H:%M") == "03:45"


def test_a_followed_clock_runs_on_at_the_speed_of_the_exchange(monkeypatch: pytest.MonkeyPatch):
    beat = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: beat[0])
    clock = FollowedClock()
    assert clock.simulated
    assert not clock.followed
    start = datetime(2026, 11, 18, 9, 15, tzinfo=IST)
    clock.follow(start, 60.0)
    beat[0] += 2
    assert clock.followed
    assert clock.now() == start + timedelta(minutes=2)
    assert clock.now().tzinfo is UTC


def test_a_set_clock_stands_until_it_is_moved():
    clock = SetClock(datetime(2026, 11, 18, 9, 15, tzinfo=IST))
    first = clock.now()
    assert clock.now() == first
    clock.advance(timedelta(seconds=5))
    assert clock.now() - first == timedelta(seconds=5)
    clock.set(first)
    assert clock.now() == first
