"""What each fill adds to the charges of its order: together they are exactly the order's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from core.charges.charges import charges
from core.charges.plans import UPSTOX, Plan
from core.errors import BadData, RuleBroken
from core.ids import BrokerOrderId, InstrumentKey
from core.instruments.instrument import Instrument
from core.trading.fills import Fill, FillId, in_order
from core.trading.ledger import trades


def charges_by_fill(
    fills: Iterable[Fill], instruments: Mapping[InstrumentKey, Instrument], plan: Plan = UPSTOX
) -> dict[FillId, Decimal]:
    """Rupees, not rounded; the first fill of an order carries what is charged by the order.

    Without those that cannot be told: of contracts not in `instruments`, and of days without rates.
    """
    by_order: dict[BrokerOrderId, list[Fill]] = defaultdict(list)
    for fill in in_order(fills):
        by_order[fill.order_id].append(fill)
    found: dict[FillId, Decimal] = {}
    for made in by_order.values():
        before = Decimal(0)
        for count, fill in enumerate(made, 1):
            try:
                total = charges(trades(made[:count], instruments), plan=plan).total
            except (BadData, RuleBroken):
                break
            found[fill.id] = total - before
            before = total
    return found
