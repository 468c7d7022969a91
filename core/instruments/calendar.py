"""The market's calendar: our dated table, with the broker's holidays and timings laid over it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from core.clock import IST, Clock
from core.errors import BadData
from core.instruments.holiday import ExchangeHours, Holiday
from core.instruments.sessions import HALTS, HOLIDAYS, HOURS, SPECIAL, TIMETABLE, Hours, Slot

DERIVATIVES: Final = ("NFO", "BFO", "NSE", "BSE")
"""Exchanges whose word we take for the session, first found (NFO, BFO are the derivatives)."""
WHOLE_LIST: Final = 8
"""Closed weekdays that make a broker's holidays of a year a list, and not a lone addition."""
LOOK_AHEAD: Final = 30
"""No market has ever been shut for so many days: past it, something is wrong with the calendar."""

Window = tuple[datetime, datetime]


class DayKind(StrEnum):
    TRADING = "trading"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SPECIAL = "special session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """When derivatives trade on a day; all times aware. `auction`: the cash index stands still.

    In `halts` the whole market stood still, within the windows.
    """

    day: date
    name: str
    windows: tuple[Window, ...]
    pre_open_at: datetime | None = None
    auction: Window | None = None
    halts: tuple[Window, ...] = ()

    @property
    def opens_at(self) -> datetime:
        return self.windows[0][0]

    @property
    def closes_at(self) -> datetime:
        return self.windows[-1][1]

    def open_at(self, now: datetime) -> bool:
        return any(first <= now < last for first, last in self.windows)

    def frozen_at(self, now: datetime) -> bool:
        return self.auction is not None and self.auction[0] <= now < self.auction[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day that is out of the ordinary: a holiday or a special session."""

    day: date
    kind: DayKind
    description: str
    session: Session | None
    source: str  # "exchange" (our table) or "broker"


class MarketCalendar:
    """Days in IST. Ours by table; `apply` and `apply_timings` lay the broker's word over it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._days: dict[date, Day] = {}
        self._listed: set[int] = set(HOLIDAYS)
        self._lay_table()
        self.revision = 0

    def today(self) -> date:
        return self._clock.now().astimezone(IST).date()

    def session_of(self, day: date) -> Session | None:
        """The session of `day`; None when there is none."""
        special = self._days.get(day)
        if special is not None:
            return special.session
        return None if day.weekday() >= 5 else usual_session(day)

    def is_trading_day(self, day: date) -> bool:
        return self.session_of(day) is not None

    def next_trading_day(self, day: date) -> date:
        """The first trading day after `day`."""
        return self._walk(day, 1)

    def previous_trading_day(self, day: date) -> date:
        return self._walk(day, -1)

    def trading_days(self, first: date, last: date) -> list[date]:
        """Both ends included."""
        span = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [day for day in span if self.is_trading_day(day)]

    def close_of(self, day: date) -> datetime:
        """When derivatives stop on `day`; by the usual hours where the day has no session."""
        session = self.session_of(day) or usual_session(day)
        return session.closes_at

    def days(self, year: int) -> list[Day]:
        """Holidays and special sessions of a year, in order; empty for a year without a list."""
        return [self._days[day] for day in sorted(self._days) if day.year == year]

    def missing_year(self, day: date) -> int | None:
        """The year of `day` if nobody has given its holidays: then every weekday looks open."""
        return None if day.year in self._listed else day.year

    def describe(self, day: date) -> str:
        """What is out of the ordinary about a day; empty when nothing is."""
        special = self._days.get(day)
        if special is not None:
            return special.description
        return "Weekend" if day.weekday() >= 5 else ""

    def timetable(self, day: date) -> list[Slot]:
        """The phases of a usual day by the rules in force on `day`."""
        return [s for s in TIMETABLE if s.since <= day and (s.until is None or day < s.until)]

    def apply(self, holidays: Iterable[Holiday]) -> int:
        """Lay a broker's holidays over the table; returns how many days it changed."""
        given = list(holidays)
        changed = sum(self._put(_day_of(holiday)) for holiday in given if _concerns_us(holiday))
        for year in {h.day.year for h in given}:
            shut = {h.day for h in given if h.day.year == year and _shut(h)}
            if len({day for day in shut if day.weekday() < 5}) >= WHOLE_LIST:
                self._listed.add(year)
        self.revision += changed > 0
        return changed

    def apply_timings(self, day: date, hours: Sequence[ExchangeHours]) -> bool:
        """Lay a broker's hours of one day over the table; none = no session. True if it changed."""
        windows = _windows(hours)
        known = self.session_of(day)
        if (known.windows if known else ()) == windows:
            return False
        usual = usual_session(day)
        session = None
        if windows == usual.windows:
            session = usual
        elif windows:
            session = Session(day=day, name="Special hours", windows=windows)
        kind = DayKind.SPECIAL if session else DayKind.HOLIDAY
        text = self.describe(day) or ("Special hours" if session else "No session")
        changed = self._put(
            Day(day=day, kind=kind, description=text, session=session, source="broker")
        )
        self.revision += changed
        return changed

    def _put(self, day: Day) -> bool:
        known = self._days.get(day.day)
        if known is not None and (known.kind, _times(known)) == (day.kind, _times(day)):
            return False
        self._days[day.day] = day
        return True

    def _walk(self, day: date, step: int) -> date:
        for n in range(1, LOOK_AHEAD + 1):
            if self.is_trading_day(found := day + timedelta(days=n * step)):
                return found
        raise BadData(f"the calendar has no trading day within {LOOK_AHEAD} days of {day}")

    def _lay_table(self) -> None:
        for year in HOLIDAYS.values():
            for day, text in year.items():
                self._days[day] = Day(
                    day=day,
                    kind=DayKind.HOLIDAY,
                    description=text,
                    session=None,
                    source="exchange",
                )
        for day, special in SPECIAL.items():
            windows = tuple((_at(day, a), _at(day, b)) for a, b in special.windows)
            pre_open = _at(day, special.pre_open) if special.pre_open else None
            session = Session(day=day, name=special.name, windows=windows, pre_open_at=pre_open)
            self._days[day] = Day(
                day=day,
                kind=DayKind.SPECIAL,
                description=special.name if windows else f"{special.name}: hours not announced",
                session=session if windows else None,
                source="exchange",
            )


