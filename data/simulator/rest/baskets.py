"""Many orders in one call: place several, cancel all, close all positions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.accounts.account import slices
from data.simulator.accounts.agenda import Phase, phase, takes_orders
from data.simulator.accounts.orders import Ask, Order
from data.simulator.accounts.positions import Position
from data.simulator.accounts.trading import closing
from data.simulator.answers import MESSAGES, ApiError, json_response, success
from data.simulator.exchange import Exchange
from data.simulator.rest.order_asked import MOST_SLICES, algo_of, ask_of, body_of
from data.simulator.rest.orders import processing
from data.simulator.sessions import EXCHANGES

LONGEST_CORRELATION: Final = 20
MOST_CANCELS, MOST_EXITS = 50, 50
SEGMENTS: Final = frozenset(EXCHANGES.values())


def routes(exchange: Exchange) -> list[Route]:
    return [
        exchange.route("/v2/order/multi/place", place, method="POST", order=True),
        exchange.route("/v2/order/multi/cancel", cancel, method="DELETE", order=True),
        exchange.route("/v2/order/positions/exit", leave, method="POST", order=True),
    ]


async def place(exchange: Exchange, request: Request) -> Response:
    """One line that makes no sense refuses all; those that buy go first."""
    algo_of(request)
    lines = await body_of(request)
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise ApiError("UDAPI100036", field="body")
    if not lines:
        raise ApiError("UDAPI1114")
    if not takes_orders(exchange.now_ms()):
        raise ApiError("UDAPI100074")
    asks, errors = _read(exchange, lines)
    if errors:
        return json_response(
            {"status": "error", "errors": errors, "summary": _sum(lines, errors)}, 400
        )
    if sum(len(slices(ask)) for ask in asks.values()) > MOST_SLICES:
        raise ApiError("UDAPI1118", value=len(lines))
    received, orders = _receive(exchange, asks)
    found = [row for cid in asks for row in received[cid]]
    return success(found, summary=_sum(found, []), then=processing(exchange, orders))


def _read(
    exchange: Exchange, lines: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Ask], list[dict[str, Any]]]:
    """Orders by their correlation ids, and what is wrong with the others."""
    asks: dict[str, Ask] = {}
    errors = []
    for line in lines:
        cid = line.get("correlation_id")
        try:
            asks[_correlation(cid, asks)] = ask_of(exchange, line)
        except ApiError as error:
            errors.append(_error(cid if isinstance(cid, str) else None, error))
    return asks, errors


def _correlation(cid: object, known: Mapping[str, Ask]) -> str:
    if cid is None or cid == "":
        raise ApiError("UDAPI1115", field="correlation_id")
    if not isinstance(cid, str) or len(cid) > LONGEST_CORRELATION:
        raise ApiError("UDAPI1116", field="correlation_id", value=str(cid))
    if cid in known:
        raise ApiError("UDAPI1117", field="correlation_id", value=cid)
    return cid


def _error(cid: str | None, error: ApiError) -> dict[str, Any]:
    return {
        "correlation_id": cid,
        "error_code": error.code,
        "message": MESSAGES[error.code],
        "property_path": error.field,
        "invalid_value": error.value,
    }


def _sum(found: Sequence[Any], errors: Sequence[Any]) -> dict[str, int]:
    return {
        "total": len(found),
        "payload_error": len(errors),
        "success": 0 if errors else len(found),
        "error": 0,
    }


def _receive(
    exchange: Exchange, asks: Mapping[str, Ask]
) -> tuple[dict[str, list[dict[str, str]]], list[Order]]:
    account, now = exchange.account(), exchange.trading.at
    rows: dict[str, list[dict[str, str]]] = {}
    orders: list[Order] = []
    for cid, ask in sorted(asks.items(), key=lambda pair: not pair[1].buy):
        made = account.receive(ask, now)
        names = [cid] if len(made) == 1 else [f"{cid}_{i}" for i in range(1, len(made) + 1)]
        rows[cid] = [
            {"correlation_id": name, "order_id": order.id}
            for name, order in zip(names, made, strict=True)
        ]
        orders += made
    return rows, orders


async def cancel(exchange: Exchange, request: Request) -> Response:
    segment, tag = _filters(request)
    account = exchange.account()
    found = [
        order
        for order in [*account.working(), *account.queued()]
        if segment in (None, order.ask.contract.segment) and tag in (None, order.ask.tag)
    ]
    if not found:
        raise ApiError("UDAPI1109")
    if len(found) > MOST_CANCELS:
        raise ApiError("UDAPI1110", value=len(found))
    for order in found:
        account.cancel(order, exchange.trading.at)
    return _done(found)


async def leave(exchange: Exchange, request: Request) -> Response:
    """Positions are closed at market, in slices; what was sold is bought back first."""
    segment, tag = _filters(request)
    account = exchange.account()
    now = exchange.trading.at
    asks = [
        ask
        for position in account.portfolio.positions.values()
        if (ask := _exit(exchange, position, segment, tag)) is not None
    ]
    if not asks:
        raise ApiError("UDAPI1111")
    if len(asks) > MOST_EXITS:
        raise ApiError("UDAPI1112", value=len(asks))
    open_now = [ask for ask in asks if phase(ask.contract, now) is Phase.MATCH]
    if not open_now:
        raise ApiError("UDAPI1113")
    orders = [
        order
        for ask in sorted(open_now, key=lambda ask: not ask.buy)
        for order in account.receive(ask, now)
    ]
    account.process(orders, now)
    return _done(orders)


def _exit(
    exchange: Exchange, position: Position, segment: str | None, tag: str | None
) -> Ask | None:
    """What closes a position, or the tagged part of one within the day."""
    contract, product = position.contract, position.product
    if not position.open or segment not in (None, contract.segment):
        return None
    if contract.type == "EQ" and product != "I":
        return None
    ask = closing(position, tag)
    if tag is None:
        return ask
    units = sum(
        order.filled if order.ask.buy else -order.filled
        for order in exchange.trading.account.orders.values()
        if (order.key, order.ask.product, order.ask.tag) == (contract.key, product, tag)
    )
    if product != "I" or units * position.open <= 0:
        return None
    return ask.of(min(abs(units), abs(position.open)))


def _filters(request: Request) -> tuple[str | None, str | None]:
    segment, tag = request.query_params.get("segment"), request.query_params.get("tag")
    if segment and segment not in SEGMENTS:
        raise ApiError("UDAPI1108", field="segment", value=segment)
    return segment or None, tag or None


def _done(orders: Sequence[Order]) -> Response:
    summary = {"total": len(orders), "success": len(orders), "error": 0}
    return success({"order_ids": [order.id for order in orders]}, errors=None, summary=summary)
