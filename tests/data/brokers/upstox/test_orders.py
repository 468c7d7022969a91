"""The order side over a scripted network: what is sent, what is understood, what an error means."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.errors import BadData, BrokerRejected, BrokerUnavailable, LoginNeeded, RuleBroken
from core.ids import BrokerOrderId, InstrumentKey
from core.ports.broker import BrokerPosition, Funds, Holding
from core.trading.broker_orders import Status
from core.trading.requests import OrderType, Product, Side, Validity
from data.brokers.upstox import http as http_module
from data.brokers.upstox.order_schemas import STATUSES
from data.brokers.upstox.orders import UpstoxBroker
from tests.core.trading.samples import ask, order
from tests.data.brokers.upstox.parts import SETTINGS, Broker, Parts, bad, good, page

ID = BrokerOrderId("261123000000001")
ORDER_HOST = "http://127.0.0.1:2"

ROW = {
    "exchange": "NFO",
    "product": "D",
    "price": 150.05,
    "quantity": 130,
    "status": "open",
    "tag": "sd0",
    "instrument_token": "NSE_FO|43210",
    "order_type": "LIMIT",
    "validity": "DAY",
    "trigger_price": 0.0,
    "transaction_type": "SELL",
    "average_price": 150.1,
    "filled_quantity": 65,
    "order_id": ID,
    "order_timestamp": "2026-11-23 09:30:05",
    "order_request_id": "2",
    "status_message": None,
}
TRADE = {
    "product": "I",
    "instrument_token": "NSE_FO|43210",
    "transaction_type": "BUY",
    "quantity": 65,
    "order_id": ID,
    "exchange_timestamp": "23-Nov-2026 09:30:05",
    "average_price": 150.1,
    "trade_id": "7001",
}
POSITION = {
    "instrument_token": "NSE_FO|43210",
    "product": "D",
    "quantity": -65,
    "overnight_quantity": -130,
    "average_price": 99.5,
}


def door(home: Path, *answers: httpx.Response | Exception, **more: Any) -> tuple[UpstoxBroker, Any]:
    network = Broker(*answers)
    parts = Parts(home, network)
    parts.http.settings = SETTINGS.model_copy(update={"order_url": ORDER_HOST})
    return UpstoxBroker(parts.http, parts.tokens, parts.clock, **more), (network, parts)


WRITES: dict[str, Callable[[UpstoxBroker], Awaitable[object]]] = {
    "place": lambda door: door.place(order()),
    "modify": lambda door: door.modify(ID, ask()),
    "cancel": lambda door: door.cancel(ID),
    "exit all": lambda door: door.exit_all(),
}
each_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())


async def test_an_order_goes_to_the_order_host_with_our_id_as_its_tag(tmp_path: Path) -> None:
    broker, (network, _) = door(tmp_path, good({"order_ids": ["1", "2"]}))
    assert await broker.place(order(ask(quantity=130, slice=True), id="sd7")) == ("1", "2")
    (sent,) = network.asked
    assert (sent.method, str(sent.url)) == ("POST", f"{ORDER_HOST}/v3/order/place")
    assert sent.headers["authorization"] == "Bearer token-of-today"
    assert json.loads(sent.content) == {
        "quantity": 130,
        "product": "D",
        "validity": "DAY",
        "price": 150.0,
        "tag": "sd7",
        "instrument_token": "NSE_FO|43210",
        "order_type": "LIMIT",
        "transaction_type": "BUY",
        "disclosed_quantity": 0,
        "trigger_price": 0.0,
        "is_amo": False,
        "slice": True,
    }


async def test_only_orders_at_market_are_protected(tmp_path: Path) -> None:
    broker, (network, _) = door(tmp_path, good({"order_ids": ["1"]}))
    stop = ask(
        Side.SELL,
        product=Product.INTRADAY,
        type=OrderType.SL_M,
        price=Decimal(0),
        trigger_price=Decimal("99.95"),
        validity=Validity.IOC,
        protection=3,
    )
    await broker.place(order(stop))
    sent = json.loads(network.asked[0].content)
    assert (sent["order_type"], sent["trigger_price"], sent["price"]) == ("SL-M", 99.95, 0.0)
    assert (sent["market_protection"], sent["product"], sent["validity"]) == (3, "I", "IOC")


async def test_modify_and_cancel_name_the_order(tmp_path: Path) -> None:
    broker, (network, _) = door(tmp_path, good({"order_id": ID}))
    await broker.modify(ID, ask(price=Decimal("151.5")))
    await broker.cancel(ID)
    changed, ended = network.asked
    assert (changed.method, str(changed.url)) == ("PUT", f"{ORDER_HOST}/v3/order/modify")
    assert json.loads(changed.content) == {
        "order_id": ID,
        "quantity": 65,
        "validity": "DAY",
        "price": 151.5,
        "order_type": "LIMIT",
        "trigger_price": 0.0,
        "disclosed_quantity": 0,
    }
    assert (ended.method, str(ended.url)) == (
        "DELETE",
        f"{ORDER_HOST}/v3/order/cancel?order_id={ID}",
    )


@each_write
@pytest.mark.parametrize(
    "answer",
    [
        bad(408, "UDAPI1"),
        bad(429, "UDAPI10005"),
        bad(500, "UDAPI100500"),
        bad(503),
        bad(400, ""),
        page(200),
        page(400),
        page(403),
        page(404),
        page(429),
        page(502),
        httpx.Response(307, headers={"location": "http://127.0.0.1:3/again"}),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b'{"status":"success","data":'),
        httpx.Response(200, content=b'{"status":"pending","data":{}}'),
        good(None),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("no"),
        httpx.RemoteProtocolError("cut"),
        httpx.ReadError("cut"),
        httpx.DecodingError("gzip?"),
    ],
    ids=repr,
)
async def test_a_write_without_a_usable_answer_is_of_unknown_fate_and_not_sent_again(
    tmp_path: Path,
    write: Callable[[UpstoxBroker], Awaitable[object]],
    answer: httpx.Response | Exception,
) -> None:
    broker, (network, parts) = door(tmp_path, answer)
    with pytest.raises(BrokerUnavailable):
        await write(broker)
    assert len(network.asked) == 1
    assert parts.pauses == []
    assert parts.health.calls == 1


@each_write
@pytest.mark.parametrize("status", [400, 403, 404, 410, 422, 423])
async def test_a_refusal_is_told_in_the_broker_s_words(
    tmp_path: Path, write: Callable[[UpstoxBroker], Awaitable[object]], status: int
) -> None:
    broker, (network, _) = door(tmp_path, bad(status, "UDAPI1154", "Not from this address"))
    with pytest.raises(BrokerRejected, match="Not from this address") as refused:
        await write(broker)
    assert (refused.value.code, refused.value.http_status) == ("UDAPI1154", status)
    assert len(network.asked) == 1


@each_write
async def test_a_dead_token_ends_the_login_and_nothing_more_is_sent(
    tmp_path: Path, write: Callable[[UpstoxBroker], Awaitable[object]]
) -> None:
    broker, (network, _) = door(tmp_path, bad(401, "UDAPI100050"))
    for _ in range(2):
        with pytest.raises(LoginNeeded):
            await write(broker)
    assert len(network.asked) == 1


async def test_an_answer_about_another_order_is_no_answer(tmp_path: Path) -> None:
    broker, _ = door(tmp_path, good({"order_id": "5"}))
    with pytest.raises(BrokerUnavailable, match="another order"):
        await broker.cancel(ID)
    broker, _ = door(tmp_path, good({"order_ids": ["5", "5"]}))
    with pytest.raises(BrokerUnavailable, match="one number"):
        await broker.place(order())


async def test_reads_that_fail_do_not_hold_back_an_order(tmp_path: Path) -> None:
    broker, (network, parts) = door(tmp_path, page(500))
    for _ in range(2):
        with pytest.raises(BrokerUnavailable):
            await broker.orders()
    assert parts.health.breaker == "open"
    network.answers = [good({"order_id": ID})]
    await broker.cancel(ID)


async def test_orders_have_an_allowance_of_their_own_and_exits_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "ORDER_PATIENCE", 0.05)
    broker, (network, parts) = door(
        tmp_path,
        good({"order_ids": ["1"]}),
        is_exit=lambda request: request.side is Side.SELL,
    )
    assert [each.name for each in parts.health.budgets] == ["standard"]
    for _ in range(8):
        await broker.place(order())
    with pytest.raises(RuleBroken, match="not sent"):
        await broker.place(order())
    assert len(network.asked) == 8
    await broker.place(order(ask(Side.SELL)))
    network.answers = [good({"order_id": ID})]
    await broker.cancel(ID)
    orders = {each.name: each for each in parts.health.budgets}["orders"]
    parts.http.refresh_health()
    assert (orders.allowed, orders.used[1]) == ((8, 400, 1600), 10)
    await parts.http.close()


async def test_everything_held_is_closed_with_one_call(tmp_path: Path) -> None:
    broker, (network, _) = door(tmp_path, good({"order_ids": ["1", "2"]}))
    assert await broker.exit_all() == ("1", "2")
    (sent,) = network.asked
    assert (sent.url.path, sent.url.port, sent.content) == ("/v2/order/positions/exit", 1, b"{}")
    broker, _ = door(tmp_path, bad(400, "UDAPI1111", "none"))
    assert await broker.exit_all() == ()


async def test_positions_closed_in_part_are_not_called_closed(tmp_path: Path) -> None:
    said = {"error_code": "UDAPI1", "message": "RMS says no"}
    body = {"status": "partial_success", "data": {"order_ids": ["1"]}, "errors": [said]}
    broker, _ = door(tmp_path, httpx.Response(207, json=body))
    with pytest.raises(BrokerUnavailable, match="RMS says no"):
        await broker.exit_all()


async def test_a_redirect_is_no_answer_whatever_it_carries(tmp_path: Path) -> None:
    carried = good({"order_ids": ["1"]}).content
    broker, (network, _) = door(tmp_path, httpx.Response(302, content=carried))
    with pytest.raises(BrokerUnavailable, match="302"):
        await broker.place(order())
    assert len(network.asked) == 1


# Reads


async def test_a_row_of_the_book_is_understood(tmp_path: Path) -> None:
    broker, _ = door(tmp_path, good([ROW]))
    (found,) = await broker.orders()
    assert (found.id, found.tag, found.key, found.side) == (ID, "sd0", "NSE_FO|43210", Side.SELL)
    assert (found.quantity, found.filled, found.revision) == (130, 65, 2)
    assert (found.price, found.average_price) == (Decimal("150.05"), Decimal("150.1"))
    assert (found.status, found.standing) == (Status.OPEN, Status.PARTIAL)
    assert (found.type, found.product) == (OrderType.LIMIT, Product.CARRY)
    assert found.at == datetime(2026, 11, 23, 4, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(("word", "status"), STATUSES.items())
async def test_every_status_of_the_broker_has_a_meaning(
    tmp_path: Path, word: str, status: Status
) -> None:
    broker, _ = door(tmp_path, good([{**ROW, "status": word}]))
    assert (await broker.orders())[0].status is status


def test_the_broker_has_seventeen_words_for_a_status() -> None:
    assert len(STATUSES) == 17
    ends = {word for word, status in STATUSES.items() if status.is_final}
    assert ends == {"cancelled", "complete", "rejected", "cancelled after market order"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "teleported"},
        {"order_type": "ICEBERG"},
        {"transaction_type": "HOLD"},
        {"product": "X"},
        {"filled_quantity": -1},
        {"order_timestamp": "yesterday"},
        {"order_request_id": "two"},
        {"price": -1.0},
        {"instrument_token": "nothing"},
    ],
    ids=str,
)
async def test_a_word_that_nobody_knows_is_bad_data(tmp_path: Path, wrong: dict[str, Any]) -> None:
    broker, (_, parts) = door(tmp_path, good([{**ROW, **wrong}]))
    with pytest.raises(BadData):
        await broker.orders()
    assert parts.health.bad_data["orders"] == 1


@pytest.mark.parametrize(
    ("word", "key", "product"),
    [
        ("D", "NSE_EQ|INE002A01018", Product.DELIVERY),
        ("D", "NSE_FO|1", Product.CARRY),
        ("I", "NSE_EQ|INE002A01018", Product.INTRADAY),
        ("CO", "NSE_FO|1", Product.INTRADAY),
        ("MTF", "NSE_EQ|INE002A01018", Product.MTF),
    ],
)
async def test_products_are_told_apart_by_segment(
    tmp_path: Path, word: str, key: str, product: Product
) -> None:
    broker, _ = door(tmp_path, good([{**ROW, "product": word, "instrument_token": key}]))
    assert (await broker.orders())[0].product is product


async def test_the_history_of_an_order_that_is_not_there_is_empty(tmp_path: Path) -> None:
    broker, (network, _) = door(tmp_path, bad(404, "UDAPI100010", "Order not found"))
    assert await broker.order_history(ID) == []
    assert network.asked[0].url.params["order_id"] == ID
    broker, _ = door(tmp_path, bad(400, "UDAPI1010", "charset"))
    with pytest.raises(BrokerRejected):
        await broker.order_history(ID)


@pytest.mark.parametrize("moment", ["23-Nov-2026 09:30:05", "2026-11-23 09:30:05"])
async def test_trades_are_fills(tmp_path: Path, moment: str) -> None:
    broker, _ = door(tmp_path, good([{**TRADE, "exchange_timestamp": moment}]))
    (found,) = await broker.trades()
    assert (found.id, found.signed, found.price) == ((ID, "7001"), 65, Decimal("150.1"))
    assert found.product is Product.INTRADAY
    assert found.at == datetime(2026, 11, 23, 4, 0, 5, tzinfo=UTC)


async def test_a_trade_of_nothing_is_counted_as_bad(tmp_path: Path) -> None:
    broker, (_, parts) = door(tmp_path, good([{**TRADE, "quantity": 0}]))
    with pytest.raises(BadData):
        await broker.trades()
    assert parts.health.bad_data["trades"] == 1


async def test_positions_of_both_lists_are_told(tmp_path: Path) -> None:
    share = {
        "instrument_token": "NSE_EQ|INE002A01018",
        "product": "MTF",
        "quantity": 0,
        "overnight_quantity": 0,
        "average_price": 1400.0,
    }
    broker, (network, _) = door(
        tmp_path, good([POSITION, {**POSITION, "average_price": None}]), good([share])
    )
    first = BrokerPosition(
        key=InstrumentKey("NSE_FO|43210"),
        product=Product.CARRY,
        quantity=-65,
        overnight=-130,
        average_price=Decimal("99.5"),
    )
    flat = BrokerPosition(key=InstrumentKey("NSE_EQ|INE002A01018"), product=Product.MTF, quantity=0)
    assert await broker.positions() == [first, replace(first, average_price=None), flat]
    assert [each.url.path for each in network.asked] == [
        "/v2/portfolio/short-term-positions",
        "/v3/portfolio/mtf-positions",
    ]


async def test_shares_and_money_are_told(tmp_path: Path) -> None:
    held = {"instrument_token": "NSE_EQ|INE002A01018", "quantity": 10, "average_price": 1400.25}
    broker, _ = door(tmp_path, good([held]))
    assert await broker.holdings() == [
        Holding(
            key=InstrumentKey("NSE_EQ|INE002A01018"),
            quantity=10,
            average_price=Decimal("1400.25"),
        )
    ]
    money = {"equity": {"available_margin": 1000.5, "used_margin": -20.25}, "commodity": {}}
    broker, _ = door(tmp_path, good(money))
    assert await broker.funds() == Funds(available=Decimal("1000.5"), used=Decimal("-20.25"))


async def test_a_read_is_tried_again(tmp_path: Path) -> None:
    broker, (network, _) = door(tmp_path, bad(500), good([]))
    assert await broker.orders() == []
    assert len(network.asked) == 2


async def test_a_refusal_of_our_address_is_remembered_until_an_order_is_taken(
    tmp_path: Path,
) -> None:
    broker, (_, parts) = door(
        tmp_path, bad(403, "UDAPI1154", "static IP"), good({"order_ids": ["1"]})
    )
    with pytest.raises(BrokerRejected, match="static IP"):
        await broker.place(order())
    assert parts.health.address_refused_at == parts.clock.now()
    await broker.place(order())
    assert parts.health.address_refused_at is None
