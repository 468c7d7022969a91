"""What only a simulated exchange has: its clock, the truth, and faults on demand. Loopback only."""

from collections.abc import Awaitable, Callable
from datetime import date
from ipaddress import ip_address
from math import isnan
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.instruments.instrument import strike_text
from data.simulator.accounts import told
from data.simulator.answers import ApiError, json_response, no_such_route, success
from data.simulator.clock import day_of, iso
from data.simulator.exchange import Exchange
from data.simulator.faults import FaultKind
from data.simulator.feed import Feed
from data.simulator.market import Contract, Quotes
from data.simulator.rest import portfolio as rows
from data.simulator.webhook import Webhook

Answer = Callable[[Request], Awaitable[Response]]


def routes(exchange: Exchange, feed: Feed, webhook: Webhook) -> list[Route]:
    async def clock(request: Request) -> Response:
        now = exchange.now_ms()
        return json_response(
            {
                "now": iso(now),
                "speed": exchange.clock.speed,
                "clock": exchange.clock.kind,
                "session": exchange.market.session(now).phase,
            }
        )

    async def state(request: Request) -> Response:
        return json_response(truth(exchange, request))

    async def load(request: Request) -> Response:
        return json_response(
            {"ticks": feed.ticks, "frames": feed.frames, "sockets": len(feed.sockets)}
        )

    return [
        Route("/sim/clock", _here(clock), methods=["GET"]),
        Route("/sim/state", _here(state), methods=["GET"]),
        Route("/sim/load", _here(load), methods=["GET"]),
        *_fault_routes(exchange),
        *_webhook_routes(webhook),
    ]


def _webhook_routes(webhook: Webhook) -> list[Route]:
    """The broker's console: where its postbacks go."""

    async def register(request: Request) -> Response:
        try:
            address = orjson.loads(await request.body())["url"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise ApiError("UDAPI100036", field="url") from None
        if not isinstance(address, str) or not address.startswith(("http://", "https://")):
            raise ApiError("UDAPI100036", field="url", value=str(address))
        webhook.register(address)
        return success({"url": address})

    async def clear(request: Request) -> Response:
        webhook.register("")
        return success({"url": ""})

    return [
        Route("/sim/webhook", _here(register), methods=["PUT"]),
        Route("/sim/webhook", _here(clear), methods=["DELETE"]),
    ]


def _fault_routes(exchange: Exchange) -> list[Route]:
    faults = exchange.faults
    if not faults.enabled:
        return []

    async def add(request: Request) -> Response:
        try:
            asked = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            raise ApiError("UDAPI100036", field="kind") from None
        fault = faults.add(asked)
        if fault.kind is FaultKind.TOKEN_EXPIRED and faults.take(FaultKind.TOKEN_EXPIRED):
            exchange.tokens.kill_all()
        return success({"faults": faults.shown()})

    async def clear(request: Request) -> Response:
        faults.clear()
        return success({"faults": []})

    async def shown(request: Request) -> Response:
        return success({"faults": faults.shown()})

    return [
        Route("/sim/faults", _here(add), methods=["POST"]),
        Route("/sim/faults", _here(clear), methods=["DELETE"]),
        Route("/sim/faults", _here(shown), methods=["GET"]),
    ]


def _here(answer: Answer) -> Answer:
    """The truth is for this machine only: to anybody else the route does not exist."""

    async def guarded(request: Request) -> Response:
        host = request.client.host if request.client else ""
        try:
            near = ip_address(host).is_loopback
        except ValueError:
            near = False
        if not near:
            raise no_such_route()
        return await answer(request)

    return guarded


def truth(exchange: Exchange, request: Request) -> dict[str, Any]:
    """One option chain as the market has it at this moment."""
    symbol = request.query_params.get("underlying", "")
    now = exchange.now_ms()
    listed = exchange.market.listed(day_of(now)).values()
    options = [c for c in listed if c.underlying == symbol and c.type in ("CE", "PE")]
    if not options:
        raise ApiError("UDAPI100011", 404, field="underlying", value=symbol)
    try:
        expiry = date.fromisoformat(request.query_params.get("expiry", ""))
    except ValueError:
        raise ApiError("UDAPI1088", field="expiry") from None
    chain = [contract for contract in options if contract.expiry == expiry]
    if not chain:
        raise ApiError("UDAPI1088", 404, field="expiry", value=expiry.isoformat())
    quotes = exchange.market.quotes([contract.key for contract in chain], now)
    strikes: dict[str, dict[str, Any]] = {}
    for i, contract in sorted(enumerate(chain), key=lambda pair: pair[1].strike):
        strikes.setdefault(strike_text(contract.strike), {})[contract.type] = _side(
            contract, quotes, i
        )
    return {
        "now": iso(now),
        "seed": exchange.seed,
        "spot": exchange.market.spot(symbol, now),
        "forward": exchange.market.forward(symbol, expiry, now),
        "strikes": strikes,
        **_own(exchange, symbol),
    }


def _own(exchange: Exchange, symbol: str) -> dict[str, Any]:
    """Today's orders and trades in everything on this underlying, and what is held of it."""
    account = exchange.account()
    return {
        "orders": [
            told.order_row(order)
            for order in account.orders.values()
            if _on(order.ask.contract, symbol)
        ],
        "trades": [
            told.trade_row(fill)
            for fill in account.portfolio.fills
            if _on(fill.order.ask.contract, symbol)
        ],
        "positions": [
            rows.position(exchange, position)
            for position in account.portfolio.positions.values()
            if _on(position.contract, symbol)
        ],
    }


def _on(contract: Contract, symbol: str) -> bool:
    return symbol in (contract.underlying, contract.trading_symbol)


def _side(contract: Contract, q: Quotes, i: int) -> dict[str, Any]:
    estimates = {
        name: float(getattr(q, name)[i]) for name in ("iv", "delta", "gamma", "theta", "vega")
    }
    return {
        "instrument_key": contract.key,
        "ltp": float(q.ltp[i]),
        "bid": float(q.bid[i, 0]),
        "ask": float(q.ask[i, 0]),
        "bid_qty": int(q.bid_qty[i, 0]),
        "ask_qty": int(q.ask_qty[i, 0]),
        "volume": int(q.volume[i]),
        "oi": int(q.oi[i]),
        "oi_prev": int(q.oi_prev[i]),
        **{name: None if isnan(value) else value for name, value in estimates.items()},
    }
