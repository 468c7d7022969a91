"""Repositories in memory: the same contract as those on disk, told in the plainest way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from core.analytics.volatility_days import VolatilityDay
from core.clock import IST
from core.ids import InstrumentKey, UserId
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import Instrument, Kind, main_segment
from core.ports.repositories import (
    ChainSnapshot,
    InstrumentFilter,
    JobRun,
    RecordedDay,
    RunResult,
    Watchlist,
)
from core.strategies.draft import Draft
from core.strategies.tracking import DraftMinute, PnlCandles

KIND_ORDER = {Kind.INDEX: 0, Kind.EQUITY: 1, Kind.FUTURE: 2, Kind.CALL: 3, Kind.PUT: 3}


class MemoryInstruments:
    def __init__(self, instruments: Sequence[Instrument] = ()) -> None:
        self.rows: dict[InstrumentKey, Instrument] = {each.key: each for each in instruments}
        self._as_of: datetime | None = None

    async def replace(self, instruments: Sequence[Instrument], as_of: datetime) -> None:
        self.rows = {each.key: each for each in instruments}
        self._as_of = as_of

    async def warm(self) -> None:
        self.warmed = True

    async def as_of(self) -> datetime | None:
        return self._as_of

    async def count(self) -> int:
        return len(self.rows)

    async def get(self, key: InstrumentKey) -> Instrument | None:
        return self.rows.get(key)

    async def get_many(self, keys: Sequence[InstrumentKey]) -> dict[InstrumentKey, Instrument]:
        return {key: self.rows[key] for key in keys if key in self.rows}

    async def search(
        self, text: str, *, where: InstrumentFilter | None = None, limit: int = 50
    ) -> list[Instrument]:
        words = text.upper().split()
        found = [
            (_exact(each, words), sum(marks), each)
            for each in self.rows.values()
            if _passes(each, where) and all(marks := [_mark(each, word) for word in words])
        ]
        found.sort(key=lambda hit: (not hit[0], -hit[1], *browse_order(hit[2])))
        return [each for _, _, each in found[: max(limit, 0)]]

    async def underlyings(self) -> list[str]:
        written_on: dict[str, InstrumentKey | None] = {}
        for each in self.rows.values():
            if each.is_option and each.underlying_symbol:
                written_on.setdefault(each.underlying_symbol, each.underlying_key)

        def order(symbol: str) -> tuple[bool, str]:
            asset = self.rows.get(written_on[symbol] or InstrumentKey(""))
            return asset is None or asset.kind is not Kind.INDEX, symbol

        return sorted(written_on, key=order)

    async def underlying(self, symbol: str) -> Instrument | None:
        of_symbol = [e for e in self.rows.values() if symbol and e.underlying_symbol == symbol]
        keys = {e.underlying_key for e in of_symbol if e.is_option}
        assets = [self.rows[key] for key in keys if key in self.rows]
        return min(assets, key=browse_order, default=None)

    async def expiries(self, symbol: str) -> list[date]:
        return sorted({e.expiry for e in self._derivatives(symbol) if e.is_option and e.expiry})

    async def options(self, symbol: str, expiry: date) -> list[Instrument]:
        of_day = [e for e in self._derivatives(symbol) if e.is_option and e.expiry == expiry]
        return sorted(of_day, key=lambda e: (e.strike or 0.0, e.kind is Kind.PUT, e.key))

    async def futures(self, symbol: str) -> list[Instrument]:
        futures = [e for e in self._derivatives(symbol) if e.kind is Kind.FUTURE]
        return sorted(futures, key=lambda e: (e.expiry or date.max, e.key))

    def _derivatives(self, symbol: str) -> list[Instrument]:
        of_symbol = [e for e in self.rows.values() if symbol and e.underlying_symbol == symbol]
        segment = main_segment({e.segment for e in of_symbol})
        return [e for e in of_symbol if e.segment == segment]


def browse_order(each: Instrument) -> tuple[object, ...]:
    """Indices, shares (NSE's normal series first), futures, options; nearest expiry first."""
    return (
        KIND_ORDER[each.kind],
        each.expiry or date.min,
        each.series != "EQ",
        each.exchange != "NSE",
        len(each.symbol),
        each.symbol,
        each.strike or 0.0,
        each.kind is Kind.PUT,
        each.key,
    )


def _exact(each: Instrument, words: list[str]) -> bool:
    whole = " ".join(words)
    return bool(whole) and whole in (each.symbol.upper(), each.key.upper(), each.isin.upper())


def _mark(each: Instrument, word: str) -> int:
    """3 for a whole word of symbol or name, 2 for a word's beginning, 1 for anywhere."""
    best = 0
    for token in f"{each.symbol} {each.name}".upper().split():
        at = token.find(word)
        while at >= 0:
            starts = at == 0 or not _joins(token[at - 1])
            ends = at + len(word) == len(token) or not _joins(token[at + len(word)])
            best = max(best, 1 + starts + (starts and ends))
            at = token.find(word, at + 1)
    if not best and any(word in token for token in f"{each.key} {each.isin}".upper().split()):
        best = 1
    return best


def _joins(letter: str) -> bool:
    return letter.isalnum() or ord(letter) > 127


def _passes(each: Instrument, where: InstrumentFilter | None) -> bool:
    if where is None:
        return True
    return (
        (not where.segments or each.segment in where.segments)
        and (not where.kinds or each.kind in where.kinds)
        and (not where.underlying_symbol or each.underlying_symbol == where.underlying_symbol)
        and (where.expiry is None or each.expiry == where.expiry)
    )


Bar = tuple[float, float, float, float, int, int]


class MemoryCandles:
    def __init__(self) -> None:
        self.bars: dict[tuple[InstrumentKey, Interval], dict[int, Bar]] = {}

    async def upsert(self, key: InstrumentKey, interval: Interval, candles: Candles) -> int:
        columns = (candles.open, candles.high, candles.low, candles.close)
        bars = zip(
            *(each.tolist() for each in columns),
            candles.volume.tolist(),
            candles.open_interest.tolist(),
            strict=True,
        )
        if len(candles):
            of_key = self.bars.setdefault((key, interval), {})
            of_key.update(zip(candles.time.tolist(), bars, strict=True))
        return len(candles)

    async def upsert_many(
        self, interval: Interval, candles: Sequence[tuple[InstrumentKey, Candles]]
    ) -> int:
        return sum([await self.upsert(key, interval, each) for key, each in candles])

    async def latest(self, key: InstrumentKey, interval: Interval, count: int) -> Candles:
        times = sorted(self.bars.get((key, interval), {}))
        return self._candles(key, interval, times[-count:] if count > 0 else [])

    async def between(
        self, key: InstrumentKey, interval: Interval, first: datetime, last: datetime
    ) -> Candles:
        a, b = first.timestamp(), last.timestamp()
        times = [t for t in sorted(self.bars.get((key, interval), {})) if a <= t < b]
        return self._candles(key, interval, times)

    async def last_time(self, key: InstrumentKey, interval: Interval) -> datetime | None:
        times = self.bars.get((key, interval))
        return datetime.fromtimestamp(max(times), UTC) if times else None

    async def by_day(
        self,
        keys: Sequence[InstrumentKey],
        interval: Interval,
        first: date,
        last: date,
        *,
        until: time = time.max,
    ) -> dict[InstrumentKey, dict[date, int]]:
        found = {}
        for key in keys:
            times = [datetime.fromtimestamp(t, IST) for t in self.bars.get((key, interval), {})]
            days = Counter(each.date() for each in times if each.time() < until)
            found[key] = {day: n for day, n in days.items() if first <= day <= last}
        return found

    async def keys(self, interval: Interval) -> list[InstrumentKey]:
        return sorted(key for (key, length), bars in self.bars.items() if length == interval)

    async def count(self) -> int:
        return sum(map(len, self.bars.values()))

    def _candles(self, key: InstrumentKey, interval: Interval, times: list[int]) -> Candles:
        if not times:
            return Candles.none()
        of_key = self.bars[key, interval]
        o, h, low, c, volume, oi = zip(*(of_key[t] for t in times), strict=True)
        return Candles(
            time=np.array(times, dtype=np.int64),
            open=np.array(o),
            high=np.array(h),
            low=np.array(low),
            close=np.array(c),
            volume=np.array(volume, dtype=np.int64),
            open_interest=np.array(oi, dtype=np.int64),
        )


class MemorySnapshots:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, date, datetime], ChainSnapshot] = {}

    async def save(self, snapshots: Sequence[ChainSnapshot]) -> None:
        for each in snapshots:
            self.rows[each.symbol, each.expiry, each.minute] = each

    async def at(self, symbol: str, expiry: date, minute: datetime) -> ChainSnapshot | None:
        return self.rows.get((symbol, expiry, minute))

    async def minutes(
        self, symbol: str, expiry: date, first: datetime, last: datetime
    ) -> list[datetime]:
        return sorted(
            minute
            for of_symbol, of_expiry, minute in self.rows
            if (of_symbol, of_expiry) == (symbol, expiry) and first <= minute < last
        )

    async def between(
        self, symbol: str, expiry: date, first: datetime, last: datetime
    ) -> list[ChainSnapshot]:
        minutes = await self.minutes(symbol, expiry, first, last)
        return [self.rows[symbol, expiry, minute] for minute in minutes]

    async def days(self, symbol: str, expiry: date) -> list[date]:
        of_chain = [key[2] for key in self.rows if key[:2] == (symbol, expiry)]
        return sorted({minute.astimezone(IST).date() for minute in of_chain})

    async def expiries(self, symbol: str, day: date) -> list[date]:
        begins = datetime.combine(day, time(), IST)
        ends = begins + timedelta(days=1)
        return sorted({e for s, e, minute in self.rows if s == symbol and begins <= minute < ends})

    async def recorded(self, symbol: str = "") -> list[RecordedDay]:
        by_day: dict[tuple[str, date, date], list[ChainSnapshot]] = {}
        for each in self.rows.values():
            day = each.minute.astimezone(IST).date()
            if symbol in ("", each.symbol):
                by_day.setdefault((each.symbol, day, each.expiry), []).append(each)
        found = []
        for (of_symbol, day, expiry), of_day in sorted(by_day.items()):
            last = max(of_day, key=lambda each: each.minute)
            found.append(
                RecordedDay(
                    symbol=of_symbol,
                    expiry=expiry,
                    day=day,
                    minutes=len(of_day),
                    rows=len(of_day) * len(last.strikes) * 2,
                    last=last.minute,
                )
            )
        return found

    async def count(self) -> int:
        return len(self.rows)

    async def forget(self, before: datetime) -> int:
        old = [key for key in self.rows if key[2] < before]
        for key in old:
            del self.rows[key]
        return len(old)


