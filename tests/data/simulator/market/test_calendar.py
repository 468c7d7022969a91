"""Hours, holidays and special sessions as the circulars have them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.simulator.market.calendar import (
    hours_ms,
    hours_of,
    is_trading_day,
    next_trading_day,
    previous_trading_day,
)
from data.simulator.market.session import session_at
from tests.data.simulator.market.moments import MONDAY, at


def test_derivatives_trade_ten_minutes_longer_from_3_august_2026():
    assert hours_ms(date(2026, 7, 31)) == (
        at(date(2026, 7, 31), 9, 15),
        at(date(2026, 7, 31), 15, 30),
    )
    assert hours_ms(date(2026, 8, 3)) == (at(date(2026, 8, 3), 9, 15), at(date(2026, 8, 3), 15, 40))


def test_the_pre_open_is_longer_from_7_september_2026():
    before, after = hours_of(date(2026, 9, 4)), hours_of(date(2026, 9, 7))
    assert before is not None
    assert after is not None
    assert (before.pre_open_ends.minute, after.pre_open_ends.minute) == (8, 10)


@pytest.mark.parametrize(
    "holiday",
    [(2025, 2, 26), (2025, 10, 22), (2026, 1, 15), (2026, 11, 10), (2026, 11, 24), (2026, 12, 25)],
)
def test_published_holidays_are_closed(holiday: tuple[int, int, int]):
    assert not is_trading_day(date(*holiday))
    assert hours_ms(date(*holiday)) is None


@pytest.mark.parametrize("day", [(2025, 2, 1), (2025, 10, 21), (2026, 2, 1), (2026, 11, 8)])
def test_special_sessions_are_open(day: tuple[int, int, int]):
    assert is_trading_day(date(*day))


def test_the_muhurat_session_of_2025_is_an_hour_on_a_holiday(market):
    day = date(2025, 10, 21)
    assert hours_ms(day) == (at(day, 13, 45), at(day, 14, 45))
    row = next(h for h in market.holidays(2025) if h.day == day)
    assert row.kind == "SPECIAL_TIMING"
    assert ("NFO", at(day, 13, 45), at(day, 14, 45)) in row.opens


def test_the_years_have_the_number_of_sessions_that_they_had():
    # 247 and 245 ordinary ones (an independent calendar's count), and the special sessions
    for year, ordinary, special in ((2025, 247, 2), (2026, 245, 2)):
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
        assert sum(is_trading_day(d) for d in days) == ordinary + special


def test_later_years_have_trading_days_too():
    assert is_trading_day(date(2027, 6, 1))
    assert not is_trading_day(date(2027, 1, 26))
    assert not is_trading_day(date(2027, 6, 5))


@given(st.dates(date(2000, 2, 1), date(2044, 1, 1)))
def test_neighbouring_trading_days_are_neighbours(day: date):
    ahead = next_trading_day(day)
    assert ahead > day
    assert is_trading_day(ahead)
    assert previous_trading_day(ahead) <= day < ahead
    assert is_trading_day(previous_trading_day(ahead)) == (ahead > date(2000, 1, 1))


@pytest.mark.parametrize(
    ("moment", "phase", "derivatives", "cash", "frozen"),
    [
        ((8, 59), "closed", "NORMAL_CLOSE", "NORMAL_CLOSE", False),
        ((9, 0), "pre-open", "PRE_OPEN_START", "PRE_OPEN_START", False),
        ((9, 12), "pre-open", "PRE_OPEN_END", "PRE_OPEN_END", False),
        ((9, 15), "open", "NORMAL_OPEN", "NORMAL_OPEN", False),
        ((15, 14), "open", "NORMAL_OPEN", "NORMAL_OPEN", False),
        ((15, 15), "closing-auction", "NORMAL_OPEN", "NORMAL_CLOSE", True),
        ((15, 36), "open", "NORMAL_OPEN", "NORMAL_CLOSE", False),
        ((15, 40), "closed", "NORMAL_CLOSE", "NORMAL_CLOSE", False),
        ((15, 52), "closed", "NORMAL_CLOSE", "CLOSING_START", False),
        ((16, 30), "closed", "NORMAL_CLOSE", "CLOSING_END", False),
    ],
)
def test_a_day_goes_through_its_phases(moment, phase, derivatives, cash, frozen):
    session = session_at(at(MONDAY, *moment))
    assert (session.phase, session.index_frozen) == (phase, frozen)
    assert session.statuses["NSE_FO"] == derivatives
    assert session.statuses["NSE_EQ"] == cash


def test_a_holiday_names_the_coming_session():
    session = session_at(at(date(2026, 11, 24), 11))
    assert session.phase == "holiday"
    assert session.opens_ms == at(date(2026, 11, 25), 9, 15)
    assert set(session.statuses.values()) == {"NORMAL_CLOSE"}
