"""The paper account in recorded minutes: a backtest's fills are the paper account's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from core.backtest.results import OrderEnd
from core.charges.charges import Exercise
from core.clock import IST
from core.errors import AppError
from core.ids import BrokerOrderId, InstrumentKey, OrderId
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument
from core.paper.account import PaperAccount
from core.paper.memory import fresh
from core.paper.recorded import Shown, price
from core.paper.settlement import exercise, worth
from core.strategies.asking import Ask, request_of
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.fills import Fill
from core.trading.orders import Order
from core.trading.positions import Position

ENDS: Final = {
    Status.FILLED: OrderEnd.FILLED,
    Status.REJECTED: OrderEnd.REFUSED,
    Status.EXPIRED: OrderEnd.EXPIRED,
    Status.CANCELLED: OrderEnd.CANCELLED,
}


@dataclass(slots=True, kw_only=True)
class Asked:
    """An order and what became of it; `reason` is why it ended without a fill."""

    ask: Ask
    at: datetime
    ended_at: datetime | None = None
    parts: dict[BrokerOrderId, BrokerOrder] = field(default_factory=dict)
    reason: str = ""

    @property
    def end(self) -> OrderEnd:
        if self.ended_at is None:
            return OrderEnd.WAITING
        ends = {ENDS[part.status] for part in self.parts.values()}
        return ends.pop() if len(ends) == 1 else OrderEnd.CANCELLED if ends else OrderEnd.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What ended at its expiry; `units` were held then, `price` is what a unit was worth."""

    key: InstrumentKey
    units: int
    price: Decimal
    at: datetime
    exercise: Exercise | None


class RecordedAccount:
    """Time is told with every call, and never goes back."""

    def __init__(
        self, capital: float, calendar: MarketCalendar, begins: datetime, rate: float
    ) -> None:
        memory = fresh(begins, Decimal(str(round(capital, 2))))
        self._account = PaperAccount(memory, calendar, rate=rate)
        self._volumes: dict[InstrumentKey, float] = {}
        self._quoted: set[InstrumentKey] = set()
        self._numbers: dict[BrokerOrderId, int] = {}
        self._day: date | None = None
        self.asked: dict[int, Asked] = {}
        self.fills: list[Fill] = []
        self.instruments: dict[InstrumentKey, Instrument] = {}
        self.settled: list[Settled] = []
        self.refused: list[tuple[int, str]] = []
        """Numbers and reasons, for the engine to tell and take away."""

    # The market

    def see(self, key: InstrumentKey, last: float, now: datetime) -> None:
        """The price of an underlying, or that at which the margin of what is held is reckoned."""
        if last > 0:
            self._account.exchange.saw(key, now, last=price(last))

    def know(self, instrument: Instrument) -> None:
        """Know a contract, so that its market is heard."""
        self.instruments[instrument.key] = instrument
        self._account.memory.instruments[instrument.key] = instrument

    def show(self, key: InstrumentKey, market: Shown, volume: float, now: datetime) -> None:
        """What a minute shows of a contract that is listed here."""
        exchange = self._account.exchange
        exchange.saw(key, now, last=market.last, traded=market.traded)
        if market.bids or market.asks or key in self._quoted:
            self._quoted.add(key)
            exchange.quote(key, market.bids, market.asks, now)
        before = self._volumes.get(key)
        self._volumes[key] = volume
        if before is not None and volume > before and market.last is not None:
            exchange.trade(key, market.last, int(volume - before), now)

    def advance(self, now: datetime) -> None:
        """Everything that has its hour, expiries too."""
        held = {each.key: each for each in self.held()}
        day = now.astimezone(IST).date()
        if day != self._day:
            self._day, self._volumes, self._quoted = day, {}, set()
        self._account.advance(now)
        self._note_settled(held, now, self._account.memory.marks)

    def settle(self, underlying: InstrumentKey, day: date, at: float, now: datetime) -> None:
        """End what expired on a day of which the underlying's price was not seen."""
        held = {each.key: each for each in self.held()}
        self._account.settle(underlying, day, price(at))
        self._note_settled(held, now, {underlying: price(at)})

    def unsettled(self) -> set[tuple[InstrumentKey, date]]:
        return self._account.unsettled()

    # Orders

    def place(self, ask: Ask, now: datetime) -> None:
        """Send an order; what is refused is written down with the reason."""
        instrument = self.instruments[ask.key]
        self.asked[ask.number] = mine = Asked(ask=ask, at=now)
        try:
            request = request_of(ask, instrument)
            order = Order(id=OrderId(f"run{ask.number:09d}"), request=request, placed_at=now)
            placed = self._account.place(order, instrument, now)
        except AppError as refused:
            mine.ended_at, mine.reason = now, str(refused)
            self.refused.append((ask.number, mine.reason))
            return
        self._numbers.update(dict.fromkeys(placed, ask.number))

    def cancel(self, number: int, now: datetime) -> None:
        """Nothing where it is over already, or never was."""
        mine = self.asked.get(number)
        for id, part in tuple(mine.parts.items()) if mine else ():
            if part.status.is_working:
                self._account.cancel(id, now)

    def working(self) -> list[InstrumentKey]:
        """Contracts with orders, in the order of these."""
        return list(dict.fromkeys(o.terms.key for o in self._account.exchange.working()))

    def number(self, fill: Fill) -> int:
        """Of the order that was filled, as the strategy knows it."""
        return self._numbers[fill.order_id]

    def take(self) -> list[tuple[int, Fill]]:
        """Fills since this was last asked, with the numbers of their orders."""
        found = []
        for told in self._account.take():
            if isinstance(told, BrokerOrder):
                self._hear(told)
            elif isinstance(told, Fill):
                self.fills.append(told)
                found.append((self._numbers[told.order_id], told))
        return found

    def _hear(self, told: BrokerOrder) -> None:
        number = self._numbers.get(told.id)
        if number is None:
            return
        mine = self.asked[number]
        mine.parts[told.id] = told
        if all(part.status.is_final for part in mine.parts.values()):
            mine.ended_at = told.at
        mine.reason = told.reason
        if told.status is Status.REJECTED:
            self.refused.append((number, told.reason))

    # What it has

    def held(self) -> list[Position]:
        return [each for each in self._account.memory.positions if each.quantity]

    @property
    def revision(self) -> int:
        """Moves with everything that happens here."""
        return self._account.revision

    def cash(self) -> float:
        """Rupees, with today's charges taken off as far as they are known."""
        memory, purse = self._account.memory, self._account.purse
        return float(memory.cash) - float(purse.charges_today())

    def cash_at_close(self) -> float:
        """The same with the charges as today's contract notes say."""
        memory, purse = self._account.memory, self._account.purse
        return float(memory.cash) - float(purse.contract_note().total)

    def margin(self, now: datetime) -> float:
        """Rupees that are blocked; nan where a price for it is not known."""
        try:
            return float(self._account.money(now).used)
        except AppError:
            return float("nan")

    def _note_settled(
        self,
        held: Mapping[InstrumentKey, Position],
        now: datetime,
        levels: Mapping[InstrumentKey, Decimal],
    ) -> None:
        """What the account has ended at its expiry, told as the ledger wants it."""
        still = {each.key for each in self.held()}
        for key in (each for each in held if each not in still):
            instrument = self.instruments[key]
            if instrument.expiry is None or instrument.underlying_key is None:
                continue
            level = levels[instrument.underlying_key]
            self.settled.append(
                Settled(
                    key=key,
                    units=held[key].quantity,
                    price=worth(instrument, level),
                    at=now,
                    exercise=exercise(instrument, held[key].quantity, level, instrument.expiry),
                )
            )