class MemoryVolatilityDays:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, date], VolatilityDay] = {}

    async def save(self, days: Sequence[VolatilityDay]) -> None:
        for each in days:
            self.rows[each.symbol, each.day] = each

    async def of(self, symbol: str) -> list[VolatilityDay]:
        return [self.rows[key] for key in sorted(self.rows) if key[0] == symbol]


class MemoryDrafts:
    def __init__(self) -> None:
        self.rows: dict[str, Draft] = {}
        self.minute_rows: dict[tuple[str, datetime], DraftMinute] = {}

    async def all(self, user: UserId) -> list[Draft]:
        own = sorted(
            (each for each in self.rows.values() if each.user == user), key=lambda each: each.id
        )
        return sorted(own, key=lambda each: each.edited_at, reverse=True)

    async def tracked(self) -> list[Draft]:
        return sorted((d for d in self.rows.values() if d.tracked), key=lambda each: each.id)

    async def save(self, draft: Draft) -> None:
        self.rows[draft.id] = draft

    async def delete(self, id: str) -> None:
        self.rows.pop(id, None)
        self.minute_rows = {k: v for k, v in self.minute_rows.items() if k[0] != id}

    async def save_minutes(self, minutes: Sequence[DraftMinute]) -> None:
        for each in minutes:
            if each.draft in self.rows:
                self.minute_rows[each.draft, each.minute] = each

    async def minutes(self, id: str, first: datetime, last: datetime) -> PnlCandles:
        keys = sorted(k for k in self.minute_rows if k[0] == id and first <= k[1] < last)
        return PnlCandles.of([self.minute_rows[key] for key in keys])


