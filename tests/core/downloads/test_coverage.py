"""What we have, against the calendar of sessions."""

from datetime import UTC, date, datetime

import pytest

from core.clock import SetClock
from core.downloads.coverage import DayState, coverage, enough, gaps, last_whole
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Interval

INDEX, OPTION = InstrumentKey("NSE_INDEX|Nifty 50"), InstrumentKey("NSE_FO|50000")
CALENDAR = MarketCalendar(SetClock(datetime(2026, 11, 20, 11, tzinfo=UTC)))
MONDAY = date(2026, 11, 16)
H, P, M, N, S = (
    DayState.HAVE,
    DayState.PART,
    DayState.MISSING,
    DayState.NONE,
    DayState.NO_SESSION,
)


def november(day: int) -> date:
    return date(2026, 11, day)


def states(
    key: InstrumentKey,
    interval: str,
    bars: dict[int, int],
    asked: list[tuple[int, int]],
    *,
    first: int = 16,
    last: int = 22,
) -> list[DayState]:
    found = coverage(
        CALENDAR,
        key,
        Interval.parse(interval),
        november(first),
        november(last),
        {november(day): count for day, count in bars.items()},
        [(november(a), november(b)) for a, b in asked],
    )
    assert list(found) == [november(n) for n in range(first, last + 1)]
    return list(found.values())


def test_a_day_is_there_with_all_bars_of_its_session() -> None:
    bars = {16: 385, 17: 384, 18: 1}
    assert states(OPTION, "1m", bars, []) == [H, P, P, M, M, S, S]


def test_a_day_asked_for_whole_is_there_with_any_bar_and_else_had_none() -> None:
    assert states(OPTION, "1m", {16: 4, 19: 4}, [(16, 17)]) == [H, N, M, P, M, S, S]


def test_cash_may_stand_still_in_the_closing_auction() -> None:
    early = {november(16): 360, november(17): 359}
    bars = {day: 380 for day in early}
    found = coverage(CALENDAR, INDEX, Interval.MINUTE, MONDAY, november(17), bars, [], early)
    assert list(found.values()) == [H, P]


def test_holidays_and_sessions_without_hours_are_no_gaps() -> None:
    assert states(INDEX, "1m", {}, [], first=8, last=10) == [S, M, S]
    assert states(INDEX, "1d", {}, [], first=23, last=25) == [M, S, M]


@pytest.mark.parametrize(("interval", "bars"), [("15m", 26), ("1h", 7), ("90m", 5), ("30s", 770)])
def test_longer_bars_count_from_the_opening(interval: str, bars: int) -> None:
    session = CALENDAR.session_of(MONDAY)
    assert session is not None
    assert enough(session, OPTION, Interval.parse(interval)) == bars


def test_a_session_in_two_windows_has_the_bars_of_both() -> None:
    session = CALENDAR.session_of(date(2024, 3, 2))
    assert session is not None
    assert enough(session, INDEX, Interval.MINUTE) == 45 + 60


def test_days_are_there_when_the_bar_of_their_week_or_month_is() -> None:
    assert states(INDEX, "1w", {16: 1}, [], last=23) == [H, H, H, H, H, S, S, M]
    assert states(INDEX, "1M", {1: 1}, [])[:5] == [H] * 5
    assert states(INDEX, "1d", {16: 1}, [])[:2] == [H, M]


def test_a_week_that_goes_on_is_not_whole() -> None:
    week, day = Interval.parse("1w"), Interval.DAY
    assert last_whole(CALENDAR, week, november(19)) == november(15)
    assert last_whole(CALENDAR, week, november(20)) == november(20)
    assert last_whole(CALENDAR, Interval.parse("1M"), november(20)) == date(2026, 10, 31)
    assert last_whole(CALENDAR, day, november(19)) == november(19)


def test_of_legal_pieces_only_what_is_missing_is_asked_for() -> None:
    found = coverage(
        CALENDAR,
        OPTION,
        Interval.MINUTE,
        november(2),
        november(20),
        {november(3): 385, november(18): 385},
        [(november(9), november(13))],
    )
    weeks = [(november(n), november(n + 6)) for n in (2, 9, 16)]
    assert gaps(found, weeks) == [
        (november(2), november(6)),
        (november(16), november(20)),
    ]
    assert gaps(found, weeks, again=True)[1] == (november(9), november(13))
    assert gaps({november(7): S, november(9): N, november(11): H}, weeks) == []
