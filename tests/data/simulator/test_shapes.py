"""Every documented sample that belongs to what the exchange does has the shape of its answer."""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from data.simulator.market import Market
from tests.data.simulator.running import DAY, NIFTY, RELIANCE, error_code, log_in
from tests.data.simulator.shapes import differences, merged, shape_of

SAMPLES = Path(__file__).resolve().parents[4] / "shared/reference/upstox-samples"
EXPIRY = "2026-11-23"
OVER = "2026-11-17"

QUOTES = {"instrument_key": f"{RELIANCE},{NIFTY}"}
CHAIN = {"instrument_key": NIFTY, "expiry_date": EXPIRY}
EXPIRED = {"instrument_key": NIFTY, "expiry_date": OVER}
INTEREST = {"instrument_key": NIFTY, "expiry": EXPIRY, "date": "2026-11-18"}
V3, V2 = "/v3/historical-candle", "/v2/historical-candle"
SHARE = quote(RELIANCE)
ISIN = RELIANCE.split("|")[1]

CALLS: dict[str, tuple[str, dict[str, str]]] = {
    "get-profile": ("/v2/user/profile", {}),
    "get-market-feed-authorize-v3": ("/v3/feed/market-data-feed/authorize", {}),
    "get-full-quote-v2": ("/v2/market-quote/quotes", QUOTES),
    "get-full-quote-v3": ("/v3/market-quote/quotes", QUOTES),
    "get-ohlc-v2": ("/v2/market-quote/ohlc", QUOTES | {"interval": "1d"}),
    "get-ohlc-v3": ("/v3/market-quote/ohlc", QUOTES | {"interval": "I1"}),
    "get-ltp-v2": ("/v2/market-quote/ltp", QUOTES),
    "get-ltp-v3": ("/v3/market-quote/ltp", QUOTES),
    "get-option-greek": ("/v3/market-quote/option-greek", {"instrument_key": "{call}"}),
    "get-option-chain": ("/v2/option/chain", CHAIN),
    "get-option-contracts": ("/v2/option/contract", CHAIN),
    "get-expired-expiries": ("/v2/expired-instruments/expiries", {"instrument_key": NIFTY}),
    "get-expired-option-contracts": ("/v2/expired-instruments/option/contract", EXPIRED),
    "get-expired-future-contracts": (
        "/v2/expired-instruments/future/contract",
        EXPIRED | {"expiry_date": "2026-10-27"},
    ),
    "get-expired-historical-candles": (
        "/v2/expired-instruments/historical-candle/{expired}/day/2026-11-17/2026-11-16",
        {},
    ),
    "get-historical-candles-v3": (f"{V3}/{SHARE}/minutes/5/2026-11-17/2026-11-16", {}),
    "get-historical-candles-v3-no-from": (f"{V3}/{SHARE}/minutes/15/2026-11-17", {}),
    "get-intraday-candles-v3": (f"{V3}/intraday/{SHARE}/minutes/1", {}),
    "get-historical-candles-v2": (f"{V2}/{SHARE}/day/2026-11-17/2026-11-16", {}),
    "get-historical-candles-v2-no-from": (f"{V2}/{SHARE}/day/2026-11-17", {}),
    "get-intraday-candles-v2": (f"{V2}/intraday/{SHARE}/1minute", {}),
    "get-holidays": ("/v2/market/holidays", {}),
    "get-holiday-date": ("/v2/market/holidays/2026-01-26", {}),
    "get-timings": ("/v2/market/timings/2026-11-20", {}),
    "get-market-status": ("/v2/market/status/NSE", {}),
    "get-oi": ("/v2/market/oi", INTEREST),
    "get-change-oi": ("/v2/market/change-oi", INTEREST | {"interval": "1"}),
    "get-max-pain": ("/v2/market/max-pain", INTEREST | {"bucket_interval": "60"}),
    "get-pcr": ("/v2/market/pcr", INTEREST | {"bucket_interval": "60"}),
    "get-brokerage": (
        "/v2/charges/brokerage",
        {
            "instrument_token": "{call}",
            "quantity": "65",
            "product": "D",
            "transaction_type": "SELL",
            "price": "165",
        },
    ),
    "get-fund-corporate-actions": (f"/v2/fundamentals/{ISIN}/corporate-actions", {}),
    "get-instrument-search": (
        "/v2/instruments/search",
        {"query": "nifty ce", "instrument_types": "CE"},
    ),
}
ORDER_SIDE = {
    "post-place-order-v3", "post-place-order-v2", "put-modify-order-v3", "put-modify-order-v2",
    "delete-cancel-order-v3", "delete-cancel-order-v2", "get-order-book", "get-order-details",
    "get-order-history", "get-trades-for-day", "get-order-trades", "get-positions",
    "get-mtf-positions", "get-holdings", "put-convert-position", "get-portfolio-feed-authorize",
    "post-place-multi-order", "post-place-multi-order-error", "post-place-multi-order-partial",
    "delete-cancel-multi-order", "post-exit-positions", "post-gtt-place", "put-gtt-modify",
    "delete-gtt-cancel", "get-gtt-details", "get-funds-margin-v2", "get-funds-margin-v3",
    "get-kill-switch", "post-kill-switch", "get-user-ip", "put-user-ip", "get-historical-trades",
    "get-pnl-metadata", "get-pnl-report", "get-pnl-charges",
}  # fmt: skip
"""In test_order_shapes."""
ELSEWHERE = {"post-login-token", "delete-logout", "post-margin"}  # below, on their own


