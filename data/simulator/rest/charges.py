"""What an order costs and what a basket needs: brokerage and margin."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.charges.charges import Charges, Trade, charges
from core.charges.rates import Segment, Side
from data.simulator.answers import ApiError, success
from data.simulator.exchange import Exchange
from data.simulator.market import Contract, Held, Margin
from data.simulator.rest.asked import KEY

PRODUCTS: Final = ("I", "D", "CO", "MTF")
SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
WITHIN_THE_DAY: Final = ("I", "CO")
MOST_INSTRUMENTS: Final = 20
MOST_UNITS: Final = 10**9
DP_PLAN: Final = {"name": "DP3A", "min_expense": 18.5}


def routes(exchange: Exchange) -> list[Route]:
    return [
        exchange.route("/v2/charges/brokerage", brokerage),
        exchange.route("/v2/charges/margin", margin, method="POST"),
    ]


async def brokerage(exchange: Exchange, request: Request) -> Response:
    asked = request.query_params
    contract = _contract(exchange, asked.get("instrument_token", ""))
    quantity, price = _whole(asked.get("quantity", "")), _number(asked.get("price", ""))
    product, side = asked.get("product", ""), asked.get("transaction_type", "")
    if product not in PRODUCTS:
        raise ApiError("UDAPI1063", field="product", value=product or None)
    if side not in SIDES:
        raise ApiError("UDAPI1062", field="transaction_type", value=side or None)
    trade = Trade(
        segment=_segment(contract, product),
        exchange=contract.exchange,
        underlying=contract.underlying or contract.trading_symbol,
        side=SIDES[side],
        quantity=quantity,
        price=price,
        day=exchange.today(),
    )
    return success({"charges": _told(charges([trade]))})


def _contract(exchange: Exchange, key: str) -> Contract:
    found = exchange.market.listed(exchange.today()).get(key)
    if not KEY.fullmatch(key) or found is None or found.type == "INDEX":
        raise ApiError("UDAPI1059", field="instrument_token", value=key or None)
    return found


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise ApiError("UDAPI1060", field="quantity", value=text or None)
    if int(text) == 0:
        raise ApiError("UDAPI1064", field="quantity", value=text)
    return int(text)


def _number(text: str) -> Decimal:
    try:
        value = float(text)
    except ValueError:
        raise ApiError("UDAPI1061", field="price", value=text or None) from None
    if not isfinite(value) or value < 0:
        raise ApiError("UDAPI1061", field="price", value=text)
    if value == 0:
        raise ApiError("UDAPI1065", field="price", value=text)
    return Decimal(str(value))


def _segment(contract: Contract, product: str) -> Segment:
    if contract.type in ("CE", "PE"):
        return Segment.OPTION
    if contract.type == "FUT":
        return Segment.FUTURE
    return Segment.EQUITY_INTRADAY if product in WITHIN_THE_DAY else Segment.EQUITY_DELIVERY


def _told(found: Charges) -> dict[str, Any]:
    """In rupees to the paisa; fields of the old names say the same again."""
    other = {
        "transaction": _paise(found.transaction),
        "clearing": 0.0,
        "ipft": _paise(found.ipft),
        "sebi_turnover": _paise(found.sebi),
    }
    return {
        "total": _paise(found.total),
        "brokerage": _paise(found.brokerage),
        "taxes": {
            "gst": _paise(found.gst),
            "stt": _paise(found.stt),
            "stamp_duty": _paise(found.stamp),
        },
        "other_charges": other,
        "dp_plan": DP_PLAN,
        "otherTaxes": other,
        "dpPlan": DP_PLAN,
    }


def _paise(amount: Decimal) -> float:
    return float(round(amount, 2))


async def margin(exchange: Exchange, request: Request) -> Response:
    held = _basket(exchange, await request.body())
    alone, whole = exchange.market.margins(held, exchange.now_ms())
    return success(
        {
            "margins": [_leg(one) for one in alone],
            "required_margin": round(sum(one.total for one in alone), 2),
            "final_margin": round(whole.total, 2),
        }
    )


def _leg(one: Margin) -> dict[str, float]:
    return {
        "span_margin": round(one.span, 2),
        "exposure_margin": round(one.exposure, 2),
        "equity_margin": round(one.equity, 2),
        "net_buy_premium": round(one.premium, 2),
        "additional_margin": 0.0,
        "total_margin": round(one.total, 2),
        "tender_margin": 0.0,
    }


def _basket(exchange: Exchange, body: bytes) -> Sequence[Held]:
    try:
        asked = orjson.loads(body)["instruments"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ApiError("UDAPI100036", field="instruments") from None
    if not isinstance(asked, list) or not asked or not all(isinstance(o, dict) for o in asked):
        raise ApiError("UDAPI100036", field="instruments")
    if len(asked) > MOST_INSTRUMENTS:
        raise ApiError("UDAPI1102", field="instruments", value=len(asked))
    held = [_held(exchange, one) for one in asked]
    if len({one.key for one in held}) < len(held):
        raise ApiError("UDAPI1103", field="instrument_key")
    return held


def _held(exchange: Exchange, asked: Mapping[str, Any]) -> Held:
    key, quantity, price = (asked.get(n) for n in ("instrument_key", "quantity", "price"))
    product, side = asked.get("product"), asked.get("transaction_type")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise ApiError("UDAPI1098", field="instrument_key", value=key)
    contract = exchange.market.listed(exchange.today()).get(key)
    if contract is None or contract.type == "INDEX":
        raise ApiError("UDAPI1099", field="instrument_key", value=key)
    if type(quantity) is not int or quantity > MOST_UNITS:
        raise ApiError("UDAPI1097", field="quantity", value=quantity)
    if quantity <= 0:
        raise ApiError("UDAPI1096", field="quantity", value=quantity)
    if quantity % contract.lot_size:
        raise ApiError("UDAPI1097", field="quantity", value=quantity)
    if product not in PRODUCTS:
        raise ApiError("UDAPI1100", field="product", value=product)
    if side not in SIDES:
        raise ApiError("UDAPI1101", field="transaction_type", value=side)
    if price is not None and not (type(price) in (int, float) and price > 0):
        raise ApiError("UDAPI1095", field="price", value=price)
    return Held(
        key=key,
        quantity=quantity if side == "BUY" else -quantity,
        price=None if price is None else float(price),
        intraday=product in WITHIN_THE_DAY,
    )
