"""Figures 4 and 5: instruments stored and searched; candles in and out of both engines."""

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import text
from sqlmodel import Session

from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from data.brokers.upstox import instruments_file
from data.db import migrate, partitions
from data.db.database import Database, driver
from data.models.candle import MinuteCandleRow
from data.repositories.candles import SqlCandles
from data.repositories.instruments import SqlInstruments
from tests import postgres
from tests.bench.rows import Row

KEY: Final = InstrumentKey("NSE_EQ|bench")
YEAR: Final = 94_000
EVER: Final = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
FILE: Final = Path(__file__).parents[2].parent / "shared" / "data" / "instruments"
SEARCHES: Final = (
    *("nifty", "nifty 24200 ce", "reliance", "bank nifty", "24200", "hdfc bank", "n", "1", "e"),
    *("ce pe", "zzzz", "%_", "ine002a01018", "NSE_FO|509", "sensex 8", "'; DROP TABLE x", ""),
)
Work = Callable[[], Awaitable[object]]


def run(quick: bool) -> list[Row]:
    return asyncio.run(_run(quick))


async def _run(quick: bool) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, postgres.running() as server:
        rows += await _instruments(f"sqlite:///{folder}/instruments.db", quick)
        rows += await _candles(f"sqlite:///{folder}/candles.db", quick)
        rows += await _candles(server.create(), quick)
    return rows


async def _instruments(url: str, quick: bool) -> list[Row]:
    """The recorded file, read by the adapter and stored; then searched."""
    files = sorted(FILE.glob("*.json.gz"))
    if not files:
        return []
    migrate.upgrade(url)
    database = Database(url)
    repository = SqlInstruments(database)
    times = []
    for _ in range(2 if quick else 5):
        gc.collect()
        begun = time.perf_counter()
        with files[-1].open("rb") as file:
            instruments = instruments_file.parse(file)[0]
        await repository.replace(instruments, datetime.now(UTC))
        times.append(time.perf_counter() - begun)
    del instruments
    await repository.warm()
    waits = [await _searched(repository, each) for each in SEARCHES * (5 if quick else 20)]
    await database.close()
    stored, slow = statistics.median(times), float(np.percentile(waits, 99)) * 1000
    what = f"instruments file of {await _rows(url):,} rows parsed and stored, SQLite"
    return [
        _limit("4", what, stored, "s", 3.0),
        _limit("4", f"search p99 of {len(waits)} searches", slow, "ms", 50.0),
    ]


async def _rows(url: str) -> int:
    database = Database(url)
    count = await SqlInstruments(database).count()
    await database.close()
    return count


async def _searched(repository: SqlInstruments, wanted: str) -> float:
    begun = time.perf_counter()
    await repository.search(wanted)
    return time.perf_counter() - begun


async def _candles(url: str, quick: bool) -> list[Row]:
    migrate.upgrade(url)
    database = Database(url)
    engine = "SQLite" if database.is_sqlite else "PostgreSQL"
    rounds = 3 if quick else 7
    try:
        rows = await _writing(database, engine, 2 if quick else 5)
        rows += await _reading(database, engine, rounds)
        rows.append(await _latest(database, engine, 50 if quick else 300))
    finally:
        await database.close()
    return rows


async def _writing(database: Database, engine: str, rounds: int) -> list[Row]:
    """Rates of rows: the slow peers get fewer of them."""
    bench = _Writing(database)
    rates = await _side_by_side(bench.works(), rounds, before=bench.clear)
    targets: dict[str, tuple[float, float | None]]
    targets = {"upsert": (30.0, None), "append": (30.0, None)}
    if not database.is_sqlite:
        targets = {"upsert": (15.0, 2.0), "append": (40.0, None)}
    rows = []
    for name, (over_objects, over_executemany) in targets.items():
        peer = rates["add_all"]
        what = f"bulk {name} of minute candles, {engine}, beside SQLModel add_all"
        rows.append(_faster(what, rates[name], peer, "rows/s", over_objects))
        if over_executemany:
            what = f"bulk {name} of minute candles, {engine}, beside executemany"
            rows.append(
                _faster(what, rates[name], rates["executemany"], "rows/s", over_executemany)
            )
    return rows