def samples() -> list[dict[str, Any]]:
    manifest = SAMPLES / "_manifest.json"
    if not manifest.is_file():
        return []
    return [s for s in json.loads(manifest.read_text())["samples"] if s["kind"] == "rest"]


def sample(name: str) -> Any:
    path = SAMPLES / f"{name}.json"
    if not path.is_file():
        pytest.skip("../shared is not here")
    return json.loads(path.read_text())


def chosen(market: Market, text: str) -> str:
    """`{call}` is a call of the next expiry, `{expired}` one that is over."""
    if "{expired}" in text:
        call = next(c for c in market.expired_contracts("NIFTY", DAY.date().replace(day=17))
                    if c.type == "CE")  # fmt: skip
        return text.replace("{expired}", quote(f"{call.key}|17-11-2026"))
    if "{call}" in text:
        listed = market.listed(DAY.date()).values()
        return next(c.key for c in listed if c.type == "CE" and c.underlying == "NIFTY")
    return text


@pytest.mark.parametrize("name", CALLS)
async def test_an_answer_has_the_shape_of_its_sample(
    exchange: httpx.AsyncClient, market: Market, name: str
) -> None:
    wanted = shape_of(sample(name))
    path, query = CALLS[name]
    asked = {key: chosen(market, value) for key, value in query.items()}
    answer = await exchange.get(chosen(market, path), params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"], "an empty answer shows no shape"
    assert differences(wanted, shape_of(answer.json())) == []


@pytest.mark.parametrize(
    "entry", [s for s in samples() if not s["file"].startswith("error-")], ids=lambda s: s["file"]
)
async def test_every_other_documented_call_is_an_unknown_route(
    exchange: httpx.AsyncClient, entry: dict[str, Any]
) -> None:
    name = entry["file"].removesuffix(".json")
    if name in CALLS or name in ELSEWHERE | ORDER_SIDE:
        return
    answer = await exchange.request(entry["method"], entry["path"].replace("{", "").split("}")[0])
    assert (answer.status_code, error_code(answer)) == (404, "UDAPI100060")


async def test_token_and_logout_have_the_shapes_of_their_samples(
    exchange: httpx.AsyncClient,
) -> None:
    await log_in(exchange)
    answer = await exchange.delete("/v2/logout")
    assert differences(shape_of(sample("delete-logout")), shape_of(answer.json())) == []


async def test_a_margin_has_the_shape_of_its_sample(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    leg = {"instrument_key": chosen(market, "{call}"), "quantity": 65, "product": "D"}
    body = {"instruments": [leg | {"transaction_type": "SELL", "price": 165.5}]}
    answer = await exchange.post("/v2/charges/margin", json=body)
    assert differences(shape_of(sample("post-margin")), shape_of(answer.json())) == []


@pytest.mark.parametrize(
    ("name", "method", "path"),
    [
        ("error-401-token", "GET", "/v2/user/profile"),
        ("error-404-route", "GET", "/v2/no-such-path"),
    ],
)
async def test_an_error_is_word_for_word_the_documented_one(
    exchange: httpx.AsyncClient, name: str, method: str, path: str
) -> None:
    del exchange.headers["Authorization"]
    assert (await exchange.request(method, path)).json() == sample(name)


async def test_records_of_the_instrument_file_have_the_shape_of_their_samples(
    exchange: httpx.AsyncClient,
) -> None:
    answer = await exchange.get("/market-quote/instruments/exchange/complete.json.gz")
    assert "content-encoding" not in answer.headers
    records = json.loads(gzip.decompress(answer.content))
    for wanted in sample("instruments-master-records"):
        alike = [
            shape_of(record)
            for record in records
            if (record["instrument_type"], record["exchange"])
            == (wanted["instrument_type"], wanted["exchange"])
        ]
        if wanted["segment"] == "BSE_EQ":  # no BSE share is listed here
            assert alike == []
        else:
            assert differences(shape_of(wanted), merged(alike)) == []


def test_a_difference_is_seen() -> None:
    wanted = shape_of({"a": 1, "b": [{"c": 1.5}], "NSE_EQ:X": {"d": None}})
    assert differences(wanted, shape_of({"a": 1, "b": [{"c": 2}]})) == [
        ".NSE_EQ:X: missing",
        ".b[].c: int where the sample has float",
    ]
