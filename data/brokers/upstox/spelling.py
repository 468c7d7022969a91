"""An order as the broker will read it, for whoever wants to see it before it is sent."""

from collections.abc import Mapping
from datetime import UTC, datetime

from core.ids import OrderId
from core.trading.orders import Order
from core.trading.requests import OrderRequest
from data.brokers.upstox.order_mapping import place_body

NOT_YET = datetime(1970, 1, 1, tzinfo=UTC)


def spelt(request: OrderRequest) -> Mapping[str, str | int | float | bool]:
    """The body of the place call without its tag, which is our number and made at the last."""
    body = place_body(Order(id=OrderId(""), request=request, placed_at=NOT_YET))
    return {name: value for name, value in body.items() if name != "tag"}
