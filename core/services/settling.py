"""Settling: a contract that has ended leaves the books at what it was worth.

In the day's books once its session is over and the broker holds it no more, at the last value of
the underlying; for the journal at the close that is published, as soon as it is.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import structlog

from core.clock import IST, Clock
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument
from core.journal.books import day_of
from core.journal.contracts import ContractId, Contracts, Settled, id_of
from core.paper.settlement import is_share_derivative, worth
from core.ports.journal import JournalDoors
from core.ports.market_data import History
from core.ports.orders import FillRepository
from core.ports.repositories import InstrumentRepository
from core.services.order_records import OrderRecords
from core.state.market import Col, MarketState
from core.state.trading import TradingState
from core.trading.fills import Fill
from core.trading.journal import Kind
from core.trading.ledger import Settlement

log = structlog.get_logger(__name__)

PACE: Final = 2.0
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
LAST_VALUE: Final = "last value of the underlying, until its close is published"
PUBLISHED: Final = "published close of the underlying"
DELIVERED: Final = "; shares are delivered at the strike"
PAISA: Final = Decimal("0.01")


class Settling:
    def __init__(
        self,
        *,
        fills: FillRepository,
        kept: JournalDoors,
        instruments: InstrumentRepository,
        state: TradingState,
        market: MarketState,
        history: History,
        records: OrderRecords,
        calendar: MarketCalendar,
        clock: Clock,
    ) -> None:
        self._fills, self._kept, self._instruments = fills, kept, instruments
        self._state, self._market = state, market
        self._history, self._records = history, records
        self._calendar, self._clock = calendar, clock
        self._known: dict[InstrumentKey, Instrument] = {}

    async def run(self) -> None:
        """Watch what is held to its end; runs until cancelled."""
        while True:
            try:
                await self.look()
            except AppError as problem:
                log.warning("settling.look_failed", problem=str(problem))
            await asyncio.sleep(PACE)

    async def look(self) -> None:
        """End what the broker has ended, in the books of the day."""
        held = {key for key, _ in self._state.holdings()}
        if missing := [key for key in held if key not in self._known]:
            self._known |= await self._instruments.get_many(missing)
        for key in held:
            contract = self._known.get(key)
            if contract is not None and self._ends_today(contract) and self._gone(key):
                await self._end(contract)

    async def publish(self) -> str:
        """Settle for the journal what has ended, at published closes; says what was done."""
        fills = await self._fills.between(LONG_AGO, self._clock.now())
        contracts = Contracts(await self._kept.contracts.all())
        had: dict[ContractId, Settled] = {
            (each.key, each.expiry): each for each in await self._kept.settlements.all()
        }
        due = [
            contract
            for contract in _carried_to_their_end(fills, contracts)
            if self._is_over(contract) and not _final(had.get(id_of(contract)))
        ]
        closes: dict[tuple[InstrumentKey, date], Decimal | None] = {}
        settled = []
        for contract in due:
            under, expiry = contract.underlying_key, contract.expiry
            if under is None or expiry is None:
                continue
            if (under, expiry) not in closes:
                closes[under, expiry] = await self._close(under, expiry)
            if (close := closes[under, expiry]) is not None:
                settled.append(self._settled(contract, expiry, close, PUBLISHED))
        await self._kept.settlements.save(settled)
        waiting = len(due) - len(settled)
        if not due:
            return "nothing has ended that was held"
        return f"{len(settled)} settled" + (f", {waiting} without a close yet" if waiting else "")

    def forget(self) -> None:
        """A new day lists anew."""
        self._known.clear()

    def _is_over(self, contract: Instrument) -> bool:
        if contract.expiry is None:
            return False
        today = self._calendar.today()
        if contract.expiry != today or not self._calendar.is_trading_day(today):
            return contract.expiry < today
        return self._clock.now() >= self._calendar.close_of(today)

    def _ends_today(self, contract: Instrument) -> bool:
        """On a later day the underlying's last value is not that of the contract's end."""
        return contract.expiry == self._calendar.today() and self._is_over(contract)

    def _gone(self, key: InstrumentKey) -> bool:
        """The broker tells of the contract, and that nothing of it is left."""
        told = [p.quantity for (held, _), p in self._state.broker_positions.items() if held == key]
        return bool(told) and not any(told)

    async def _end(self, contract: Instrument) -> None:
        under, expiry = contract.underlying_key, contract.expiry
        last = self._market.get(under, Col.LTP) if under else 0.0
        if expiry is None or not last > 0:
            return
        close = Decimal(str(round(last, 4)))
        settled = self._settled(contract, expiry, close, LAST_VALUE)
        self._state.ledger.settle(Settlement(key=settled.key, price=settled.price, at=settled.at))
        self._state.revision += 1
        await self._kept.contracts.save([contract])
        await self._kept.settlements.save([settled])
        await self._records.note(
            Kind.UPDATE,
            contract.key,
            f"{contract.symbol} has ended, worth {settled.price}",
            key=contract.key,
            underlying=f"{close:.2f}",
            source=settled.source,
        )

    async def _close(self, under: InstrumentKey, day: date) -> Decimal | None:
        """The day's close as the broker's daily bars have it; None while they do not."""
        bars = await self._history.days(under, day, day)
        for start, close in zip(bars.time, bars.close, strict=True):
            if day_of(datetime.fromtimestamp(int(start), UTC)) == day:
                return Decimal(str(round(float(close), 4)))
        return None

    def _settled(self, contract: Instrument, expiry: date, close: Decimal, source: str) -> Settled:
        price = worth(contract, close)
        delivered = is_share_derivative(contract) and price > 0
        at = self._calendar.close_of(expiry).astimezone(IST)
        return Settled(
            key=contract.key,
            expiry=expiry,
            price=price.quantize(PAISA),
            at=at.astimezone(UTC),
            source=f"{source} ({close:.2f}){DELIVERED if delivered else ''}",
        )


def _final(settled: Settled | None) -> bool:
    return settled is not None and settled.source.startswith(PUBLISHED)


def _carried_to_their_end(fills: Iterable[Fill], contracts: Contracts) -> list[Instrument]:
    """Contracts of which something was left under a product when they ended."""
    left: dict[tuple[ContractId, str], int] = {}
    known: dict[ContractId, Instrument] = {}
    for fill in fills:
        contract = contracts.of(fill.key, day_of(fill.at))
        if contract is not None and contract.expiry is not None:
            id = id_of(contract)
            known[id] = contract
            left[id, fill.product] = left.get((id, fill.product), 0) + fill.signed
    return [known[id] for id in dict.fromkeys(id for (id, _), units in left.items() if units)]
