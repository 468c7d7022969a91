"""Funds, profit and charges add up."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from data.simulator.market import Market
from tests.data.simulator.running import DAY, StillClock, data, error_code, log_in
from tests.data.simulator.trader import details, option, place, position, trades

FUNDS = "/v3/user/get-funds-and-margin"
REPORT = "/v2/trade/profit-loss"
YEAR = {"segment": "FO", "financial_year": "2627"}


async def funds(client: httpx.AsyncClient) -> tuple[float, dict[str, Any], dict[str, Any]]:
    told = (await data(client, FUNDS))["available_to_trade"]["cash_available_to_trade"]
    return told["total"], told["cash"], told["margin_used"]


async def test_what_is_left_is_what_was_there_less_what_is_used(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    call, put = option(market), option(market, kind="PE")
    await place(exchange, call.key, order_type="MARKET")
    await place(exchange, put.key, "SELL", order_type="MARKET")
    await place(exchange, call.key, price=50.0, quantity=130)
    total, cash, used = await funds(exchange)
    parts = ("mtf", "span_exposure", "cash_margin_var_elm", "premium_present")
    sums = sum(used[name] for name in parts) + used["loss"]["total"]
    assert used["total"] == pytest.approx(sums + used["delivery_margin"]["total"], abs=0.02)
    left = cash["opening_balance"] - cash["unpaid_charges"] - used["total"]
    assert total == pytest.approx(left, abs=0.02)
    old = (await data(exchange, "/v2/user/get-funds-and-margin"))["equity"]
    assert (old["available_margin"], old["used_margin"]) == (total, used["total"])


async def test_a_cancelled_order_gives_back_what_it_blocked(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    before, _, _ = await funds(exchange)
    found = await place(exchange, option(market).key, "SELL", price=400.0)
    during, _, _ = await funds(exchange)
    assert before - during > 100_000
    await exchange.delete("/v3/order/cancel", params={"order_id": found})
    assert (await funds(exchange))[0] == before


async def test_a_hedge_that_is_held_makes_the_sold_leg_cheaper(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    short, wing = option(market), option(market, 4)
    naked, _, _ = await funds(exchange)
    found = await place(exchange, short.key, "SELL", price=400.0)
    alone = naked - (await funds(exchange))[0]
    await exchange.delete("/v3/order/cancel", params={"order_id": found})
    await place(exchange, wing.key, order_type="MARKET")
    hedged, _, _ = await funds(exchange)
    await place(exchange, short.key, "SELL", price=400.0)
    assert hedged - (await funds(exchange))[0] < alone / 2


async def test_a_round_trip_is_told_by_report_charges_and_the_next_days_cash(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    _, before, _ = await funds(exchange)
    bought = await place(exchange, call.key, order_type="MARKET")
    clock.advance(60)
    sold = await place(exchange, call.key, "SELL", order_type="MARKET")
    [(_, paid)] = await trades(exchange, bought)
    [(_, got)] = await trades(exchange, sold)
    gained = 65 * (Decimal(str(got)) - Decimal(str(paid)))
    assert (await position(exchange, call.key))["realised"] == float(gained)
    [row] = await data(exchange, f"{REPORT}/data", **YEAR, page_number=1, page_size=100)
    assert (row["buy_average"], row["sell_average"], row["quantity"]) == (paid, got, 65)
    assert (row["buy_date"], row["trade_type"]) == ("18-11-2026", "OPT")
    charges = (await data(exchange, f"{REPORT}/charges", **YEAR))["charges_breakdown"]
    assert charges["brokerage"] == 40
    assert charges["total"] > charges["brokerage"] + charges["taxes"]["stt"] > 55
    _, today, _ = await funds(exchange)
    assert today["unpaid_charges"] == charges["total"]
    clock.set(DAY.replace(day=19, hour=10))
    await log_in(exchange)
    _, after, _ = await funds(exchange)
    left = Decimal(str(before["opening_balance"])) + gained - Decimal(str(charges["total"]))
    assert Decimal(str(after["opening_balance"])) == left
    past = await data(
        exchange, "/v2/charges/historical-trades", start_date="2026-11-18",
        end_date="2026-11-19", page_number=1, page_size=1,
    )  # fmt: skip
    assert [(row["price"], row["transaction_type"]) for row in past] == [(paid, "BUY")]


async def test_a_position_is_moved_to_another_product_at_its_average(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    call = option(market)
    found = await place(exchange, call.key, order_type="MARKET", product="I", quantity=130)
    body = {
        "instrument_token": call.key, "old_product": "I", "new_product": "D",
        "transaction_type": "BUY", "quantity": 65,
    }  # fmt: skip
    path = "/v2/portfolio/convert-position"
    assert (await exchange.put(path, json=body)).status_code == 200
    average = (await details(exchange, found))["average_price"]
    for product in ("I", "D"):
        row = await position(exchange, call.key, product)
        assert (row["quantity"], row["average_price"]) == (65, average)
    for change, code in (
        ({"quantity": 130}, "UDAPI1035"),
        ({"transaction_type": "SELL"}, "UDAPI1035"),
        ({"new_product": "I"}, "UDAPI1034"),
        ({"old_product": "X"}, "UDAPI1033"),
    ):
        assert error_code(await exchange.put(path, json=body | change)) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"segment": ""}, "UDAPI1067"),
        ({"segment": "XX"}, "UDAPI1066"),
        ({"financial_year": ""}, "UDAPI1070"),
        ({"financial_year": "2628"}, "UDAPI1074"),
        ({"from_date": "2026-11-01"}, "UDAPI1075"),
        ({"from_date": "01-01-2025"}, "UDAPI1105"),
        ({"page_number": "x"}, "UDAPI1091"),
        ({"page_size": ""}, "UDAPI1092"),
        ({"page_number": "0"}, "UDAPI1120"),
        ({"page_size": "0"}, "UDAPI1121"),
        ({"page_size": "5001"}, "UDAPI1122"),
    ],
)
async def test_a_report_that_makes_no_sense_is_refused_by_its_code(
    exchange: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    query = YEAR | {"page_number": "1", "page_size": "100"} | change
    assert error_code(await exchange.get(f"{REPORT}/data", params=query)) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start_date": "2026-11-20"}, "UDAPI1094"),
        ({"start_date": "2020-01-01"}, "UDAPI1093"),
        ({"start_date": "soon"}, "UDAPI1088"),
        ({"segment": "XX"}, "UDAPI1066"),
    ],
)
async def test_past_trades_that_make_no_sense_are_refused_by_their_codes(
    exchange: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    usual = {"start_date": "2026-11-01", "end_date": "2026-11-18"}
    page = {"page_number": "1", "page_size": "100"}
    answer = await exchange.get("/v2/charges/historical-trades", params=usual | page | change)
    assert error_code(answer) == code


async def test_at_night_no_funds_are_told(exchange: httpx.AsyncClient, clock: StillClock) -> None:
    clock.set(DAY.replace(day=19, hour=1))
    answer = await exchange.get(FUNDS)
    assert (answer.status_code, error_code(answer)) == (423, "UDAPI100072")
