"""A trader's hands in tests: orders by the broker's own calls, and what became of them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import httpx

from data.simulator.limits import GENEROUS
from data.simulator.market import Contract, Market
from tests.data.simulator.running import DAY, StillClock, app_at, data, log_in

PLACE = "/v3/order/place"


@asynccontextmanager
async def trader_at(
    market: Market,
    clock: StillClock,
    listener: Callable[[dict[str, Any]], None] | None = None,
    **options: Any,
) -> AsyncIterator[httpx.AsyncClient]:
    """A logged-in client of an exchange of its own; `listener` hears every update."""
    limits = {"rate_limits": GENEROUS, "order_limits": GENEROUS}
    app = app_at(market, clock, **limits | options)
    if listener is not None:
        app.state.exchange.trading.account.listen(listener)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
        await log_in(client)
        yield client


@lru_cache
def option(market: Market, away: int = 0, kind: str = "CE", expiry: str = "2026-11-23") -> Contract:
    """The NIFTY option so many strikes above the money, as of the test's morning."""
    listed = market.listed(DAY.date()).values()
    spot = market.spot("NIFTY", int(DAY.replace(hour=11, minute=42).timestamp() * 1000))
    chain = sorted(
        (c for c in listed if (c.underlying, c.type, str(c.expiry)) == ("NIFTY", kind, expiry)),
        key=lambda c: c.strike,
    )
    near = min(range(len(chain)), key=lambda i: abs(chain[i].strike - spot))
    return chain[near + away]


def order(key: str, side: str = "BUY", **other: Any) -> dict[str, Any]:
    """A body of the place call: a limit order for the day, unless said otherwise."""
    usual = {
        "quantity": 65,
        "product": "D",
        "validity": "DAY",
        "price": 0,
        "instrument_token": key,
        "order_type": "LIMIT",
        "transaction_type": side,
        "disclosed_quantity": 0,
        "trigger_price": 0,
        "is_amo": False,
    }
    return usual | other


async def place(client: httpx.AsyncClient, key: str, side: str = "BUY", **other: Any) -> str:
    """The id of the one order that it became."""
    [one] = await place_all(client, key, side, **other)
    return one


async def place_all(
    client: httpx.AsyncClient, key: str, side: str = "BUY", **other: Any
) -> list[str]:
    answer = await client.post(PLACE, json=order(key, side, **other))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"]["order_ids"])


async def details(client: httpx.AsyncClient, order_id: str) -> Any:
    return await data(client, "/v2/order/details", order_id=order_id)


async def statuses(client: httpx.AsyncClient, order_id: str) -> list[str]:
    stages = await data(client, "/v2/order/history", order_id=order_id)
    return [stage["status"] for stage in stages]


async def trades(client: httpx.AsyncClient, order_id: str) -> list[tuple[int, float]]:
    """Quantity and price of each."""
    rows = await data(client, "/v2/order/trades", order_id=order_id)
    return [(row["quantity"], row["average_price"]) for row in rows]


async def position(client: httpx.AsyncClient, key: str, product: str = "D") -> Any:
    rows = await data(client, "/v2/portfolio/short-term-positions")
    return next(r for r in rows if (r["instrument_token"], r["product"]) == (key, product))
