"""Brokerage and margin by request: right answers, and every refusal by its code."""

from typing import Any

import httpx
import pytest

from core.clock import IST
from data.simulator.market import Contract
from tests.data.simulator.running import DAY, NIFTY, RELIANCE, StillClock, data, error_code, log_in


@pytest.fixture
def call(listed: dict[str, Contract]) -> Contract:
    """A call of the monthly expiry five days ahead."""
    return next(
        c
        for c in listed.values()
        if c.underlying == "NIFTY" and c.type == "CE" and f"{c.expiry}" == "2026-11-23"
    )


def order(key: str, **other: Any) -> dict[str, Any]:
    usual = {"quantity": "65", "product": "D", "transaction_type": "SELL", "price": "165"}
    return usual | {"instrument_token": key} | other


async def test_what_an_order_costs_is_told_by_head(
    exchange: httpx.AsyncClient, call: Contract
) -> None:
    told = (await data(exchange, "/v2/charges/brokerage", **order(call.key)))["charges"]
    assert told["brokerage"] == 20
    assert told["taxes"] == {"gst": 4.29, "stt": 16.09, "stamp_duty": 0}
    assert told["other_charges"] == {
        "transaction": 3.81,
        "clearing": 0,
        "ipft": 0,
        "sebi_turnover": 0.01,
    }
    assert told["otherTaxes"] == told["other_charges"]
    assert told["total"] == 44.2
    share = order(RELIANCE, product="I", quantity="1", price="1000", transaction_type="BUY")
    within = (await data(exchange, "/v2/charges/brokerage", **share))["charges"]
    assert (within["brokerage"], within["taxes"]["stt"]) == (1, 0)
    kept = await data(exchange, "/v2/charges/brokerage", **share | {"product": "D"})
    assert kept["charges"]["taxes"]["stt"] == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"instrument_token": "nonsense"}, "UDAPI1059"),
        ({"instrument_token": NIFTY}, "UDAPI1059"),
        ({"quantity": "x"}, "UDAPI1060"),
        ({"quantity": "0"}, "UDAPI1064"),
        ({"price": "x"}, "UDAPI1061"),
        ({"price": "nan"}, "UDAPI1061"),
        ({"price": "0"}, "UDAPI1065"),
        ({"transaction_type": "HOLD"}, "UDAPI1062"),
        ({"product": "X"}, "UDAPI1063"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_by_its_code(
    exchange: httpx.AsyncClient, call: Contract, change: dict[str, str], code: str
) -> None:
    answer = await exchange.get("/v2/charges/brokerage", params=order(call.key, **change))
    assert (answer.status_code, error_code(answer)) == (400, code)


def leg(key: str, side: str = "SELL", **other: Any) -> dict[str, Any]:
    return {"instrument_key": key, "quantity": 65, "product": "D", "transaction_type": side} | other


async def margin(exchange: httpx.AsyncClient, *legs: dict[str, Any]) -> Any:
    answer = await exchange.post("/v2/charges/margin", json={"instruments": legs})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def chain(listed: dict[str, Contract], kind: str) -> list[Contract]:
    """The options of 23 Nov around the money, by strike."""
    found = [
        c
        for c in listed.values()
        if c.underlying == "NIFTY" and c.type == kind and f"{c.expiry}" == "2026-11-23"
    ]
    return sorted(found, key=lambda c: c.strike)


async def test_legs_are_told_in_the_order_asked_and_the_basket_with_its_hedge(
    exchange: httpx.AsyncClient, listed: dict[str, Contract]
) -> None:
    calls = chain(listed, "CE")
    middle = len(calls) // 2
    short, long = calls[middle], calls[middle + 4]
    told = await margin(exchange, leg(long.key, "BUY"), leg(short.key), leg(RELIANCE, "BUY"))
    bought, sold, share = told["margins"]
    assert bought["span_margin"] == bought["exposure_margin"] == 0
    assert bought["total_margin"] == bought["net_buy_premium"] > 0
    assert sold["span_margin"] > 100_000
    assert sold["net_buy_premium"] == 0
    assert share["total_margin"] == share["equity_margin"] > 65_000
    assert told["required_margin"] == pytest.approx(
        sum(one["total_margin"] for one in told["margins"]), abs=0.05
    )
    hedged = told["final_margin"] - share["equity_margin"]
    width = 65 * (long.strike - short.strike)
    assert hedged == pytest.approx(width + sold["exposure_margin"], rel=0.05)


async def test_a_price_that_is_given_is_the_one_that_is_paid(
    exchange: httpx.AsyncClient, call: Contract
) -> None:
    told = await margin(exchange, leg(call.key, "BUY", price=200.5))
    assert told["final_margin"] == 65 * 200.5


async def test_what_is_bought_within_the_day_takes_a_fifth(exchange: httpx.AsyncClient) -> None:
    kept = await margin(exchange, leg(RELIANCE, "BUY", price=1000))
    within = await margin(exchange, leg(RELIANCE, "BUY", price=1000, product="I"))
    assert (kept["final_margin"], within["final_margin"]) == (65_000, 13_000)
    assert (await margin(exchange, leg(RELIANCE, "SELL")))["final_margin"] == 0


async def test_an_expiring_short_option_needs_more_on_its_last_day(
    exchange: httpx.AsyncClient, clock: StillClock, listed: dict[str, Contract]
) -> None:
    calls = chain(listed, "CE")
    short = calls[len(calls) // 2].key
    before = (await margin(exchange, leg(short)))["margins"][0]
    clock.set(DAY.replace(day=23, hour=11, tzinfo=IST))
    await log_in(exchange)
    last = (await margin(exchange, leg(short)))["margins"][0]
    assert last["exposure_margin"] == pytest.approx(2 * before["exposure_margin"], rel=0.05)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"instrument_key": "nonsense"}, "UDAPI1098"),
        ({"instrument_key": None}, "UDAPI1098"),
        ({"instrument_key": "NSE_FO|1"}, "UDAPI1099"),
        ({"instrument_key": NIFTY}, "UDAPI1099"),
        ({"quantity": 0}, "UDAPI1096"),
        ({"quantity": -65}, "UDAPI1096"),
        ({"quantity": 66}, "UDAPI1097"),
        ({"quantity": "65"}, "UDAPI1097"),
        ({"quantity": True}, "UDAPI1097"),
        ({"product": "X"}, "UDAPI1100"),
        ({"transaction_type": "HOLD"}, "UDAPI1101"),
        ({"price": 0}, "UDAPI1095"),
        ({"price": "1"}, "UDAPI1095"),
    ],
)
async def test_a_leg_that_makes_no_sense_is_refused_by_its_code(
    exchange: httpx.AsyncClient, call: Contract, change: dict[str, Any], code: str
) -> None:
    body = {"instruments": [leg(call.key) | change]}
    answer = await exchange.post("/v2/charges/margin", json=body)
    assert (answer.status_code, error_code(answer)) == (400, code)


async def test_a_basket_that_makes_no_sense_is_refused_by_its_code(
    exchange: httpx.AsyncClient, listed: dict[str, Contract]
) -> None:
    calls = chain(listed, "CE")
    for body, code in (
        ({"instruments": [leg(c.key) for c in calls[:21]]}, "UDAPI1102"),
        ({"instruments": [leg(calls[0].key), leg(calls[0].key, "BUY")]}, "UDAPI1103"),
        ({"instruments": []}, "UDAPI100036"),
        ({"instruments": [7]}, "UDAPI100036"),
        ({}, "UDAPI100036"),
        ([], "UDAPI100036"),
    ):
        answer = await exchange.post("/v2/charges/margin", json=body)
        assert (answer.status_code, error_code(answer)) == (400, code)
    answer = await exchange.post("/v2/charges/margin", content=b"{")
    assert error_code(answer) == "UDAPI100036"
