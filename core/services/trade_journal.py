"""The trade journal for whoever looks: books over all days, notes, snapshots, attribution."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from core.analytics.chain_day import ChainDay
from core.analytics.sides import CALL, PUT
from core.clock import IST, Clock
from core.ids import BrokerOrderId
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument, Kind
from core.journal.attribution import Attribution, Mark, attribute
from core.journal.books import Books, Origin, Trip, books, day_of
from core.journal.contracts import Contracts
from core.journal.notes import TradeNote
from core.journal.snaps import Snap
from core.journal.trades import Trade, trades
from core.ports.executions import ExecutionRepository
from core.ports.journal import JournalDoors
from core.ports.orders import FillRepository, OrderRepository
from core.ports.repositories import InstrumentRepository
from core.ports.strategies import StrategyRepository
from core.services.chain_history import ChainHistory
from core.state.trading import TradingState
from core.trading.fills import Fill, FillId
from core.trading.orders import Order

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
FAR_AHEAD: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""A simulated clock may begin again at an earlier day, and what was traded later stays told."""
LEG_MARK: Final = "/"
"""Orders of a basket name their leg after it."""
MOST_DAYS: Final = 10
"""Recorded days that an attribution looks through; of a longer trade the first and last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The journal as of one look; `trades` the newest first, `notes` by trade."""

    books: Books
    trades: tuple[Trade, ...]
    notes: dict[str, TradeNote]


