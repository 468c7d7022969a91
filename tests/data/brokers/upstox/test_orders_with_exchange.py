"""The order side against the real simulated exchange, over sockets: the suite of every door."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.clock import FollowedClock
from core.errors import BrokerRejected, BrokerUnavailable
from core.ids import BrokerOrderId, InstrumentKey
from core.ports.broker import BrokerPosition, Reconnected, Update
from core.settings import Upstox
from core.state.health import BrokerHealth
from core.state.session import SessionState
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.orders import Fate, Order
from core.trading.requests import OrderRequest, OrderType, Product, Side, new_order_id
from data.brokers.upstox import portfolio_stream
from data.brokers.upstox.auth import UpstoxLogin, tell_session
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.market_data import UpstoxMarketData
from data.brokers.upstox.orders import UpstoxBroker
from data.brokers.upstox.token_store import TokenStore
from data.exchange_process import demo_settings
from tests.data.brokers.order_contract import Bench, OrderDoor
from tests.exchange import start_exchange

NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
TICK = Decimal("0.05")


class Desk:
    """The adapter, logged in at an exchange of its own."""

    def __init__(self, url: str, home: Path) -> None:
        self.sim = httpx.Client(base_url=url, trust_env=False, timeout=10)
        self.clock, self.health = FollowedClock(), BrokerHealth()
        told = self.sim.get("/sim/clock").json()
        self.clock.follow(datetime.fromisoformat(told["now"]), told["speed"])
        self.tokens = TokenStore(home, "simulated", use_keyring=False)
        self.http = UpstoxHttp(demo_settings(Upstox(), url), self.tokens, self.clock, self.health)
        self.login = UpstoxLogin(self.http, self.tokens, self.clock, tell_session(SessionState()))
        self.broker = UpstoxBroker(self.http, self.tokens, self.clock)

    def fault(self, kind: str, **more: Any) -> None:
        self.sim.post("/sim/faults", json={"kind": kind, **more}).raise_for_status()

    async def resting(self) -> tuple[OrderRequest, int]:
        """A buy of two lots of a dear call, far below its market; and its freeze quantity."""
        data = UpstoxMarketData(self.http)
        contracts = await data.contracts(NIFTY)
        near = min(one.expiry for one in contracts if one.expiry)
        chain = await data.chain(NIFTY, near)
        (side,) = [
            call
            for strike, call in zip(chain.strikes, chain.calls, strict=True)
            if call is not None and strike == chain.strikes[chain.strikes <= chain.spot][-4]
        ]
        (listed,) = [one for one in contracts if one.key == side.key]
        price = (Decimal(str(side.bid)) * Decimal("0.9") / TICK).to_integral_value() * TICK
        request = OrderRequest(
            key=side.key,
            side=Side.BUY,
            quantity=2 * listed.lot_size,
            product=Product.CARRY,
            type=OrderType.LIMIT,
            price=price,
        )
        assert listed.freeze_quantity
        freeze = listed.freeze_quantity // listed.lot_size * listed.lot_size
        return request, freeze

    async def until(self, id: BrokerOrderId, true: Callable[[BrokerOrder], bool]) -> BrokerOrder:
        async with asyncio.timeout(10):
            while True:
                for each in await self.broker.orders():
                    if each.id == id and true(each):
                        return each
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        await self.http.close()
        self.sim.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    with start_exchange() as url:
        made = Desk(url, tmp_path)
        await made.login.auto_login()
        yield made
        await made.close()


def an_order(request: OrderRequest) -> Order:
    now = datetime.now(UTC)
    return Order(id=new_order_id(now), request=request, placed_at=now)


def bought_at_once(request: OrderRequest) -> OrderRequest:
    """Far above the market; an option that has not traded today takes no market orders."""
    return replace(request, price=(request.price * Decimal("1.25") / TICK // 1) * TICK)


class TestUpstoxBroker(OrderDoor):
    @pytest.fixture
    async def bench(self, desk: Desk) -> Bench:
        resting, freeze = await desk.resting()

        async def fill(id: BrokerOrderId, units: int) -> None:
            """The market cannot be told how much to sell: the order goes to it, and fills."""
            await desk.broker.modify(id, bought_at_once(resting))
            await desk.until(id, lambda each: each.filled >= units)

        return Bench(broker=desk.broker, resting=resting, fill=fill, freeze=freeze)

    async def test_funds_are_told(self, bench: Bench) -> None:
        """The demo account begins with shares."""
        funds = await bench.broker.funds()
        assert funds.available > 0
        assert funds.used >= 0
        assert all(held.quantity > 0 for held in await bench.broker.holdings())
        assert len(await bench.broker.holdings()) == 2

    async def test_fills_trades_and_positions_agree(self, bench: Bench) -> None:
        """As everywhere, but filled at once: half an order cannot be asked of a market."""
        order = await self.place(bench)
        (id,), units = order.broker_ids, bench.resting.quantity
        await bench.fill(id, units)
        part = await self.told(bench, id)
        trades = [each for each in await bench.broker.trades() if each.order_id == id]
        assert (part.status, part.filled) == (Status.FILLED, units)
        assert sum(trade.quantity for trade in trades) == units
        value = sum((trade.value for trade in trades), Decimal(0))
        assert part.average_price == pytest.approx(value / units, abs=Decimal("0.0001"))
        (position,) = await bench.broker.positions()
        assert (position.key, position.quantity) == (bench.resting.key, units)
        assert position.product is Product.CARRY


async def test_an_order_whose_reply_is_lost_is_unknown_and_then_found_by_its_tag(
    desk: Desk,
) -> None:
    request, _ = await desk.resting()
    desk.fault("lose_order_reply", count=1)
    order = an_order(request)
    with pytest.raises(BrokerUnavailable):
        await desk.broker.place(order)
    unknown = order.moved_to(Fate.UNANSWERED)
    assert unknown.status is Status.UNKNOWN
    found = [each for each in await desk.broker.orders() if each.tag == order.id]
    assert len(found) == 1, "it was sent once"
    assert unknown.heard(found).status is Status.OPEN


@pytest.mark.parametrize("kind", ["http_429", "http_500", "html_error"])
async def test_a_write_that_meets_a_bad_answer_is_not_repeated(desk: Desk, kind: str) -> None:
    request, _ = await desk.resting()
    desk.fault(kind, count=1, target="/v3/order/place")
    with pytest.raises(BrokerUnavailable):
        await desk.broker.place(an_order(request))
    assert await desk.broker.orders() == []
    await desk.broker.place(an_order(request))
    assert len(await desk.broker.orders()) == 1


async def test_an_order_rejected_by_the_exchange_says_why(desk: Desk) -> None:
    request, _ = await desk.resting()
    desk.fault("reject_orders", count=1)
    (id,) = await desk.broker.place(an_order(request))
    told = await desk.until(id, lambda each: each.status.is_final)
    assert told.status is Status.REJECTED
    assert told.reason


async def test_a_refused_order_is_refused_in_the_broker_s_words(desk: Desk) -> None:
    request, _ = await desk.resting()
    unheard = replace(request, key=InstrumentKey("NSE_FO|999999999"))
    with pytest.raises(BrokerRejected) as refused:
        await desk.broker.place(an_order(unheard))
    assert refused.value.code == "UDAPI100011"


async def test_all_that_is_held_is_closed(desk: Desk) -> None:
    assert await desk.broker.exit_all() == ()
    share = (await desk.broker.holdings())[0].key
    request = OrderRequest(
        key=share,
        side=Side.BUY,
        quantity=10,
        product=Product.INTRADAY,
        type=OrderType.MARKET,
    )
    (id,) = await desk.broker.place(an_order(request))
    await desk.until(id, lambda each: each.status is Status.FILLED)
    (closing,) = await desk.broker.exit_all()
    await desk.until(closing, lambda each: each.status is Status.FILLED)
    (position,) = await desk.broker.positions()
    assert (position.key, position.product) == (share, Product.INTRADAY)
    assert (position.quantity, position.average_price) == (0, None)


# The stream


async def heard(updates: AsyncIterator[Update], true: Callable[[Update], bool]) -> Update:
    async with asyncio.timeout(15):
        async for update in updates:
            if true(update):
                return update
    raise AssertionError("the stream ended")


async def test_the_stream_tells_of_orders_and_positions(desk: Desk) -> None:
    request, _ = await desk.resting()
    async with aclosing(desk.broker.updates()) as updates:  # type: ignore[type-var]
        assert await anext(updates) == Reconnected()
        order = an_order(bought_at_once(request))
        (id,) = await desk.broker.place(order)
        last = await heard(
            updates, lambda u: isinstance(u, BrokerOrder) and u.status is Status.FILLED
        )
        assert isinstance(last, BrokerOrder)
        assert (last.id, last.tag, last.filled) == (id, order.id, request.quantity)
        position = await heard(updates, lambda u: isinstance(u, BrokerPosition))
        assert isinstance(position, BrokerPosition)
        assert (position.key, position.quantity) == (request.key, request.quantity)
    assert desk.health.bad_data == {}


async def test_a_cut_stream_comes_back_and_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio_stream, "FIRST_WAIT", 0.05)
    request, _ = await desk.resting()
    async with aclosing(desk.broker.updates()) as updates:  # type: ignore[type-var]
        assert await anext(updates) == Reconnected()
        desk.fault("drop_socket")
        assert await heard(updates, lambda u: True) == Reconnected()
        (id,) = await desk.broker.place(an_order(request))
        await heard(updates, lambda u: isinstance(u, BrokerOrder) and u.id == id)


async def test_a_stream_that_falls_silent_is_given_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio_stream, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(portfolio_stream, "PING_EVERY", 0.2)
    monkeypatch.setattr(portfolio_stream, "PONG_WITHIN", 0.3)
    async with aclosing(desk.broker.updates()) as updates:  # type: ignore[type-var]
        assert await anext(updates) == Reconnected()
        desk.fault("half_open")
        again = asyncio.create_task(heard(updates, lambda u: True))
        await asyncio.sleep(1)
        desk.sim.delete("/sim/faults")
        assert await again == Reconnected()


async def test_a_dead_token_waits_for_the_next_login(desk: Desk) -> None:
    async with aclosing(desk.broker.updates()) as updates:  # type: ignore[type-var]
        assert await anext(updates) == Reconnected()
        desk.fault("token_expired")
        again = asyncio.create_task(heard(updates, lambda u: True))
        await asyncio.sleep(1)
        assert not again.done()
        await desk.login.auto_login()
        assert await again == Reconnected()


async def test_a_message_that_is_not_understood_asks_for_everything(
    desk: Desk,
) -> None:
    stream = portfolio_stream.PortfolioStream(desk.http, desk.tokens, desk.clock)
    for message in ("{", '{"update_type":"moon"}', '{"update_type":"order","status":"lost"}'):
        assert stream._understood(message) == Reconnected()
    assert desk.health.bad_data["portfolio stream"] == 3
