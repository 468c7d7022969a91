"""Runs the order side of the broker's official SDK against an exchange; a process of its own.

Prints one JSON object: for each call the fields that the SDK lost, and what its streamer heard.
"""

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

import upstox_client
import websocket
from sdk_script import API, client_of, log_in, lost

SHARE = "NSE_EQ|INE062A01020"
YEAR = ("FO", "2627")


class Caller:
    """Makes calls one after another and keeps what the SDK lost of each answer."""

    def __init__(self, client: upstox_client.ApiClient) -> None:
        self.client = client
        self.lost: dict[str, list[str]] = {}

    def __call__(self, name: str, call: Callable[[], Any]) -> Any:
        model = call()
        raw = json.loads(self.client.last_response.data)
        if not raw["data"]:
            raise AssertionError(f"{name} is empty")
        self.lost[name] = sorted(set(lost(model, raw)))
        return model.data


def request(kind: Any, key: str, price: float, **other: Any) -> Any:
    usual = {
        "quantity": 65,
        "product": "D",
        "validity": "DAY",
        "price": price,
        "instrument_token": key,
        "order_type": "LIMIT",
        "transaction_type": "BUY",
        "disclosed_quantity": 0,
        "trigger_price": 0.0,
        "is_amo": False,
    }
    return kind(**usual | other)


def orders(call: Caller, key: str, price: float) -> None:
    """Placed, changed, cancelled and read in both versions."""
    u, client = upstox_client, call.client
    old, new = u.OrderApi(client), u.OrderApiV3(client)
    body = request(u.PlaceOrderV3Request, key, price, slice=True, tag="sdk")
    [found] = call("place_v3", lambda: new.place_order(body)).order_ids
    change = u.ModifyOrderRequest(
        order_id=found, validity="DAY", price=price + 1, order_type="LIMIT", trigger_price=0.0
    )
    call("modify_v3", lambda: new.modify_order(change))
    call("cancel_v3", lambda: new.cancel_order(found))
    plain = request(u.PlaceOrderRequest, key, price)
    change.order_id = call("place_v2", lambda: old.place_order(plain, API)).order_id
    call("modify_v2", lambda: old.modify_order(change, API))
    call("cancel_v2", lambda: old.cancel_order(change.order_id, API))
    lines = [
        request(u.MultiOrderRequest, key, price, slice=False, correlation_id=f"leg{i}")
        for i in range(2)
    ]
    call("place_multi", lambda: old.place_multi_order(lines))
    call("cancel_multi", old.cancel_multi_order)
    taken = request(u.PlaceOrderV3Request, key, 0.0, order_type="MARKET", market_protection=-1)
    [filled] = new.place_order(taken).data.order_ids
    call("book", lambda: old.get_order_book(API))
    call("details", lambda: old.get_order_status(order_id=filled))
    call("history", lambda: old.get_order_details(API, order_id=filled))
    call("history_of_tag", lambda: old.get_order_details(API, tag="sdk"))
    call("trades", lambda: old.get_trade_history(API))
    call("trades_of_order", lambda: old.get_trades_by_order(filled, API))
    call("exit", old.exit_positions)


def gtts(call: Caller, last: float) -> None:
    u = upstox_client
    desk = u.OrderApiV3(call.client)

    def rules(target: float) -> list[Any]:
        stop = u.GttRule(
            strategy="STOPLOSS", trigger_type="IMMEDIATE", trigger_price=last - 10, trailing_gap=2.0
        )
        return [
            u.GttRule(strategy="ENTRY", trigger_type="IMMEDIATE", trigger_price=last + 1),
            u.GttRule(strategy="TARGET", trigger_type="IMMEDIATE", trigger_price=target),
            stop,
        ]

    body = u.GttPlaceOrderRequest(
        type="MULTIPLE",
        quantity=5,
        product="D",
        instrument_token=SHARE,
        transaction_type="BUY",
        rules=rules(last + 20),
    )
    [found] = call("gtt_place", lambda: desk.place_gtt_order(body)).gtt_order_ids
    call("gtt_details", desk.get_gtt_order_details)
    change = u.GttModifyOrderRequest(
        type="MULTIPLE", quantity=5, gtt_order_id=found, rules=rules(last + 25)
    )
    call("gtt_modify", lambda: desk.modify_gtt_order(change))
    gone = u.GttCancelOrderRequest(gtt_order_id=found)
    call("gtt_cancel", lambda: desk.cancel_gtt_order(gone))


