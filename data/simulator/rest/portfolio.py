"""What is held: positions, shares, and their conversion from one product to another."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.accounts import told
from data.simulator.accounts.positions import Position
from data.simulator.answers import ApiError, success
from data.simulator.exchange import Exchange
from data.simulator.rest.order_asked import contract_of, object_of, quantity_of

CONVERTIBLE: Final = ("I", "D", "MTF")


def routes(exchange: Exchange) -> list[Route]:
    return [
        exchange.route("/v2/portfolio/short-term-positions", positions, user=True),
        exchange.route("/v3/portfolio/mtf-positions", mtf_positions, user=True),
        exchange.route("/v2/portfolio/long-term-holdings", holdings, user=True),
        exchange.route("/v2/portfolio/convert-position", convert, method="PUT", user=True),
    ]


async def positions(exchange: Exchange, request: Request) -> Response:
    return success([position(exchange, p) for p in _held(exchange) if p.product != "MTF"])


async def mtf_positions(exchange: Exchange, request: Request) -> Response:
    return success([position(exchange, p) for p in _held(exchange) if p.product == "MTF"])


def _held(exchange: Exchange) -> list[Position]:
    return [p for p in exchange.account().portfolio.positions.values() if not p.idle]


def position(exchange: Exchange, held: Position) -> dict[str, Any]:
    """A row, at the market's last price."""
    last, close = _prices(exchange, held.contract.key)
    return told.position_row(held, last, close)


async def holdings(exchange: Exchange, request: Request) -> Response:
    rows = [
        told.holding_row(held, *_prices(exchange, key))
        for key, held in exchange.account().portfolio.holdings.items()
    ]
    return success(rows)


def _prices(exchange: Exchange, key: str) -> tuple[int, float]:
    """The last price in paise, the close before in rupees."""
    q = exchange.market.quotes([key], exchange.trading.at, 1)
    return round(float(q.ltp[0]) * 100), float(q.close[0])


async def convert(exchange: Exchange, request: Request) -> Response:
    body = await object_of(request)
    contract, quantity = contract_of(exchange, body.get("instrument_token")), quantity_of(body)
    old, new = body.get("old_product"), body.get("new_product")
    if old not in CONVERTIBLE:
        raise ApiError("UDAPI1033", field="old_product", value=str(old))
    if new not in CONVERTIBLE or new == old or (new == "MTF" and contract.type != "EQ"):
        raise ApiError("UDAPI1034", field="new_product", value=str(new))
    side = body.get("transaction_type")
    if side not in ("BUY", "SELL"):
        raise ApiError("UDAPI1057", field="transaction_type", value=str(side))
    units = quantity if side == "BUY" else -quantity
    if not exchange.account().convert(contract, old, new, units, exchange.trading.at):
        raise ApiError("UDAPI1035", field="quantity", value=quantity)
    return success({"status": "complete"})
