from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import IST
from core.instruments.expiries import (
    days_left,
    is_monthly,
    label,
    left_text,
    nearest,
    years_left,
)

TODAY = date(2026, 11, 18)
LISTED = [date(2026, 11, 23), date(2026, 12, 1), date(2026, 12, 8), date(2026, 12, 29)]


def test_days_are_calendar_days():
    assert [days_left(day, TODAY) for day in (TODAY, LISTED[0], date(2026, 11, 17))] == [0, 5, -1]


def test_years_are_minutes_to_the_close_and_never_negative():
    close = datetime(2026, 11, 18, 15, 40, tzinfo=IST)
    assert years_left(close, close - timedelta(minutes=525_600)) == 1.0
    assert years_left(close, close - timedelta(seconds=30)) == pytest.approx(0.5 / 525_600)
    assert years_left(close, close + timedelta(hours=1)) == 0.0


def test_the_nearest_is_the_first_that_is_not_over():
    assert nearest(LISTED, TODAY) == date(2026, 11, 23)
    assert nearest(LISTED, date(2026, 11, 23)) == date(2026, 11, 23)
    assert nearest(LISTED, date(2026, 11, 24)) == date(2026, 12, 1)
    assert nearest(LISTED, date(2027, 1, 1)) is None


def test_the_monthly_is_the_last_listed_of_its_month_whatever_its_weekday():
    assert [is_monthly(day, LISTED) for day in LISTED] == [True, False, False, True]


def test_labels_say_the_year_only_where_it_is_another():
    assert label(date(2026, 12, 1), TODAY) == "1 Dec"
    assert label(date(2027, 1, 25), TODAY) == "25 Jan 27"


@pytest.mark.parametrize(
    ("ahead", "text"), [(-1, "over"), (0, "today"), (1, "1 day"), (6, "6 days")]
)
def test_what_is_left_is_said_in_words(ahead: int, text: str):
    assert left_text(TODAY + timedelta(days=ahead), TODAY) == text


@given(st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), min_size=1), st.dates())
def test_nothing_listed_lies_between_today_and_the_nearest(listed: list[date], today: date):
    found = nearest(listed, today)
    assert not [day for day in listed if today <= day and (found is None or day < found)]
