import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import IST, SetClock
from core.errors import BadData
from core.instruments.calendar import DayKind, MarketCalendar, usual_session
from core.instruments.holiday import ExchangeHours, Holiday

DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


def ist(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), IST)


@pytest.fixture
def calendar() -> MarketCalendar:
    return MarketCalendar(SetClock(ist(date(2026, 11, 18), 10)))


def hours(exchange: str, day: date, opens: time, closes: time) -> ExchangeHours:
    return ExchangeHours(
        exchange=exchange,
        opens_at=datetime.combine(day, opens, IST),
        closes_at=datetime.combine(day, closes, IST),
    )


def holiday(
    day: date,
    *,
    closed: tuple[str, ...] = ("NSE", "NFO", "BSE", "BFO"),
    special: tuple[ExchangeHours, ...] = (),
    kind: str = "TRADING_HOLIDAY",
) -> Holiday:
    return Holiday(day=day, description="Told", kind=kind, closed=closed, open=special)


def test_options_trade_until_1530_before_august_2026_and_until_1540_from_then_on(
    calendar: MarketCalendar,
):
    before, after = calendar.session_of(date(2026, 7, 31)), calendar.session_of(date(2026, 8, 3))
    assert before is not None
    assert after is not None
    assert (before.opens_at.time(), before.closes_at.time()) == (time(9, 15), time(15, 30))
    assert (after.opens_at.time(), after.closes_at.time()) == (time(9, 15), time(15, 40))
    assert before.auction is None
    assert after.frozen_at(ist(after.day, 15, 15))
    assert not after.frozen_at(ist(after.day, 15, 14))
    assert not after.frozen_at(ist(after.day, 15, 35))


def test_a_holiday_declared_six_days_ahead_is_in_the_table(calendar: MarketCalendar):
    assert not calendar.is_trading_day(date(2026, 1, 15))
    assert "elections" in calendar.describe(date(2026, 1, 15))


def test_the_budget_sunday_trades_a_full_day_by_the_hours_of_its_time(calendar: MarketCalendar):
    session = calendar.session_of(date(2026, 2, 1))
    assert session is not None
    assert (session.opens_at.time(), session.closes_at.time()) == (time(9, 15), time(15, 30))
    assert calendar.previous_trading_day(date(2026, 2, 2)) == date(2026, 2, 1)


def test_muhurat_2025_is_an_hour_in_the_afternoon(calendar: MarketCalendar):
    session = calendar.session_of(date(2025, 10, 21))
    assert session is not None
    assert session.pre_open_at == ist(session.day, 13, 30)
    assert session.open_at(ist(session.day, 13, 45))
    assert not session.open_at(ist(session.day, 14, 45))


def test_the_drill_of_march_2024_has_two_windows_and_a_pause(calendar: MarketCalendar):
    session = calendar.session_of(date(2024, 3, 2))
    assert session is not None
    assert [session.open_at(ist(session.day, *at)) for at in ((9, 30), (10, 30), (12, 0))] == [
        True,
        False,
        True,
    ]


def test_a_muhurat_whose_hours_nobody_has_announced_is_named_but_no_session(
    calendar: MarketCalendar,
):
    sunday = date(2026, 11, 8)
    assert not calendar.is_trading_day(sunday)
    assert "not announced" in calendar.describe(sunday)


def test_the_broker_may_announce_the_hours_of_muhurat(calendar: MarketCalendar):
    sunday = date(2026, 11, 8)
    told = holiday(
        sunday,
        closed=(),
        special=(hours("NFO", sunday, time(18, 0), time(19, 0)),),
        kind="SPECIAL_TIMING",
    )
    assert calendar.apply([told]) == 1
    session = calendar.session_of(sunday)
    assert session is not None
    assert session.opens_at == ist(sunday, 18)
    assert calendar.apply([told]) == 0
    assert calendar.revision == 1


def test_a_special_session_that_our_table_knows_better_is_no_change(calendar: MarketCalendar):
    day = date(2026, 2, 1)
    same = holiday(day, closed=(), special=(hours("NFO", day, time(9, 15), time(15, 30)),), kind="")
    assert calendar.apply([same]) == 0
    session = calendar.session_of(day)
    assert session is not None
    assert session.pre_open_at == ist(day, 9)


def test_a_holiday_of_the_broker_closes_a_day_that_our_table_has_open(calendar: MarketCalendar):
    day = date(2026, 12, 10)
    calendar.apply([holiday(day)])
    assert not calendar.is_trading_day(day)
    assert calendar.next_trading_day(date(2026, 12, 9)) == date(2026, 12, 11)
    assert [d.source for d in calendar.days(2026) if d.day == day] == ["broker"]


def test_a_day_that_closes_other_exchanges_only_is_no_holiday_of_ours(calendar: MarketCalendar):
    day = date(2026, 12, 10)
    assert calendar.apply([holiday(day, closed=("CDS", "MCX"))]) == 0
    assert calendar.is_trading_day(day)


def test_a_settlement_holiday_leaves_the_hours_alone(calendar: MarketCalendar):
    day = date(2026, 4, 1)
    told = holiday(
        day,
        closed=(),
        special=(hours("NSE", day, time(9, 15), time(15, 30)),),
        kind="SETTLEMENT_HOLIDAY",
    )
    assert calendar.apply([told]) == 0
    assert calendar.session_of(day) == usual_session(day)


