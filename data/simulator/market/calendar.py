"""The exchange's calendar: trading days, hours, expiry days."""

from bisect import bisect_left, bisect_right
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

from core.clock import IST
from data.simulator.market.records import Holiday
from data.simulator.market.rules import (
    EXPIRY_WEEKDAY,
    FIXED_HOLIDAYS,
    HOLIDAYS,
    HOURS,
    SPECIAL_SESSIONS,
    Hours,
    in_force,
)

FIRST_YEAR, LAST_YEAR = 1999, 2045
DAY: Final = timedelta(days=1)
CLOSED_EXCHANGES: Final = ("NSE", "NFO", "BSE", "BFO")
OPEN_EXCHANGES: Final = ("NSE", "NFO", "BSE", "BFO")


def ms(day: date, at: time) -> int:
    """Epoch milliseconds of an IST clock time."""
    return int(datetime.combine(day, at, IST).timestamp()) * 1000


def ist_day(now_ms: int) -> date:
    return datetime.fromtimestamp(now_ms / 1000, IST).date()


def holidays_of(year: int) -> dict[date, str]:
    """Weekdays on which the exchange is closed: the published list, or the fixed days."""
    if year in HOLIDAYS:
        return HOLIDAYS[year]
    fixed = ((date(year, m, d), why) for (m, d), why in FIXED_HOLIDAYS.items())
    return {day: why for day, why in fixed if day.weekday() < 5}


@cache
def _ordinary_days() -> list[int]:
    """Ordinals of all days with the full ordinary session, on which series can expire."""
    days = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        closed = holidays_of(year)
        day = date(year, 1, 1)
        while day.year == year:
            if day.weekday() < 5 and day not in closed:
                days.append(day.toordinal())
            day += DAY
    return days


@cache
def trading_ordinals() -> list[int]:
    """Ordinals of all days with any trading, special sessions included."""
    return sorted({*_ordinary_days(), *(d.toordinal() for d in SPECIAL_SESSIONS)})


def is_trading_day(day: date) -> bool:
    days, at = trading_ordinals(), day.toordinal()
    place = bisect_left(days, at)
    return place < len(days) and days[place] == at


def next_trading_day(day: date) -> date:
    """The first one after `day`."""
    days = trading_ordinals()
    return date.fromordinal(days[bisect_right(days, day.toordinal())])


def previous_trading_day(day: date) -> date:
    """The last one before `day`."""
    days = trading_ordinals()
    return date.fromordinal(days[bisect_left(days, day.toordinal()) - 1])


def hours_of(day: date) -> Hours | None:
    """The day's clock times; None without trading."""
    if not is_trading_day(day):
        return None
    special = SPECIAL_SESSIONS.get(day)
    if special is None:
        return in_force(HOURS, day)
    before = (datetime.combine(day, special.opens) - timedelta(minutes=15)).time()
    ends = (datetime.combine(day, special.opens) - timedelta(minutes=7)).time()
    close = special.closes
    return Hours(before, ends, special.opens, close, close, None, close)


def hours_ms(day: date) -> tuple[int, int] | None:
    """Opening and close of continuous trading in futures and options."""
    hours = hours_of(day)
    return None if hours is None else (ms(day, hours.opens), ms(day, hours.closes))


def closing_ms(expiry: date) -> int:
    """When a series that expires on `expiry` stops trading."""
    hours = hours_of(expiry) or in_force(HOURS, expiry)
    return ms(expiry, hours.closes)


def expiry_in_week(exchange: str, monday: date) -> date:
    """The week's expiry day; a holiday moves it to the previous ordinary trading day."""
    friday = monday + 4 * DAY
    # the week in which the weekday changes may have none by either rule: then the old one's
    day = _last_by_rule(exchange, friday, 5) or _weekday_of(monday, exchange)
    return _ordinary_until(day)


@cache
def month_expiry(exchange: str, year: int, month: int) -> date:
    """The month's last expiry weekday; a holiday moves it to the previous ordinary trading day."""
    last = date(year + month // 12, month % 12 + 1, 1) - DAY
    day = _last_by_rule(exchange, last, 14)
    assert day is not None
    return _ordinary_until(day)


def _last_by_rule(exchange: str, last: date, days: int) -> date | None:
    """The last day, among so many up to `last`, that is an expiry weekday by the rule of its own
    date."""
    table = EXPIRY_WEEKDAY[exchange]
    back = (last - n * DAY for n in range(days))
    return next((d for d in back if d.weekday() == in_force(table, d)), None)


def _weekday_of(monday: date, exchange: str) -> date:
    return monday + in_force(EXPIRY_WEEKDAY[exchange], monday) * DAY


def _ordinary_until(day: date) -> date:
    """The day itself, or the last ordinary trading day before it."""
    days = _ordinary_days()
    return date.fromordinal(days[bisect_right(days, day.toordinal()) - 1])


def holidays(year: int) -> list[Holiday]:
    """Closed weekdays and special sessions of a year, in order."""
    rows = [_closed(day, why) for day, why in holidays_of(year).items()]
    for day, special in SPECIAL_SESSIONS.items():
        if day.year == year and day not in holidays_of(year):
            opens = _opens(day)
            rows.append(
                Holiday(
                    day=day,
                    description=special.description,
                    kind="SPECIAL_TIMING",
                    closed=(),
                    opens=opens,
                )
            )
    return sorted(rows, key=lambda h: h.day)


def _closed(day: date, why: str) -> Holiday:
    special = SPECIAL_SESSIONS.get(day)
    return Holiday(
        day=day,
        description=why if special is None else f"{why} ({special.description})",
        kind="TRADING_HOLIDAY" if special is None else "SPECIAL_TIMING",
        closed=CLOSED_EXCHANGES,
        opens=() if special is None else _opens(day),
    )


def _opens(day: date) -> tuple[tuple[str, int, int], ...]:
    special = SPECIAL_SESSIONS[day]
    start, end = ms(day, special.opens), ms(day, special.closes)
    return tuple((exchange, start, end) for exchange in OPEN_EXCHANGES)
