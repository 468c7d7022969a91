"""Recorder: keeps the open chains minute by minute, and minute candles of what is watched."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Final

import structlog

from core.clock import IST, Clock
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.ports.repositories import CandleRepository, ChainSnapshot, SnapshotRepository
from core.services.chain_keeper import ChainKeeper
from core.services.minute_bars import MinuteBars
from core.state.chains import ChainState, LiveChain
from core.state.health import FeedHealth, Link
from core.state.market import Col, MarketState

log = structlog.get_logger(__name__)

PACE: Final = 0.5
LATE: Final = timedelta(seconds=2)
"""How long after a minute its last trades may still come in."""
GAP: Final = timedelta(minutes=1)
"""After a longer jump of the clock, nobody knows how the minute before it ended."""
MOST_WAITING: Final = 50_000
"""What waits for a database that does not answer; beyond it, the oldest is let go."""
_COLUMNS: Final = [Col.LTP, Col.BID, Col.ASK, Col.VOLUME, Col.OI]


class Recorder:
    """What was taken down is kept in memory until the database has it, also through a failure."""

    def __init__(
        self,
        *,
        market: MarketState,
        chains: ChainState,
        chain_keeper: ChainKeeper,
        calendar: MarketCalendar,
        feed: FeedHealth,
        snapshots: SnapshotRepository,
        candles: CandleRepository,
        clock: Clock,
    ) -> None:
        self._market = market
        self._chains = chains
        self._chain_keeper = chain_keeper
        self._calendar = calendar
        self._feed = feed
        self._snapshots = snapshots
        self._candles = candles
        self._clock = clock
        self._bars = MinuteBars(market)
        self._minute: datetime | None = None
        self._last_of_day: list[ChainSnapshot] = []
        self._closed: datetime | None = None
        self._linked: datetime | None = None
        self._waiting_snapshots: list[ChainSnapshot] = []
        self._listeners: list[Callable[[Sequence[ChainSnapshot]], None]] = []
        self._waiting_candles: list[tuple[InstrumentKey, Candles]] = []

    def listen(self, listener: Callable[[Sequence[ChainSnapshot]], None]) -> None:
        """Called with the minutes of chains that have just been written."""
        self._listeners.append(listener)

    def frame(self, rows: Iterable[int]) -> None:
        """The feed's listener: these rows have changed."""
        self._bars.frame(rows)

    async def run(self) -> None:
        """Runs until cancelled; what was taken down is written before it ends."""
        try:
            while True:
                self.look()
                await self.flush()
                await asyncio.sleep(PACE)
        finally:
            await self.flush()

    def look(self) -> None:
        """Take down what a minute that has ended leaves behind."""
        now = self._clock.now()
        self._watch_link()
        self._take_chains(_minute(now))
        over = _minute(now - LATE)
        if over != self._closed:
            self._closed = over
            self._bars.close_before(int(over.timestamp()) // 60)
            self._waiting_candles += self._bars.take()
            self._let_go()

    def _watch_link(self) -> None:
        if self._feed.connected_at != self._linked or self._feed.link is not Link.UP:
            self._linked = self._feed.connected_at
            self._bars.interrupt()

    def _take_chains(self, minute: datetime) -> None:
        """As they stand just after the end of the minute before `minute`.

        A session's last minute is taken down ahead of its end, again and again: an exchange's
        clock may leap from the close to the next day, and then all numbers are of that day.
        """
        ended, self._minute = self._minute, minute
        up = self._feed.link is Link.UP
        if ended is not None and minute != ended:
            if self._last_of_day:
                self._waiting_snapshots += self._last_of_day
            elif up and ended < minute <= ended + GAP and self._is_open(ended):
                self._waiting_snapshots += self._chains_at(ended)
        closing = up and self._is_open(minute) and not self._is_open(minute + GAP)
        self._last_of_day = self._chains_at(minute) if closing else []

    def _is_open(self, moment: datetime) -> bool:
        session = self._calendar.session_of(moment.astimezone(IST).date())
        return session is not None and session.open_at(moment)

    def _chains_at(self, minute: datetime) -> list[ChainSnapshot]:
        chains = [chain for chain in self._chains if chain.listed]
        for chain in chains:
            self._chain_keeper.refresh(chain)
        return [_snapshot(chain, self._market, minute) for chain in chains]

    def _let_go(self) -> None:
        for waiting in (self._waiting_snapshots, self._waiting_candles):
            if (extra := len(waiting) - MOST_WAITING) > 0:
                log.error("recorder.full", lost=extra)
                del waiting[:extra]

    async def flush(self) -> None:
        """Write what waits, in two batches; what cannot be written goes on waiting."""
        snapshots, candles = self._waiting_snapshots, self._waiting_candles
        if snapshots:
            await self._snapshots.save(snapshots)
            self._waiting_snapshots = self._waiting_snapshots[len(snapshots) :]
            for listener in self._listeners:
                listener(snapshots)
        if candles:
            await self._candles.upsert_many(Interval.MINUTE, candles)
            self._waiting_candles = self._waiting_candles[len(candles) :]


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _snapshot(chain: LiveChain, market: MarketState, minute: datetime) -> ChainSnapshot:
    ltp, bid, ask, volume, oi = market.read(chain.rows, _COLUMNS)
    return ChainSnapshot(
        symbol=chain.symbol,
        expiry=chain.expiry,
        minute=minute,
        spot=chain.spot,
        forward=chain.forward,
        future=_future(chain, market, Col.LTP),
        future_oi=_future(chain, market, Col.OI),
        strikes=chain.strikes,
        ltp=ltp,
        bid=bid,
        ask=ask,
        volume=volume,
        oi=oi,
        iv=chain.iv,
    )


def _future(chain: LiveChain, market: MarketState, what: Col) -> float:
    return nan if chain.future is None else market.get(chain.future, what)