def test_timings_of_the_day_win_and_the_usual_ones_change_nothing(calendar: MarketCalendar):
    day = date(2026, 11, 18)
    usual = [hours("NFO", day, time(9, 15), time(15, 40)), hours("NSE", day, time(9), time(16))]
    assert not calendar.apply_timings(day, usual)
    assert calendar.apply_timings(day, [hours("NFO", day, time(11, 30), time(15, 40))])
    session = calendar.session_of(day)
    assert session is not None
    assert session.opens_at == ist(day, 11, 30)
    assert calendar.apply_timings(day, [])
    assert not calendar.is_trading_day(day)
    assert calendar.apply_timings(day, usual)
    assert calendar.session_of(day) == usual_session(day)


def test_a_year_without_a_list_is_said_and_a_broker_can_give_it(calendar: MarketCalendar):
    day = date(2027, 3, 1)
    assert calendar.missing_year(date(2026, 12, 31)) is None
    assert calendar.missing_year(day) == 2027
    calendar.apply([holiday(date(2027, 1, 26))])
    assert calendar.missing_year(day) == 2027  # one day is no list
    calendar.apply([holiday(date(2027, month, 5)) for month in (1, 2, 3, 4, 5, 7, 8, 10, 11)])
    assert calendar.missing_year(day) is None


def test_a_calendar_that_is_always_shut_is_an_error_and_no_endless_walk(calendar: MarketCalendar):
    calendar.apply([holiday(date(2026, 11, 1) + timedelta(days=n)) for n in range(60)])
    with pytest.raises(BadData, match="no trading day"):
        calendar.next_trading_day(date(2026, 11, 2))


def test_hours_before_the_first_row_of_the_table_are_not_guessed():
    with pytest.raises(BadData, match="does not know"):
        usual_session(date(2009, 1, 5))


def test_the_close_of_an_expiry_is_known_also_for_a_year_without_a_list(calendar: MarketCalendar):
    assert calendar.close_of(date(2029, 12, 24)) == ist(date(2029, 12, 24), 15, 40)
    assert calendar.close_of(date(2026, 7, 28)) == ist(date(2026, 7, 28), 15, 30)


def test_the_timetable_follows_the_rules_of_its_day(calendar: MarketCalendar):
    def names(day: date) -> set[str]:
        return {f"{slot.market} {slot.name}" for slot in calendar.timetable(day)}

    old, auction, new = (names(d) for d in (date(2025, 6, 2), date(2026, 8, 3), date(2026, 9, 7)))
    assert not any("auction" in name for name in old)
    assert any("auction" in name for name in auction)
    assert any("limit and market" in name and "Pre-open" in name for name in new)
    assert not any("limit orders only" in name for name in auction)


def test_today_is_a_day_in_india():
    late = MarketCalendar(SetClock(datetime(2026, 11, 18, 0, 30, tzinfo=IST)))
    assert late.today() == date(2026, 11, 18)
    assert late.describe(date(2026, 11, 21)) == "Weekend"
    assert late.describe(late.today()) == ""


@given(day=DAYS)
def test_the_next_and_the_previous_day_are_each_others_inverse(day: date):
    calendar = MarketCalendar(SetClock(ist(day, 10)))
    after, before = calendar.next_trading_day(day), calendar.previous_trading_day(day)
    assert before < day < after
    assert calendar.is_trading_day(after)
    assert calendar.trading_days(before, after) == (
        [before, day, after] if calendar.is_trading_day(day) else [before, after]
    )


@given(day=DAYS)
def test_every_session_is_in_order_and_within_its_day(day: date):
    session = MarketCalendar(SetClock(ist(day, 10))).session_of(day)
    if session is None:
        return
    times = [moment for window in session.windows for moment in window]
    assert times == sorted(set(times))
    assert {moment.astimezone(IST).date() for moment in times} == {day}
    assert session.pre_open_at is None or session.pre_open_at < session.opens_at
    if session.auction:
        assert session.opens_at < session.auction[0] < session.auction[1] < session.closes_at


@given(day=DAYS)
def test_what_is_not_ordinary_is_described(day: date):
    calendar = MarketCalendar(SetClock(ist(day, 10)))
    special = {d.day: d for d in calendar.days(day.year)}
    ordinary = day.weekday() < 5 and day not in special
    assert (calendar.describe(day) == "") == ordinary
    if day in special and special[day].kind is DayKind.HOLIDAY:
        assert not calendar.is_trading_day(day)


def test_the_years_count_247_and_245_usual_sessions_beside_the_special_ones(
    calendar: MarketCalendar,
):
    def usual(year: int) -> int:
        days = calendar.trading_days(date(year, 1, 1), date(year, 12, 31))
        return sum(
            session.name == "Normal" for session in map(calendar.session_of, days) if session
        )

    assert (usual(2025), usual(2026)) == (247, 245)


def test_real_trading_days_of_2025_and_2026_are_those_of_the_table(
    calendar: MarketCalendar, shared_data: Path
):
    """The India VIX is published on each trading day, special sessions among them."""
    with (shared_data / "vix" / "india_vix_daily_2012_2026.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    traded = {datetime.strptime(row[0].strip(), "%d-%b-%Y").date() for row in rows}  # noqa: DTZ007
    real = sorted(day for day in traded if day.year >= 2025)
    assert real == calendar.trading_days(date(2025, 1, 1), max(real))