class TradeJournal:
    def __init__(
        self,
        *,
        fills: FillRepository,
        orders: OrderRepository,
        kept: JournalDoors,
        executions: ExecutionRepository,
        strategies: StrategyRepository,
        account: str,
        instruments: InstrumentRepository,
        state: TradingState,
        chain_history: ChainHistory,
        calendar: MarketCalendar,
        clock: Clock,
        rate: float,
    ) -> None:
        self._fills, self._orders, self.doors = fills, orders, kept
        self._executions, self._strategies, self._account = executions, strategies, account
        self._instruments, self._state = instruments, state
        self._chain_history = chain_history
        self._calendar, self._clock, self._rate = calendar, clock, rate
        self._one = asyncio.Lock()
        self._seen: tuple[object, ...] = ()
        self._looked: Looked | None = None
        self._origins: dict[BrokerOrderId, Origin] = {}
        self._asked: set[date] = set()

    async def look(self) -> Looked:
        """All of it; counted anew only when fills, settlements or notes have changed."""
        async with self._one:
            fills = await self._fills.between(LONG_AGO, FAR_AHEAD)
            settled = await self.doors.settlements.all()
            notes = await self.doors.notes.all()
            seen = (len(fills), fills[-1].id if fills else None, tuple(settled), self._groups())
            if self._looked is None or seen != self._seen:
                contracts = await self._contracts(fills)
                origins = await self._origins_of(fills)
                counted = await asyncio.to_thread(books, fills, contracts, settled, origins)
                names = await self._names()
                found = tuple(await asyncio.to_thread(trades, counted, names))
                self._looked, self._seen = Looked(books=counted, trades=found, notes=notes), seen
            elif notes != self._looked.notes:
                self._looked = replace(self._looked, notes=notes)
            return self._looked

    async def write(self, note: TradeNote) -> None:
        await self.doors.notes.save(replace(note, edited_at=self._clock.now()))

    async def snaps(self, trade: Trade) -> tuple[Snap | None, Snap | None]:
        """At its first fill and at its last; None where none was taken."""
        wanted = [trade.entry_fill] + ([trade.exit_fill] if trade.exit_fill else [])
        found = await self.doors.snaps.of(wanted)
        leaving = found.get(trade.exit_fill) if trade.exit_fill else None
        return found.get(trade.entry_fill), leaving

    async def attribution(self, trade: Trade) -> list[tuple[Trip, Attribution | None]]:
        """Of each round trip; None where too little was recorded of it."""
        snaps = await self.doors.snaps.of(_fills_of(trade.trips))
        return [(trip, await self._attributed(trip, snaps)) for trip in trade.trips]

    async def _attributed(self, trip: Trip, snaps: dict[FillId, Snap]) -> Attribution | None:
        marks: list[Mark] = []
        if trip.contract.is_option and trip.contract.expiry is not None:
            ends = [snaps.get(id) for id in (trip.trip.opened_by, trip.trip.closed_by) if id]
            marks = [
                Mark(at=snap.at.timestamp(), forward=snap.forward, iv=snap.iv)
                for snap in ends
                if snap is not None
            ]
            marks += await self._minutes(trip)
        closes_at = self._calendar.close_of(trip.contract.expiry or trip.day)
        return attribute(
            trip.contract,
            trip.trip.quantity,
            float(trip.trip.entry),
            float(trip.trip.exit),
            marks,
            closes_at=closes_at.timestamp(),
            rate=self._rate,
        )

    async def _minutes(self, trip: Trip) -> list[Mark]:
        """What was recorded of the contract between the fills, minute by minute."""
        contract, expiry = trip.contract, trip.contract.expiry
        if expiry is None:
            return []
        recorded = await self._chain_history.days(trip.underlying, expiry)
        first, last = day_of(trip.trip.opened_at), day_of(trip.trip.closed_at)
        within = [day for day in recorded if first <= day <= last]
        if len(within) > MOST_DAYS:
            within = within[: MOST_DAYS // 2] + within[-MOST_DAYS // 2 :]
        found = []
        for day in within:
            chain = await self._chain_history.day(trip.underlying, expiry, day)
            if chain is not None:
                found += _marks(chain, contract, trip.trip.opened_at, trip.trip.closed_at)
        return found

    def _groups(self) -> int:
        """Orders that have told their numbers: what a fill came of may be known only now."""
        return sum(bool(order.request.group) for order in self._state.orders.values())

    async def _contracts(self, fills: Iterable[Fill]) -> Contracts:
        """Those remembered; of today's fills those that are listed too."""
        known = await self.doors.contracts.all()
        contracts, today = Contracts(known), self._calendar.today()
        missing = {
            fill.key
            for fill in fills
            if day_of(fill.at) == today and contracts.of(fill.key, today) is None
        }
        if not missing:
            return contracts
        found = await self._instruments.get_many(sorted(missing))
        await self.doors.contracts.save(list(found.values()))
        return Contracts([*known, *found.values()])

    async def _origins_of(self, fills: Sequence[Fill]) -> dict[BrokerOrderId, Origin]:
        """Which order, and of which group, each fill came from; each day is asked for once."""
        self._remember(self._state.orders.values())
        today = self._calendar.today()
        days = {day_of(fill.at) for fill in fills if fill.order_id not in self._origins}
        for day in sorted(days - self._asked):
            begins = datetime.combine(day, datetime.min.time(), IST)
            # an order may have been placed after the market, days before it was filled
            placed = await self._orders.between(
                begins - timedelta(days=4), begins + timedelta(days=1)
            )
            self._remember(placed)
            if day != today:
                self._asked.add(day)
        return self._origins

    async def _names(self) -> dict[str, str]:
        """What strategies and baskets are called, empty where nobody has said."""
        groups = await self._strategies.all(self._account, LONG_AGO)
        runs = await self._executions.between(LONG_AGO, FAR_AHEAD)
        return {**{each.id: each.name for each in groups}, **{run.id: run.title for run in runs}}

    def _remember(self, orders: Iterable[Order]) -> None:
        for order in orders:
            group = order.request.group.partition(LEG_MARK)[0]
            origin = Origin(order=order.id, group=group, source=order.request.source)
            self._origins.update(dict.fromkeys(order.broker_ids, origin))


def _fills_of(trips: Iterable[Trip]) -> list[FillId]:
    both = [(trip.trip.opened_by, trip.trip.closed_by) for trip in trips]
    return [id for pair in both for id in pair if id is not None]


def _marks(chain: ChainDay, contract: Instrument, opened: datetime, closed: datetime) -> list[Mark]:
    """The contract's recorded minutes that ended between two moments."""
    if contract.strike is None:
        return []
    side = CALL if contract.kind is Kind.CALL else PUT
    place = np.flatnonzero(chain.strikes == contract.strike)
    if not place.size:
        return []
    ends = (chain.minutes + 1) * 60
    rows = np.flatnonzero((ends > opened.timestamp()) & (ends < closed.timestamp()))
    iv = chain.iv[rows, side, int(place[0])]
    return [
        Mark(at=float(ends[row]), forward=float(chain.forward[row]), iv=float(vol))
        for row, vol in zip(rows, iv, strict=True)
    ]
