"""Longer bars made of shorter ones, by the sessions of the calendar; nothing is made up.

Intraday bars are counted from the opening of their window, so that the first hour of a usual day
begins at 09:15 and the last one is short. What the calendar keeps apart never comes into one bar:
two windows of a day, what is recorded outside them, and what was before and after a standstill (a
halt, or the closing auction) in which nothing is recorded.
"""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import IST
from core.errors import BadData
from core.instruments.calendar import MarketCalendar, Session, Window
from core.instruments.candle import Candles, Interval, Unit

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_OFFSET: Final = int(IST.utcoffset(None).total_seconds())
_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()
_MONDAY: Final = 3
"""1 Jan 1970 was a Thursday: so many days after a Monday."""


def resample(candles: Candles, interval: Interval, calendar: MarketCalendar | None) -> Candles:
    """Bars of `interval`, of bars that are shorter and of which it is a multiple.

    A bar's time is its start: of days midnight, of weeks Monday, of months their first, in IST. A
    day has what was recorded within its windows, or all of it where nothing was. `calendar` None is
    for markets with other hours than its own: then a day's bars are counted from its first one.
    """
    if not len(candles):
        return candles
    if interval.intraday:
        starts, within = intraday_starts(candles.time, interval.seconds, calendar)
        return _joined(candles, starts)
    _, within = intraday_starts(candles.time, _DAY, calendar)
    if not within.all():
        candles = _of(candles, within)
    return _joined(candles, day_starts(candles.time, interval, calendar))


def day_of(time: int) -> date:
    """The day in IST of an epoch second."""
    return datetime.fromtimestamp(time, IST).date()


def midnight(day: date) -> int:
    """The epoch second at which a day begins in IST."""
    return int(datetime(day.year, day.month, day.day, tzinfo=IST).timestamp())


def intraday_starts(
    time: Ints, seconds: int, calendar: MarketCalendar | None
) -> tuple[Ints, Flags]:
    """The start of the bar that each time belongs to, and which of them the day's bar is made of.

    A bar that is broken by a standstill begins anew at its end.
    """
    starts, within = np.empty_like(time), np.ones(time.size, np.bool_)
    days = (time + _OFFSET) // _DAY
    edges = [*np.flatnonzero(np.diff(days, prepend=days[:1] - 1)).tolist(), time.size]
    for first, last in pairwise(edges):
        session = _session(calendar, day_of(int(time[first])))
        own = slice(first, last)
        starts[own], within[own] = _of_day(time[own], seconds, session)
    return starts, within


def _session(calendar: MarketCalendar | None, day: date) -> Session | None:
    """None where the calendar has none, or does not reach back so far."""
    try:
        return calendar.session_of(day) if calendar is not None else None
    except BadData:
        return None


def _of_day(time: Ints, seconds: int, session: Session | None) -> tuple[Ints, Flags]:
    starts, within = np.empty_like(time), np.zeros(time.size, np.bool_)
    windows = [_seconds(window) for window in session.windows] if session else []
    still = _standstills(session)
    if len(windows) == 1 and not still and windows[0][0] <= time[0] and time[-1] < windows[0][1]:
        opens = windows[0][0]  # nearly every day
        return opens + (time - opens) // seconds * seconds, ~within
    for opens, closes in windows:
        own = (time >= opens) & (time < closes)
        starts[own] = opens + (time[own] - opens) // seconds * seconds
        within |= own
    for begins, again in still:
        if not np.any((time >= begins) & (time < again)):
            later = within & (time >= again)
            starts[later] = np.maximum(starts[later], again)
    _outside(time, seconds, windows, starts, ~within)
    return starts, within if within.any() else ~within


def _outside(
    time: Ints, seconds: int, windows: list[tuple[int, int]], starts: Ints, outside: Flags
) -> None:
    """Each stretch outside the windows is counted from the minute of its first bar."""
    if not outside.any():
        return
    stretch = np.searchsorted([opens for opens, _ in windows], time, side="right")
    for each in np.unique(stretch[outside]):
        own = outside & (stretch == each)
        first = time[own][0] - time[own][0] % min(seconds, 60)
        starts[own] = first + (time[own] - first) // seconds * seconds


def _standstills(session: Session | None) -> list[tuple[int, int]]:
    if session is None:
        return []
    auction = (session.auction,) if session.auction is not None else ()
    return [_seconds(window) for window in (*session.halts, *auction)]


def _seconds(window: Window) -> tuple[int, int]:
    return int(window[0].timestamp()), int(window[1].timestamp())


def day_starts(time: Ints, interval: Interval, calendar: MarketCalendar | None) -> Ints:
    """The start of the day, week or month (or several) that each time belongs to.

    Several days are counted by sessions from the first of each year.
    """
    days = (time + _OFFSET) // _DAY
    if interval.unit is Unit.WEEK:
        weeks = (days + _MONDAY) // 7
        first = (weeks - weeks % interval.count) * 7 - _MONDAY
    elif interval.unit is Unit.MONTH:
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        first = (
            (months - months % interval.count)
            .astype("datetime64[M]")
            .astype("datetime64[D]")
            .astype(np.int64)
        )
    elif interval.count > 1:
        first = _of_sessions(days, interval.count, calendar)
    else:
        first = days
    return np.asarray(first * _DAY - _OFFSET, dtype=np.int64)


def _of_sessions(days: Ints, count: int, calendar: MarketCalendar | None) -> Ints:
    """The first day of the `count` sessions that each day is one of."""
    first = np.empty_like(days)
    years = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    for year in np.unique(years):
        begins = date(1970 + int(year), 1, 1)
        whole = [begins + timedelta(days=n) for n in range(366)]
        open_days = [day for day in whole if calendar is None or calendar.is_trading_day(day)]
        own = years == year
        numbers = np.union1d([_number(day) for day in open_days], days[own])
        place = np.searchsorted(numbers, days[own])
        first[own] = numbers[place - place % count]
    return first


def _number(day: date) -> int:
    """Days since 1 Jan 1970."""
    return day.toordinal() - _EPOCH


def _joined(candles: Candles, starts: Ints) -> Candles:
    """One bar for each run of equal starts."""
    at = np.flatnonzero(np.diff(starts, prepend=starts[:1] - 1))
    last = np.append(at[1:], starts.size) - 1
    return Candles(
        time=starts[at],
        open=candles.open[at],
        high=np.maximum.reduceat(candles.high, at),
        low=np.minimum.reduceat(candles.low, at),
        close=candles.close[last],
        volume=np.add.reduceat(candles.volume, at),
        open_interest=candles.open_interest[last],
    )


def _of(candles: Candles, wanted: Flags) -> Candles:
    return Candles(**{name: getattr(candles, name)[wanted] for name in Candles.__slots__})
