"""Expected expiries: the rule's weekday, or the ordinary day before it, where nothing is listed."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from core.instruments.expiry_rules import ExpectedExpiry, expected

HOLIDAYS = {date(2026, 11, 24), date(2026, 12, 25), date(2027, 1, 26)}


def ordinary(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def days(symbol: str, first: date, last: date, *listed: date) -> list[date]:
    return [e.day for e in expected(symbol, first, last, listed, ordinary)]


def test_the_nifty_is_expected_every_tuesday_and_the_sensex_every_thursday() -> None:
    first, last = date(2027, 3, 1), date(2027, 3, 31)
    assert [d.day for d in days("NIFTY", first, last)] == [2, 9, 16, 23, 30]
    assert [d.day for d in days("SENSEX", first, last)] == [4, 11, 18, 25]


@pytest.mark.parametrize("symbol", ["BANKNIFTY", "FINNIFTY", "MIDCPNIFTY"])
def test_other_indices_are_expected_once_a_month(symbol: str) -> None:
    found = expected(symbol, date(2027, 2, 1), date(2027, 4, 30), (), ordinary)
    assert found == [
        ExpectedExpiry(symbol=symbol, day=day, monthly=True)
        for day in (date(2027, 2, 23), date(2027, 3, 30), date(2027, 4, 27))
    ]


def test_a_holiday_moves_the_day_to_the_one_before_it() -> None:
    assert days("NIFTY", date(2027, 1, 24), date(2027, 1, 30)) == [date(2027, 1, 25)]


def test_a_week_with_a_listed_expiry_is_left_to_the_list() -> None:
    first, last = date(2026, 12, 1), date(2026, 12, 31)
    assert days("NIFTY", first, last, date(2026, 12, 7), date(2026, 12, 29)) == [
        date(2026, 12, 1), date(2026, 12, 15), date(2026, 12, 22)
    ]  # fmt: skip


def test_nothing_is_expected_of_the_time_before_the_rule() -> None:
    assert days("NIFTY", date(2025, 7, 1), date(2025, 8, 30)) == []


def test_an_expiry_that_a_holiday_moves_into_the_asked_days_is_in_them() -> None:
    HOLIDAYS.add(date(2027, 6, 1))
    try:
        assert days("NIFTY", date(2027, 5, 31), date(2027, 5, 31)) == [date(2027, 5, 31)]
    finally:
        HOLIDAYS.discard(date(2027, 6, 1))


def test_every_expected_day_is_ordinary_and_only_the_months_last_is_monthly() -> None:
    found = expected("NIFTY", date(2026, 11, 1), date(2028, 12, 31), (), ordinary)
    assert all(ordinary(e.day) for e in found)
    assert sum(e.monthly for e in found) == 26
    assert all(b.day - a.day <= timedelta(days=9) for a, b in pairwise(found))
