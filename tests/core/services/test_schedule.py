from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import IST, SetClock
from core.instruments.calendar import MarketCalendar
from core.services.schedule import BeforeClose, Daily, Schedule

CALENDAR = MarketCalendar(SetClock(datetime(2026, 11, 18, 10, tzinfo=IST)))
MOMENTS = st.builds(
    lambda day, at: datetime.combine(day, at, IST),
    st.dates(date(2025, 2, 1), date(2026, 12, 1)),
    st.times(),
)
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))
NEAR_CLOSE = BeforeClose(by=timedelta(minutes=3))
SCHEDULES = st.one_of(st.builds(Daily, at=TIMES, trading_days=st.booleans()), st.just(NEAR_CLOSE))


def ist(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=IST)


@pytest.mark.parametrize(
    ("schedule", "now", "last", "following"),
    [
        (Daily(at=time(6, 30)), ist(18, 6, 30), ist(18, 6, 30), ist(19, 6, 30)),
        (Daily(at=time(6, 30)), ist(18, 6, 29), ist(17, 6, 30), ist(18, 6, 30)),
        (Daily(at=time(17), trading_days=True), ist(20, 18), ist(20, 17), ist(23, 17)),
        (Daily(at=time(17), trading_days=True), ist(24, 18), ist(23, 17), ist(25, 17)),
        (NEAR_CLOSE, ist(20, 15, 37), ist(20, 15, 37), ist(23, 15, 37)),
        (NEAR_CLOSE, ist(20, 15, 36), ist(19, 15, 37), ist(20, 15, 37)),
        (NEAR_CLOSE, ist(24, 18), ist(23, 15, 37), ist(25, 15, 37)),
    ],
)
def test_hours_are_hours_in_india(
    schedule: Schedule, now: datetime, last: datetime, following: datetime
):
    assert schedule.last_before(now, CALENDAR) == last
    assert schedule.next_after(now, CALENDAR) == following


def test_schedules_say_themselves_in_words():
    assert Daily(at=time(6, 30)).text == "daily at 06:30"
    assert Daily(at=time(17), trading_days=True).text == "trading days at 17:00"
    assert NEAR_CLOSE.text == "trading days, 3 min before the close"


@given(SCHEDULES, MOMENTS)
def test_now_lies_between_the_last_hour_and_the_next(schedule: Schedule, now: datetime):
    last, following = schedule.last_before(now, CALENDAR), schedule.next_after(now, CALENDAR)
    assert last <= now < following
    assert schedule.last_before(following, CALENDAR) == following
    assert schedule.next_after(last, CALENDAR) == following
    assert following - last <= timedelta(days=8)
    if not isinstance(schedule, Daily) or schedule.trading_days:
        assert CALENDAR.is_trading_day(last.date())
        assert last.date() != date(2026, 11, 24)