def account(call: Caller, key: str) -> None:
    u, client = upstox_client, call.client
    held, user, tax = u.PortfolioApi(client), u.UserApi(client), u.TradeProfitAndLossApi(client)
    body = request(u.PlaceOrderV3Request, SHARE, 0.0, order_type="MARKET", quantity=5)
    for product in ("MTF", "I"):
        body.product = product
        u.OrderApiV3(client).place_order(body)
    call("positions", lambda: held.get_positions(API))
    call("mtf_positions", held.get_mtf_positions)
    call("holdings", lambda: held.get_holdings(API))
    conversion = u.ConvertPositionRequest(
        instrument_token=SHARE,
        new_product="D",
        old_product="I",
        transaction_type="BUY",
        quantity=5,
    )
    call("convert", lambda: held.convert_positions(conversion, API))
    call("funds_v2", lambda: user.get_user_fund_margin(API))
    call("funds_v3", user.get_user_fund_margin_v3)
    call("pnl_count", lambda: tax.get_trade_wise_profit_and_loss_meta_data(*YEAR, API))
    call("pnl", lambda: tax.get_trade_wise_profit_and_loss_data(*YEAR, 1, 100, API))
    call("pnl_charges", lambda: tax.get_profit_and_loss_charges(*YEAR, API))
    past = u.PostTradeApi(client)
    days = ("2026-11-01", "2026-11-18")
    call("past_trades", lambda: past.get_trades_by_date_range(*days, 1, 100))
    call("kill_switch", user.get_kill_switch)
    switch = [u.KillSwitchSegmentUpdateRequest(segment="BSE_FO", action="DISABLE")]
    call("turn_kill_switch", lambda: user.update_kill_switch(switch))
    call("addresses", user.get_user_ips)
    door = u.WebsocketApi(client)
    call("stream", lambda: door.get_portfolio_stream_feed_authorize(API))
    ips = u.UpdateUserIpRequest(primary_ip="127.0.0.1", secondary_ip="::1")
    call("change_addresses", lambda: user.update_user_ip(ips))


def listen(base: str, client: upstox_client.ApiClient) -> tuple[Any, list[dict[str, Any]], Any]:
    """The SDK's streamer; its address is written into it: send it to the exchange instead."""

    class Redirected(websocket.WebSocketApp):
        def __init__(self, url: str, **options: Any) -> None:
            here = url.replace("wss://api.upstox.com", base.replace("http", "ws", 1))
            super().__init__(here, **options)

    websocket.WebSocketApp = Redirected
    streamer = upstox_client.PortfolioDataStreamer(client, True, True, True, True)
    streamer.auto_reconnect(False)
    heard: list[dict[str, Any]] = []
    opened, done = threading.Event(), threading.Event()

    def hear(message: str) -> None:
        heard.append(json.loads(message))
        if heard[-1].get("tag") == "last" and heard[-1].get("status") == "cancelled":
            done.set()

    streamer.on("open", opened.set)
    streamer.on("message", hear)
    streamer.connect()
    if not opened.wait(20):
        raise AssertionError("the stream did not open")
    return streamer, heard, done


def main() -> None:
    asked = json.loads(sys.argv[1])
    client = client_of(asked["base"], log_in(asked["base"], asked["code"], asked["back"]))
    streamer, heard, done = listen(asked["base"], client)
    call = Caller(client)
    orders(call, asked["call"], asked["price"])
    gtts(call, asked["last"])
    desk = upstox_client.OrderApiV3(client)
    body = request(upstox_client.PlaceOrderV3Request, SHARE, 0.0, order_type="MARKET", quantity=10)
    body.transaction_type = "SELL"
    desk.place_order(body)
    last = request(upstox_client.PlaceOrderV3Request, asked["call"], asked["price"], tag="last")
    [found] = desk.place_order(last).data.order_ids
    desk.cancel_order(found)
    complete = done.wait(20)
    streamer.disconnect()
    account(call, asked["call"])
    sys.stdout.write(json.dumps({"lost": call.lost, "heard": heard, "complete": complete}) + "\n")


if __name__ == "__main__":
    main()
