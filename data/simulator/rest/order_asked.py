"""An order as a caller sent it, read field by field and refused with the broker's code."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any, Final

import orjson
from starlette.requests import Request

from data.simulator.accounts.changes import Change
from data.simulator.accounts.orders import AUTOMATIC, Ask, Order
from data.simulator.answers import ApiError
from data.simulator.exchange import Exchange
from data.simulator.market import Contract
from data.simulator.rest.asked import KEY

PRODUCTS: Final = ("I", "D", "MTF")
OLD_PRODUCTS: Final = ("I", "D", "CO", "OCO", "MTF")
VALIDITIES: Final = ("DAY", "IOC")
TYPES: Final = ("MARKET", "LIMIT", "SL", "SL-M")
SIDES: Final = ("BUY", "SELL")
LONGEST_TAG: Final = 40
MOST_SLICES: Final = 25
WIDEST_PROTECTION: Final = 25
LEAST_DISCLOSED: Final = 10
"""Per cent of the quantity."""
MOST_UNITS: Final = 10**9
MOST_RUPEES: Final = 10**7

Body = Mapping[str, Any]


async def body_of(request: Request) -> Any:
    """The JSON that was sent, whatever it is."""
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise ApiError("UDAPI100036", field="body") from None


async def object_of(request: Request) -> Body:
    body = await body_of(request)
    if not isinstance(body, dict):
        raise ApiError("UDAPI100036", field="body")
    return body


def ask_of(exchange: Exchange, body: Body, *, old: bool = False) -> Ask:
    """The order of a place call; `old` is its second version."""
    contract = contract_of(exchange, body.get("instrument_token"))
    product = _word(body, "product", OLD_PRODUCTS if old else PRODUCTS, "UDAPI1006", "UDAPI1054")
    side = _word(body, "transaction_type", SIDES, "UDAPI1057", "UDAPI1057")
    quantity = quantity_of(body)
    ask = Ask(
        contract=contract,
        quantity=quantity,
        product=product,
        validity=_word(body, "validity", VALIDITIES, "UDAPI1007", "UDAPI1055"),
        price=rupees(body, "price", "UDAPI1008"),
        type=_word(body, "order_type", TYPES, "UDAPI1004", "UDAPI1056"),
        buy=side == "BUY",
        disclosed=_disclosed(body, quantity) or 0,
        trigger=rupees(body, "trigger_price", "UDAPI1036"),
        tag=_tag(body),
        sliced=_flag(body, "slice") and not old,
        protection=AUTOMATIC if old else _protection(body),
    )
    check_prices(ask.type, ask.price, ask.trigger, buy=ask.buy)
    check_protection(ask.type, ask.protection)
    return ask


def change_of(order: Order, body: Body) -> Change:
    """What a modify call wants."""
    change = Change(
        validity=_word(body, "validity", VALIDITIES, "UDAPI1007", "UDAPI1055"),
        price=rupees(body, "price", "UDAPI1008"),
        type=_word(body, "order_type", TYPES, "UDAPI1004", "UDAPI1056"),
        trigger=rupees(body, "trigger_price", "UDAPI1036"),
        quantity=None if body.get("quantity") is None else quantity_of(body),
        disclosed=_disclosed(body, body.get("quantity") or order.ask.quantity),
        protection=None if body.get("market_protection") is None else _protection(body),
    )
    check_prices(change.type, change.price, change.trigger, buy=order.ask.buy)
    kept = order.ask.protection if change.protection is None else change.protection
    check_protection(change.type, kept)
    return change


def contract_of(exchange: Exchange, key: object) -> Contract:
    """A contract that can be traded."""
    if not isinstance(key, str) or not key:
        raise ApiError("UDAPI1026", field="instrument_token")
    if not KEY.fullmatch(key):
        raise ApiError("UDAPI100011", field="instrument_token", value=key)
    if key.startswith(("MCX_FO", "NSE_COM")):
        raise ApiError("UDAPI1161", field="instrument_token", value=key)
    found = exchange.market.listed(exchange.today()).get(key)
    if found is None or found.type == "INDEX":
        raise ApiError("UDAPI100011", field="instrument_token", value=key)
    return found


def quantity_of(body: Body) -> int:
    quantity = body.get("quantity")
    if type(quantity) is not int or not 0 <= quantity <= MOST_UNITS:
        raise ApiError("UDAPI100036", field="quantity", value=quantity)
    if quantity == 0:
        raise ApiError("UDAPI1052", field="quantity", value=0)
    return quantity


def rupees(body: Body, field: str, missing: str) -> Decimal:
    value = body.get(field)
    if value is None:
        raise ApiError(missing, field=field)
    if type(value) not in (int, float) or not isfinite(value) or not 0 <= value <= MOST_RUPEES:
        raise ApiError("UDAPI100036", field=field, value=str(value))
    return Decimal(str(value))


def check_prices(kind: str, price: Decimal, trigger: Decimal, *, buy: bool) -> None:
    """Which prices an order type needs, and how trigger and limit must lie."""
    rules: dict[str, Callable[[], str | None]] = {
        "MARKET": lambda: "UDAPI1040" if price else None,
        "LIMIT": lambda: None if price else "UDAPI1043",
        "SL": lambda: None if price and trigger else "UDAPI1041",
        "SL-M": lambda: None if trigger and not price else "UDAPI1042",
    }
    if (code := rules[kind]()) is not None:
        raise ApiError(code, field="price", value=float(price))
    if kind == "SL" and (trigger > price if buy else trigger < price):
        code = "UDAPI1037" if buy else "UDAPI1038"
        raise ApiError(code, field="trigger_price", value=float(trigger))


def check_protection(kind: str, protection: float) -> None:
    """Orders at market without protection are refused since April 2026."""
    if kind in ("MARKET", "SL-M") and protection == 0:
        raise ApiError("UDAPI1158", field="market_protection", value=0)


def algo_of(request: Request) -> None:
    """A registered algorithm names itself; the name must be one."""
    name = request.headers.get("x-algo-name")
    if name is not None and not name.strip():
        raise ApiError("UDAPI1156", field="X-Algo-Name")


def _word(body: Body, field: str, words: tuple[str, ...], missing: str, wrong: str) -> str:
    value = body.get(field)
    if value is None or value == "":
        raise ApiError(missing, field=field)
    if value not in words:
        raise ApiError(wrong, field=field, value=str(value))
    return str(value)


def _disclosed(body: Body, quantity: int) -> int | None:
    value = body.get("disclosed_quantity")
    if value is None:
        return None
    if type(value) is not int or value < 0 or value > quantity:
        raise ApiError("UDAPI100036", field="disclosed_quantity", value=str(value))
    if value and value * 100 < quantity * LEAST_DISCLOSED:
        raise ApiError("UDAPI1039", field="disclosed_quantity", value=value)
    return value


def _tag(body: Body) -> str | None:
    tag = body.get("tag")
    if tag is None or tag == "":
        return None
    if not isinstance(tag, str) or len(tag) > LONGEST_TAG:
        raise ApiError("UDAPI1119", field="tag", value=str(tag))
    return tag


def _flag(body: Body, field: str) -> bool:
    value = body.get(field)
    if value is not None and not isinstance(value, bool):
        raise ApiError("UDAPI100036", field=field, value=str(value))
    return bool(value)


def _protection(body: Body) -> float:
    value = body.get("market_protection")
    if value is None:
        return AUTOMATIC
    if type(value) not in (int, float) or not isfinite(value):
        raise ApiError("UDAPI1160", field="market_protection", value=str(value))
    if value > WIDEST_PROTECTION:
        raise ApiError("UDAPI1159", field="market_protection", value=value)
    if value != AUTOMATIC and value != 0 and value < 1:
        raise ApiError("UDAPI1160", field="market_protection", value=value)
    return float(value)
