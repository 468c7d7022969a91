"""The kill switch and the registered addresses."""

import httpx

from data.simulator.market import Market
from tests.data.simulator.running import StillClock, app_at, data, error_code, log_in
from tests.data.simulator.trader import PLACE, details, option, order, place

SWITCH = "/v2/user/kill-switch"


def turn(action: str, *segments: str) -> list[dict[str, str]]:
    return [{"segment": segment, "action": action} for segment in segments]


async def test_the_switch_cancels_what_works_and_rejects_what_comes(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    key = option(market).key
    working = await place(exchange, key, price=50.0)
    answer = await exchange.post(SWITCH, json=turn("DISABLE", "NSE_FO"))
    on = {row["segment"]: row["kill_switch_enabled"] for row in answer.json()["data"]}
    assert (on["NSE_FO"], on["NSE_EQ"], len(on)) == (True, False, 8)
    assert (await details(exchange, working))["status"] == "cancelled"
    late = await details(exchange, await place(exchange, key, price=50.0))
    assert (late["status"], "kill switch" in late["status_message_raw"]) == ("rejected", True)
    assert (await exchange.post(SWITCH, json=turn("ENABLE", "NSE_FO"))).status_code == 400
    clock.advance(12 * 3600)
    await exchange.post(SWITCH, json=turn("ENABLE", "NSE_FO"))
    assert not any(row["kill_switch_enabled"] for row in await data(exchange, SWITCH))


async def test_with_an_open_position_none_of_the_segments_is_shut(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    await place(exchange, option(market).key, order_type="MARKET")
    answer = await exchange.post(SWITCH, json=turn("DISABLE", "NSE_EQ", "NSE_FO"))
    assert error_code(answer) == "UDAPI100036"
    assert not any(row["kill_switch_enabled"] for row in await data(exchange, SWITCH))


async def test_orders_come_from_a_registered_address_only_and_reads_from_anywhere(
    market: Market, clock: StillClock
) -> None:
    transport = httpx.ASGITransport(app_at(market, clock), client=("10.0.0.5", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
        await log_in(client)
        answer = await client.post(PLACE, json=order(option(market).key, price=50.0))
        assert (answer.status_code, error_code(answer)) == (403, "UDAPI1154")
        assert await data(client, "/v2/order/retrieve-all") == []
        ips = {"primary_ip": "10.0.0.5"}
        assert (await client.put("/v2/user/ip", json=ips)).status_code == 200
        assert (await client.get("/v2/user/ip")).status_code == 401
        await log_in(client)
        answer = await client.post(PLACE, json=order(option(market).key, price=50.0))
        assert answer.status_code == 200
        again = await client.put("/v2/user/ip", json={"primary_ip": "10.0.0.6"})
        assert error_code(again) == "UDAPI1185"


async def test_addresses_that_make_no_sense_are_refused_by_their_codes(
    exchange: httpx.AsyncClient,
) -> None:
    for ips, code in (
        ({}, "UDAPI1182"),
        ({"primary_ip": "here"}, "UDAPI1183"),
        ({"primary_ip": "10.0.0.1", "secondary_ip": "10.0.0.1"}, "UDAPI1184"),
    ):
        assert error_code(await exchange.put("/v2/user/ip", json=ips)) == code
