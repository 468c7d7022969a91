"""Orders and fills as rows of a file."""

from collections.abc import Iterable, Mapping
from typing import Final

from core.charges.charges import Charges
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.trading.fills import Fill, FillId
from core.trading.orders import Order
from ui.orders import words

Listed = Mapping[InstrumentKey, Instrument]
HEADS: Final = (
    *("Time (IST)", "Contract", "Side", "Quantity (units)", "Filled (units)", "Left (units)"),
    *("Type", "Validity", "Product", "Price (₹)", "Trigger (₹)", "Average (₹)", "Status"),
    *("Reason", "Source", "Group", "Order", "Broker's orders", "Instrument key"),
)
TRADE_HEADS: Final = (
    *("Time (IST)", "Contract", "Side", "Quantity (units)", "Price (₹)", "Value (₹)"),
    *("Charges (₹)", "Product", "Trade", "Broker's order", "Instrument key"),
)


def rows(orders: Iterable[Order], listed: Listed) -> list[list[object]]:
    found = []
    for order in orders:
        terms, request = order.terms, order.request
        known = listed.get(request.key)
        found.append(
            [
                order.placed_at,
                known.symbol if known else request.key,
                str(request.side),
                order.wanted,
                order.filled,
                order.left,
                str(terms.type),
                str(terms.validity),
                str(request.product),
                terms.price or None,
                terms.trigger_price or None,
                order.average_price or None,
                str(order.status),
                order.why,
                words.SOURCES[request.source],
                request.group,
                order.id,
                " ".join(order.broker_ids),
                request.key,
            ]
        )
    return found


def trade_rows(
    fills: Iterable[Fill], listed: Listed, charges: Mapping[FillId, Charges]
) -> list[list[object]]:
    found = []
    for fill in fills:
        known = listed.get(fill.key)
        found.append(
            [
                fill.at,
                known.symbol if known else fill.key,
                str(fill.side),
                fill.quantity,
                fill.price,
                fill.value,
                charges[fill.id].total if fill.id in charges else None,
                str(fill.product),
                fill.trade_id,
                fill.order_id,
                fill.key,
            ]
        )
    return found
