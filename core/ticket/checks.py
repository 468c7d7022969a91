"""What the ticket refuses or warns of by itself, besides what the risk gate says of every order."""

from collections.abc import Iterator
from decimal import Decimal

from core.ticket.terms import Terms, products
from core.trading.requests import OrderType, Side

LEAST_DISCLOSED = Decimal("0.1")
"""Of the quantity, by the exchange's rule; 0 shows all of it."""
AT_MARKET = (OrderType.MARKET, OrderType.SL_M)


def refusals(
    terms: Terms, *, old: str = "", cost: Decimal | None, available: Decimal | None
) -> Iterator[str]:
    """Why it should not be sent. `old` is why the quote cannot be believed, empty where it can.

    `cost` is what a bought option takes at once, premium and charges; None for anything else.
    """
    if old and terms.type in AT_MARKET:
        yield f"no market order on old prices: {old}"
    if terms.product not in products(terms.instrument):
        yield f"{terms.instrument.symbol} cannot be held as {terms.product}"
    if 0 < terms.disclosed < LEAST_DISCLOSED * terms.quantity:
        yield "what is disclosed must be at least a tenth of the quantity, or 0 for all of it"
    if terms.disclosed % terms.lot_size:
        yield f"what is disclosed must be a multiple of the lot of {terms.lot_size}"
    if cost is not None and available is not None and terms.side is Side.BUY and cost > available:
        yield f"it costs ₹{cost:,.2f}, and ₹{available:,.2f} is available"


def warnings(terms: Terms, *, old: str = "") -> Iterator[str]:
    """What the user should know; it may be sent all the same."""
    if old and terms.type not in AT_MARKET:
        yield f"the quotes are old: {old}"
    if len(terms.slices) > 1:
        sizes = " + ".join(str(size) for size in terms.slices)
        yield f"above the freeze quantity: the broker makes {len(terms.slices)} orders, {sizes}"
