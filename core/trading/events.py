"""What happens to an order that its owner wants to hear of."""

from enum import StrEnum
from typing import Final

from core.ids import OrderId
from core.trading.broker_orders import Status
from core.trading.orders import Order
from core.trading.requests import Source

ORDERS: Final = "/orders"
POSITIONS: Final = "/positions"
"""Where a person reads more."""


class OrderEvent(StrEnum):
    FILLED = "filled"
    PARTLY = "partly filled"
    REJECTED = "rejected"
    ENDED = "cancelled or expired"  # not because we asked for it
    NO_ANSWER = "no answer"
    FOUND = "found again"
    LOST = "never arrived"
    ELSEWHERE = "placed elsewhere"
    DIFFERENCE = "difference"


def event_of(before: Order | None, after: Order) -> OrderEvent | None:
    """What the step from one to the other is to its owner; None for a routine one.

    `before` is None for an order that was not known. An answer that is lost, and an order that
    never arrived, are told by the desk and the reconciler themselves.
    """
    was, now = before.status if before else None, after.status
    if was is now:
        return None
    if before is None and after.request.source is Source.EXTERNAL:
        return OrderEvent.ELSEWHERE
    if now in _ENDS:
        return _ENDS[now]
    if was in (Status.UNKNOWN, Status.LOST) and now.is_working:
        return OrderEvent.FOUND
    return OrderEvent.PARTLY if now is Status.PARTIAL else None


def order_link(id: OrderId) -> str:
    return f"{ORDERS}?order={id}"


_ENDS = {
    Status.FILLED: OrderEvent.FILLED,
    Status.REJECTED: OrderEvent.REJECTED,
    Status.CANCELLED: OrderEvent.ENDED,
    Status.EXPIRED: OrderEvent.ENDED,
}