class _Writing:
    """Ways to store a year of minutes; each begins with an empty table."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.candles = SqlCandles(database)
        self.year = _year()

    def works(self) -> dict[str, tuple[Work, int]]:
        few = 6_000
        return {
            "append": (lambda: self.candles.upsert(KEY, Interval.MINUTE, self.year), YEAR),
            "upsert": (self._upsert, YEAR),
            "executemany": (self._executemany, 20_000),
            "add_all": (lambda: self.database.write(lambda s: _add_all(s, self.year, few)), few),
        }

    async def clear(self, name: str) -> None:
        """For an upsert, half of the bars are there already."""
        await self.database.write(
            lambda s: driver(s).execute("DELETE FROM minute_candles") and None
        )
        if not self.database.is_sqlite:
            months = partitions.months_of(self.year.time[::1000].tolist())
            await self.database.write(lambda s: partitions.make(s, months))
        if name == "upsert":
            await self.candles.upsert(KEY, Interval.MINUTE, _part(self.year, 0, YEAR, 2))

    async def _upsert(self) -> object:
        return await self.candles.upsert(KEY, Interval.MINUTE, self.year)

    async def _executemany(self) -> object:
        rows = _tuples(self.year, 20_000)
        mark = "?" if self.database.is_sqlite else "%s"
        statement = (
            f"INSERT INTO minute_candles VALUES ({', '.join([mark] * 8)}) ON CONFLICT "
            "(key_id, time) DO UPDATE SET open=excluded.open, high=excluded.high, "
            "low=excluded.low, close=excluded.close, volume=excluded.volume, "
            "open_interest=excluded.open_interest"
        )
        return await self.database.write(
            lambda s: driver(s).cursor().executemany(statement, rows) and None
        )


def _add_all(session: Session, year: Candles, few: int) -> None:
    names = ("key_id", "time", "open", "high", "low", "close", "volume", "open_interest")
    rows = _tuples(year, few)
    session.add_all(MinuteCandleRow(**dict(zip(names, row, strict=True))) for row in rows)


def _tuples(year: Candles, count: int) -> list[tuple[int, ...]]:
    prices = [
        np.rint(each * 10_000).astype(np.int64)
        for each in (year.open, year.high, year.low, year.close)
    ]
    columns = [year.time, *prices, year.volume, year.open_interest]
    return list(zip([9] * count, *(each[:count].tolist() for each in columns), strict=True))


async def _reading(database: Database, engine: str, rounds: int) -> list[Row]:
    await database.write(lambda s: driver(s).execute("DELETE FROM minute_candles") and None)
    candles = SqlCandles(database)
    await candles.upsert(KEY, Interval.MINUTE, _year())
    await database.maintain()
    ours, theirs = await candles.between(KEY, Interval.MINUTE, *EVER), await _pandas(database)
    if not np.array_equal(ours.time, theirs["time"].to_numpy()):
        raise AssertionError("the two ways to read do not agree")
    rates = await _side_by_side(
        {
            "ours": (lambda: candles.between(KEY, Interval.MINUTE, *EVER), YEAR),
            "pandas": (lambda: _pandas(database), YEAR),
        },
        rounds,
    )
    what = f"a symbol-year of minutes into arrays, {engine}, beside pandas.read_sql"
    return [_faster(what, rates["ours"], rates["pandas"], "rows/s", 3.0)]


async def _pandas(database: Database) -> Any:
    import pandas

    query = text(
        "SELECT time, open, high, low, close, volume, open_interest FROM minute_candles "
        "WHERE key_id = 1 ORDER BY time"
    )
    return await database.read(lambda s: pandas.read_sql(query, s.connection()))


async def _latest(database: Database, engine: str, rounds: int) -> Row:
    candles = SqlCandles(database)
    waits = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await candles.latest(KEY, Interval.MINUTE, 300)
        waits.append(time.perf_counter() - begun)
    limit = 1.0 if database.is_sqlite else 2.0
    return _limit(
        "5", f"latest 300 bars, awaited, {engine}", statistics.median(waits) * 1000, "ms", limit
    )


async def _side_by_side(
    works: dict[str, tuple[Work, int]],
    rounds: int,
    before: Callable[[str], Awaitable[None]] | None = None,
) -> dict[str, float]:
    """One call of each per round; the median rate of rows of each."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        gc.collect()
        for name, (work, _count) in works.items():
            if before:
                await before(name)
            begun = time.perf_counter()
            await work()
            times[name].append(time.perf_counter() - begun)
    return {name: works[name][1] / statistics.median(taken) for name, taken in times.items()}


def _year() -> Candles:
    days = np.repeat(np.arange(YEAR // 375 + 1), 375)[:YEAR]
    minutes = np.tile(np.arange(375), YEAR // 375 + 1)[:YEAR]
    random = np.random.default_rng(7)
    close = np.round(24_000 + random.normal(size=YEAR).cumsum(), 2)
    return Candles(
        time=1_756_698_300 + days * 126_000 // 86_400 * 86_400 + minutes * 60,
        open=close - 0.5,
        high=close + 1.5,
        low=close - 1.5,
        close=close,
        volume=random.integers(0, 200_000, YEAR),
        open_interest=random.integers(0, 10_000_000, YEAR),
    )


def _part(year: Candles, first: int, last: int, step: int) -> Candles:
    return Candles(**{name: getattr(year, name)[first:last:step] for name in Candles.__slots__})


def _faster(what: str, ours: float, peer: float, unit: str, target: float) -> Row:
    ratio = ours / peer
    return Row(
        figure="5",
        what=what,
        ours=ours,
        peer=peer,
        unit=unit,
        ratio=ratio,
        target=f"≥ {target:g}×",
        ok=ratio >= target,
    )


def _limit(figure: str, what: str, ours: float, unit: str, at_most: float) -> Row:
    return Row(
        figure=figure,
        what=what,
        ours=ours,
        peer=None,
        unit=unit,
        ratio=None,
        target=f"≤ {at_most:g} {unit}",
        ok=ours <= at_most,
    )
