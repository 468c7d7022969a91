"""The paper account's exchange: orders from the door to their last fill.

An order is received, judged as soon as its market is open and was heard, and then works on the
floor of its contract (`matching`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from core.clock import IST
from core.errors import AppError, BrokerRejected
from core.ids import BrokerOrderId, InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument
from core.paper import day
from core.paper.books import Books
from core.paper.funds import Purse
from core.paper.matching import Ended, Event, Filled, Incoming, Level, Matching
from core.paper.memory import Memory, PaperOrder
from core.paper.protection import worst_price
from core.paper.rules import AT_MARKET, Facts, impossible, refusal
from core.paper.terms import closing_order, slices
from core.trading.broker_orders import Status
from core.trading.orders import Order
from core.trading.positions import Position
from core.trading.requests import OrderRequest, Product, Side, Validity

REFUSED: Final = "PAPER_REFUSED"
UNKNOWN: Final = "PAPER_NO_ORDER"
FINAL: Final = "PAPER_FINAL"
"""Codes of what the account says no to."""
WAITS: Final = "waits for the market"
Follow = Callable[[PaperOrder, datetime], None]
Watch = Callable[[InstrumentKey, Decimal, datetime], None]


@dataclass(slots=True)
class _Seen:
    """What the market has shown of a contract in this session."""

    book: tuple[tuple[Level, ...], tuple[Level, ...]] | None = None
    traded: bool = False
    band: tuple[Decimal, Decimal] | None = None


class PaperExchange:
    """Time is told with every call. `followers` hear of every order that is filled or ends,
    `watchers` of every trade of others."""

    def __init__(
        self, memory: Memory, books: Books, purse: Purse, calendar: MarketCalendar
    ) -> None:
        self.memory, self.books, self.purse, self._calendar = memory, books, purse, calendar
        self.followers: list[Follow] = []
        self.watchers: list[Watch] = []
        self._floors: dict[InstrumentKey, Matching] = {}
        self._seen: dict[InstrumentKey, _Seen] = {}
        self._marked: dict[InstrumentKey, date] = {}
        self._received = {o.id for o in memory.orders.values() if o.status is Status.ACCEPTED}
        for order in sorted(memory.orders.values(), key=lambda each: each.rank):
            if order.rests:
                self._floor(order.terms.key).enter(self._incoming(order))

    # Orders

    def place(self, order: Order, instrument: Instrument, now: datetime) -> list[BrokerOrderId]:
        """Take an order, or its slices. Raises BrokerRejected for what can never be taken; what
        the market or the margin forbids is told of the order itself."""
        today = now.astimezone(IST).date()
        if problem := impossible(order.request, instrument, today):
            raise BrokerRejected(problem, code=REFUSED)
        self.memory.instruments[instrument.key] = instrument
        placed = [
            self.receive(each, now, tag=order.id) for each in slices(order.request, instrument)
        ]
        for id in placed:
            self.judge(id, now)
        return placed

    def modify(self, id: BrokerOrderId, request: OrderRequest, now: datetime) -> None:
        """Give a working order these terms. Raises BrokerRejected; then nothing was changed."""
        order = self._working(id)
        terms = replace(request, key=order.terms.key, side=order.terms.side)
        instrument = self.memory.instruments[terms.key]
        problem = impossible(terms, instrument, now.astimezone(IST).date())
        if not problem and terms.quantity <= order.filled:
            problem = f"{order.filled} units are filled already"
        after = replace(order, terms=terms, revision=order.revision + 1, at=now)
        if not problem and order.rests:
            after, problem = self._allowed(after, now)
        if problem:
            raise BrokerRejected(problem, code=REFUSED)
        self._replace(order, after, now)

    def cancel(self, id: BrokerOrderId, now: datetime, why: str = "") -> None:
        self.end(self._working(id), Status.CANCELLED, why, now)

    def close_out(self, position: Position, why: str, now: datetime) -> list[BrokerOrderId]:
        """End a position at the market; the numbers of the orders that do it."""
        instrument = self.memory.instruments[position.key]
        parts = slices(closing_order(position), instrument)
        placed = [self.receive(each, now, why=why, forced=True) for each in parts]
        for id in placed:
            self.judge(id, now)
        return placed

    # The market

    def saw(
        self,
        key: InstrumentKey,
        now: datetime,
        *,
        last: Decimal | None = None,
        traded: bool = False,
        band: tuple[Decimal, Decimal] | None = None,
    ) -> None:
        """What is known of a contract or an underlying besides its book."""
        seen = self._seen.setdefault(key, _Seen())
        seen.traded = seen.traded or traded
        seen.band = band or seen.band
        if last is not None and last > 0:
            self.memory.marks[key] = last
            self._marked[key] = now.astimezone(IST).date()

    def quote(
        self, key: InstrumentKey, bids: Sequence[Level], asks: Sequence[Level], now: datetime
    ) -> None:
        """What the market shows now, best first; the same again is no new quote."""
        instrument = self.memory.instruments.get(key)
        if instrument is None or not day.takes(self._calendar, instrument, now):
            return
        seen, book = self._seen.setdefault(key, _Seen()), (tuple(bids), tuple(asks))
        if seen.book == book:
            return
        seen.book = book
        if key not in self.memory.marks and bids and asks:
            self.memory.marks[key] = (bids[0][0] + asks[0][0]) / 2
        self._handle(self._floor(key).quote(bids, asks), now)
        self.admit(now, key)

    def trade(self, key: InstrumentKey, price: Decimal, units: int, now: datetime) -> None:
        """Others traded."""
        self.saw(key, now, last=price, traded=True)
        instrument = self.memory.instruments.get(key)
        if instrument is not None and day.takes(self._calendar, instrument, now):
            self._handle(self._floor(key).trade(price, units), now)
            for watch in self.watchers:
                watch(key, price, now)
            self.admit(now, key)

    def admit(self, now: datetime, key: InstrumentKey | None = None) -> None:
        """Judge what was received and could not be judged yet."""
        for id in sorted(self._received):
            if key is None or self.memory.orders[id].terms.key == key:
                self.judge(id, now)

    def forget_books(self) -> None:
        """What the market showed is over."""
        for floor in self._floors.values():
            floor.quote((), ())
        self._seen.clear()

    def forget_book(self, key: InstrumentKey) -> None:
        """Nobody hears this contract's market any more: what it showed will not be true later."""
        if key in self._floors:
            self._floors[key].quote((), ())
        self._seen.pop(key, None)

    def seen_on(self, key: InstrumentKey) -> date | None:
        """The day on which its last price was heard in this run; None for not yet."""
        return self._marked.get(key)

    def closed_outside(self, position: Position, price: Decimal, why: str, now: datetime) -> None:
        """Close a position at a price that no market gave; its order says why."""
        id = self.receive(closing_order(position), now, why=why, forced=True)
        self._received.discard(id)
        event = Filled(id=id, units=abs(position.quantity), price=price)
        self._fill(self.memory.orders[id], event, now)

    # What works

    def working(self) -> list[PaperOrder]:
        return [each for each in self.memory.orders.values() if each.status.is_working]

    # From the door to the floor

    def receive(
        self,
        terms: OrderRequest,
        now: datetime,
        *,
        tag: str = "",
        why: str = WAITS,
        born_of: str = "",
        forced: bool = False,
    ) -> BrokerOrderId:
        """Write an order down; nothing is judged yet."""
        number = self.memory.next_number()
        id = BrokerOrderId(f"P{now.astimezone(IST):%y%m%d}{number:09d}")
        self._received.add(id)
        self._write(
            PaperOrder(
                id=id,
                tag=tag,
                terms=terms,
                placed_at=now,
                at=now,
                rank=number,
                reason=why,
                born_of=born_of,
                forced=forced,
            )
        )
        return id

    def judge(self, id: BrokerOrderId, now: datetime) -> None:
        """Refuse an order or let it in, as soon as its market is open and was heard."""
        order = self.memory.orders[id]
        if not self._heard(order, now):
            return
        after, problem = self._allowed(replace(order, at=now), now)
        if problem:
            self.end(order, Status.REJECTED, problem, now)
            return
        self._received.discard(id)
        self._enter(replace(after, reason="" if order.reason == WAITS else order.reason), now)

    def _heard(self, order: PaperOrder, now: datetime) -> bool:
        key = order.terms.key
        instrument, seen = self.memory.instruments[key], self._seen.get(key)
        under = instrument.underlying_key if instrument.is_option else None
        return (
            seen is not None
            and seen.book is not None
            and (seen.traded or not order.forced)
            and (under is None or under in self.memory.marks)
            and day.takes(self._calendar, instrument, now)
            and day.released(self._calendar, order.placed_at, now)
        )

    def _allowed(self, order: PaperOrder, now: datetime) -> tuple[PaperOrder, str]:
        """The order with its limit and margin, or why it is refused."""
        terms, key = order.now_a_limit(), order.terms.key
        instrument, seen = self.memory.instruments[key], self._seen.get(key, _Seen())
        last = self.memory.marks.get(key, Decimal(0))
        facts = Facts(last=last, traded=seen.traded, band=seen.band)
        if problem := refusal(terms, instrument, facts) or self._not_held(order):
            return order, problem
        try:
            limit = self._worst(order.terms, last)
            left = replace(order.terms, quantity=order.left, disclosed=0)
            needs = self.purse.needs(left, limit, now)
            problem = self._short(needs, order.id, now) if needs and not order.forced else ""
        except AppError as unknown:
            return order, str(unknown)
        whole = needs * order.terms.quantity / order.left
        return replace(order, limit=limit, blocked=whole), problem

    def _short(self, needs: Decimal, id: BrokerOrderId, now: datetime) -> str:
        had = self.memory.orders[id]
        own = had.blocks if had.rests else Decimal(0)
        free = self.purse.money(now).available + own
        if needs <= free:
            return ""
        return f"₹{needs:.2f} are needed and ₹{free:.2f} are free: ₹{needs - free:.2f} are missing"

    def _not_held(self, order: PaperOrder) -> str:
        """Shares to keep are sold from what is kept, less what is about to be sold."""
        terms = order.terms
        if terms.product is not Product.DELIVERY or terms.side is Side.BUY:
            return ""
        kept = sum(each.quantity for each in self.memory.shares if each.key == terms.key)
        free = kept + self.books.position(terms.key, Product.DELIVERY).quantity
        free -= sum(
            each.left
            for each in self.working()
            if each.id != order.id
            and (each.terms.key, each.terms.product, each.terms.side)
            == (terms.key, terms.product, terms.side)
        )
        return "" if order.left <= free else f"{max(free, 0)} shares can be sold, not {order.left}"

    def _worst(self, terms: OrderRequest, last: Decimal) -> Decimal:
        if terms.type not in AT_MARKET:
            return terms.price
        instrument = self.memory.instruments[terms.key]
        return worst_price(
            terms.side,
            last,
            instrument.tick_size,
            percent=terms.protection,
            option=instrument.is_option,
        )

    def _enter(self, order: PaperOrder, now: datetime) -> None:
        status = Status.TRIGGER_PENDING if order.waits else Status.OPEN
        order = replace(order, status=status, rank=self.memory.next_number(), at=now)
        self._write(order)
        self._handle(self._floor(order.terms.key).enter(self._incoming(order)), now)

    def _incoming(self, order: PaperOrder) -> Incoming:
        terms = order.terms
        stop_at_market = order.waits and terms.type in AT_MARKET
        return Incoming(
            id=order.id,
            side=terms.side,
            units=order.left,
            limit=order.limit,
            trigger=terms.trigger_price if order.waits else None,
            worst=(lambda last: self._worst(terms, last)) if stop_at_market else None,
            at_once=terms.validity is Validity.IOC,
        )

    def _replace(self, before: PaperOrder, after: PaperOrder, now: datetime) -> None:
        """A better place in time is kept only by asking for less."""
        if not before.rests:
            self._write(after)
            return
        old, new = before.terms, after.terms
        same = (old.type, old.price, old.trigger_price, old.validity) == (
            new.type,
            new.price,
            new.trigger_price,
            new.validity,
        )
        if same and new.quantity <= old.quantity and new.type not in AT_MARKET:
            self._write(after)
            self._floor(new.key).reduce(after.id, after.left)
            return
        self._floor(new.key).leave(after.id)
        self._enter(replace(after, fired=before.fired and new.type is old.type), now)

    # From the floor

    def _handle(self, events: Sequence[Event], now: datetime) -> None:
        for event in events:
            order = self.memory.orders[event.id]
            if isinstance(event, Filled):
                self._fill(order, event, now)
            elif isinstance(event, Ended):
                self._finish(order, Status.CANCELLED, event.reason, now)
            else:
                last = self.memory.marks.get(order.terms.key, order.limit)
                limit = self._worst(order.terms, last)
                self._write(replace(order, fired=True, status=Status.OPEN, limit=limit, at=now))

    def _fill(self, order: PaperOrder, event: Filled, now: datetime) -> None:
        filled = order.filled + event.units
        done = filled >= order.terms.quantity
        after = replace(
            order,
            filled=filled,
            value=order.value + event.units * event.price,
            status=Status.FILLED if done else order.status,
            at=now,
        )
        signed = event.units if order.terms.side is Side.BUY else -event.units
        position = self.books.position(order.terms.key, order.terms.product)
        self._write(after)
        self.books.trade(position, signed, event.price, order.id, now)
        self._follow(after, now)

    def end(self, order: PaperOrder, status: Status, why: str, now: datetime) -> None:
        """Take a working order out of the market."""
        floor = self._floors.get(order.terms.key)
        if floor is not None:
            floor.leave(order.id)
        self._finish(order, status, why, now)

    def _finish(self, order: PaperOrder, status: Status, why: str, now: datetime) -> None:
        self._received.discard(order.id)
        ended = replace(order, status=status, reason=why, at=now)
        self._write(ended)
        self._follow(ended, now)

    def _follow(self, order: PaperOrder, now: datetime) -> None:
        for follow in self.followers:
            follow(order, now)

    def _working(self, id: BrokerOrderId) -> PaperOrder:
        order = self.memory.orders.get(id)
        if order is None:
            raise BrokerRejected(f"the paper account has no order {id}", code=UNKNOWN)
        if not order.status.is_working:
            raise BrokerRejected(f"the order is {order.status} already", code=FINAL)
        return order

    def _floor(self, key: InstrumentKey) -> Matching:
        return self._floors.setdefault(key, Matching())

    def _write(self, order: PaperOrder) -> None:
        """Keep an order as it is now, with this stage of its history."""
        self.memory.orders[order.id] = order
        told = order.told()
        self.memory.stages.setdefault(order.id, []).append(told)
        self.books.tell(told)
