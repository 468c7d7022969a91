"""The recorded days that there are, and how one is read: chains by the minute, bars of the rest."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlmodel import Session as DbSession

from core.analytics.chain_day import ChainDay
from core.clock import IST
from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar, Session
from core.instruments.candle import Interval
from core.instruments.holiday import ExchangeHours
from core.ports.option_history import OptionHistory
from core.ports.replay import ReplayDay
from core.ports.repositories import CandleRepository, InstrumentRepository
from data.db.database import Database
from data.replay.instruments import DayInstruments
from data.replay.recording import RecordedBars, RecordedChain, Recording, within

A_DAY: Final = 86_400
MOST: Final = 400
"""Instruments with bars that a replay takes in."""
APART: Final = timedelta(minutes=20)
"""Between two windows of a session that no calendar knows."""
KEYS: Final = text(
    "SELECT k.key, '1m' FROM candle_keys k WHERE EXISTS (SELECT 1 FROM minute_candles m"
    " WHERE m.key_id = k.id AND m.time >= :first AND m.time < :last)"
    " UNION ALL SELECT s.key, s.interval FROM candle_series s WHERE EXISTS (SELECT 1 FROM"
    " other_candles o WHERE o.key_id = s.id AND o.time >= :first AND o.time < :last)"
)
BAR_DAYS: Final = text(
    "SELECT DISTINCT (m.time + 19800) / 86400 FROM minute_candles m JOIN candle_keys k"
    " ON k.id = m.key_id WHERE k.key LIKE :index"
    " UNION SELECT DISTINCT (o.time + 19800) / 86400 FROM other_candles o JOIN candle_series s"
    " ON s.id = o.key_id WHERE s.key LIKE :index AND s.interval IN ('2m', '3m', '5m', '10m', '15m',"
    " '30m')"
)
INDEX: Final = "%_INDEX|%"
LONGEST: Final = 1800
"""Seconds of a bar that is short enough to be replayed."""


class RecordedDays:
    """Fills the `ReplayDays`, and reads a day."""

    def __init__(
        self,
        *,
        database: Database,
        options: OptionHistory,
        candles: CandleRepository,
        instruments: InstrumentRepository,
        calendar: MarketCalendar,
    ) -> None:
        self._database, self._options, self._candles = database, options, candles
        self._instruments, self._calendar = instruments, calendar

    async def all(self) -> list[ReplayDay]:
        """Days of chains, and days of which there are minutes of an index."""
        words: dict[date, list[str]] = {}
        chains: dict[tuple[date, str], list[int]] = {}
        for entry in await self._options.catalogue():
            chains.setdefault((entry.day, entry.symbol), []).append(entry.minutes)
        for (day, symbol), minutes in sorted(chains.items()):
            count = f"{len(minutes)} {'expiry' if len(minutes) == 1 else 'expiries'}"
            words.setdefault(day, []).append(f"{symbol} {count}, {max(minutes)} min")
        for day in await self._bar_days():
            words.setdefault(day, []).append("index bars")
        found = [ReplayDay(day=day, words=" · ".join(each)) for day, each in words.items()]
        return sorted(found, key=lambda each: each.day, reverse=True)

    async def read(self, day: date) -> tuple[Recording, DayInstruments]:
        """Raises RuleBroken where nothing was recorded of the day."""
        chains = [each async for each in self._chain_days(day)]
        shortest = await self._bar_keys(day)
        bars = [await self._bars(key, interval, day) for key, interval in shortest.items()]
        if not chains and not bars:
            raise RuleBroken(f"Nothing was recorded of {day:%a %d %b %Y}.")
        session = self._session(day, chains, bars)
        known = DayInstruments(listed=self._instruments, day=day, opened_at=session.opens_at)
        made, left_out = [], []
        for each in chains:
            try:
                made.append(await self._chain(known, each, day))
            except AppError as problem:
                left_out.append(f"{each.symbol} {each.expiry:%d %b %Y} is left out: {problem}.")
        inside = [replace(each, bars=within(session, each.bars)) for each in bars]
        listed = await self._instruments.get_many([each.key for each in inside])
        # bars of a contract that nobody lists any more say nothing without its terms
        alone = _without_chains((each for each in inside if each.key in listed), made)
        known.made |= {each.key: listed[each.key] for each in alone}
        return (
            Recording(
                session=session,
                instruments=tuple(known.made.values()),
                chains=tuple(made),
                bars=tuple(alone),
                closes=await self._closes(_prices(made, alone), day),
                left_out=tuple(left_out),
            ),
            known,
        )

    async def _chain_days(self, day: date) -> AsyncIterator[ChainDay]:
        for symbol in await self._options.symbols():
            for expiry in await self._options.expiries(symbol, day):
                found = await self._options.chain(symbol, expiry, day)
                if found is not None and len(found):
                    yield found

    async def _chain(self, known: DayInstruments, each: ChainDay, day: date) -> RecordedChain:
        root, keys, future = await known.take(each)
        before = self._calendar.previous_trading_day(day)
        return RecordedChain(
            day=each,
            keys=keys,
            underlying=root.key,
            future=future.key if future is not None else None,
            before=await self._options.chain(each.symbol, each.expiry, before),
        )

    async def _bars(self, key: InstrumentKey, interval: Interval, day: date) -> RecordedBars:
        begins = datetime.combine(day, datetime.min.time(), IST)
        found = await self._candles.between(key, interval, begins, begins + timedelta(days=1))
        return RecordedBars(key=key, bars=found, seconds=interval.seconds)

    async def _closes(self, keys: Iterable[InstrumentKey], day: date) -> dict[InstrumentKey, float]:
        """The last close before the day, of those whose day bars are kept."""
        ends = datetime.combine(day, datetime.min.time(), IST)
        found = {}
        for key in keys:
            bars = await self._candles.between(key, Interval.DAY, ends - timedelta(days=10), ends)
            if len(bars):
                found[key] = float(bars.close[-1])
        return found

    def _session(
        self, day: date, chains: Iterable[ChainDay], bars: Iterable[RecordedBars]
    ) -> Session:
        """By the calendar; of a day that it takes for closed, by what was recorded."""
        known = self._calendar.session_of(day)
        if known is not None:
            return known
        unknown = Session(day=day, name="Special hours", windows=())
        spans = Recording(
            session=unknown,
            chains=tuple(
                RecordedChain(day=each, keys=((), ()), underlying=InstrumentKey(""))
                for each in chains
            ),
            bars=tuple(bars),
        ).covered()
        windows = [spans[0]]
        for first, last in spans[1:]:
            if first - windows[-1][1] < APART:
                windows[-1] = (windows[-1][0], last)
            else:
                windows.append((first, last))
        return replace(unknown, windows=tuple(windows))

    async def _bar_keys(self, day: date) -> dict[InstrumentKey, Interval]:
        """What has bars on the day, and how long the shortest of them are."""
        begins = int(datetime.combine(day, datetime.min.time(), IST).timestamp())
        span = {"first": begins, "last": begins + A_DAY}

        def find(session: DbSession) -> list[tuple[str, str]]:
            return [(key, interval) for key, interval in session.connection().execute(KEYS, span)]

        found: dict[InstrumentKey, Interval] = {}
        for name, written in sorted(await self._database.read(find)):
            key, interval = InstrumentKey(name), Interval.parse(written)
            known = found.get(key)
            if not interval.intraday or not 60 <= interval.seconds <= LONGEST:
                continue
            if known is None or interval.seconds < known.seconds:
                found[key] = interval
        return found

    async def _bar_days(self) -> list[date]:
        def find(session: DbSession) -> list[date]:
            rows = session.connection().execute(BAR_DAYS, {"index": INDEX})
            return [datetime.fromtimestamp(int(n) * A_DAY, UTC).date() for (n,) in rows]

        return await self._database.read(find)


def hours_of(session: Session) -> list[ExchangeHours]:
    """For a calendar that does not know the session."""
    return [
        ExchangeHours(exchange="NFO", opens_at=opens, closes_at=closes)
        for opens, closes in session.windows
    ]


def _without_chains(
    bars: Iterable[RecordedBars], chains: Iterable[RecordedChain]
) -> list[RecordedBars]:
    """A contract that a chain tells of each minute, with its quotes, needs no bars."""
    told = {key for chain in chains for side in chain.keys for key in side}
    return [each for each in bars if len(each.bars) and each.key not in told][:MOST]


def _prices(chains: Iterable[RecordedChain], bars: Iterable[RecordedBars]) -> set[InstrumentKey]:
    roots = {key for chain in chains for key in (chain.underlying, chain.future) if key}
    return roots | {each.key for each in bars}
