"""What a caller wants of a working order instead."""

from dataclasses import dataclass, replace
from decimal import Decimal

from data.simulator.accounts.orders import Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """None leaves as it is."""

    validity: str
    price: Decimal
    type: str
    trigger: Decimal
    quantity: int | None = None
    disclosed: int | None = None
    protection: float | None = None


def changed(ask: Ask, change: Change) -> Ask:
    """The order with the change made."""
    return replace(
        ask,
        validity=change.validity,
        price=change.price,
        type=change.type,
        trigger=change.trigger,
        quantity=ask.quantity if change.quantity is None else change.quantity,
        disclosed=ask.disclosed if change.disclosed is None else change.disclosed,
        protection=ask.protection if change.protection is None else change.protection,
    )
