"""Option history behind one door: the Parquet files, and what the recorder keeps in the database.

Of a minute that both have, the recorder's counts: it saw the quotes, others mostly the trades.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from core.analytics.chain_day import PER_STRIKE, ChainDay
from core.clock import IST, Clock
from core.ports.option_history import RECORDER, OptionDayEntry
from core.ports.repositories import RecordedDay, SnapshotRepository
from data.options.catalogue import Catalogue
from data.options.store import SEPARATOR, DayId, OptionDayFiles


class StoredOptionHistory:
    """`folder` need not exist before the first day is kept."""

    def __init__(self, folder: Path, snapshots: SnapshotRepository, clock: Clock) -> None:
        self._files = OptionDayFiles(folder, clock)
        self._catalogue = Catalogue(self._files)
        self._snapshots = snapshots

    async def save(self, day: ChainDay, source: str) -> None:
        await self.save_all([day], source)

    async def save_all(self, days: Sequence[ChainDay], source: str) -> None:
        if days:
            await asyncio.to_thread(self._files.save, days, source)

    async def keep_recorded(self, before: date) -> int:
        kept = await self._kept()
        added = 0
        for each in await self._snapshots.recorded():
            if each.day < before and not _is_kept(each, kept):
                chain = await self._recorded(each.symbol, each.expiry, each.day)
                if chain is not None:
                    await self.save(chain, RECORDER)
                    added += 1
        return added

    async def symbols(self) -> list[str]:
        kept = await asyncio.to_thread(self._files.symbols)
        return sorted({*kept, *(each.symbol for each in await self._snapshots.recorded())})

    async def days(self, symbol: str) -> list[date]:
        kept = await asyncio.to_thread(self._files.days, symbol)
        return sorted({*kept, *(each.day for each in await self._snapshots.recorded(symbol))})

    async def expiries(self, symbol: str, day: date) -> list[date]:
        kept = await asyncio.to_thread(self._files.expiries, symbol, day)
        return sorted({*kept, *await self._snapshots.expiries(symbol, day)})

    async def chain(self, symbol: str, expiry: date, day: date) -> ChainDay | None:
        kept = await asyncio.to_thread(self._files.read, DayId(symbol, day, expiry))
        return _joined(kept, await self._recorded(symbol, expiry, day))

    async def load(
        self,
        symbol: str,
        first: date,
        last: date,
        *,
        fields: Sequence[str] = PER_STRIKE,
        nearest: bool = False,
    ) -> list[ChainDay]:
        days = [e for e in await self._snapshots.recorded(symbol) if first <= e.day <= last]
        entries = await self._kept() if days else {}
        recorded = [each for each in days if not _is_kept(each, entries)]
        kept = await asyncio.to_thread(self._ids, symbol, first, last)
        ids = sorted({*kept, *(DayId(symbol, each.day, each.expiry) for each in recorded)})
        if nearest:
            ids = _nearest(ids)
        files = await asyncio.to_thread(
            self._files.read_many, [i for i in ids if i in kept], fields
        )
        found = {DayId(each.symbol, each.day, each.expiry): each for each in files}
        for each in recorded:
            if (id := DayId(symbol, each.day, each.expiry)) in ids:
                own = await self._recorded(symbol, each.expiry, each.day)
                if (whole := _joined(found.get(id), own)) is not None:
                    found[id] = whole
        return [found[id] for id in ids if id in found]

    async def catalogue(self) -> list[OptionDayEntry]:
        found = await self._kept()
        for each in await self._snapshots.recorded():
            id = DayId(each.symbol, each.day, each.expiry)
            found[id] = _entry(each, found.get(id))
        return [found[id] for id in sorted(found)]

    async def _kept(self) -> dict[DayId, OptionDayEntry]:
        """What the files have."""
        entries = await asyncio.to_thread(self._catalogue.entries)
        return {DayId(each.symbol, each.day, each.expiry): each for each in entries}

    def _ids(self, symbol: str, first: date, last: date) -> set[DayId]:
        days = [day for day in self._files.days(symbol) if first <= day <= last]
        return {
            DayId(symbol, day, expiry)
            for day in days
            for expiry in self._files.expiries(symbol, day)
        }

    async def _recorded(self, symbol: str, expiry: date, day: date) -> ChainDay | None:
        begins = datetime.combine(day, time(), IST)
        found = await self._snapshots.between(symbol, expiry, begins, begins + timedelta(days=1))
        return await asyncio.to_thread(ChainDay.of, found) if found else None


def _joined(kept: ChainDay | None, recorded: ChainDay | None) -> ChainDay | None:
    if kept is None or recorded is None:
        return kept or recorded
    return kept.joined(recorded)


def _is_kept(recorded: RecordedDay, kept: Mapping[DayId, OptionDayEntry]) -> bool:
    """Whether a file has all the minutes that the recorder took down."""
    entry = kept.get(DayId(recorded.symbol, recorded.day, recorded.expiry))
    if entry is None or RECORDER not in entry.source.split(SEPARATOR):
        return False
    return entry.minutes >= recorded.minutes


def _nearest(ids: Sequence[DayId]) -> list[DayId]:
    """Of each day, the first expiry that is not over; `ids` are in order."""
    chosen: dict[date, DayId] = {}
    for id in ids:
        if id.expiry >= id.day:
            chosen.setdefault(id.day, id)
    return list(chosen.values())


def _entry(recorded: RecordedDay, kept: OptionDayEntry | None) -> OptionDayEntry:
    """The larger of both counts: most minutes are in both."""
    sources = dict.fromkeys([*(kept.source.split(SEPARATOR) if kept else ()), RECORDER])
    return OptionDayEntry(
        symbol=recorded.symbol,
        expiry=recorded.expiry,
        day=recorded.day,
        rows=max(recorded.rows, kept.rows if kept else 0),
        minutes=max(recorded.minutes, kept.minutes if kept else 0),
        source=SEPARATOR.join(sources),
        saved_at=max(recorded.last, kept.saved_at) if kept else recorded.last,
    )
