"""Doors to the past that end at the replay's now: nothing later is ever shown, nothing is written.

A bar is known when it has ended, a chain's minute too; a day's bar when its session is over.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np

from core.analytics.chain_day import PER_MINUTE, PER_STRIKE, ChainDay
from core.analytics.volatility_days import VolatilityDay
from core.clock import IST, Clock
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.instruments.corporate_actions import CorporateAction
from core.ports.corporate_actions import ActionRepository
from core.ports.option_history import OptionDayEntry, OptionHistory
from core.ports.repositories import (
    CandleRepository,
    ChainSnapshot,
    RecordedDay,
    SnapshotRepository,
    VolatilityRepository,
)
from data.replay.recording import snapshot

MINUTE: Final = timedelta(minutes=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
READ_ONLY: Final = "A replay does not change what was recorded."
DAY: Final = timedelta(days=1)


class PastCandles:
    """What is written is let go: the replay's own bars are no record."""

    def __init__(self, kept: CandleRepository, clock: Clock, calendar: MarketCalendar) -> None:
        self._kept, self._clock, self._calendar = kept, clock, calendar

    async def upsert(self, key: InstrumentKey, interval: Interval, candles: Candles) -> int:
        return 0

    async def upsert_many(
        self, interval: Interval, candles: Sequence[tuple[InstrumentKey, Candles]]
    ) -> int:
        return 0

    async def latest(self, key: InstrumentKey, interval: Interval, count: int) -> Candles:
        if count <= 0:
            return Candles.none()
        span = DAY * max(7, count) if not interval.intraday else DAY * 7
        now = self._clock.now()
        while True:
            first = max(now - span, EPOCH)
            found = await self.between(key, interval, first, now)
            if len(found) >= count or first == EPOCH:
                return cut(found, slice(max(len(found) - count, 0), None))
            span *= 4

    async def between(
        self, key: InstrumentKey, interval: Interval, first: datetime, last: datetime
    ) -> Candles:
        found = await self._kept.between(key, interval, first, min(last, self._clock.now()))
        return self.ended(found, interval)

    async def last_time(self, key: InstrumentKey, interval: Interval) -> datetime | None:
        newest = await self.latest(key, interval, 1)
        return datetime.fromtimestamp(int(newest.time[-1]), UTC) if len(newest) else None

    async def by_day(
        self,
        keys: Sequence[InstrumentKey],
        interval: Interval,
        first: date,
        last: date,
        *,
        until: time = time.max,
    ) -> dict[InstrumentKey, dict[date, int]]:
        """Of days that are over."""
        yesterday = self._clock.now().astimezone(IST).date() - DAY
        return await self._kept.by_day(keys, interval, first, min(last, yesterday), until=until)

    async def keys(self, interval: Interval) -> list[InstrumentKey]:
        return await self._kept.keys(interval)

    async def count(self) -> int:
        return await self._kept.count()

    def ended(self, bars: Candles, interval: Interval) -> Candles:
        """Those that are over by now."""
        now = self._clock.now()
        if interval.intraday:
            return cut(bars, slice(0, int((bars.time + interval.seconds <= now.timestamp()).sum())))
        over = len(bars)
        while over and self._ends(int(bars.time[over - 1]), interval) > now:
            over -= 1
        return cut(bars, slice(0, over))

    def _ends(self, begins: int, interval: Interval) -> datetime:
        """When the last session of a bar of days, weeks or months is over."""
        first = datetime.fromtimestamp(begins, UTC).astimezone(IST).date()
        if interval == Interval.DAY:
            return self._calendar.close_of(first)
        length = {"d": 1, "w": 7, "M": 31}[interval.unit] * interval.count
        return datetime.combine(first + timedelta(days=length), datetime.min.time(), IST)


