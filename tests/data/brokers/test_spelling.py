"""What the ticket shows as sent is what is sent."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.ids import OrderId
from core.trading.orders import Order
from core.trading.requests import OrderType
from data.brokers.upstox.order_mapping import place_body
from data.brokers.upstox.spelling import spelt
from tests.core.trading.samples import ask


@pytest.mark.parametrize(
    "more", [{}, {"type": OrderType.MARKET, "price": Decimal(0), "protection": 3}]
)
def test_nothing_but_our_number_is_left_out(more: dict[str, object]) -> None:
    request = ask(**more)  # type: ignore[arg-type]
    sent = place_body(
        Order(id=OrderId("sd1"), request=request, placed_at=datetime(2026, 8, 21, tzinfo=UTC))
    )
    assert {**spelt(request), "tag": "sd1"} == sent
