"""Candles of past days: as they are stored, and asked of the broker, once, where there are none."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np
import structlog

from core.clock import IST
from core.errors import AppError, BadData
from core.ids import InstrumentKey
from core.instruments import candle_parts as parts
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.ports.market_data import History
from core.ports.repositories import CandleRepository

log = structlog.get_logger(__name__)

TRY_AGAIN: Final = 60.0
"""Seconds after a failure before the broker is asked again for an instrument."""
WHOLE: Final = 0.95
"""Of a session's bars: a day with so many is not asked for again."""
APART: Final = timedelta(days=10)
"""Missing days that are nearer to each other are asked for together."""
HOLIDAYS: Final = 2
"""Missing sessions in a row that may be holidays, in a year whose holidays nobody has listed."""


class CandlePast:
    """A day is asked for once in the life of the desk: many contracts do not trade every minute."""

    def __init__(
        self, candles: CandleRepository, history: History, calendar: MarketCalendar
    ) -> None:
        self._candles, self._history, self._calendar = candles, history, calendar
        self._locks: dict[tuple[InstrumentKey, Interval], asyncio.Lock] = {}
        self._asked: dict[tuple[InstrumentKey, Interval], set[date]] = {}
        self._failed: dict[InstrumentKey, tuple[float, str]] = {}

    async def stored(
        self, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Candles:
        """Both ends included."""
        if first > last:
            return Candles.none()
        begin, end = (
            datetime.combine(day, time(), IST) for day in (first, last + timedelta(days=1))
        )
        return await self._candles.between(key, interval, begin, end)

    async def of(
        self, key: InstrumentKey, interval: Interval, first: date, last: date, told: list[str]
    ) -> Candles:
        """Stored and, where days are missing, the broker's, which are kept; `told` says of both."""
        if first > last:
            return Candles.none()
        async with self._locks.setdefault((key, interval), asyncio.Lock()):
            found = await self.stored(key, interval, first, last)
            _tell(told, "stored", found)
            wanted = self.missing(key, interval, found, first, last)
            if wanted:
                asked = await self._ask(key, interval, wanted, told)
                _tell(told, "asked of the broker", asked)
                found = parts.merged(found, asked)
        return found

    def missing(
        self, key: InstrumentKey, interval: Interval, found: Candles, first: date, last: date
    ) -> list[date]:
        """Sessions from `first` to `last` that have too few bars and were not asked for yet."""
        asked = self._asked.get((key, interval), set())
        return [day for day in self.lacking(interval, found, first, last) if day not in asked]

    def lacking(self, interval: Interval, found: Candles, first: date, last: date) -> list[date]:
        """Sessions from `first` to `last` that have too few bars."""
        counted = dict(zip(*np.unique(parts.days(found), return_counts=True), strict=True))
        wanting = [
            day
            for day in self._sessions(first, last)
            if counted.get(day.toordinal(), 0) < self._enough(day, interval)
        ]
        return self._without_holidays(wanting)

    def _sessions(self, first: date, last: date) -> list[date]:
        try:
            return self._calendar.trading_days(first, last)
        except BadData:  # the calendar does not reach back so far
            return []

    def _enough(self, day: date, interval: Interval) -> float:
        session = self._calendar.session_of(day)
        if session is None or not interval.intraday:
            return 1
        whole = sum((end - begin).total_seconds() for begin, end in session.windows)
        return max(1.0, WHOLE * whole // interval.seconds)

    def _without_holidays(self, wanting: Sequence[date]) -> list[date]:
        kept, row = list[date](), list[date]()
        for day in (*wanting, date.max):
            if row and day != date.max and self._calendar.next_trading_day(row[-1]) == day:
                row.append(day)
                continue
            if len(row) > HOLIDAYS or any(not self._calendar.missing_year(each) for each in row):
                kept += row
            row = [day]
        return kept

    async def _ask(
        self, key: InstrumentKey, interval: Interval, wanted: Sequence[date], told: list[str]
    ) -> Candles:
        loop, got = asyncio.get_running_loop(), list[Candles]()
        failed = self._failed.get(key)
        if failed is not None and loop.time() - failed[0] < TRY_AGAIN:
            told.append(failed[1])
            return Candles.none()
        for first, last in spans(wanted):
            try:
                bars = await self._history.bars(key, interval, first, last)
            except AppError as problem:
                said = f"not of the broker: {problem}"
                self._failed[key] = loop.time(), said
                told.append(said)
                log.warning("candles.not_asked", key=key, interval=str(interval), problem=said)
                break
            await self._candles.upsert(key, interval, bars)
            asked = self._asked.setdefault((key, interval), set())
            asked.update(day for day in wanted if first <= day <= last)
            got.append(bars)
        return parts.merged(*got)


def spans(days: Sequence[date]) -> list[tuple[date, date]]:
    """Days put together where they are near to each other; the newest first."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and day - found[-1][1] <= APART:
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found[::-1]


def _tell(told: list[str], source: str, bars: Candles) -> None:
    if len(bars) and source not in told:
        told.append(source)