class MemoryWatchlists:
    def __init__(self) -> None:
        self.rows: dict[str, Watchlist] = {}

    async def all(self, user: UserId) -> list[Watchlist]:
        own = [each for each in self.rows.values() if each.user == user]
        return sorted(own, key=lambda each: (each.position, each.name, each.id))

    async def save(self, watchlist: Watchlist) -> None:
        self.rows[watchlist.id] = replace(watchlist)

    async def delete(self, id: str) -> None:
        self.rows.pop(id, None)


class MemoryPreferences:
    def __init__(self) -> None:
        self.values: dict[UserId, dict[str, object]] = {}

    async def all(self, user: UserId) -> dict[str, object]:
        return dict(self.values.get(user, {}))

    async def set(self, user: UserId, name: str, value: object) -> None:
        self.values.setdefault(user, {})[name] = value


class MemoryJobRuns:
    def __init__(self) -> None:
        self.rows: dict[str, JobRun] = {}

    async def save(self, run: JobRun) -> None:
        self.rows[run.id] = run

    async def history(self, job: str | None = None, limit: int = 50) -> list[JobRun]:
        runs = [run for run in self.rows.values() if job in (None, run.job)]
        return sorted(runs, key=lambda run: (run.started_at, run.id), reverse=True)[:limit]

    async def last_success(self, job: str) -> JobRun | None:
        good = [
            run
            for run in await self.history(job, limit=len(self.rows))
            if run.result is RunResult.OK
        ]
        return good[0] if good else None

    async def forget(self, before: datetime) -> int:
        old = [id for id, run in self.rows.items() if run.started_at < before]
        for id in old:
            del self.rows[id]
        return len(old)