class PastSnapshots:
    """`chains` are those of the day that is replayed, wherever they are kept."""

    def __init__(
        self, kept: SnapshotRepository, clock: Clock, chains: Sequence[ChainDay] = ()
    ) -> None:
        self._kept, self._clock = kept, clock
        self._today_s = {(each.symbol, each.expiry): each for each in chains}

    async def save(self, snapshots: Sequence[ChainSnapshot]) -> None:
        return

    async def at(self, symbol: str, expiry: date, minute: datetime) -> ChainSnapshot | None:
        found = await self.between(symbol, expiry, minute, minute + MINUTE)
        return found[0] if found else None

    async def minutes(
        self, symbol: str, expiry: date, first: datetime, last: datetime
    ) -> list[datetime]:
        before = await self._kept.minutes(symbol, expiry, first, min(last, self._midnight()))
        day, rows = self._of_today(symbol, expiry, first, last)
        return before + [snapshot(day, row).minute for row in rows if day is not None]

    async def between(
        self, symbol: str, expiry: date, first: datetime, last: datetime
    ) -> list[ChainSnapshot]:
        until = min(last, self._midnight())
        before = await self._kept.between(symbol, expiry, first, until) if first < until else []
        day, rows = self._of_today(symbol, expiry, first, last)
        return before + [snapshot(day, row) for row in rows if day is not None]

    async def days(self, symbol: str, expiry: date) -> list[date]:
        today = self._today()
        before = [day for day in await self._kept.days(symbol, expiry) if day < today]
        _, rows = self._of_today(symbol, expiry, EPOCH, self._clock.now())
        return before + ([today] if rows else [])

    async def expiries(self, symbol: str, day: date) -> list[date]:
        today = self._today()
        if day < today:
            return await self._kept.expiries(symbol, day)
        return sorted(e for name, e in self._today_s if name == symbol) if day == today else []

    async def recorded(self, symbol: str = "") -> list[RecordedDay]:
        return [each for each in await self._kept.recorded(symbol) if each.day <= self._today()]

    async def count(self) -> int:
        return await self._kept.count()

    async def forget(self, before: datetime) -> int:
        return 0

    def _of_today(
        self, symbol: str, expiry: date, first: datetime, last: datetime
    ) -> tuple[ChainDay | None, range]:
        """The rows of today's minutes in [first, last) that have ended by now."""
        day = self._today_s.get((symbol, expiry))
        if day is None:
            return None, range(0)
        begins = np.searchsorted(day.minutes, -int(-first.timestamp() // 60))
        until = min(last.timestamp(), self._clock.now().timestamp() - 59)
        return day, range(int(begins), int(np.searchsorted(day.minutes * 60, until)))

    def _midnight(self) -> datetime:
        return datetime.combine(self._today(), datetime.min.time(), IST)

    def _today(self) -> date:
        return self._clock.now().astimezone(IST).date()


class PastOptions:
    """Fills the `OptionHistory`."""

    def __init__(self, kept: OptionHistory, clock: Clock) -> None:
        self._kept, self._clock = kept, clock

    async def save(self, day: ChainDay, source: str) -> None:
        raise RuleBroken(READ_ONLY)

    async def save_all(self, days: Sequence[ChainDay], source: str) -> None:
        raise RuleBroken(READ_ONLY)

    async def keep_recorded(self, before: date) -> int:
        raise RuleBroken(READ_ONLY)

    async def symbols(self) -> list[str]:
        return await self._kept.symbols()

    async def days(self, symbol: str) -> list[date]:
        return [day for day in await self._kept.days(symbol) if day <= self._today()]

    async def expiries(self, symbol: str, day: date) -> list[date]:
        return await self._kept.expiries(symbol, day) if day <= self._today() else []

    async def chain(self, symbol: str, expiry: date, day: date) -> ChainDay | None:
        if day > self._today():
            return None
        found = await self._kept.chain(symbol, expiry, day)
        return self._cut(found) if found is not None else None

    async def load(
        self,
        symbol: str,
        first: date,
        last: date,
        *,
        fields: Sequence[str] = PER_STRIKE,
        nearest: bool = False,
    ) -> list[ChainDay]:
        until = min(last, self._today())
        if first > until:
            return []
        found = await self._kept.load(symbol, first, until, fields=fields, nearest=nearest)
        cut_days = (self._cut(each) for each in found)
        return [each for each in cut_days if each is not None]

    async def catalogue(self) -> list[OptionDayEntry]:
        """Of days that are over, and of none that is to come; today's is still growing."""
        return [each for each in await self._kept.catalogue() if each.day < self._today()]

    def _cut(self, day: ChainDay) -> ChainDay | None:
        over = int(((day.minutes + 1) * 60 <= self._clock.now().timestamp()).sum())
        if not over:
            return None
        if over == len(day):
            return day
        names = ("minutes", *PER_MINUTE, *PER_STRIKE)
        return replace(day, **{name: getattr(day, name)[:over] for name in names})

    def _today(self) -> date:
        return self._clock.now().astimezone(IST).date()


class PastVolatility:
    def __init__(self, kept: VolatilityRepository, clock: Clock) -> None:
        self._kept, self._clock = kept, clock

    async def save(self, days: Sequence[VolatilityDay]) -> None:
        return

    async def of(self, symbol: str) -> list[VolatilityDay]:
        today = self._clock.now().astimezone(IST).date()
        return [each for each in await self._kept.of(symbol) if each.day < today]


class PastActions:
    """An action that is to come adjusts nothing yet."""

    def __init__(self, kept: ActionRepository, clock: Clock) -> None:
        self._kept, self._clock = kept, clock

    async def replace(self, isin: str, actions: Sequence[CorporateAction]) -> None:
        return

    async def of(self, isin: str) -> list[CorporateAction]:
        today = self._clock.now().astimezone(IST).date()
        return [each for each in await self._kept.of(isin) if each.ex_day <= today]


def cut(bars: Candles, part: slice) -> Candles:
    if part == slice(0, len(bars)):
        return bars
    names = ("time", "open", "high", "low", "close", "volume", "open_interest")
    return Candles(**{name: np.asarray(getattr(bars, name)[part]) for name in names})
