import httpx
import pytest

from data.simulator.market import Market
from tests.data.simulator.running import StillClock, app_at, error_code
from tests.data.simulator.trader import option, place

EXPIRY = "2026-11-23"


async def test_the_truth_is_for_this_machine_only(market: Market, clock: StillClock) -> None:
    transport = httpx.ASGITransport(app_at(market, clock, faults=True), client=("10.0.0.5", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
        for path in ("/sim/clock", "/sim/state", "/sim/faults", "/sim/load"):
            answer = await client.get(path)
            assert (answer.status_code, error_code(answer)) == (404, "UDAPI100060")


async def test_the_truth_names_every_figure_of_the_contract(exchange: httpx.AsyncClient) -> None:
    query = {"underlying": "NIFTY", "expiry": EXPIRY}
    state = (await exchange.get("/sim/state", params=query)).json()
    assert state.keys() == {
        "now", "seed", "spot", "forward", "strikes", "orders", "trades", "positions"
    }  # fmt: skip
    side = next(iter(state["strikes"].values()))["CE"]
    assert side.keys() == {
        "instrument_key", "ltp", "bid", "ask", "bid_qty", "ask_qty", "volume", "oi", "oi_prev",
        "iv", "delta", "gamma", "theta", "vega",
    }  # fmt: skip
    clock = (await exchange.get("/sim/clock")).json()
    assert clock == {"now": state["now"], "speed": 1.0, "clock": "open", "session": "open"}


async def test_the_truth_holds_the_orders_trades_and_positions_of_the_underlying(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    call = option(market)
    done = await place(exchange, call.key, order_type="MARKET")
    works = await place(exchange, call.key, price=50.0)
    query = {"underlying": "NIFTY", "expiry": EXPIRY}
    state = (await exchange.get("/sim/state", params=query)).json()
    assert [order["order_id"] for order in state["orders"]] == [done, works]
    assert [order["status"] for order in state["orders"]] == ["complete", "open"]
    assert {trade["order_id"] for trade in state["trades"]} == {done}
    assert [position["quantity"] for position in state["positions"]] == [65]
    other = (
        await exchange.get(
            "/sim/state", params=query | {"underlying": "SENSEX", "expiry": "2026-11-19"}
        )
    ).json()
    assert (other["orders"], other["positions"]) == ([], [])


@pytest.mark.parametrize(
    ("asked", "status", "field", "value"),
    [
        ({"underlying": "FOO"}, 404, "underlying", "FOO"),
        ({"underlying": "<b>", "expiry": EXPIRY}, 404, "underlying", "<b>"),
        ({}, 404, "underlying", ""),
        ({"underlying": "NIFTY"}, 400, "expiry", None),
        ({"underlying": "NIFTY", "expiry": "2026-11-22"}, 404, "expiry", "2026-11-22"),
    ],
)
async def test_the_truth_of_what_is_not_listed_names_what_was_wrong(
    exchange: httpx.AsyncClient, asked: dict[str, str], status: int, field: str, value: str | None
) -> None:
    answer = await exchange.get("/sim/state", params=asked)
    (error,) = answer.json()["errors"]
    told = (answer.status_code, error["propertyPath"], error["invalidValue"])
    assert told == (status, field, value)
