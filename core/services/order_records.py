"""What the order desk writes down: state first, then the disk, in the order of what happened."""

from collections.abc import Callable, Sequence

import structlog

from core.clock import Clock
from core.ports.orders import OrderRepository
from core.state.trading import TradingState
from core.trading.fills import Fill
from core.trading.journal import Entry, Kind, Value
from core.trading.orders import Order
from core.trading.requests import OrderRequest

log = structlog.get_logger(__name__)
Heard = Callable[[Order | None, Order], None]
"""What an order was before, None for a new one, and what it is now."""


class OrderRecords:
    """One writer for orders, fills and the journal."""

    def __init__(self, orders: OrderRepository, state: TradingState, clock: Clock) -> None:
        self._orders, self._state, self._clock = orders, state, clock
        self._listeners: list[Heard] = []

    def listen(self, heard: Heard) -> None:
        """Tell of every change of an order, once the state has it; not of those loaded."""
        self._listeners.append(heard)

    async def order(self, order: Order, kind: Kind, text: str, **facts: Value) -> None:
        """Put an order into the state, and on the disk with an entry about it."""
        before = self._state.orders.get(order.id)
        self._state.put(order)
        for heard in self._listeners:
            heard(before, order)
        entry = self.entry(kind, order.id, text, status=order.status, **facts)
        log.info("order.recorded", id=order.id, status=order.status, text=text)
        await self._orders.record([order], entries=[entry])

    async def fills(self, fills: Sequence[Fill], correlation: str) -> None:
        entries = [
            self.entry(
                Kind.UPDATE,
                correlation,
                "filled",
                trade=fill.trade_id,
                broker_order=fill.order_id,
                side=fill.side,
                quantity=fill.quantity,
                price=str(fill.price),
            )
            for fill in fills
        ]
        await self._orders.record(fills=fills, entries=entries)

    async def note(self, kind: Kind, correlation: str, text: str, **facts: Value) -> None:
        log.info("journal.entry", kind=kind, correlation=correlation, text=text)
        await self._orders.record(entries=[self.entry(kind, correlation, text, **facts)])

    def entry(self, kind: Kind, correlation: str, text: str, **facts: Value) -> Entry:
        return Entry(
            at=self._clock.now(), kind=kind, correlation=correlation, text=text, facts=facts
        )


def terms(request: OrderRequest) -> dict[str, Value]:
    """An order's terms as facts of an entry."""
    return {
        "key": request.key,
        "side": request.side,
        "quantity": request.quantity,
        "product": request.product,
        "type": request.type,
        "price": str(request.price),
        "trigger price": str(request.trigger_price),
        "validity": request.validity,
        "amo": request.amo,
        "slice": request.slice,
        "source": request.source,
        "group": request.group,
    }
