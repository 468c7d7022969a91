"""Orders, trades and what is held: from the broker's words to ours, and from ours to its."""

from typing import Any, Final

from core.errors import BadData
from core.ids import BrokerOrderId, InstrumentKey, TradeId
from core.money import rupees
from core.ports.broker import BrokerPosition, Funds, Holding
from core.trading.broker_orders import BrokerOrder
from core.trading.fills import Fill
from core.trading.orders import Order
from core.trading.requests import OrderRequest, OrderType, Product, Validity
from data.brokers.upstox.mapping import SHARES
from data.brokers.upstox.margin import PRODUCTS
from data.brokers.upstox.order_schemas import (
    SIDES,
    TYPES,
    HoldingData,
    MoneyData,
    OrderData,
    PositionData,
    TradeData,
)

SIDE_WORDS: Final = {side: word for word, side in SIDES.items()}
TYPE_WORDS: Final = {type: word for word, type in TYPES.items()}
VALIDITY_WORDS: Final = {Validity.DAY: "DAY", Validity.IOC: "IOC"}
AT_MARKET: Final = frozenset({OrderType.MARKET, OrderType.SL_M})
PLACED_ELSEWHERE: Final = frozenset({"I", "CO", "OCO"})
"""Cover and bracket orders end with the day; we never place them."""


def place_body(order: Order) -> dict[str, Any]:
    """What is sent to place an order; our number goes along as its tag."""
    request = order.request
    return {
        **_terms(request),
        "instrument_token": request.key,
        "transaction_type": SIDE_WORDS[request.side],
        "product": PRODUCTS[request.product],
        "is_amo": request.amo,
        "slice": request.slice,
        "tag": order.id,
    }


def modify_body(id: BrokerOrderId, request: OrderRequest) -> dict[str, Any]:
    return {"order_id": id, **_terms(request)}


def _terms(request: OrderRequest) -> dict[str, Any]:
    """What may change while an order works."""
    terms = {
        "quantity": request.quantity,
        "validity": VALIDITY_WORDS[request.validity],
        "price": float(request.price),
        "order_type": TYPE_WORDS[request.type],
        "trigger_price": float(request.trigger_price),
        "disclosed_quantity": request.disclosed,
    }
    if request.type in AT_MARKET:
        terms["market_protection"] = request.protection
    return terms


def order(data: OrderData) -> BrokerOrder:
    return BrokerOrder(
        id=BrokerOrderId(data.order_id),
        key=InstrumentKey(data.instrument_token),
        side=data.transaction_type,
        product=product(data.product, data.instrument_token),
        type=data.order_type,
        quantity=data.quantity,
        status=data.status,
        at=data.order_timestamp,
        price=rupees(data.price),
        trigger_price=rupees(data.trigger_price),
        filled=data.filled_quantity,
        average_price=rupees(data.average_price),
        revision=int(data.order_request_id),
        tag=data.tag or "",
        reason=data.status_message or "",
        born_of=_parent(data.order_ref_id),
    )


def _parent(reference: str | None) -> str:
    """The number of the GTT that placed it; other references say nothing that we use."""
    return reference if reference is not None and reference.startswith("GTT-") else ""


def trade(data: TradeData) -> Fill:
    """Raises BadData for a trade of nothing."""
    return Fill(
        order_id=BrokerOrderId(data.order_id),
        trade_id=TradeId(data.trade_id),
        key=InstrumentKey(data.instrument_token),
        side=data.transaction_type,
        product=product(data.product, data.instrument_token),
        quantity=data.quantity,
        price=rupees(data.average_price),
        at=data.exchange_timestamp,
    )


def position(data: PositionData) -> BrokerPosition:
    """A flat position has no average, whatever is told of it."""
    known = data.average_price if data.quantity else None
    return BrokerPosition(
        key=InstrumentKey(data.instrument_token),
        product=product(data.product, data.instrument_token),
        quantity=data.quantity,
        overnight=data.overnight_quantity,
        average_price=None if known is None else rupees(known),
    )


def holding(data: HoldingData) -> Holding:
    return Holding(
        key=InstrumentKey(data.instrument_token),
        quantity=data.quantity,
        average_price=rupees(data.average_price),
    )


def funds(data: MoneyData) -> Funds:
    return Funds(available=rupees(data.available_margin), used=rupees(data.used_margin))


def product(word: str, key: str) -> Product:
    """`D` is delivery of shares and carrying forward of anything else; raises BadData."""
    if word in PLACED_ELSEWHERE:
        return Product.INTRADAY
    if word == "MTF":
        return Product.MTF
    if word != "D":
        raise BadData(f"{word!r} is not a product that we know")
    return Product.DELIVERY if key.split("|", 1)[0] in SHARES else Product.CARRY
