import httpx
import pytest

from data.simulator.market import Contract
from tests.data.simulator.running import NIFTY, error_code

EXPIRY = "2026-11-23"
V3, V2 = "/v3/historical-candle", "/v2/historical-candle"
INTEREST = {"instrument_key": NIFTY, "expiry": EXPIRY, "date": "2026-11-18"}


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/v2/market-quote/quotes", {}, "UDAPI1009"),
        ("/v3/market-quote/ltp", {"instrument_key": "Nifty 50"}, "UDAPI1011"),
        ("/v3/market-quote/ltp", {"instrument_key": "NSE_INDEX|A'; DROP TABLE x"}, "UDAPI1011"),
        ("/v3/market-quote/ltp", {"instrument_key": f"{NIFTY},NSE_EQ|NOBODY"}, "UDAPI1087"),
        ("/v3/market-quote/ohlc", {"instrument_key": NIFTY}, "UDAPI1027"),
        ("/v3/market-quote/ohlc", {"instrument_key": NIFTY, "interval": "5m"}, "UDAPI1028"),
        ("/v2/option/chain", {"instrument_key": NIFTY}, "UDAPI1088"),
        ("/v2/option/chain", {"instrument_key": NIFTY, "expiry_date": "24-11-2026"}, "UDAPI1088"),
        ("/v2/option/chain", {"instrument_key": "NSE_INDEX|No", "expiry_date": EXPIRY},
         "UDAPI100011"),
        ("/v2/option/contract", {}, "UDAPI100011"),
        ("/v2/expired-instruments/option/contract", {"instrument_key": NIFTY}, "UDAPI1088"),
        ("/v2/market/holidays/yesterday", {}, "UDAPI1088"),
        ("/v2/market/timings/2026-13-01", {}, "UDAPI1088"),
        ("/v2/market/status/NSE_EQ", {}, "UDAPI1089"),
        ("/v2/market/oi", INTEREST | {"date": "2026-11-15"}, "UDAPI1088"),  # a Sunday
        ("/v2/market/oi", INTEREST | {"expiry": "2026-11-22"}, "UDAPI1088"),
        ("/v2/market/pcr", INTEREST, "UDAPI1028"),
        ("/v2/market/pcr", INTEREST | {"bucket_interval": "0"}, "UDAPI1028"),
        ("/v2/instruments/search", {}, "UDAPI100036"),
        ("/v2/instruments/search", {"query": "a", "records": "31"}, "UDAPI100036"),
        ("/v2/instruments/search", {"query": "a", "page_number": "0"}, "UDAPI100036"),
        (f"{V3}/Nifty/days/1/2026-11-17", {}, "UDAPI1021"),
        (f"{V3}/NSE_EQ|NOBODY/days/1/2026-11-17", {}, "UDAPI100011"),
        (f"{V3}/{NIFTY}/years/1/2026-11-17", {}, "UDAPI1146"),
        (f"{V3}/{NIFTY}/minutes/301/2026-11-17", {}, "UDAPI1147"),
        (f"{V3}/{NIFTY}/minutes/0/2026-11-17", {}, "UDAPI1147"),
        (f"{V3}/{NIFTY}/hours/6/2026-11-17", {}, "UDAPI1147"),
        (f"{V3}/{NIFTY}/days/2/2026-11-17", {}, "UDAPI1147"),
        (f"{V3}/{NIFTY}/days/1/17-11-2026", {}, "UDAPI1022"),
        (f"{V3}/{NIFTY}/days/1/2026-11-17/2026-11-18", {}, "UDAPI1015"),
        (f"{V3}/{NIFTY}/days/1/2026-11-17/then", {}, "UDAPI1015"),
        (f"{V3}/{NIFTY}/minutes/15/2026-11-17/2026-10-16", {}, "UDAPI1148"),
        (f"{V3}/{NIFTY}/minutes/16/2026-11-17/2026-08-16", {}, "UDAPI1148"),
        (f"{V3}/{NIFTY}/hours/1/2026-11-17/2026-08-16", {}, "UDAPI1148"),
        (f"{V3}/{NIFTY}/days/1/2026-11-17/2016-11-16", {}, "UDAPI1148"),
        (f"{V3}/intraday/{NIFTY}/weeks/1", {}, "UDAPI1146"),
        (f"{V2}/{NIFTY}/5minute/2026-11-17", {}, "UDAPI1020"),
        (f"{V2}/intraday/{NIFTY}/day", {}, "UDAPI1020"),
        ("/v2/expired-instruments/historical-candle/NSE_FO|1/day/2026-11-17/2026-11-16", {},
         "UDAPI1021"),
        ("/v2/expired-instruments/historical-candle/NSE_FO|1|17-11-2026/day/2026-11-17/2026-11-16",
         {}, "UDAPI100011"),
    ],
)  # fmt: skip
async def test_each_mistake_has_its_documented_code(
    exchange: httpx.AsyncClient, path: str, query: dict[str, str], code: str
) -> None:
    answer = await exchange.get(path, params=query)
    assert (answer.status_code, error_code(answer)) == (400, code)


@pytest.mark.parametrize(
    ("path", "most", "code"),
    [
        ("/v2/market-quote/quotes", 500, "UDAPI100042"),
        ("/v3/market-quote/quotes", 500, "UDAPI100042"),
        ("/v3/market-quote/ltp", 500, "UDAPI100043"),
        ("/v3/market-quote/ohlc", 500, "UDAPI100043"),
        ("/v3/market-quote/option-greek", 50, "UDAPI100076"),
    ],
)
async def test_so_many_keys_and_not_one_more(
    exchange: httpx.AsyncClient, listed: dict[str, Contract], path: str, most: int, code: str
) -> None:
    keys = [c.key for c in listed.values() if c.type in ("CE", "PE")][: most + 1]
    query = {"interval": "1d", "instrument_key": ",".join(keys[:most])}
    assert (await exchange.get(path, params=query)).status_code == 200
    query["instrument_key"] = ",".join(keys)
    assert error_code(await exchange.get(path, params=query)) == code
