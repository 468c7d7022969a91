"""Candles on disk: arrays in, arrays out, no object per bar."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func
from sqlmodel import Session, col, select

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from data.db import bars, partitions
from data.db.bars import Bars, Batch
from data.db.database import Database
from data.models.candle import CandleKeyRow, DayCandleRow, MinuteCandleRow

TABLES: Final = {Interval.MINUTE: MinuteCandleRow, Interval.DAY: DayCandleRow}
STEPS: Final = 10_000  # of a rupee
EARLIEST: Final = 0
LATEST: Final = 7_258_118_400  # 2200-01-01


class SqlCandles:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: dict[InstrumentKey, int] = {}
        self._months: set[partitions.Month] = set()

    async def upsert(self, key: InstrumentKey, interval: Interval, candles: Candles) -> int:
        return await self.upsert_many(interval, [(key, candles)])

    async def upsert_many(
        self, interval: Interval, candles: Sequence[tuple[InstrumentKey, Candles]]
    ) -> int:
        given = [(key, each) for key, each in candles if len(each)]
        if not given:
            return 0
        whole = [_whole(each) for _, each in given]
        ids = await self._ids_of([key for key, _ in given])
        batch = bars.joined([(ids[key], each) for (key, _), each in zip(given, whole, strict=True)])
        await self._make_room(interval, batch)
        table = TABLES[interval].__tablename__
        await self._database.write(lambda session: bars.upsert(session, str(table), batch))
        return sum(len(each) for _, each in given)

    async def latest(self, key: InstrumentKey, interval: Interval, count: int) -> Candles:
        if count <= 0:
            return Candles.none()
        return await self._database.read(
            lambda session: self._read(session, key, interval, newest=count)
        )

    async def between(
        self, key: InstrumentKey, interval: Interval, first: datetime, last: datetime
    ) -> Candles:
        span = _seconds(first), _seconds(last)
        return await self._database.read(
            lambda session: self._read(session, key, interval, span=span)
        )

    async def last_time(self, key: InstrumentKey, interval: Interval) -> datetime | None:
        newest = await self.latest(key, interval, 1)
        return datetime.fromtimestamp(int(newest.time[-1]), UTC) if len(newest) else None

    async def count(self) -> int:
        def count(session: Session) -> int:
            tables = TABLES.values()
            return sum(
                session.exec(select(func.count()).select_from(each)).one() for each in tables
            )

        return await self._database.read(count)

    def _read(
        self,
        session: Session,
        key: InstrumentKey,
        interval: Interval,
        *,
        span: tuple[int, int] = (EARLIEST, LATEST),
        newest: int | None = None,
    ) -> Candles:
        id = self._ids.get(key)
        if id is None:
            id = _find_ids(session, [key]).get(key)
        if id is None:
            return Candles.none()
        self._ids[key] = id
        table = str(TABLES[interval].__tablename__)
        return _candles(bars.read(session, table, id, *span, newest=newest))

    async def _ids_of(self, keys: Sequence[InstrumentKey]) -> dict[InstrumentKey, int]:
        unknown = [key for key in dict.fromkeys(keys) if key not in self._ids]
        if unknown:
            made = await self._database.write(lambda session: _make_ids(session, unknown))
            self._ids.update(made)
        return self._ids

    async def _make_room(self, interval: Interval, batch: Batch) -> None:
        if self._database.is_sqlite or interval is not Interval.MINUTE:
            return
        months = partitions.months_of(np.unique(batch.time // 86_400 * 86_400).tolist())
        if missing := months - self._months:
            await self._database.write(lambda session: partitions.make(session, missing))
            self._months |= missing


def _find_ids(session: Session, keys: Sequence[InstrumentKey]) -> dict[InstrumentKey, int]:
    found: dict[InstrumentKey, int] = {}
    for at in range(0, len(keys), 500):
        wanted = col(CandleKeyRow.key).in_(keys[at : at + 500])
        rows = session.exec(select(CandleKeyRow.key, CandleKeyRow.id).where(wanted))
        found.update({InstrumentKey(key): id for key, id in rows})
    return found


def _make_ids(session: Session, keys: Sequence[InstrumentKey]) -> dict[InstrumentKey, int]:
    bars.lock(session, str(CandleKeyRow.__tablename__))
    found = _find_ids(session, keys)
    last = session.exec(select(func.max(CandleKeyRow.id))).one() or 0
    for key in keys:
        if key not in found:
            last += 1
            session.add(CandleKeyRow(id=last, key=key))
            found[key] = last
    return found


def _whole(candles: Candles) -> Bars:
    prices = (candles.open, candles.high, candles.low, candles.close)
    if not all(np.all(np.isfinite(each)) and np.all(np.abs(each) < 1e11) for each in prices):
        raise BadData("candles with a price that is no number")
    time = np.asarray(candles.time, dtype=np.int64)
    if time.min() < EARLIEST or time.max() >= LATEST:
        raise BadData("candles of a time beyond all calendars")
    o, h, low, c = (np.rint(each * STEPS).astype(np.int64) for each in prices)
    return Bars(time, o, h, low, c, candles.volume, candles.open_interest)


def _candles(read: Bars) -> Candles:
    def rupees(steps: NDArray[np.int64]) -> NDArray[np.float64]:
        return steps / STEPS

    return Candles(
        time=read.time,
        open=rupees(read.open),
        high=rupees(read.high),
        low=rupees(read.low),
        close=rupees(read.close),
        volume=read.volume,
        open_interest=read.open_interest,
    )


def _seconds(moment: datetime) -> int:
    """The first whole second that is not before the moment, within what can be stored."""
    return min(max(-int(-moment.timestamp() // 1), EARLIEST), LATEST)
