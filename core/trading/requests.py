"""What is asked of the broker: an order's terms, checked for what is wrong in themselves."""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.charges.rates import Side as Side
from core.errors import RuleBroken
from core.ids import InstrumentKey, OrderId

NOTHING: Final = Decimal(0)
AUTOMATIC: Final = -1
"""Market protection that the broker chooses; 1 to 25 are percent around the last price."""
MOST_PROTECTION: Final = 25
LEG_MARK: Final = "/"
"""In a group's name, before the number of a basket's leg."""


class Product(StrEnum):
    INTRADAY = "intraday"
    CARRY = "carry forward"  # of futures and options
    DELIVERY = "delivery"  # of shares
    MTF = "margin funding"


class OrderType(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    SL = "stop-loss limit"
    SL_M = "stop-loss market"

    @property
    def has_price(self) -> bool:
        return self in (OrderType.LIMIT, OrderType.SL)

    @property
    def has_trigger(self) -> bool:
        return self in (OrderType.SL, OrderType.SL_M)


class Validity(StrEnum):
    DAY = "day"
    IOC = "immediate or cancel"


class Source(StrEnum):
    """Who wanted it; an external order was placed elsewhere and is only looked at."""

    HUMAN = "human"
    RULE = "rule"
    AI = "ai"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """`quantity` and `disclosed` in units; prices in rupees a unit, 0 where the type has none.

    `protection` is for market orders: percent, or AUTOMATIC. `slice` lets the broker cut what is
    above the freeze quantity. `group` names the strategy or basket that it belongs to.
    Raises RuleBroken for terms that no broker can take.
    """

    key: InstrumentKey
    side: Side
    quantity: int
    product: Product
    type: OrderType
    price: Decimal = NOTHING
    trigger_price: Decimal = NOTHING
    validity: Validity = Validity.DAY
    disclosed: int = 0
    amo: bool = False
    slice: bool = False
    protection: int = AUTOMATIC
    source: Source = Source.HUMAN
    group: str = ""

    def __post_init__(self) -> None:
        if self.source is not Source.EXTERNAL and (problem := wrong_with(self)):
            raise RuleBroken(problem)

    @property
    def signed(self) -> int:
        """Units, below 0 sold."""
        return self.quantity if self.side is Side.BUY else -self.quantity

    @property
    def owner(self) -> str:
        """The strategy or basket that it belongs to, without the mark of its leg."""
        return self.group.partition(LEG_MARK)[0]

    def opposite(self, quantity: int | None = None) -> "OrderRequest":
        """What undoes it, with the same terms."""
        other = Side.SELL if self.side is Side.BUY else Side.BUY
        return replace(self, side=other, quantity=quantity or self.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """New terms of an order that works; None keeps the old."""

    quantity: int | None = None
    type: OrderType | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    validity: Validity | None = None
    disclosed: int | None = None

    def of(self, request: OrderRequest) -> OrderRequest:
        """The terms that would hold; raises RuleBroken where they are impossible."""
        given = {name: getattr(self, name) for name in Change.__slots__}
        return replace(request, **{name: v for name, v in given.items() if v is not None})


def wrong_with(request: OrderRequest) -> str:
    """What is wrong with the terms by themselves; empty when nothing is."""
    if request.quantity <= 0:
        return f"an order of {request.quantity} units cannot be placed"
    if not 0 <= request.disclosed <= request.quantity:
        return f"{request.disclosed} units cannot be shown of {request.quantity}"
    if not (request.protection == AUTOMATIC or 1 <= request.protection <= MOST_PROTECTION):
        return f"the protection must be automatic or 1 to {MOST_PROTECTION} percent"
    return _wrong_prices(request)


def _wrong_prices(request: OrderRequest) -> str:
    for name, amount, wanted in (
        ("price", request.price, request.type.has_price),
        ("trigger price", request.trigger_price, request.type.has_trigger),
    ):
        if not amount.is_finite() or amount < 0:
            return f"{amount} is no {name}"
        if wanted and not amount:
            return f"a {request.type} order needs a {name}"
        if amount and not wanted:
            return f"a {request.type} order has no {name}"
    if request.type is not OrderType.SL:
        return ""
    if request.side is Side.BUY and request.trigger_price > request.price:
        return "the trigger of a buy stop cannot be above its limit"
    if request.side is Side.SELL and request.trigger_price < request.price:
        return "the trigger of a sell stop cannot be below its limit"
    return ""


ID_FORM: Final = re.compile(r"sd[0-9a-f]{18}")


def new_order_id(now: datetime) -> OrderId:
    """20 letters that sort by time and do not repeat; short enough for every tag of the broker."""
    return OrderId(f"sd{int(now.timestamp() * 1000):011x}"[:13] + secrets.token_hex(4)[:7])


def is_ours(tag: str) -> bool:
    """Whether a tag has the form of our ids."""
    return ID_FORM.fullmatch(tag) is not None
