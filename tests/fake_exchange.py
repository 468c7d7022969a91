"""A broker in memory with a book of its own, and the faults that real ones have."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from core.clock import Clock
from core.errors import BadData, BrokerRejected, BrokerUnavailable, LoginNeeded
from core.ids import BrokerOrderId, InstrumentKey, TradeId
from core.ports.broker import BrokerPosition, Funds, Holding, Reconnected, Update
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.fills import Fill
from core.trading.ledger import Ledger
from core.trading.orders import Order
from core.trading.requests import NOTHING, OrderRequest, OrderType, Product, Side

T = TypeVar("T")


class Fault(StrEnum):
    LOST_BEFORE = "the request never arrives"
    LOST_AFTER = "the answer never arrives"
    UNREADABLE = "the answer cannot be read"
    REFUSED = "the broker says no"
    NO_LOGIN = "the broker wants a login"
    SILENT = "no answer, for ever"
    NO_NUMBER = "an answer without a number"
    HALF = "the answer is lost after half of the slices"
    CRASH = "something of ours breaks"


class FakeExchange:
    """Orders rest until `trade` fills them. `faults` are used up by the next writes, in order."""

    name = "fake"

    def __init__(self, clock: Clock, freeze: int = 1755) -> None:
        self._clock, self._freeze = clock, freeze
        self.book: dict[BrokerOrderId, BrokerOrder] = {}
        self.fills: list[Fill] = []
        self.overnight: dict[tuple[InstrumentKey, Product], int] = {}
        self.extra_positions: list[BrokerPosition] = []
        self.faults: list[Fault | None] = []
        self.asked: list[str] = []
        """Every write that was asked for, by name."""
        self.sent_at: list[float] = []
        self.tags: list[str] = []
        """Of every order that arrived, also of those refused."""
        self.pause = 0.0
        self.cash = Decimal(1_000_000)
        self.down = ""
        """Why reads fail; empty when they do not."""
        self.told: asyncio.Queue[Update] = asyncio.Queue()
        self.quiet = False
        """The stream says nothing."""

    async def place(self, order: Order) -> tuple[BrokerOrderId, ...]:
        fault = await self._write("place")
        if fault is Fault.LOST_BEFORE:
            raise BrokerUnavailable("the line is cut")
        self.tags.append(order.id)
        if fault in (Fault.REFUSED, Fault.NO_LOGIN):
            raise (BrokerRejected if fault is Fault.REFUSED else LoginNeeded)("no")
        ids = [self._list(order, size) for size in self._slices(order, fault)]
        await self._fail(fault)
        return () if fault is Fault.NO_NUMBER else tuple(ids)

    async def modify(self, id: BrokerOrderId, request: OrderRequest) -> None:
        fault = await self._write("modify")
        if fault is Fault.LOST_BEFORE:
            raise BrokerUnavailable("the line is cut")
        had = self._working(id, fault)
        self.say(
            replace(
                had,
                price=request.price,
                trigger_price=request.trigger_price,
                type=request.type,
                quantity=request.quantity,
                revision=had.revision + 1,
            )
        )
        await self._fail(fault)

    async def cancel(self, id: BrokerOrderId) -> None:
        fault = await self._write("cancel")
        if fault is Fault.LOST_BEFORE:
            raise BrokerUnavailable("the line is cut")
        self.say(replace(self._working(id, fault), status=Status.CANCELLED))
        await self._fail(fault)

    async def orders(self) -> list[BrokerOrder]:
        return await self._read(self.book.values())

    async def order_history(self, id: BrokerOrderId) -> list[BrokerOrder]:
        return await self._read([self.book[id]] if id in self.book else [])

    async def trades(self) -> list[Fill]:
        return await self._read(self.fills)

    async def positions(self) -> list[BrokerPosition]:
        books = Ledger(self.fills)
        traded = {(p.key, p.product): p for p in books.positions()}
        found = []
        for at in dict.fromkeys([*traded, *self.overnight]):
            position, before = traded.get(at), self.overnight.get(at, 0)
            units = before + (position.quantity if position else 0)
            price = position.average_price if position and not before else None
            found.append(
                BrokerPosition(
                    key=at[0],
                    product=at[1],
                    quantity=units,
                    overnight=before,
                    average_price=price,
                )
            )
        return await self._read([*found, *self.extra_positions])

    async def holdings(self) -> list[Holding]:
        return await self._read([])

    async def funds(self) -> Funds:
        return (await self._read([Funds(available=self.cash, used=NOTHING)]))[0]

    async def exit_all(self) -> list[BrokerOrderId]:
        raise BrokerRejected("not here")

    async def updates(self) -> AsyncIterator[Update]:
        yield Reconnected()
        while True:
            yield await self.told.get()

    def trade(self, id: BrokerOrderId, units: int, price: str, *, quiet: bool = False) -> Fill:
        """Fill a resting order, in part or whole."""
        had = self.book[id]
        number = len(self.fills) + 1
        fill = Fill(
            order_id=id,
            trade_id=TradeId(f"{number:06}"),
            key=had.key,
            side=had.side,
            product=had.product,
            quantity=units,
            price=Decimal(price),
            at=self._clock.now() + timedelta(microseconds=number),
        )
        self.fills.append(fill)
        filled = had.filled + units
        value = had.filled * had.average_price + fill.value
        status = Status.FILLED if filled >= had.quantity else Status.OPEN
        after = replace(had, filled=filled, average_price=value / filled, status=status)
        self.book[id] = after
        if not quiet:
            self.say(after)
            self.told.put_nowait(fill)
        return fill

    def say(self, order: BrokerOrder) -> None:
        self.book[order.id] = order
        if not self.quiet:
            self.told.put_nowait(order)

    def foreign(self, key: InstrumentKey, side: Side = Side.BUY, tag: str = "") -> BrokerOrder:
        """An order that somebody placed on the broker's own screen."""
        order = BrokerOrder(
            id=self._number(),
            key=key,
            side=side,
            product=Product.CARRY,
            type=OrderType.LIMIT,
            quantity=65,
            status=Status.OPEN,
            at=self._clock.now(),
            price=Decimal(150),
            tag=tag,
        )
        self.say(order)
        return order

    def by_tag(self) -> dict[str, int]:
        """Units at the broker by the tag that they carry."""
        found: dict[str, int] = defaultdict(int)
        for order in self.book.values():
            found[order.tag] += order.quantity
        return found

    def _list(self, order: Order, size: int) -> BrokerOrderId:
        request, id = order.request, self._number()
        self.say(
            BrokerOrder(
                id=id,
                key=request.key,
                side=request.side,
                product=request.product,
                type=request.type,
                quantity=size,
                status=Status.OPEN,
                at=self._clock.now(),
                price=request.price,
                trigger_price=request.trigger_price,
                tag=order.id,
            )
        )
        return id

    def _number(self) -> BrokerOrderId:
        return BrokerOrderId(f"2608210000{len(self.book) + 1:05}")

    def _slices(self, order: Order, fault: Fault | None) -> list[int]:
        left, sizes = order.request.quantity, []
        while left > 0:
            sizes.append(min(left, self._freeze))
            left -= sizes[-1]
        return sizes[: -(-len(sizes) // 2)] if fault is Fault.HALF else sizes

    def _working(self, id: BrokerOrderId, fault: Fault | None) -> BrokerOrder:
        had = self.book.get(id)
        if fault is Fault.REFUSED or had is None or had.standing.is_final:
            raise BrokerRejected("the order is final", code="UDAPI100040")
        return had

    async def _write(self, name: str) -> Fault | None:
        self.asked.append(name)
        self.sent_at.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.pause)
        return self.faults.pop(0) if self.faults else None

    async def _fail(self, fault: Fault | None) -> None:
        if fault in (Fault.LOST_AFTER, Fault.HALF):
            raise BrokerUnavailable("the broker is busy (HTTP 502)")
        if fault is Fault.UNREADABLE:
            raise BadData("the broker's answer is not JSON")
        if fault is Fault.CRASH:
            raise ZeroDivisionError("division by zero")
        if fault is Fault.SILENT:
            await asyncio.Event().wait()

    async def _read(self, rows: Iterable[T]) -> list[T]:
        await asyncio.sleep(0)
        if self.down:
            raise BrokerUnavailable(self.down)
        return list(rows)
