"""GTTs and the account against the real simulated exchange, over sockets."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import BrokerRejected, BrokerUnavailable
from core.ports.account import Conversion
from core.ports.broker import Reconnected
from core.trading.broker_orders import Status
from core.trading.gtt import BrokerGtt, Gtt, GttStatus
from core.trading.gtt_terms import GttRequest, Role, Rule, Trigger, new_gtt_id
from core.trading.requests import OrderRequest, OrderType, Product, Side
from data.brokers.upstox.account import UpstoxAccount
from data.brokers.upstox.gtt import UpstoxGtts
from tests.data.brokers.gtt_contract import GttBench, GttDoorContract, bracket_around
from tests.data.brokers.upstox.test_orders_with_exchange import TICK, Desk, an_order, heard
from tests.exchange import start_exchange


@pytest.fixture(scope="module")
def exchange() -> Iterator[str]:
    """One for all of these tests: each leaves its account flat and without a GTT."""
    with start_exchange() as url:
        yield url


@pytest.fixture
async def desk(exchange: str, tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(exchange, tmp_path)
    await made.login.auto_login()
    yield made
    made.sim.delete("/sim/faults")
    gtts = UpstoxGtts(made.http)
    for each in await gtts.all():
        await gtts.cancel(each.id)
    for id in await made.broker.exit_all():
        await made.until(id, lambda each: each.status.is_final)
    await made.close()


def near(price: Decimal, factor: str) -> Decimal:
    return (price * Decimal(factor) / TICK).to_integral_value() * TICK


def waiting(order: OrderRequest) -> GttRequest:
    """Bought far above the market, once it goes there."""
    rule = Rule(role=Role.ENTRY, trigger=Trigger.ABOVE, price=near(order.price, "2"))
    return GttRequest(
        key=order.key,
        side=Side.BUY,
        quantity=order.quantity,
        product=order.product,
        rules=(rule,),
    )


def a_gtt(request: GttRequest) -> Gtt:
    now = datetime.now(UTC)
    return Gtt(id=new_gtt_id(now), request=request, placed_at=now)


class TestUpstoxGtts(GttDoorContract):
    @pytest.fixture
    async def bench(self, desk: Desk) -> GttBench:
        order, _ = await desk.resting()
        wanted = waiting(order)
        bracket = bracket_around(
            wanted, near(order.price, "1.2"), near(order.price, "2"), near(order.price, "0.5")
        )
        return GttBench(
            door=UpstoxGtts(desk.http),
            broker=desk.broker,
            waiting=wanted,
            at_once=bracket,
            lot=order.quantity // 2,
            tick=TICK,
        )


@pytest.mark.parametrize("kind", ["http_500", "lose_order_reply"])
async def test_one_whose_answer_was_lost_is_found_by_what_it_says(desk: Desk, kind: str) -> None:
    order, _ = await desk.resting()
    gtts, gtt = UpstoxGtts(desk.http), a_gtt(waiting(order))
    target = {"target": "/v3/order/gtt/place"} if kind == "http_500" else {}
    desk.fault(kind, count=1, **target)
    with pytest.raises(BrokerUnavailable):
        await gtts.place(gtt)
    found = [each for each in await gtts.all() if gtt.is_told_by(each)]
    assert len(found) == (1 if kind == "lose_order_reply" else 0)


async def test_the_stream_tells_of_them(desk: Desk) -> None:
    order, _ = await desk.resting()
    gtts, gtt = UpstoxGtts(desk.http), a_gtt(waiting(order))
    async with aclosing(desk.broker.updates()) as updates:  # type: ignore[type-var]
        assert await anext(updates) == Reconnected()
        id = await gtts.place(gtt)
        last = await heard(
            updates, lambda u: isinstance(u, BrokerGtt) and u.status is GttStatus.WAITING
        )
        assert isinstance(last, BrokerGtt)
        assert (last.id, last.asked) == (id, gtt.request.rules)
    assert desk.health.bad_data == {}


async def test_shares_bought_within_the_day_are_converted_to_delivery(desk: Desk) -> None:
    account, share = UpstoxAccount(desk.http), (await desk.broker.holdings())[0].key
    buying = OrderRequest(
        key=share, side=Side.BUY, quantity=10, product=Product.INTRADAY, type=OrderType.MARKET
    )
    (id,) = await desk.broker.place(an_order(buying))
    await desk.until(id, lambda each: each.status is Status.FILLED)
    wanted = Conversion(
        key=share, side=Side.BUY, quantity=10, before=Product.INTRADAY, after=Product.DELIVERY
    )
    await account.convert(wanted)
    units = {p.product: p.quantity for p in await desk.broker.positions() if p.key == share}
    assert (units.get(Product.INTRADAY, 0), units[Product.DELIVERY]) == (0, 10)
    with pytest.raises(BrokerRejected):
        await account.convert(replace(wanted, quantity=100))


async def test_the_account_tells_of_money_shares_segments_and_addresses(desk: Desk) -> None:
    account = UpstoxAccount(desk.http)
    told, brief = await account.funds(), await desk.broker.funds()
    assert told.available == pytest.approx(brief.available, rel=Decimal("0.01"))
    assert [line.name for line in told.lines if line.level == 0][:1] == ["Cash available"]
    shares = await account.shares()
    assert {each.key for each in shares} == {h.key for h in await desk.broker.holdings()}
    assert all(each.close and each.name for each in shares)
    assert await account.borrowed() == []
    assert (await account.addresses()).primary
    assert not any(each.stopped for each in await account.segments())
    after = {each.segment: each for each in await account.switch(["BSE_FO"], stop=True)}
    assert (after["BSE_FO"].stopped, after["NSE_EQ"].stopped) == (True, False)
    with pytest.raises(BrokerRejected):
        await account.switch(["BSE_FO"], stop=False)
