"""How orders are told: states with their tone, what is being done about them, short names."""

from decimal import Decimal
from typing import Final

from core.instruments.instrument import Instrument
from core.trading.broker_orders import Status
from core.trading.orders import Order
from core.trading.requests import OrderRequest, OrderType, Product, Side, Source, Validity
from ui.theme import formats

CHIPS: Final = {
    Status.PENDING: ("PENDING", "warn"),
    Status.UNKNOWN: ("UNKNOWN", "warn"),
    Status.LOST: ("NEVER ARRIVED", ""),
    Status.ACCEPTED: ("ACCEPTED", "accent"),
    Status.TRIGGER_PENDING: ("TRIGGER", "accent"),
    Status.OPEN: ("OPEN", "accent"),
    Status.PARTIAL: ("PARTLY", "accent"),
    Status.FILLED: ("FILLED", "up"),
    Status.REJECTED: ("REJECTED", "down"),
    Status.EXPIRED: ("EXPIRED", ""),
    Status.CANCELLED: ("CANCELLED", ""),
}
TYPES: Final = {
    OrderType.MARKET: "MKT",
    OrderType.LIMIT: "LMT",
    OrderType.SL: "SL",
    OrderType.SL_M: "SL-M",
}
PRODUCTS: Final = {
    Product.INTRADAY: "MIS",
    Product.CARRY: "NRML",
    Product.DELIVERY: "CNC",
    Product.MTF: "MTF",
}
SOURCES: Final = {
    Source.HUMAN: "HUMAN",
    Source.RULE: "RULE",
    Source.AI: "AI",
    Source.EXTERNAL: "external",
}
SIDE_TONES: Final = {Side.BUY: "up", Side.SELL: "down"}
NOT_SENT_AGAIN: Final = "no answer came: the broker is asked until it is found, never sent again"
NOTHING_DONE: Final = "the broker does not know it: nothing was done"
ON_ITS_WAY: Final = "on its way to the broker"


def note(order: Order, *, cancel_wanted: bool = False) -> str:
    """Why it is so, or what is being done about it; empty when its state says all."""
    if order.status is Status.UNKNOWN:
        wanted = "; it will be cancelled once it is found" if cancel_wanted else ""
        return NOT_SENT_AGAIN + wanted
    if order.status is Status.LOST:
        return NOTHING_DONE
    if order.status is Status.PENDING:
        return ON_ITS_WAY
    if cancel_wanted and not order.is_over:
        return "cancel asked for"
    return order.why


def kind(request: OrderRequest) -> str:
    """`LMT`, `LMT IOC`, `SL-M AMO`."""
    more = (" IOC" if request.validity is Validity.IOC else "") + (" AMO" if request.amo else "")
    return TYPES[request.type] + more


def kind_tip(request: OrderRequest) -> str:
    parts = [str(request.type).capitalize(), f"held as {request.product}", str(request.validity)]
    if request.disclosed:
        parts.append(f"{request.disclosed} shown")
    return " · ".join(parts)


def lots(units: int, listed: Instrument | None) -> str:
    """`2`; a dash for what is not traded in lots."""
    if listed is None or listed.lot_size <= 1:
        return formats.DASH
    whole, rest = divmod(units, listed.lot_size)
    return str(whole) if not rest else f"{units / listed.lot_size:.2f}"


def money(price: Decimal) -> str:
    """An order's price; a dash where its kind has none."""
    return formats.price(float(price)) if price else formats.DASH


def asked(request: OrderRequest, listed: Instrument | None) -> str:
    """`BUY 65 NIFTY 24200 CE 23 NOV 26 at 150.00 (trigger 149.00)`."""
    name = listed.symbol if listed else request.key
    at = f" at {money(request.price)}" if request.type.has_price else " at market"
    trigger = f" (trigger {money(request.trigger_price)})" if request.type.has_trigger else ""
    return f"{request.side.upper()} {request.quantity} {name}{at}{trigger}"
