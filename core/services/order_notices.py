"""Order notices: what happens to orders, told once each, in words, with the way to the order."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from core.clock import Clock
from core.errors import AppError
from core.ids import InstrumentKey, OrderId
from core.instruments.instrument import Instrument
from core.ports.orders import JournalRepository
from core.ports.repositories import InstrumentRepository
from core.state.notices import Level, Notices
from core.trading.broker_orders import Status
from core.trading.events import ORDERS, OrderEvent, event_of, order_link
from core.trading.journal import Kind
from core.trading.orders import Order
from core.trading.requests import Side

GATHERED: Final = 0.15
"""Seconds in which the steps of one order become one notice."""
MOST_ALIKE: Final = 5
"""More of one kind at a time become one notice of how many there were."""
LEVELS: Final = {
    OrderEvent.FILLED: Level.GOOD,
    OrderEvent.PARTLY: Level.INFO,
    OrderEvent.REJECTED: Level.PROBLEM,
    OrderEvent.ENDED: Level.WARNING,
    OrderEvent.FOUND: Level.WARNING,
    OrderEvent.ELSEWHERE: Level.INFO,
}
MANY: Final = {
    OrderEvent.FILLED: "orders were filled",
    OrderEvent.PARTLY: "orders were partly filled",
    OrderEvent.REJECTED: "orders were rejected",
    OrderEvent.ENDED: "orders were cancelled or have expired",
    OrderEvent.FOUND: "orders were found at the broker",
    OrderEvent.ELSEWHERE: "orders were placed elsewhere",
}
Step = tuple[Order | None, Order]
Told = tuple[Order, bool]
"""An order, and whether its fate had been unknown."""
ENDS: Final = (OrderEvent.ENDED, OrderEvent.REJECTED)


class OrderNotices:
    """`heard` notes a step at once; `run` tells, once nothing more is heard for a moment."""

    def __init__(
        self,
        *,
        notices: Notices,
        instruments: InstrumentRepository,
        journal: JournalRepository,
        clock: Clock,
    ) -> None:
        self._notices, self._instruments = notices, instruments
        self._journal, self._clock = journal, clock
        self._steps: dict[OrderId, Step] = {}
        self._any = asyncio.Event()

    def heard(self, before: Order | None, after: Order) -> None:
        known = self._steps.get(after.id)
        first = before if known is None or _is_unsure(before) else known[0]
        self._steps[after.id] = first, after
        self._any.set()

    async def run(self) -> None:
        while True:
            await self._any.wait()
            await asyncio.sleep(GATHERED)
            await self.tell()

    async def tell(self) -> None:
        """Tell of all that was heard so far."""
        self._any.clear()
        steps, self._steps = self._steps, {}
        told: dict[OrderEvent, list[Told]] = {}
        for before, after in steps.values():
            event = event_of(before, after)
            if event and not (event in ENDS and await self._asked_for(after)):
                told.setdefault(event, []).append((after, _is_unsure(before)))
        keys = list({order.request.key for each in told.values() for order, _ in each})
        names = await self._instruments.get_many(keys) if keys else {}
        for event, each in told.items():
            self._say(event, each, names)

    def _say(
        self, event: OrderEvent, told: Sequence[Told], names: Mapping[InstrumentKey, Instrument]
    ) -> None:
        if len(told) > MOST_ALIKE:
            self._add(event, f"{len(told)} {MANY[event]}.", ORDERS)
            return
        for order, was_unknown in told:
            found = "Found at the broker. " if was_unknown and event is not OrderEvent.FOUND else ""
            text = found + words(event, order, names.get(order.request.key))
            self._add(event, text, order_link(order.id))

    def _add(self, event: OrderEvent, text: str, link: str) -> None:
        self._notices.add(
            LEVELS[event], text, at=self._clock.now(), source="orders", link=link, event=event
        )

    async def _asked_for(self, order: Order) -> bool:
        """Whether its end was wanted here: the journal knows, also after a restart."""
        try:
            entries = await self._journal.of(order.id)
        except AppError:
            return False  # better told twice than not at all
        wanted = (e.entry for e in entries if e.entry.kind in (Kind.SENDING, Kind.INTENT))
        return any(entry.text.startswith("cancel") for entry in wanted)


def _is_unsure(order: Order | None) -> bool:
    return order is not None and order.status in (Status.UNKNOWN, Status.LOST)


def words(event: OrderEvent, order: Order, listed: Instrument | None) -> str:
    """`Bought 65 NIFTY 24200 CE 23 NOV 26 at 150.05.`"""
    name, side = listed.symbol if listed else order.request.key, order.request.side
    done = "Bought" if side is Side.BUY else "Sold"
    price, wanted = f"{order.average_price:.2f}", order.wanted
    why = f": {order.why.rstrip('.')}" if order.why else ""
    if event is OrderEvent.FILLED:
        return f"{done} {order.filled} {name} at {price}."
    if event is OrderEvent.PARTLY:
        return f"{done} {order.filled} of {wanted} {name} at {price}; the rest is working."
    asked = f"{side.upper()} {wanted} {name}"
    if event is OrderEvent.REJECTED:
        return f"Rejected: {asked}{why}."
    if event is OrderEvent.FOUND:
        return f"Found at the broker: {asked} is {order.status}."
    if event is OrderEvent.ELSEWHERE:
        return f"Placed elsewhere: {asked} is {order.status}."
    filled = f" {order.filled} of {wanted} were filled before." if order.filled else ""
    return f"{order.status.capitalize()}: {asked}{why}.{filled}"
