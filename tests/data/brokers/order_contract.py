"""What every order door keeps to, whatever stands behind it: the tests of one suite for all.

A door's own test file names a subclass `Test…` and gives it the fixture `bench`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import BrokerRejected
from core.ids import BrokerOrderId
from core.ports.broker import Broker
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.orders import Order
from core.trading.requests import OrderRequest, Side, new_order_id
from tests.core.trading.samples import NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A door, an order far from the market that rests, and how to have it filled in part."""

    broker: Broker
    resting: OrderRequest
    fill: Callable[[BrokerOrderId, int], Awaitable[None]]
    freeze: int


class OrderDoor:
    async def place(self, bench: Bench, request: OrderRequest | None = None) -> Order:
        order = Order(
            id=new_order_id(NOW + timedelta(milliseconds=1)),
            request=request or bench.resting,
            placed_at=NOW,
        )
        ids = await bench.broker.place(order)
        return order.taken(ids, NOW).heard(
            [each for each in await bench.broker.orders() if each.id in ids]
        )

    async def told(self, bench: Bench, id: BrokerOrderId) -> BrokerOrder:
        (found,) = [each for each in await bench.broker.orders() if each.id == id]
        return found

    async def test_an_order_is_listed_with_its_terms_and_our_id(self, bench: Bench) -> None:
        order = await self.place(bench)
        (part,), request = order.parts, bench.resting
        assert (part.tag, part.status, part.quantity) == (order.id, Status.OPEN, request.quantity)
        assert (part.key, part.side, part.type) == (request.key, request.side, request.type)
        assert (part.price, part.product) == (request.price, request.product)
        assert order.status is Status.OPEN

    async def test_two_orders_of_the_same_terms_are_two(self, bench: Bench) -> None:
        one, two = await self.place(bench), await self.place(bench)
        assert one.broker_ids != two.broker_ids
        assert len(await bench.broker.orders()) == 2

    async def test_a_modified_order_keeps_its_number_and_counts_on(self, bench: Bench) -> None:
        order = await self.place(bench)
        (before,) = order.parts
        price = bench.resting.price + Decimal("0.05")
        await bench.broker.modify(before.id, replace(bench.resting, price=price))
        after = await self.told(bench, before.id)
        assert (after.price, after.status) == (price, Status.OPEN)
        assert after.revision > before.revision
        assert order.heard([after]).parts[0].price == price

    async def test_a_cancelled_order_stays_cancelled_and_is_not_changed(self, bench: Bench) -> None:
        order = await self.place(bench)
        (id,) = order.broker_ids
        await bench.broker.cancel(id)
        assert (await self.told(bench, id)).status is Status.CANCELLED
        with pytest.raises(BrokerRejected):
            await bench.broker.cancel(id)
        with pytest.raises(BrokerRejected):
            await bench.broker.modify(id, bench.resting)

    async def test_nothing_can_be_done_with_an_order_that_is_not_there(self, bench: Bench) -> None:
        for call in (
            bench.broker.cancel(BrokerOrderId("999999999999999")),
            bench.broker.modify(BrokerOrderId("999999999999999"), bench.resting),
        ):
            with pytest.raises(BrokerRejected):
                await call

    async def test_fills_trades_and_positions_agree(self, bench: Bench) -> None:
        order = await self.place(bench)
        (id,), half = order.broker_ids, bench.resting.quantity // 2
        await bench.fill(id, half)
        part = await self.told(bench, id)
        assert (part.standing, part.filled) == (Status.PARTIAL, half)
        await bench.fill(id, bench.resting.quantity - half)
        part = await self.told(bench, id)
        trades = [each for each in await bench.broker.trades() if each.order_id == id]
        assert (part.status, part.filled) == (Status.FILLED, bench.resting.quantity)
        assert sum(trade.quantity for trade in trades) == part.filled
        value = sum((trade.value for trade in trades), Decimal(0))
        assert part.average_price == pytest.approx(value / part.filled, abs=Decimal("0.0001"))
        (position,) = await bench.broker.positions()
        way = 1 if bench.resting.side is Side.BUY else -1
        assert (position.key, position.quantity) == (bench.resting.key, way * part.filled)

    async def test_what_is_above_the_freeze_quantity_is_sliced_under_one_tag(
        self, bench: Bench
    ) -> None:
        size = 2 * bench.freeze + bench.resting.quantity
        order = await self.place(bench, replace(bench.resting, quantity=size, slice=True))
        assert [part.quantity for part in order.parts] == [
            bench.freeze,
            bench.freeze,
            bench.resting.quantity,
        ]
        assert {part.tag for part in order.parts} == {order.id}
        assert order.is_whole

    async def test_the_history_of_an_order_ends_with_what_is_true_now(self, bench: Bench) -> None:
        order = await self.place(bench)
        (id,) = order.broker_ids
        await bench.broker.cancel(id)
        history = await bench.broker.order_history(id)
        assert history[-1].status is Status.CANCELLED
        assert await bench.broker.order_history(BrokerOrderId("999999999999999")) == []

    async def test_funds_are_told(self, bench: Bench) -> None:
        funds = await bench.broker.funds()
        assert funds.available > 0
        assert funds.used >= 0
        assert await bench.broker.holdings() == []
