"""Where a chart has its bars from: the past once, older ones when asked for, and what runs."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol

import numpy as np

from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar, usual_session
from core.instruments.candle import Candles, Interval, Unit
from core.instruments.resample import midnight
from core.services import Services
from ui.chart.packing import part

FIRST: Final = 1_200
OLDER: Final = 2_000
"""Bars that are asked for at once."""
SHORT: Final = 300
"""Seconds of a bar up to which they are; longer ones are made of many, and half will do."""
MOST: Final = 50_000
"""Bars that a chart is given to show a moment of the past together with now."""
BEFORE: Final = 300
AFTER: Final = 3_000
"""Bars around a moment that is farther away."""
COMING: Final = 200
NOT_ASKED: Final = "not of the broker"
"""How the words begin that say of bars why they could not be had."""


@dataclass(frozen=True, slots=True)
class Found:
    """`said` where they are from; `ended` when they end before now; `whole` with none before."""

    candles: Candles
    said: tuple[str, ...] = ()
    ended: bool = False
    whole: bool = False


class Source(Protocol):
    """Bars of one thing in one length."""

    @property
    def interval(self) -> Interval: ...

    async def load(self, at: int = 0) -> Found:
        """The newest bars; with `at`, an epoch second, those around it too."""
        ...

    async def older(self, before: int) -> Found:
        """Bars that start before an epoch second, the newest of them."""
        ...

    async def since(self, time: int) -> Candles:
        """The bars from an epoch second to now."""
        ...

    def live(self) -> Candles:
        """The bar that runs and the one before it; asks nobody."""
        ...


class InstrumentBars:
    """A `Source` of one instrument."""

    def __init__(self, services: Services, key: InstrumentKey, interval: Interval) -> None:
        self._series, self._calendar = services.candle_series, services.calendar
        self.key, self.interval = key, interval

    async def load(self, at: int = 0) -> Found:
        if not at:
            found = await self._series.series(self.key, self.interval, count=self._many(FIRST))
            return Found(found.candles, found.said)
        day, today = day_of(at), self._calendar.today()
        first = day - self._span(BEFORE)
        ended = self._bars_in(first, today) > MOST
        last = min(day + self._span(AFTER), today) if ended else today
        found = await self._series.series(self.key, self.interval, first=first, last=last)
        return Found(found.candles, found.said, ended=ended)

    async def older(self, before: int) -> Found:
        found = await self._series.series(
            self.key, self.interval, last=day_of(before), count=self._many(OLDER)
        )
        bars = found.candles
        bars = part(bars, 0, int(np.searchsorted(bars.time, before)))
        refused = any(each.startswith(NOT_ASKED) for each in found.said)
        return Found(bars, found.said, whole=not len(bars) and not refused)

    async def since(self, time: int) -> Candles:
        bars = await self._series.bars(self.key, self.interval, first=day_of(time))
        return part(bars, int(np.searchsorted(bars.time, time)), len(bars))

    def live(self) -> Candles:
        return self._series.live(self.key, self.interval)

    def _many(self, count: int) -> int:
        short = self.interval.intraday and self.interval.seconds <= SHORT
        return count if short else count // 2

    def _span(self, count: int) -> timedelta:
        """About the days that so many bars take."""
        return timedelta(days=max(1, round(count / max(self._a_day(), 1e-9) * 1.45)))

    def _bars_in(self, first: date, last: date) -> float:
        return (last - first).days / 1.45 * self._a_day()

    def _a_day(self) -> float:
        """Bars of a usual session, below 1 for those that are longer."""
        if self.interval.intraday:
            session = usual_session(self._calendar.today())
            return (session.closes_at - session.opens_at).total_seconds() / self.interval.seconds
        return 1 / (self.interval.count * {Unit.DAY: 1, Unit.WEEK: 5}.get(self.interval.unit, 21))


def day_of(time: int) -> date:
    return datetime.fromtimestamp(time, IST).date()


def ahead(calendar: MarketCalendar, last: int, interval: Interval) -> tuple[int, ...]:
    """Starts of bars to come, so that the axis goes on behind the last one: of sessions only."""
    day, found = day_of(last), list[int]()
    while len(found) < COMING:
        session = calendar.session_of(day)
        if interval.intraday:
            for opens, closes in session.windows if session else ():
                starts = range(int(opens.timestamp()), int(closes.timestamp()), interval.seconds)
                found += [start for start in starts if start > last]
        elif interval == Interval.DAY:
            found += [midnight(day)] if midnight(day) > last else []
        else:
            return ()  # whole weeks and months are drawn where they come
        day = calendar.next_trading_day(day)
    return tuple(found[:COMING])
