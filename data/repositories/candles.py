"""Candles on disk: arrays in, arrays out, no object per bar."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import exists, func
from sqlmodel import Session, col, select

from core.clock import IST
from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from data.db import bars, partitions
from data.db.bars import Bars, Batch
from data.db.database import Database
from data.models.candle import (
    CandleKeyRow,
    CandleSeriesRow,
    DayCandleRow,
    MinuteCandleRow,
    OtherCandleRow,
)

TABLES: Final = {Interval.MINUTE: MinuteCandleRow, Interval.DAY: DayCandleRow}
"""Of the usual lengths; bars of all others share one table, by series."""
STEPS: Final = 10_000  # of a rupee
EARLIEST: Final = 0
LATEST: Final = 7_258_118_400  # 2200-01-01
EPOCH: Final = date(1970, 1, 1).toordinal()


class SqlCandles:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: dict[Interval | None, dict[InstrumentKey, int]] = {}
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
        ids = await self._ids_of(interval, [key for key, _ in given])
        batch = bars.joined([(ids[key], each) for (key, _), each in zip(given, whole, strict=True)])
        await self._make_room(interval, batch)
        table = _table(interval)
        await self._database.write(lambda session: bars.upsert(session, table, batch))
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

    async def by_day(
        self,
        keys: Sequence[InstrumentKey],
        interval: Interval,
        first: date,
        last: date,
        *,
        until: time = time.max,
    ) -> dict[InstrumentKey, dict[date, int]]:
        before = (until.hour * 60 + until.minute) * 60 if until < time.max else 86_400

        def count(session: Session) -> dict[InstrumentKey, dict[date, int]]:
            ids = _find_ids(session, interval, keys)
            days = bars.count_by_day(
                session,
                _table(interval),
                list(ids.values()),
                (_midnight(first), _midnight(last, 1)),
                before,
            )
            found: dict[InstrumentKey, dict[date, int]] = {key: {} for key in keys}
            names = {id: key for key, id in ids.items()}
            for id, day, number in days:
                found[names[id]][date.fromordinal(EPOCH + day)] = number
            return found

        return await self._database.read(count)

    async def keys(self, interval: Interval) -> list[InstrumentKey]:
        row = CandleKeyRow if interval in TABLES else CandleSeriesRow
        table = TABLES.get(interval, OtherCandleRow)
        wanted = select(row.key).where(exists().where(col(table.key_id) == row.id))
        if row is CandleSeriesRow:
            wanted = wanted.where(CandleSeriesRow.interval == str(interval))
        found = await self._database.read(lambda session: session.exec(wanted).all())
        return sorted(InstrumentKey(key) for key in found)

    async def count(self) -> int:
        def count(session: Session) -> int:
            tables = (*TABLES.values(), OtherCandleRow)
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
        known = self._ids.setdefault(_family(interval), {})
        if key not in known:
            known.update(_find_ids(session, interval, [key]))
        if key not in known:
            return Candles.none()
        return _candles(bars.read(session, _table(interval), known[key], *span, newest=newest))

    async def _ids_of(
        self, interval: Interval, keys: Sequence[InstrumentKey]
    ) -> dict[InstrumentKey, int]:
        known = self._ids.setdefault(_family(interval), {})
        unknown = [key for key in dict.fromkeys(keys) if key not in known]
        if unknown:
            known.update(
                await self._database.write(lambda session: _make_ids(session, interval, unknown))
            )
        return known

    async def _make_room(self, interval: Interval, batch: Batch) -> None:
        if self._database.is_sqlite or interval is not Interval.MINUTE:
            return
        months = partitions.months_of(np.unique(batch.time // 86_400 * 86_400).tolist())
        if missing := months - self._months:
            await self._database.write(lambda session: partitions.make(session, missing))
            self._months |= missing


def _table(interval: Interval) -> str:
    return str(TABLES.get(interval, OtherCandleRow).__tablename__)


def _family(interval: Interval) -> Interval | None:
    """Whose numbers a length uses: minutes and days share theirs, any other has its own."""
    return None if interval in TABLES else interval


def _find_ids(
    session: Session, interval: Interval, keys: Sequence[InstrumentKey]
) -> dict[InstrumentKey, int]:
    row = CandleKeyRow if interval in TABLES else CandleSeriesRow
    found: dict[InstrumentKey, int] = {}
    for at in range(0, len(keys), 500):
        wanted = select(row.key, row.id).where(col(row.key).in_(keys[at : at + 500]))
        if row is CandleSeriesRow:
            wanted = wanted.where(CandleSeriesRow.interval == str(interval))
        found.update({InstrumentKey(key): id for key, id in session.exec(wanted)})
    return found


def _make_ids(
    session: Session, interval: Interval, keys: Sequence[InstrumentKey]
) -> dict[InstrumentKey, int]:
    row = CandleKeyRow if interval in TABLES else CandleSeriesRow
    bars.lock(session, str(row.__tablename__))
    found = _find_ids(session, interval, keys)
    last = session.exec(select(func.max(row.id))).one() or 0
    for key in keys:
        if key not in found:
            last += 1
            found[key] = last
            session.add(
                CandleKeyRow(id=last, key=key)
                if interval in TABLES
                else CandleSeriesRow(id=last, key=key, interval=str(interval))
            )
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


def _midnight(day: date, later: int = 0) -> int:
    """The beginning of a day in India, or of one so many days later."""
    return _seconds(datetime.combine(day + timedelta(days=later), time(), IST))
