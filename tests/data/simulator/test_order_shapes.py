"""Every documented sample of the order side has the shape of the exchange's answer."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.simulator.market import Market
from tests.data.simulator.running import RELIANCE, StillClock, log_in
from tests.data.simulator.shapes import differences, shape_of
from tests.data.simulator.trader import option, order, place, trader_at

SAMPLES = Path(__file__).resolve().parents[4] / "shared/reference/upstox-samples"
SBIN = "NSE_EQ|INE062A01020"
YEAR = {"segment": "FO", "financial_year": "2627"}
PAGE = {"page_number": "1", "page_size": "100"}
DAYS = {"start_date": "2026-11-01", "end_date": "2026-11-18"}
READS: dict[str, tuple[str, dict[str, str]]] = {
    "get-order-book": ("/v2/order/retrieve-all", {}),
    "get-order-details": ("/v2/order/details", {"order_id": "{order}"}),
    "get-order-history": ("/v2/order/history", {"order_id": "{order}"}),
    "get-trades-for-day": ("/v2/order/trades/get-trades-for-day", {}),
    "get-order-trades": ("/v2/order/trades", {"order_id": "{order}"}),
    "get-positions": ("/v2/portfolio/short-term-positions", {}),
    "get-mtf-positions": ("/v3/portfolio/mtf-positions", {}),
    "get-holdings": ("/v2/portfolio/long-term-holdings", {}),
    "get-funds-margin-v2": ("/v2/user/get-funds-and-margin", {}),
    "get-funds-margin-v3": ("/v3/user/get-funds-and-margin", {}),
    "get-kill-switch": ("/v2/user/kill-switch", {}),
    "get-user-ip": ("/v2/user/ip", {}),
    "get-gtt-details": ("/v3/order/gtt", {}),
    "get-historical-trades": ("/v2/charges/historical-trades", DAYS | PAGE),
    "get-pnl-metadata": ("/v2/trade/profit-loss/metadata", YEAR),
    "get-pnl-report": ("/v2/trade/profit-loss/data", YEAR | PAGE),
    "get-pnl-charges": ("/v2/trade/profit-loss/charges", YEAR),
    "get-portfolio-feed-authorize": ("/v2/feed/portfolio-stream-feed/authorize", {}),
}


def sample(name: str) -> Any:
    path = SAMPLES / f"{name}.json"
    if not path.is_file():
        pytest.skip("../shared is not here")
    return json.loads(path.read_text())


def bracket(key: str, last: float, gap: float | None = None) -> dict[str, Any]:
    """An entry a little above the last price, with target and stop."""
    stop = {"strategy": "STOPLOSS", "trigger_type": "IMMEDIATE", "trigger_price": last - 5}
    return {
        "type": "MULTIPLE",
        "quantity": 20,
        "product": "I",
        "instrument_token": key,
        "transaction_type": "BUY",
        "rules": [
            {"strategy": "ENTRY", "trigger_type": "IMMEDIATE", "trigger_price": last + 1},
            stop | ({"trailing_gap": gap} if gap else {}),
            {"strategy": "TARGET", "trigger_type": "IMMEDIATE", "trigger_price": last + 20},
        ],
    }


@pytest.fixture
async def busy(market: Market, clock: StillClock) -> AsyncIterator[httpx.AsyncClient]:
    """Trades of two days, positions of every product, a bracket, an order that works."""
    call = option(market)
    async with trader_at(market, clock) as client:
        await place(client, call.key, order_type="MARKET", quantity=130)
        await place(client, call.key, "SELL", order_type="MARKET")
        clock.advance(86_400)
        await log_in(client)
        await place(client, RELIANCE, order_type="MARKET", quantity=10, product="I", tag="one")
        await place(client, SBIN, order_type="MARKET", quantity=20, product="MTF")
        await place(client, call.key, price=50, quantity=65)
        last = market.last_price(SBIN, clock.ms)
        body = bracket(SBIN, round(last, 1), gap=1.5)
        answer = await client.post("/v3/order/gtt/place", json=body)
        assert answer.status_code == 200, answer.text
        yield client


@pytest.mark.parametrize("name", READS)
async def test_a_read_has_the_shape_of_its_sample(busy: httpx.AsyncClient, name: str) -> None:
    path, query = READS[name]
    rows = (await busy.get("/v2/order/retrieve-all")).json()["data"]
    filled = next(row["order_id"] for row in rows if row["status"] == "complete")
    asked = {key: value.replace("{order}", filled) for key, value in query.items()}
    answer = await busy.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"], "an empty answer shows no shape"
    assert differences(shape_of(sample(name)), shape_of(answer.json())) == []


async def test_a_write_has_the_shape_of_its_sample(
    busy: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    key = option(market).key
    resting = order(key, price=50.0, slice=True)
    change = {"validity": "DAY", "price": 51.0, "order_type": "LIMIT", "trigger_price": 0}
    switch = [{"segment": "BSE_FO", "action": "DISABLE"}]
    last = round(market.last_price(SBIN, clock.ms), 1)
    put, one = bracket(SBIN, last, gap=2.0), {"order_id": ""}
    conversion = {
        "instrument_token": RELIANCE, "old_product": "I", "new_product": "D",
        "transaction_type": "BUY", "quantity": 10,
    }  # fmt: skip

    async def check(name: str, method: str, path: str, **sent: Any) -> Any:
        answer = await busy.request(method, path, **sent)
        assert answer.status_code == 200, answer.text
        assert differences(shape_of(sample(name)), shape_of(answer.json())) == [], name
        return answer.json()["data"]

    for version in ("v2", "v3"):
        data = await check(
            f"post-place-order-{version}", "POST", f"/{version}/order/place", json=resting
        )
        one = {"order_id": data["order_id"] if version == "v2" else data["order_ids"][0]}
        await check(
            f"put-modify-order-{version}", "PUT", f"/{version}/order/modify", json=change | one
        )
        path = f"/{version}/order/cancel"
        await check(f"delete-cancel-order-{version}", "DELETE", path, params=one)
    lines = [resting | {"correlation_id": "leg1"}, resting | {"correlation_id": "leg2"}]
    await check("post-place-multi-order", "POST", "/v2/order/multi/place", json=lines)
    [known] = (await busy.get("/v3/order/gtt")).json()["data"]
    put |= {"gtt_order_id": known["gtt_order_id"]}
    await check("put-gtt-modify", "PUT", "/v3/order/gtt/modify", json=put)
    gone = {"gtt_order_id": known["gtt_order_id"]}
    await check("delete-gtt-cancel", "DELETE", "/v3/order/gtt/cancel", json=gone)
    again = bracket(SBIN, last)
    await check("post-gtt-place", "POST", "/v3/order/gtt/place", json=again)
    await check("put-convert-position", "PUT", "/v2/portfolio/convert-position", json=conversion)
    await check("post-exit-positions", "POST", "/v2/order/positions/exit", json={})
    await check("post-kill-switch", "POST", "/v2/user/kill-switch", json=switch)
    ips = {"primary_ip": "127.0.0.1", "secondary_ip": "::1"}
    await check("put-user-ip", "PUT", "/v2/user/ip", json=ips)


async def test_cancelled_together_they_are_told_as_in_the_sample(
    busy: httpx.AsyncClient,
) -> None:
    wanted = shape_of(sample("delete-cancel-multi-order"))
    answer = await busy.delete("/v2/order/multi/cancel")
    assert differences(wanted, shape_of(answer.json())) == []


async def test_a_basket_with_a_bad_line_is_refused_in_the_shape_of_its_sample(
    busy: httpx.AsyncClient, market: Market
) -> None:
    line = order(option(market).key, price=50.0, slice=False)
    lines = [
        line | {"correlation_id": "leg1", "product": "X"},
        line | {"correlation_id": "leg2"},
    ]
    answer = await busy.post("/v2/order/multi/place", json=lines)
    assert (answer.status_code, answer.json()["status"]) == (400, "error")
    told = answer.json()
    assert told["summary"] == {"total": 2, "payload_error": 1, "success": 0, "error": 0}
    assert differences(shape_of(sample("post-place-multi-order-error")), shape_of(told)) == []


async def test_a_zero_quantity_is_refused_word_for_word(
    busy: httpx.AsyncClient, market: Market
) -> None:
    answer = await busy.post("/v3/order/place", json=order(option(market).key, quantity=0))
    assert answer.json() == sample("error-400-validation")


async def test_every_update_has_the_shape_of_its_sample(market: Market, clock: StillClock) -> None:
    heard: list[dict[str, Any]] = []
    async with trader_at(market, clock, listener=heard.append) as client:
        last = round(market.last_price(SBIN, clock.ms), 1)
        await client.post("/v3/order/gtt/place", json=bracket(SBIN, last, gap=1.5))
        await place(client, SBIN, "SELL", order_type="MARKET", quantity=10)
    for kind, dashed in (
        ("order", "order"), ("position", "position"), ("holding", "holding"),
        ("gtt_order", "gtt-order"),
    ):  # fmt: skip
        wanted = shape_of(sample(f"ws-portfolio-{dashed}"))
        updates = [update for update in heard if update["update_type"] == kind]
        assert updates, kind
        assert differences(wanted, shape_of(updates)[0]) == [], kind
