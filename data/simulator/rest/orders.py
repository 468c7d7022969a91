"""Orders one by one: place, modify, cancel, and what became of them."""

from collections.abc import Sequence
from typing import Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.accounts import told
from data.simulator.accounts.account import Account, slices
from data.simulator.accounts.agenda import takes_orders
from data.simulator.accounts.orders import Order
from data.simulator.answers import ApiError, success
from data.simulator.exchange import Exchange
from data.simulator.rest.order_asked import (
    MOST_SLICES,
    algo_of,
    ask_of,
    change_of,
    object_of,
)

ID_CHARACTERS: Final = "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
FASTEST_MS, SPREAD_MS = 12, 29


def routes(exchange: Exchange) -> list[Route]:
    made = [
        exchange.route("/v3/order/place", place, method="POST", order=True),
        exchange.route("/v2/order/place", place_old, method="POST", order=True),
        exchange.route("/v2/order/retrieve-all", book, user=True),
        exchange.route("/v2/order/details", details, user=True),
        exchange.route("/v2/order/history", history, user=True),
        exchange.route("/v2/order/trades/get-trades-for-day", trades, user=True),
        exchange.route("/v2/order/trades", trades_of_order, user=True),
    ]
    for version in ("v2", "v3"):
        path = f"/{version}/order"
        made.append(exchange.route(f"{path}/modify", modify, method="PUT", order=True))
        made.append(exchange.route(f"{path}/cancel", cancel, method="DELETE", order=True))
    return made


def metadata(account: Account) -> dict[str, int]:
    """A latency that differs from order to order, and not from run to run."""
    return {"latency": FASTEST_MS + len(account.orders) * 7 % SPREAD_MS}


async def place(exchange: Exchange, request: Request) -> Response:
    """The ids first; what broker and exchange think of the orders comes after the reply."""
    account, orders = await _received(exchange, request, old=False)
    return success(
        {"order_ids": [order.id for order in orders]},
        metadata=metadata(account),
        then=processing(exchange, orders),
    )


async def place_old(exchange: Exchange, request: Request) -> Response:
    _, orders = await _received(exchange, request, old=True)
    return success({"order_id": orders[0].id}, then=processing(exchange, orders))


async def _received(
    exchange: Exchange, request: Request, *, old: bool
) -> tuple[Account, list[Order]]:
    algo_of(request)
    ask = ask_of(exchange, await object_of(request), old=old)
    now = exchange.now_ms()
    if not takes_orders(now):
        raise ApiError("UDAPI100074")
    if len(slices(ask)) > MOST_SLICES:
        raise ApiError("UDAPI1118", field="quantity", value=ask.quantity)
    account = exchange.account()
    return account, account.receive(ask, exchange.trading.at)


def processing(exchange: Exchange, orders: Sequence[Order]) -> BackgroundTask:
    """What is done with orders once the reply is on its way."""

    async def work() -> None:
        exchange.trading.account.process(orders, exchange.trading.at)

    return BackgroundTask(work)


async def modify(exchange: Exchange, request: Request) -> Response:
    body = await object_of(request)
    account = exchange.account()
    order = _order(account, body.get("order_id"))
    change = change_of(order, body)
    if order.final:
        raise ApiError("UDAPI100041", field="order_id", value=order.id)

    async def work() -> None:
        if not order.final:
            account.modify(order, change, exchange.trading.at)

    return _done(request, account, order, BackgroundTask(work))


async def cancel(exchange: Exchange, request: Request) -> Response:
    account = exchange.account()
    order = _order(account, request.query_params.get("order_id"))
    if order.final:
        raise ApiError("UDAPI100040", field="order_id", value=order.id)

    async def work() -> None:
        if not order.final:
            account.cancel(order, exchange.trading.at)

    return _done(request, account, order, BackgroundTask(work))


def _done(request: Request, account: Account, order: Order, then: BackgroundTask) -> Response:
    if request.url.path.startswith("/v2"):
        return success({"order_id": order.id}, then=then)
    return success({"order_id": order.id}, metadata=metadata(account), then=then)


def _order(account: Account, order_id: object) -> Order:
    if not order_id:
        raise ApiError("UDAPI1023", field="order_id")
    if not isinstance(order_id, str) or set(order_id) - set(ID_CHARACTERS):
        raise ApiError("UDAPI1010", field="order_id", value=str(order_id))
    return account.find(order_id)


# Reads


async def book(exchange: Exchange, request: Request) -> Response:
    return success([told.order_row(order) for order in exchange.account().orders.values()])


async def details(exchange: Exchange, request: Request) -> Response:
    order = _order(exchange.account(), request.query_params.get("order_id"))
    return success(told.order_details(order))


async def history(exchange: Exchange, request: Request) -> Response:
    """By order, by tag, or by both."""
    asked, account = request.query_params, exchange.account()
    if not asked.get("order_id") and not asked.get("tag"):
        raise ApiError("UDAPI100059", field="order_id")
    found = list(account.orders.values())
    if asked.get("order_id"):
        found = [_order(account, asked["order_id"])]
    if asked.get("tag"):
        found = [order for order in found if order.ask.tag == asked["tag"]]
    return success([stage for order in found for stage in order.stages])


async def trades(exchange: Exchange, request: Request) -> Response:
    return success([told.trade_row(fill) for fill in exchange.account().portfolio.fills])


async def trades_of_order(exchange: Exchange, request: Request) -> Response:
    account = exchange.account()
    order = _order(account, request.query_params.get("order_id"))
    return success([told.trade_row(f) for f in account.portfolio.fills if f.order is order])
