"""The exchange's day: auctions, square-off, night, expiry, delivery."""

import httpx

from data.simulator.market import Market
from tests.data.simulator.running import DAY, RELIANCE, StillClock, data, log_in
from tests.data.simulator.trader import details, option, order, place, position, statuses, trades

SBIN = "NSE_EQ|INE062A01020"


async def test_after_the_close_orders_wait_for_the_next_opening(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    clock.set(DAY.replace(hour=17))
    found = await place(exchange, call.key, order_type="MARKET")
    told = await details(exchange, found)
    assert (told["status"], told["is_amo"]) == ("after market order req received", True)
    gone = await place(exchange, call.key, price=50.0)
    await exchange.delete("/v3/order/cancel", params={"order_id": gone})
    assert (await details(exchange, gone))["status"] == "cancelled after market order"
    clock.set(DAY.replace(day=19, hour=9, minute=20))
    await log_in(exchange)
    told = await details(exchange, found)
    assert (told["status"], told["is_amo"]) == ("complete", True)
    assert len(await data(exchange, "/v2/order/retrieve-all")) == 1


async def test_day_orders_end_with_the_day_and_the_book_is_empty_on_the_next(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    found = await place(exchange, option(market).key, price=20.0)
    clock.set(DAY.replace(hour=15, minute=41))
    told = await details(exchange, found)
    assert (told["status"], told["order_timestamp"]) == ("cancelled", "2026-11-18 15:40:00")
    clock.set(DAY.replace(day=19, hour=10))
    await log_in(exchange)
    assert await data(exchange, "/v2/order/retrieve-all") == []


async def test_positions_are_carried_over_night_at_their_average(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    found = await place(exchange, call.key, "SELL", order_type="MARKET")
    [(_, price)] = await trades(exchange, found)
    clock.set(DAY.replace(day=19, hour=10))
    await log_in(exchange)
    held = await position(exchange, call.key)
    assert (held["overnight_quantity"], held["quantity"]) == (-65, -65)
    assert (held["average_price"], held["overnight_sell_amount"]) == (price, 65 * price)
    assert (held["day_sell_quantity"], held["sell_price"]) == (0, price)
    assert held["pnl"] == held["unrealised"]


async def test_intraday_positions_are_closed_by_the_broker(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    await place(exchange, call.key, order_type="MARKET", product="I")
    await place(exchange, RELIANCE, "SELL", order_type="MARKET", product="I", quantity=5)
    clock.set(DAY.replace(hour=15, minute=31))
    assert (await position(exchange, call.key, "I"))["quantity"] == 0
    assert (await position(exchange, RELIANCE, "I"))["quantity"] == 0
    rows = await data(exchange, "/v2/order/retrieve-all")
    assert [row["tag"] for row in rows] == [None, None, "squareoff", "squareoff"]
    assert [row["order_timestamp"][11:16] for row in rows[2:]] == ["15:12", "15:30"]


async def test_in_the_closing_auction_stops_end_and_limits_get_the_one_price(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    last = round(market.last_price(RELIANCE, clock.ms), 0)
    low, high = round(last * 0.9, 0), round(last * 1.02, 0)
    waits = await place(
        exchange, RELIANCE, "SELL", order_type="SL", trigger_price=low, price=low, quantity=1
    )
    dear = await place(exchange, RELIANCE, "SELL", price=high, quantity=1)
    clock.set(DAY.replace(hour=15, minute=16))
    assert (await details(exchange, waits))["status"] == "cancelled"
    early = await place(exchange, RELIANCE, price=last, quantity=10)
    assert "16052" in (await details(exchange, early))["status_message_raw"]
    clock.set(DAY.replace(hour=15, minute=21))
    taken = await place(exchange, RELIANCE, order_type="MARKET", quantity=10)
    stop = await place(
        exchange, RELIANCE, order_type="SL", trigger_price=high, price=high, quantity=1
    )
    assert "16419" in (await details(exchange, stop))["status_message_raw"]
    clock.set(DAY.replace(hour=15, minute=27))
    late = await place(exchange, RELIANCE, order_type="MARKET", quantity=10)
    assert "limit order entry" in (await details(exchange, late))["status_message_raw"]
    clock.set(DAY.replace(hour=15, minute=36))
    [(units, price)] = await trades(exchange, taken)
    assert (units, price) == (10, market.last_price(RELIANCE, clock.ms))
    assert (await statuses(exchange, dear))[-1] == "cancelled"


async def test_shares_are_collected_before_the_opening_and_match_at_one_price(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    clock.set(DAY.replace(day=19, hour=9, minute=2))
    await log_in(exchange)
    found = await place(exchange, RELIANCE, order_type="MARKET", quantity=10)
    call = await place(exchange, option(market).key, price=60.0)
    assert (await details(exchange, found))["status"] == "open"
    assert (await details(exchange, call))["status"] == "after market order req received"
    clock.set(DAY.replace(day=19, hour=9, minute=11))
    [(units, price)] = await trades(exchange, found)
    clock.set(DAY.replace(day=19, hour=9, minute=16))
    assert (units, price) == (10, float(market.quotes([RELIANCE], clock.ms).open[0]))
    assert (await details(exchange, call))["status"] == "open"


async def test_bought_shares_are_holdings_the_day_after_and_settled_on_the_next(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    found = await place(exchange, SBIN, order_type="MARKET", quantity=10)
    [(_, price)] = await trades(exchange, found)

    async def held() -> tuple[int, int, float]:
        rows = await data(exchange, "/v2/portfolio/long-term-holdings")
        row = next(row for row in rows if row["instrument_token"] == SBIN)
        return row["quantity"], row["t1_quantity"], row["average_price"]

    average = round((40 * 780 + 10 * price) / 50, 4)
    for day, wanted in ((18, (40, 0, 780.0)), (19, (40, 10, average)), (20, (50, 0, average))):
        clock.set(DAY.replace(day=day, hour=12))
        await log_in(exchange)
        assert await held() == wanted


async def test_an_index_option_settles_in_cash_at_the_close_of_its_index(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    clock.set(DAY.replace(day=23, hour=11))
    await log_in(exchange)
    call, put = option(market, 15), option(market, 19, "PE")
    await place(exchange, call.key, order_type="MARKET")
    await place(exchange, put.key, "SELL", order_type="MARKET")
    before = (await data(exchange, "/v3/user/get-funds-and-margin"))["available_to_trade"]
    clock.set(DAY.replace(day=23, hour=15, minute=41))
    spot = market.spot("NIFTY", clock.ms)
    for contract, way in ((call, 1), (put, -1)):
        row = await position(exchange, contract.key)
        worth = max(way * (spot - contract.strike), 0)
        paid = row["day_buy_price"] if way == 1 else row["day_sell_price"]
        assert row["quantity"] == 0
        assert abs(row["realised"] - way * 65 * (round(worth, 2) - paid)) < 0.02
    after = (await data(exchange, "/v3/user/get-funds-and-margin"))["available_to_trade"]
    used = after["cash_available_to_trade"]["margin_used"]
    assert used["span_exposure"] == 0
    assert before["cash_available_to_trade"]["margin_used"]["span_exposure"] > 0


async def test_an_option_on_a_share_in_the_money_is_delivered(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    clock.set(DAY.replace(day=23, hour=11))
    await log_in(exchange)
    spot = market.spot("RELIANCE", clock.ms)
    chain = [
        c
        for c in market.listed(DAY.replace(day=23).date()).values()
        if (c.underlying, c.type, str(c.expiry)) == ("RELIANCE", "CE", "2026-11-23")
    ]
    inside = min(chain, key=lambda c: abs(c.strike - spot * 0.97))
    body = order(inside.key, price=market.quotes([inside.key], clock.ms).ask[0, 0].item())
    answer = await exchange.post("/v3/order/place", json=body | {"quantity": 500})
    assert answer.status_code == 200, answer.text
    funds = await data(exchange, "/v3/user/get-funds-and-margin")
    delivery = funds["available_to_trade"]["cash_available_to_trade"]["margin_used"]
    assert delivery["delivery_margin"]["fo_settlement"] > 0
    clock.set(DAY.replace(day=23, hour=16))
    assert (await position(exchange, inside.key))["quantity"] == 0
    rows = await data(exchange, "/v2/portfolio/long-term-holdings")
    share = next(row for row in rows if row["instrument_token"] == RELIANCE)
    assert (share["quantity"], share["t1_quantity"]) == (50, 500)


async def test_a_future_on_a_share_outside_the_new_band_is_cancelled_by_the_exchange(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    future = next(
        c
        for c in market.listed(DAY.date()).values()
        if (c.underlying, c.type) == ("RELIANCE", "FUT")
    )
    last = market.last_price(future.key, clock.ms)
    size = {"quantity": future.lot_size}
    near, far = [
        await place(exchange, future.key, price=round(last * part, 0), **size)
        for part in (0.93, 0.85)
    ]
    clock.set(DAY.replace(hour=15, minute=16))
    assert (await details(exchange, near))["status"] == "open"
    told = await details(exchange, far)
    assert (told["status"], told["order_timestamp"]) == ("cancelled", "2026-11-18 15:15:00")


async def test_days_that_nobody_looked_at_are_gone_through_one_by_one(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    await place(exchange, call.key, "SELL", order_type="MARKET")
    waits = {"order_type": "LIMIT", "price": 60.0}
    clock.set(DAY.replace(hour=20))
    amo = await place(exchange, call.key, **waits)
    clock.set(DAY.replace(day=25, hour=11))
    await log_in(exchange)
    assert await data(exchange, "/v2/portfolio/short-term-positions") == []
    assert await data(exchange, "/v2/order/retrieve-all") == []
    query = {"segment": "FO", "financial_year": "2627", "page_number": 1, "page_size": 10}
    [trip] = await data(exchange, "/v2/trade/profit-loss/data", **query)
    assert (trip["sell_date"], trip["buy_date"]) == ("18-11-2026", "23-11-2026")
    spot = market.spot("NIFTY", int(DAY.replace(day=23, hour=15, minute=41).timestamp() * 1000))
    assert trip["buy_average"] == round(max(spot - call.strike, 0), 2)
    answer = await exchange.get("/v2/order/details", params={"order_id": amo})
    assert answer.status_code == 400
