"""The paper account: an exchange, books and money of its own, living from moment to moment.

A state machine without clock, socket or disk: whoever holds it tells the time with every call, and
what the market shows. The same calls give the same account. What it assumes: `matching`, `funds`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from core.clock import IST
from core.errors import BrokerRejected, RuleBroken
from core.ids import BrokerOrderId, InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument, Kind
from core.paper.books import Books, Told
from core.paper.day import Moment, between
from core.paper.exchange import REFUSED, PaperExchange
from core.paper.funds import Money, Purse
from core.paper.gtts import PaperGtts
from core.paper.matching import Level
from core.paper.memory import Memory, Pending, Shares, fresh
from core.paper.settlement import exercise, is_share_derivative, worth
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.orders import Order
from core.trading.positions import NO_MONEY, Position
from core.trading.requests import OrderRequest, Product

DAY_OVER: Final = "the day it was for is over"
SQUARED_OFF: Final = "intraday square-off"
MOST_FLAGS: Final = 50


class PaperAccount:
    def __init__(self, memory: Memory, calendar: MarketCalendar, *, rate: float = 0.065) -> None:
        self.memory, self._calendar = memory, calendar
        self.books = Books(memory)
        self.purse = Purse(memory, calendar, rate)
        self.exchange = PaperExchange(memory, self.books, self.purse, calendar)
        self.gtts = PaperGtts(self.exchange)
        self._acts: dict[Moment, Callable[[datetime], None]] = {
            Moment.NEW_DAY: self._new_day,
            Moment.OPEN: self._open,
            Moment.SQUARE_OFF_SHARES: lambda at: self._square_off(at, _is_share),
            Moment.SHARES_CLOSE: lambda at: self._end_all(at, _is_share),
            Moment.SQUARE_OFF: lambda at: self._square_off(at, lambda each: not _is_share(each)),
            Moment.CLOSE: self._close,
        }

    @property
    def revision(self) -> int:
        return self.books.revision

    def take(self) -> list[Told]:
        """What happened since this was last asked, in order."""
        return self.books.take()

    # Orders

    def place(self, order: Order, instrument: Instrument, now: datetime) -> list[BrokerOrderId]:
        """Take an order, or its slices; raises BrokerRejected for what can never be taken."""
        self.advance(now)
        return self.exchange.place(order, instrument, now)

    def modify(self, id: BrokerOrderId, request: OrderRequest, now: datetime) -> None:
        self.advance(now)
        self.exchange.modify(id, request, now)

    def cancel(self, id: BrokerOrderId, now: datetime) -> None:
        self.advance(now)
        self.exchange.cancel(id, now)

    def exit_all(self, now: datetime) -> list[BrokerOrderId]:
        """Close every position at the market."""
        self.advance(now)
        held = [each for each in self.memory.positions if each.quantity]
        return [id for each in held for id in self.exchange.close_out(each, "exit all", now)]

    def convert(
        self, key: InstrumentKey, units: int, before: Product, after: Product, now: datetime
    ) -> None:
        """Hold units (below 0 sold) in another way, at what they cost; raises BrokerRejected."""
        self.advance(now)
        had, other = self.books.position(key, before), self.books.position(key, after)
        problem = ""
        if had.quantity * units <= 0 or abs(units) > abs(had.quantity):
            problem = f"{had.quantity} units are held as {before}, not {units}"
        elif other.quantity * units < 0:
            problem = f"the units held as {after} go the other way: close them first"
        if problem:
            raise BrokerRejected(problem, code=REFUSED)
        self.books.move(had, units, other)
        if self.money(now).available < 0:
            self.books.move(self.books.position(key, after), units, had)
            self.books.put(had)
            self.books.put(other)
            raise BrokerRejected("the margin does not allow it", code=REFUSED)

    # The market

    def quote(
        self, key: InstrumentKey, bids: Sequence[Level], asks: Sequence[Level], now: datetime
    ) -> None:
        self.advance(now)
        self.exchange.quote(key, bids, asks, now)

    def trade(self, key: InstrumentKey, price: Decimal, units: int, now: datetime) -> None:
        self.advance(now)
        self.exchange.trade(key, price, units, now)

    def advance(self, now: datetime) -> None:
        """Everything that has its hour, up to `now`."""
        if now <= self.memory.until:
            return
        for at, moment in between(self._calendar, self.memory.until, now):
            self.memory.until = at
            self._acts[moment](at)
            self.books.revision += 1
        self.memory.until = now
        self.exchange.admit(now)

    # What is asked

    def orders(self) -> list[BrokerOrder]:
        return [each.told() for each in self.memory.orders.values()]

    def history(self, id: BrokerOrderId) -> list[BrokerOrder]:
        return list(self.memory.stages.get(id, ()))

    def overnight(self, key: InstrumentKey, product: Product) -> int:
        """Units from before today, below 0 sold."""
        found = (p for p in self.memory.overnight if (p.key, p.product) == (key, product))
        return next((each.quantity for each in found), 0)

    def money(self, now: datetime) -> Money:
        """Raises AppError where a margin cannot be estimated."""
        return self.purse.money(now)

    def wanted(self) -> dict[InstrumentKey, bool]:
        """Contracts whose market must be heard, and underlyings (False) whose price must be."""
        keys = {each.terms.key for each in self.exchange.working()}
        keys |= {each.key for each in self.memory.positions if each.quantity} | self.gtts.keys()
        due = {each.key for each in self.memory.pending}
        listed = (self.memory.instruments[key].underlying_key for key in keys | due)
        return {**{key: False for key in listed if key}, **dict.fromkeys(keys - due, True)}

    # The account itself

    def reset(self, capital: Decimal, now: datetime) -> None:
        """Begin anew with this capital: what works is cancelled, what is held is closed at its
        last price, shares are gone. Orders and trades of today stay listed."""
        self.advance(now)
        anew = fresh(now, capital)
        for gtt in self.gtts.all():
            self.gtts.cancel(gtt.id, now)
        for order in self.exchange.working():
            self.exchange.end(order, Status.CANCELLED, "the paper account was reset", now)
        for position in [each for each in self.memory.positions if each.quantity]:
            self._close_at_mark(position, now)
        memory = self.memory
        memory.capital, memory.cash, memory.started_at = anew.capital, anew.cash, now
        memory.shares, memory.pending, memory.exercises, memory.flags = [], [], [], []
        memory.positions = [replace(each, earned=NO_MONEY) for each in memory.positions]
        memory.uncharged = len(memory.fills)
        self.books.revision += 1

    def _close_at_mark(self, position: Position, now: datetime) -> None:
        price = self.memory.marks.get(position.key, position.average_price)
        self.exchange.closed_outside(position, price, "the paper account was reset", now)

    # Moments

    def _new_day(self, at: datetime) -> None:
        """Charges are paid, bought shares become holdings, the rest is carried over night."""
        memory = self.memory
        memory.cash -= Fraction(self.purse.contract_note().total)
        memory.fills, memory.exercises, memory.uncharged = [], [], 0
        self._keep_shares()
        memory.positions = [
            replace(each, earned=NO_MONEY, bought=0, sold=0)
            for each in memory.positions
            if each.quantity
        ]
        memory.overnight = list(memory.positions)
        over = [id for id, each in memory.orders.items() if each.status.is_final]
        for id in over:
            del memory.orders[id], memory.stages[id]
        used = {*(each.key for each in memory.positions), *(each.key for each in memory.pending)}
        used |= {each.terms.key for each in memory.orders.values()}
        used |= {each.key for each in memory.shares} | self.gtts.keys()
        memory.instruments = {k: v for k, v in memory.instruments.items() if k in used}

    def _keep_shares(self) -> None:
        for position in self.memory.positions:
            if position.product is Product.DELIVERY and position.quantity:
                held = next((s for s in self.memory.shares if s.key == position.key), None)
                before = held or Shares(key=position.key, quantity=0, cost=NO_MONEY)
                self.memory.shares = [s for s in self.memory.shares if s.key != position.key]
                if left := before.quantity + position.quantity:
                    cost = before.cost + position.cost
                    if position.quantity < 0:
                        cost = before.cost * left / before.quantity
                    self.memory.shares.append(Shares(key=position.key, quantity=left, cost=cost))
        others = [p for p in self.memory.positions if p.product is not Product.DELIVERY]
        self.memory.positions = others

    def _open(self, at: datetime) -> None:
        """The books of yesterday are over; intraday positions that are left are closed now."""
        self.exchange.forget_books()
        self._close_intraday(at, lambda _: True)
        self.gtts.day_opens(at)

    def _square_off(self, at: datetime, wanted: Callable[[Instrument], bool]) -> None:
        for order in self.exchange.working():
            within = order.terms.product is Product.INTRADAY
            if within and wanted(self.memory.instruments[order.terms.key]):
                self.exchange.end(order, Status.CANCELLED, SQUARED_OFF, at)
        self._close_intraday(at, wanted)

    def _close_intraday(self, at: datetime, wanted: Callable[[Instrument], bool]) -> None:
        for position in list(self.memory.positions):
            within = position.product is Product.INTRADAY and position.quantity != 0
            if within and wanted(self.memory.instruments[position.key]):
                self.exchange.close_out(position, SQUARED_OFF, at)

    def _end_all(self, at: datetime, wanted: Callable[[Instrument], bool]) -> None:
        for order in self.exchange.working():
            if wanted(self.memory.instruments[order.terms.key]):
                self.exchange.end(order, Status.EXPIRED, DAY_OVER, at)

    def _close(self, at: datetime) -> None:
        self._end_all(at, lambda _: True)
        self.gtts.day_ends(at)
        self.exchange.forget_books()
        today = at.astimezone(IST).date()
        for position in self.memory.positions:
            instrument = self.memory.instruments[position.key]
            if position.quantity and instrument.expiry is not None and instrument.expiry <= today:
                self.memory.pending.append(Pending(key=position.key, expiry=instrument.expiry))
        self.settle_seen(today)

    # Expiry

    def unsettled(self) -> set[tuple[InstrumentKey, date]]:
        """Underlyings whose settlement price of a day is missing."""
        known = self.memory.instruments
        found = {(known[each.key].underlying_key, each.expiry) for each in self.memory.pending}
        return {(key, day) for key, day in found if key is not None}

    def settle_seen(self, day: date) -> None:
        """Settle what ends on `day` at the last price of its underlying, where it was seen then."""
        for key in {
            self.memory.instruments[each.key].underlying_key for each in self.memory.pending
        }:
            if key is not None and self.exchange.seen_on(key) == day:
                self.settle(key, day, self.memory.marks[key])

    def settle(self, underlying: InstrumentKey, day: date, price: Decimal) -> int:
        """End what expired on `day` at its underlying's settlement price; how many it ended."""
        if price <= 0:
            raise RuleBroken(f"₹{price} is no settlement price")
        due = [
            each
            for each in self.memory.pending
            if each.expiry == day and self.memory.instruments[each.key].underlying_key == underlying
        ]
        self.memory.pending = [each for each in self.memory.pending if each not in due]
        for each in due:
            for position in [p for p in self.memory.positions if p.key == each.key and p.quantity]:
                self._settle(position, price, day)
        return len(due)

    def _settle(self, position: Position, price: Decimal, day: date) -> None:
        instrument = self.memory.instruments[position.key]
        value = worth(instrument, price)
        if (taxed := exercise(instrument, position.quantity, price, day)) is not None:
            self.memory.exercises.append(taxed)
        self.books.settle(position, -position.quantity, value)
        if is_share_derivative(instrument) and value:
            self.flag(
                f"{instrument.symbol}: {abs(position.quantity)} shares would have to be delivered; "
                "the paper account settled them in cash"
            )

    def flag(self, words: str) -> None:
        """Something that the account did by itself, and the user should know."""
        self.memory.flags = [*self.memory.flags, words][-MOST_FLAGS:]
        self.books.revision += 1


def _is_share(instrument: Instrument) -> bool:
    return instrument.kind is Kind.EQUITY
