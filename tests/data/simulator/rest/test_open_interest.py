import httpx
import numpy as np
import pytest

from data.simulator.market import Market
from data.simulator.rest.open_interest import Interest
from tests.data.simulator.running import NIFTY, data, error_code

EXPIRY = "2026-11-23"
INTEREST = {"instrument_key": NIFTY, "expiry": EXPIRY, "date": "2026-11-18"}


async def test_open_interest_agrees_with_the_chain(exchange: httpx.AsyncClient) -> None:
    rows = await data(exchange, "/v2/option/chain", instrument_key=NIFTY, expiry_date=EXPIRY)
    found = await data(exchange, "/v2/market/oi", **INTEREST)
    calls = sum(row["call_options"]["market_data"]["oi"] for row in rows)
    puts = sum(row["put_options"]["market_data"]["oi"] for row in rows)
    assert (found["total_calls"], found["total_puts"]) == (calls, puts)
    assert found["expiry"] == "23-11-2026"
    ratio = await data(exchange, "/v2/market/pcr", **INTEREST, bucket_interval=30)
    assert ratio["pcr"] == pytest.approx(puts / calls, abs=1e-4)
    assert [row["time"] for row in ratio["insights"]] == [
        "09:15", "09:45", "10:15", "10:45", "11:15"
    ]  # fmt: skip


async def test_change_is_against_the_close_of_the_day_before(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    change = await data(exchange, "/v2/market/change-oi", **INTEREST, interval=1)
    now = await data(exchange, "/v2/market/oi", **INTEREST)
    before = await data(exchange, "/v2/market/oi", **INTEREST | {"date": "2026-11-17"})
    assert change["total_call_change_oi"] == now["total_calls"] - before["total_calls"]
    listed = {row["strike_price"] for row in now["call_put_oi_data_list"]}
    assert {row["strike_price"] for row in change["call_put_oi_data_list"]} == listed


def test_max_pain_is_where_holders_get_least() -> None:
    found = Interest(
        np.array([90.0, 100.0, 110.0]), np.array([10, 20, 90]), np.array([80, 30, 5]), 101.0
    )
    # at 90: puts 30·10 + 5·20 = 400; at 100: calls 10·10 + puts 5·10 = 150; at 110: 400
    assert found.max_pain == 100.0
    assert found.ratio == round(115 / 120, 4)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v2/expired-instruments/option/contract", {"expiry_date": "2026-11-16"}),
        ("/v2/expired-instruments/future/contract", {"expiry_date": "1999-01-01"}),
        ("/v2/expired-instruments/expiries", {"instrument_key": "NSE_INDEX|India VIX"}),
        ("/v2/option/contract", {"instrument_key": "NSE_INDEX|India VIX"}),
        ("/v2/option/chain", {"expiry_date": "2031-01-01"}),
    ],
)
async def test_where_there_is_nothing_the_answer_is_an_empty_list(
    exchange: httpx.AsyncClient, path: str, query: dict[str, str]
) -> None:
    assert await data(exchange, path, **{"instrument_key": NIFTY} | query) == []


async def test_open_interest_of_what_has_no_options_is_refused(exchange: httpx.AsyncClient) -> None:
    query = INTEREST | {"instrument_key": "NSE_INDEX|India VIX"}
    assert error_code(await exchange.get("/v2/market/oi", params=query)) == "UDAPI100011"
