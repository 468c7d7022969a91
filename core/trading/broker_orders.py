"""An order as the broker has it: what is heard of it, in any order, adds up to one truth.

Two accounts of the same broker order are merged by taking the further one of each: the further
status (a final one beats a working one, a later revision and a later word an earlier one), and the
larger fill. The merge is commutative, associative and idempotent, so late, early and repeated
messages do no harm.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.errors import BadData
from core.ids import BrokerOrderId, InstrumentKey
from core.trading.requests import NOTHING, OrderRequest, OrderType, Product, Side


class Status(StrEnum):
    PENDING = "pending"  # written down by us, not yet answered
    UNKNOWN = "unknown"  # sent, and no usable answer: asked for, never sent again
    LOST = "never arrived"  # the broker does not know it: nothing was done
    ACCEPTED = "accepted"  # has the broker's number, is being checked
    TRIGGER_PENDING = "waiting for its trigger"
    OPEN = "open"
    PARTIAL = "partly filled"
    FILLED = "filled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in FINAL

    @property
    def is_working(self) -> bool:
        return self in WORKING


WORKING: Final = frozenset({Status.ACCEPTED, Status.TRIGGER_PENDING, Status.OPEN, Status.PARTIAL})
FINAL: Final = frozenset({Status.FILLED, Status.REJECTED, Status.EXPIRED, Status.CANCELLED})
HOW_FAR: Final = (
    Status.ACCEPTED,
    Status.OPEN,
    Status.TRIGGER_PENDING,
    Status.PARTIAL,
    Status.REJECTED,
    Status.EXPIRED,
    Status.CANCELLED,
    Status.FILLED,
)
"""What a broker says, from the least to the most final. A stop is told as open before it is told to
wait for its trigger, and as open again later, once it was triggered."""
ONLY_NUMBERED: Final = -1
"""The revision of an order of which nothing but its number is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerOrder:
    """`quantity` and `filled` in units; `quantity` 0 while only its number is known.

    `revision` counts the modifications; `at` is the broker's time; `tag` is what was sent along;
    `born_of` the broker's number of what made it, as of an order good till triggered.
    """

    id: BrokerOrderId
    key: InstrumentKey
    side: Side
    product: Product
    type: OrderType
    quantity: int
    status: Status
    at: datetime
    price: Decimal = NOTHING
    trigger_price: Decimal = NOTHING
    filled: int = 0
    average_price: Decimal = NOTHING
    revision: int = 0
    tag: str = ""
    reason: str = ""
    born_of: str = ""

    def __post_init__(self) -> None:
        if self.status not in HOW_FAR:
            raise BadData(f"a broker does not say of an order that it is {self.status}")
        if self.filled < 0 or self.quantity < 0:
            raise BadData(f"order {self.id} has {self.filled} of {self.quantity} units")

    @property
    def standing(self) -> Status:
        """Its status, seen together with what is filled."""
        if self.quantity and self.filled >= self.quantity:
            return Status.FILLED
        if self.filled and self.status.is_working:
            return Status.PARTIAL
        return self.status

    def merged(self, other: "BrokerOrder") -> "BrokerOrder":
        """Both accounts of one order in one, whichever came first."""
        if other.id != self.id:
            raise BadData(f"order {other.id} says nothing of order {self.id}")
        ahead = max(self, other, key=_rank)
        fill = max((each.filled, each.average_price) for each in (self, other))
        return replace(ahead, filled=fill[0], average_price=fill[1])


def numbered(id: BrokerOrderId, request: OrderRequest, at: datetime, tag: str) -> BrokerOrder:
    """What an acknowledgement tells: the number, and nothing else."""
    return BrokerOrder(
        id=id,
        key=request.key,
        side=request.side,
        product=request.product,
        type=request.type,
        quantity=0,
        status=Status.ACCEPTED,
        at=at,
        revision=ONLY_NUMBERED,
        tag=tag,
    )


def merge_all(
    known: Iterable[BrokerOrder], heard: Iterable[BrokerOrder]
) -> tuple[BrokerOrder, ...]:
    """By number, each with all that was heard of it."""
    found: dict[BrokerOrderId, BrokerOrder] = {}
    for each in (*known, *heard):
        had = found.get(each.id)
        found[each.id] = each if had is None else had.merged(each)
    return tuple(found[id] for id in sorted(found))


def average(parts: Iterable[tuple[int, Decimal]]) -> Decimal:
    """The price of all units together; 0 for none."""
    pairs = list(parts)
    units = sum(quantity for quantity, _ in pairs)
    if not units:
        return NOTHING
    return sum((quantity * price for quantity, price in pairs), NOTHING) / units


def _rank(each: BrokerOrder) -> tuple[object, ...]:
    """A total order of all that may differ but the fill, so that `max` never depends on chance."""
    step = HOW_FAR.index(each.status)
    return (
        step if each.status.is_final else 0,
        each.revision,
        each.at,
        step,
        each.quantity,
        each.price,
        each.trigger_price,
        each.type,
        each.tag,
        each.born_of,
        each.reason,
        each.key,
        each.side,
        each.product,
    )
