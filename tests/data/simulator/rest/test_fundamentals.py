from datetime import date

import httpx

from tests.data.simulator.running import DAY, RELIANCE, data

ISIN = RELIANCE.split("|")[1]
PATH = "/v2/fundamentals/{}/corporate-actions"


async def test_a_share_pays_one_dividend_a_year_newest_first(exchange: httpx.AsyncClient) -> None:
    told = await data(exchange, PATH.format(ISIN))
    days = [date.fromisoformat(each["expiry_date"]) for each in told]
    assert [day.year for day in days] == [2026, 2025, 2024, 2023, 2022]
    assert all(day <= DAY.date() for day in days)
    assert {each["name"] for each in told} == {"Dividend"}
    assert all(each["amount"] > 0 and each["ratio"] is None for each in told)
    assert await data(exchange, PATH.format(ISIN)) == told


async def test_what_is_no_share_of_the_exchange_is_refused(exchange: httpx.AsyncClient) -> None:
    answer = await exchange.get(PATH.format("INE000X01010"))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["errorCode"] == "UDAPI1206"