def _times(day: Day) -> tuple[Window, ...]:
    return day.session.windows if day.session else ()


@lru_cache(maxsize=8_192)
def usual_session(day: date) -> Session:
    """A full day by the hours in force on `day`, whether it trades or not."""
    hours = hours_on(day)
    auction = hours.auction
    return Session(
        day=day,
        name="Normal",
        windows=((_at(day, hours.opens), _at(day, hours.closes)),),
        pre_open_at=_at(day, hours.pre_open),
        auction=(_at(day, auction[0]), _at(day, auction[1])) if auction else None,
        halts=tuple((_at(day, a), _at(day, b)) for a, b in HALTS.get(day, ())),
    )


def hours_on(day: date) -> Hours:
    """Raises BadData before the first row of the table."""
    for hours in reversed(HOURS):
        if hours.since <= day:
            return hours
    raise BadData(f"the calendar does not know the trading hours of {day}")


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, IST)


def _windows(hours: Sequence[ExchangeHours]) -> tuple[Window, ...]:
    """The windows of the first of our exchanges that is named at all."""
    for exchange in DERIVATIVES:
        found = sorted((h.opens_at, h.closes_at) for h in hours if h.exchange == exchange)
        if found:
            return tuple(found)
    return ()


def _shut(holiday: Holiday) -> bool:
    """Decided from the exchanges that are closed, not from the broker's word for the kind."""
    return any(exchange in holiday.closed for exchange in DERIVATIVES) and not _windows(
        holiday.open
    )


def _concerns_us(holiday: Holiday) -> bool:
    """A settlement holiday closes banks, not us: its hours are the usual ones."""
    return _shut(holiday) or (bool(_windows(holiday.open)) and "SETTLEMENT" not in holiday.kind)


def _day_of(holiday: Holiday) -> Day:
    windows = _windows(holiday.open)
    day = Day(
        day=holiday.day,
        kind=DayKind.HOLIDAY,
        description=holiday.description,
        session=None,
        source="broker",
    )
    if not windows:
        return day
    session = Session(day=holiday.day, name=holiday.description, windows=windows)
    return replace(day, kind=DayKind.SPECIAL, session=session)
