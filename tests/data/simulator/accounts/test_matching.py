"""Orders meet the simulated book: who gets what, at which price, and when."""

from typing import Any

import httpx

from data.simulator.market import Market
from tests.data.simulator.running import StillClock, data
from tests.data.simulator.trader import (
    details,
    option,
    place,
    position,
    statuses,
    trader_at,
    trades,
)


async def test_a_limit_order_takes_the_shown_levels_at_their_prices(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    book = market.ladder(call.key, clock.ms, 5)
    wanted = int(book.ask_qty[:3].sum()) - 65
    found = await place(exchange, call.key, quantity=wanted, price=float(book.ask[2]))
    assert await trades(exchange, found) == [
        (int(book.ask_qty[0]), book.ask[0]),
        (int(book.ask_qty[1]), book.ask[1]),
        (int(book.ask_qty[2]) - 65, book.ask[2]),
    ]
    told = await details(exchange, found)
    assert (told["status"], told["filled_quantity"]) == ("complete", wanted)
    assert (await position(exchange, call.key))["quantity"] == wanted


async def test_what_one_order_took_is_gone_for_the_next_until_a_new_quote(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    book = market.ladder(call.key, clock.ms, 5)
    best, shown = float(book.ask[0]), int(book.ask_qty[0])
    await place(exchange, call.key, quantity=shown, price=best)
    second = await place(exchange, call.key, quantity=65, price=best)
    assert (await details(exchange, second))["status"] == "open"
    third = await place(exchange, call.key, quantity=65, price=float(book.ask[1]))
    assert await trades(exchange, third) == [(65, book.ask[1])]


async def test_a_resting_order_trades_at_its_own_price_though_the_new_quote_is_better(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    price = float(market.ladder(call.key, clock.ms, 1).bid[0]) - 0.25
    coming = market.tops(call.key, clock.ms, clock.ms + 600_000)
    first = int((coming.ask <= price + 1e-9).argmax())
    assert coming.ask[first] < price
    found = await place(exchange, call.key, price=price)
    assert await statuses(exchange, found) == [
        "put order req received", "validation pending", "open pending", "open",
    ]  # fmt: skip
    clock.ms = int(coming.at[first]) - 1
    assert (await details(exchange, found))["status"] == "open"
    clock.advance(60)
    assert (await details(exchange, found))["status"] == "complete"
    assert await trades(exchange, found) == [(65, price)]


async def test_a_trade_of_others_through_its_price_fills_a_resting_order(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    price = float(market.ladder(call.key, clock.ms, 1).bid[0])
    coming = market.prints(call.key, clock.ms, clock.ms + 60_000)
    first = int((coming.price < price - 1e-9).argmax())
    assert coming.price[first] < price
    asks = market.tops(call.key, clock.ms, int(coming.at[first])).ask
    assert asks.min() > price
    shown = int(coming.quantity[first])
    found = await place(exchange, call.key, price=price, quantity=shown + 65)
    clock.ms = int(coming.at[first])
    assert await trades(exchange, found) == [(shown, price)]


async def test_it_does_not_matter_how_often_somebody_looks(market: Market) -> None:
    call = option(market)

    async def told(steps: int) -> Any:
        clock = StillClock()
        async with trader_at(market, clock) as client:
            price = float(market.ladder(call.key, clock.ms, 1).bid[0]) - 1.5
            found = [await place(client, call.key, quantity=650, price=price + i) for i in (0, 1)]
            for _ in range(steps):
                clock.advance(1200 / steps)
                await data(client, "/v2/order/retrieve-all")
            rows = await data(client, "/v2/order/trades/get-trades-for-day")
            assert {row["order_id"] for row in rows} == set(found)
            return rows

    assert await told(1) == await told(160)
