"""Terms of orders that the paper account makes itself: slices, and what closes a position."""

from dataclasses import replace

from core.instruments.instrument import Instrument
from core.trading.positions import Position
from core.trading.requests import OrderRequest, OrderType, Side, Source


def slices(request: OrderRequest, instrument: Instrument) -> list[OrderRequest]:
    """Full freeze quantities and the rest, where it is to be sliced."""
    most = instrument.freeze_quantity
    if not most or not request.slice or request.quantity <= most:
        return [request]
    lot = max(instrument.lot_size, 1)
    most -= most % lot
    sizes = [most] * (request.quantity // most)
    if rest := request.quantity % most:
        sizes.append(rest)
    return [replace(request, quantity=n, disclosed=min(request.disclosed, n)) for n in sizes]


def closing_order(position: Position) -> OrderRequest:
    """What ends a position, at the market."""
    return OrderRequest(
        key=position.key,
        side=Side.SELL if position.quantity > 0 else Side.BUY,
        quantity=abs(position.quantity),
        product=position.product,
        type=OrderType.MARKET,
        slice=True,
        source=Source.RULE,
    )
