from datetime import date, datetime, timedelta

import pytest

from core.clock import IST
from core.instruments.expiries import is_monthly, years_left

TODAY = date(2026, 11, 18)
LISTED = [date(2026, 11, 23), date(2026, 12, 1), date(2026, 12, 8), date(2026, 12, 29)]


def test_years_are_minutes_to_the_close_and_never_negative():
    close = datetime(2026, 11, 18, 15, 40, tzinfo=IST)
    assert years_left(close, close - timedelta(minutes=525_600)) == 1.0
    assert years_left(close, close - timedelta(seconds=30)) == pytest.approx(0.5 / 525_600)
    assert years_left(close, close + timedelta(hours=1)) == 0.0


def test_the_monthly_is_the_last_listed_of_its_month_whatever_its_weekday():
    assert [is_monthly(day, LISTED) for day in LISTED] == [True, False, False, True]
