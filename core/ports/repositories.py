"""What the desk remembers on disk: one door per aggregate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Protocol

from core.analytics.chain_snapshot import ChainSnapshot as ChainSnapshot
from core.analytics.volatility_days import VolatilityDay as VolatilityDay
from core.ids import InstrumentKey, UserId
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import Instrument
from core.instruments.instrument import InstrumentFilter as InstrumentFilter


class InstrumentRepository(Protocol):
    """The instruments of the day; `replace` swaps all of them in one transaction."""

    async def replace(self, instruments: Sequence[Instrument], as_of: datetime) -> None: ...
    async def warm(self) -> None:
        """Prepare what the first search would have to wait for; costs nothing when it is done."""
        ...

    async def as_of(self) -> datetime | None: ...
    async def count(self) -> int: ...
    async def get(self, key: InstrumentKey) -> Instrument | None: ...
    async def get_many(self, keys: Sequence[InstrumentKey]) -> dict[InstrumentKey, Instrument]: ...
    async def search(
        self, text: str, *, where: InstrumentFilter | None = None, limit: int = 50
    ) -> list[Instrument]:
        """Best matches first; each word of `text` occurs in symbol, name, key or ISIN.

        Safe for any text.
        """
        ...

    async def underlyings(self) -> list[str]:
        """Symbols that have options, indices first, then by name."""
        ...

    async def underlying(self, symbol: str) -> Instrument | None:
        """What options on `symbol` are written on: an index, a share, or a commodity's future."""
        ...

    async def expiries(self, symbol: str) -> list[date]: ...
    async def options(self, symbol: str, expiry: date) -> list[Instrument]:
        """By strike, then call before put."""
        ...

    async def futures(self, symbol: str) -> list[Instrument]:
        """Nearest first."""
        ...


class CandleRepository(Protocol):
    async def upsert(self, key: InstrumentKey, interval: Interval, candles: Candles) -> int: ...
    async def upsert_many(
        self, interval: Interval, candles: Sequence[tuple[InstrumentKey, Candles]]
    ) -> int: ...
    async def latest(self, key: InstrumentKey, interval: Interval, count: int) -> Candles: ...
    async def between(
        self, key: InstrumentKey, interval: Interval, first: datetime, last: datetime
    ) -> Candles:
        """Bars that start in [first, last)."""
        ...

    async def last_time(self, key: InstrumentKey, interval: Interval) -> datetime | None: ...
    async def by_day(
        self,
        keys: Sequence[InstrumentKey],
        interval: Interval,
        first: date,
        last: date,
        *,
        until: time = time.max,
    ) -> dict[InstrumentKey, dict[date, int]]:
        """How many bars start on each day (IST) from `first` to `last`, before the hour `until`.

        Days without any are left out; every key asked for is in it.
        """
        ...

    async def keys(self, interval: Interval) -> list[InstrumentKey]:
        """Instruments with a bar of that length, by key."""
        ...

    async def count(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDay:
    """What is recorded of one expiry on one day (IST); `rows` go by the last minute's strikes."""

    symbol: str
    expiry: date
    day: date
    minutes: int
    rows: int
    last: datetime


class SnapshotRepository(Protocol):
    async def save(self, snapshots: Sequence[ChainSnapshot]) -> None:
        """Upsert on (symbol, expiry, minute)."""
        ...

    async def at(self, symbol: str, expiry: date, minute: datetime) -> ChainSnapshot | None: ...
    async def minutes(
        self, symbol: str, expiry: date, first: datetime, last: datetime
    ) -> list[datetime]: ...
    async def between(
        self, symbol: str, expiry: date, first: datetime, last: datetime
    ) -> list[ChainSnapshot]:
        """Minutes in [first, last), in order."""
        ...

    async def days(self, symbol: str, expiry: date) -> list[date]:
        """Days (IST) with a minute of this chain, in order."""
        ...

    async def expiries(self, symbol: str, day: date) -> list[date]:
        """Expiries of `symbol` with a minute on that day (IST), in order."""
        ...

    async def recorded(self, symbol: str = "") -> list[RecordedDay]:
        """Every day of every chain, or of one symbol's, by symbol, day and expiry."""
        ...

    async def count(self) -> int: ...
    async def forget(self, before: datetime) -> int:
        """Delete the minutes before a moment; returns how many there were."""
        ...


class VolatilityRepository(Protocol):
    """One row per symbol and session."""

    async def save(self, days: Sequence[VolatilityDay]) -> None:
        """Upsert on (symbol, day)."""
        ...

    async def of(self, symbol: str) -> list[VolatilityDay]:
        """Oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchlist:
    id: str
    user: UserId
    name: str
    position: int
    keys: tuple[InstrumentKey, ...]


class WatchlistRepository(Protocol):
    async def all(self, user: UserId) -> list[Watchlist]: ...
    async def save(self, watchlist: Watchlist) -> None: ...
    async def delete(self, id: str) -> None: ...


class PreferenceRepository(Protocol):
    """What a user chose on a page; values are JSON."""

    async def all(self, user: UserId) -> dict[str, object]: ...
    async def set(self, user: UserId, name: str, value: object) -> None: ...


class RunResult(StrEnum):
    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    id: str
    job: str
    started_at: datetime
    finished_at: datetime | None
    result: RunResult
    message: str
    by_hand: bool


class JobRunRepository(Protocol):
    async def save(self, run: JobRun) -> None: ...
    async def history(self, job: str | None = None, limit: int = 50) -> list[JobRun]:
        """Newest first."""
        ...

    async def last_success(self, job: str) -> JobRun | None: ...
    async def forget(self, before: datetime) -> int:
        """Delete the runs that began before a moment; returns how many there were."""
        ...


class DatabaseFigures(Protocol):
    async def figures(self) -> dict[str, str | int]:
        """What the health page shows of the database: engine, version, size, rows; cheap to ask."""
        ...


class DatabaseCare(Protocol):
    async def maintain(self) -> str:
        """Give back space and renew the planner's statistics, while in use; says what was done."""
        ...
