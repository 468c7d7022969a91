"""Schedules: when a job is due, decided against the market's clock and calendar."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from core.clock import IST
from core.instruments.calendar import MarketCalendar


class Schedule(Protocol):
    @property
    def text(self) -> str: ...

    def next_after(self, moment: datetime, calendar: MarketCalendar) -> datetime:
        """The first time due that is later than `moment`."""
        ...

    def last_before(self, moment: datetime, calendar: MarketCalendar) -> datetime:
        """The latest time due that is not later than `moment`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """Every day, or every trading day, at an hour in IST."""

    at: time
    trading_days: bool = False

    @property
    def text(self) -> str:
        return f"{'trading days' if self.trading_days else 'daily'} at {self.at:%H:%M}"

    def next_after(self, moment: datetime, calendar: MarketCalendar) -> datetime:
        day = moment.astimezone(IST).date()
        if self._on(day) <= moment or not self._counts(day, calendar):
            day = self._step(day, 1, calendar)
        return self._on(day)

    def last_before(self, moment: datetime, calendar: MarketCalendar) -> datetime:
        day = moment.astimezone(IST).date()
        if self._on(day) > moment or not self._counts(day, calendar):
            day = self._step(day, -1, calendar)
        return self._on(day)

    def _on(self, day: date) -> datetime:
        return datetime.combine(day, self.at, IST)

    def _counts(self, day: date, calendar: MarketCalendar) -> bool:
        return not self.trading_days or calendar.is_trading_day(day)

    def _step(self, day: date, by: int, calendar: MarketCalendar) -> date:
        if not self.trading_days:
            return day + timedelta(days=by)
        return calendar.next_trading_day(day) if by > 0 else calendar.previous_trading_day(day)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeClose:
    """So long before the derivatives' close of every session, also of one with other hours."""

    by: timedelta

    @property
    def text(self) -> str:
        return f"trading days, {self.by // timedelta(minutes=1)} min before the close"

    def next_after(self, moment: datetime, calendar: MarketCalendar) -> datetime:
        day = moment.astimezone(IST).date()
        if not calendar.is_trading_day(day) or self._on(day, calendar) <= moment:
            day = calendar.next_trading_day(day)
        return self._on(day, calendar)

    def last_before(self, moment: datetime, calendar: MarketCalendar) -> datetime:
        day = moment.astimezone(IST).date()
        if not calendar.is_trading_day(day) or self._on(day, calendar) > moment:
            day = calendar.previous_trading_day(day)
        return self._on(day, calendar)

    def _on(self, day: date, calendar: MarketCalendar) -> datetime:
        return calendar.close_of(day) - self.by
