"""Chain history: recorded days of chains, read once, and today's growing by the minute."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from core.analytics.chain_day import ChainDay
from core.analytics.chain_snapshot import ChainSnapshot
from core.analytics.growing_day import GrowingDay
from core.clock import IST
from core.ports.repositories import SnapshotRepository

KEPT: Final = 8
"""Days in memory, of about 5 MB each (385 minutes of 140 strikes); the longest unseen goes."""

DayId = tuple[str, date, date]


class ChainHistory:
    """Days are shared by all who ask for them; `revision` grows with every minute recorded."""

    def __init__(self, snapshots: SnapshotRepository, kept: int = KEPT) -> None:
        self._snapshots = snapshots
        self._kept = kept
        self._days: OrderedDict[DayId, GrowingDay | None] = OrderedDict()
        self._arrived: dict[DayId, list[ChainSnapshot]] = {}
        self._reading = asyncio.Lock()
        self.revision = 0

    def take(self, snapshots: Sequence[ChainSnapshot]) -> None:
        """The recorder's listener: these minutes are on record now."""
        for each in snapshots:
            name = (each.symbol, each.expiry, each.minute.astimezone(IST).date())
            if name in self._arrived:  # else it is read when first asked for
                self._arrived[name].append(each)
        self.revision += 1

    async def day(self, symbol: str, expiry: date, day: date) -> ChainDay | None:
        """Everything recorded of a chain on a day; None if nothing was."""
        name = (symbol, expiry, day)
        if name not in self._days:
            async with self._reading:
                if name not in self._days:  # else another asker was faster
                    await self._read(name)
        self._days.move_to_end(name)
        if arrived := self._arrived[name]:
            more, known = ChainDay.of(arrived), self._days[name]
            if known is None:
                self._days[name] = GrowingDay(more)
            else:
                known.grow(more)
            self._arrived[name] = []
        found = self._days[name]
        return found.day if found is not None else None

    async def days(self, symbol: str, expiry: date) -> list[date]:
        """Days (IST) on which the chain was recorded, oldest first."""
        return await self._snapshots.days(symbol, expiry)

    async def expiries(self, symbol: str, day: date) -> list[date]:
        """Expiries of `symbol` that were recorded on a day, nearest first."""
        return await self._snapshots.expiries(symbol, day)

    async def _read(self, name: DayId) -> None:
        symbol, expiry, day = name
        begins = datetime.combine(day, time(), IST)
        self._arrived[name] = []  # what is recorded while we read is not missed
        try:
            found = await self._snapshots.between(
                symbol, expiry, begins, begins + timedelta(days=1)
            )
            made = await asyncio.to_thread(ChainDay.of, found) if found else None
        except BaseException:
            del self._arrived[name]
            raise
        self._days[name] = GrowingDay(made) if made is not None else None
        while len(self._days) > self._kept:
            oldest, _ = self._days.popitem(last=False)
            del self._arrived[oldest]
