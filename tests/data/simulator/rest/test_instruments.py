import gzip
import json
from datetime import datetime, timedelta
from typing import Any

import httpx

from core.clock import IST
from data.simulator.market import Contract, Market
from tests.data.simulator.running import DAY, NIFTY, StillClock, data

EXPIRY = "2026-11-23"


async def records(client: httpx.AsyncClient, name: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/market-quote/instruments/exchange/{name}.json.gz")
    assert answer.status_code == 200
    return list(json.loads(gzip.decompress(answer.content)))


async def test_the_files_list_the_day_and_split_by_exchange(
    exchange: httpx.AsyncClient, listed: dict[str, Contract]
) -> None:
    complete = await records(exchange, "complete")
    assert {row["instrument_key"] for row in complete} == set(listed)
    nse, bse = await records(exchange, "NSE"), await records(exchange, "BSE")
    assert len(nse) + len(bse) == len(complete)
    assert {row["exchange"] for row in bse} == {"BSE"}
    answer = await exchange.get("/market-quote/instruments/exchange/MCX.json.gz")
    assert answer.status_code == 404


async def test_ticks_are_in_paise_and_expiries_at_the_end_of_the_indian_day(
    exchange: httpx.AsyncClient,
) -> None:
    rows = await records(exchange, "NSE")
    option = next(r for r in rows if r["instrument_type"] == "CE" and r["name"] == "NIFTY")
    assert option["tick_size"] == 5.0
    ends = datetime.fromtimestamp(option["expiry"] / 1000, IST)
    assert (ends.hour, ends.minute, ends.second) == (23, 59, 59)


async def test_the_file_is_of_the_simulated_day(
    exchange: httpx.AsyncClient, clock: StillClock
) -> None:
    before = await records(exchange, "NSE")
    clock.set(DAY + timedelta(days=6, hours=10))
    after = await records(exchange, "NSE")
    expired = {row["instrument_key"] for row in before} - {row["instrument_key"] for row in after}
    assert any(row["expiry"] for row in before if row["instrument_key"] in expired)


async def test_a_search_filters_and_pages(exchange: httpx.AsyncClient) -> None:
    path = "/v2/instruments/search"
    query: dict[str, Any] = {"query": "nifty", "segments": "FO", "instrument_types": "CE,PE"}
    first = (await exchange.get(path, params=query | {"expiry": EXPIRY, "records": 7})).json()
    page = first["meta_data"]["page"]
    assert page["records"] == len(first["data"]) == 7
    assert {row["expiry"] for row in first["data"]} == {EXPIRY}
    pages = page["total_pages"]
    last = (
        await exchange.get(
            path, params=query | {"expiry": EXPIRY, "records": 7, "page_number": pages}
        )
    ).json()
    assert len(last["data"]) == page["total_records"] - 7 * (pages - 1)
    assert await data(exchange, path, query="no such thing") == []


async def test_a_search_finds_the_strike_at_the_money(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    found = await data(
        exchange,
        "/v2/instruments/search",
        query="NIFTY",
        instrument_types="CE,PE",
        expiry="current_week",
        atm_offset=0,
    )
    mine = [row for row in found if row["underlying_symbol"] == "NIFTY"]
    assert {row["instrument_type"] for row in mine} == {"CE", "PE"}
    assert abs(mine[0]["strike_price"] - market.spot("NIFTY", clock.ms)) <= 25


async def test_a_search_puts_the_index_first(exchange: httpx.AsyncClient) -> None:
    found = await data(exchange, "/v2/instruments/search", query="nifty")
    assert found[0]["instrument_key"] == NIFTY
