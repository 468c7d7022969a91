from datetime import UTC, date, datetime, timedelta

import pytest

from core.clock import IST
from data.simulator.clock import OpenClock, at_ist, day_of, iso


class Weekdays:
    """09:15 to 15:40, Monday to Friday."""

    def hours(self, day: date) -> tuple[int, int] | None:
        return None if day.weekday() > 4 else (at_ist(day, 9, 15), at_ist(day, 15, 40))


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def clock_started(at: datetime, speed: float = 1.0) -> tuple[OpenClock, Stopwatch]:
    stopwatch = Stopwatch()
    return OpenClock(Weekdays(), speed, wall=lambda: at, monotonic=stopwatch), stopwatch


def shown(clock: OpenClock) -> str:
    return iso(clock.now_ms())[:16]


@pytest.mark.parametrize(
    ("started", "first"),
    [
        (datetime(2026, 11, 20, 3, 0, tzinfo=IST), "2026-11-20T09:15"),  # a night before a day
        (datetime(2026, 11, 20, 12, 0, tzinfo=IST), "2026-11-20T09:15"),
        (datetime(2026, 11, 20, 15, 39, tzinfo=IST), "2026-11-20T09:15"),
        (datetime(2026, 11, 20, 15, 40, tzinfo=IST), "2026-11-23T09:15"),  # Friday's close
        (datetime(2026, 11, 22, 12, 0, tzinfo=IST), "2026-11-23T09:15"),  # Sunday
        (datetime(2026, 11, 19, 23, 0, tzinfo=UTC), "2026-11-20T09:15"),  # Friday in India
    ],
)
def test_an_open_clock_starts_at_the_opening_of_the_coming_trading_day(
    started: datetime, first: str
) -> None:
    clock, _ = clock_started(started)
    assert shown(clock) == first


def test_an_open_clock_runs_at_its_speed() -> None:
    clock, stopwatch = clock_started(datetime(2026, 11, 18, 8, tzinfo=IST), speed=60)
    stopwatch.seconds = 90
    assert shown(clock) == "2026-11-18T10:45"


def test_after_the_close_it_is_the_opening_of_the_next_trading_day() -> None:
    clock, stopwatch = clock_started(datetime(2026, 11, 20, 8, tzinfo=IST))
    stopwatch.seconds = timedelta(hours=6, minutes=25).total_seconds() - 0.001
    assert shown(clock) == "2026-11-20T15:39"
    stopwatch.seconds += 60.001
    assert shown(clock) == "2026-11-23T09:16"
    stopwatch.seconds += 60
    assert shown(clock) == "2026-11-23T09:17"


def test_a_clock_asked_only_once_in_a_long_while_has_made_all_its_jumps() -> None:
    clock, stopwatch = clock_started(datetime(2026, 11, 18, 8, tzinfo=IST), speed=1000)
    stopwatch.seconds = 3 * 6.41667 * 3.6  # three sessions of 6 h 25 min
    assert day_of(clock.now_ms()) == date(2026, 11, 23)


def test_a_clock_never_goes_back_and_never_shows_a_night() -> None:
    clock, stopwatch = clock_started(datetime(2026, 11, 18, 8, tzinfo=IST), speed=997)
    seen = 0
    for _ in range(3000):
        stopwatch.seconds += 0.05
        now = clock.now_ms()
        assert now >= seen
        opens, closes = Weekdays().hours(day_of(now)) or (0, 0)
        assert opens <= now < closes
        seen = now
