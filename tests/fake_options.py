"""Option history in memory: the same contract as that on disk."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from core.analytics.chain_day import PER_STRIKE, ChainDay
from core.clock import IST, Clock
from core.ports.option_history import RECORDER, OptionDayEntry
from tests.fakes import MemorySnapshots


class MemoryOptionHistory:
    """Days as they were given, and whatever `snapshots` has recorded."""

    def __init__(self, snapshots: MemorySnapshots, clock: Clock) -> None:
        self._snapshots, self._clock = snapshots, clock
        self.kept: dict[tuple[str, date, date], tuple[ChainDay, str, datetime]] = {}

    async def save(self, day: ChainDay, source: str) -> None:
        await self.save_all([day], source)

    async def save_all(self, days: Sequence[ChainDay], source: str) -> None:
        for day in days:
            id = (day.symbol, day.day, day.expiry)
            sources = [source]
            if id in self.kept:
                known, said, _ = self.kept[id]
                day, sources = known.joined(day), [*said.split(" + "), source]
            self.kept[id] = day, " + ".join(dict.fromkeys(sources)), self._clock.now()

    async def keep_recorded(self, before: date) -> int:
        added = 0
        for each in await self._snapshots.recorded():
            kept = self.kept.get((each.symbol, each.day, each.expiry))
            if each.day < before and not (kept and RECORDER in kept[1]):
                chain = await self.chain(each.symbol, each.expiry, each.day)
                assert chain is not None
                await self.save(chain, RECORDER)
                added += 1
        return added

    async def symbols(self) -> list[str]:
        return sorted({each.symbol for each in await self.catalogue()})

    async def days(self, symbol: str) -> list[date]:
        return sorted({each.day for each in await self.catalogue() if each.symbol == symbol})

    async def expiries(self, symbol: str, day: date) -> list[date]:
        all = await self.catalogue()
        return [each.expiry for each in all if (each.symbol, each.day) == (symbol, day)]

    async def chain(self, symbol: str, expiry: date, day: date) -> ChainDay | None:
        kept = self.kept.get((symbol, day, expiry))
        recorded = [
            each
            for (of, at, minute), each in self._snapshots.rows.items()
            if (of, at, minute.astimezone(IST).date()) == (symbol, expiry, day)
        ]
        if kept and recorded:
            return kept[0].joined(ChainDay.of(recorded))
        return kept[0] if kept else ChainDay.of(recorded) if recorded else None

    async def load(
        self,
        symbol: str,
        first: date,
        last: date,
        *,
        fields: Sequence[str] = PER_STRIKE,
        nearest: bool = False,
    ) -> list[ChainDay]:
        found = []
        for day in await self.days(symbol):
            expiries = [e for e in await self.expiries(symbol, day) if e >= day or not nearest]
            for expiry in expiries[:1] if nearest else expiries:
                chain = await self.chain(symbol, expiry, day)
                if chain is not None and first <= day <= last:
                    unasked = {
                        name: np.full_like(getattr(chain, name), np.nan)
                        for name in PER_STRIKE
                        if name not in fields
                    }
                    found.append(replace(chain, **unasked))
        return found

    async def catalogue(self) -> list[OptionDayEntry]:
        found = {
            id: OptionDayEntry(
                symbol=day.symbol,
                expiry=day.expiry,
                day=day.day,
                rows=int(np.isfinite(day.ltp).sum()),
                minutes=len(day),
                source=source,
                saved_at=at,
            )
            for id, (day, source, at) in self.kept.items()
        }
        for each in await self._snapshots.recorded():
            id = (each.symbol, each.day, each.expiry)
            kept = found.get(id)
            found[id] = OptionDayEntry(
                symbol=each.symbol,
                expiry=each.expiry,
                day=each.day,
                rows=max(each.rows, kept.rows if kept else 0),
                minutes=max(each.minutes, kept.minutes if kept else 0),
                source=" + ".join(
                    dict.fromkeys([*(kept.source.split(" + ") if kept else ()), RECORDER])
                ),
                saved_at=each.last,
            )
        return [found[id] for id in sorted(found)]
