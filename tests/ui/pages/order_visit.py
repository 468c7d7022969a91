"""Placing and looking at orders on a desk of fakes, for the tests of the pages around them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from nicegui.testing import User

from core.ids import BrokerOrderId
from core.instruments.instrument import Kind
from core.trading.orders import Order
from core.trading.requests import OrderRequest, OrderType, Product, Side
from tests.fake_desk import FakeDesk
from tests.fake_universe import option_key
from tests.ui.finding import one
from ui.components.long_table import LongTable

CALL, PUT = option_key(24_200.0, Kind.CALL), option_key(24_200.0, Kind.PUT)
LOT = 65
_A_WHILE = timedelta(seconds=5)


def asked(**more: object) -> OrderRequest:
    given: dict[str, Any] = {
        "key": CALL,
        "side": Side.BUY,
        "quantity": LOT,
        "product": Product.CARRY,
        "type": OrderType.LIMIT,
        "price": Decimal("80.05"),
    }
    return OrderRequest(**given | more)


async def placed(desk: FakeDesk, **more: object) -> Order:
    """A working order of the desk; the duplicate guard is put to sleep."""
    desk.clock.advance(_A_WHILE)
    order = await desk.trading.desk.place(asked(**more))
    await desk.listen()
    return desk.trading.state.orders[order.id]


def number(order: Order) -> BrokerOrderId:
    (id,) = order.broker_ids
    return id


async def table(visitor: User, name: str = "order") -> LongTable:
    """The page's list, once it is there."""
    await visitor.should_see(marker=name, retries=20)
    found = one(visitor, name)
    assert isinstance(found, LongTable)
    return found
