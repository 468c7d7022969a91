"""Shapes of the order side's requests and replies."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.ids import InstrumentKey
from core.trading.broker_orders import Status
from core.trading.requests import AUTOMATIC, OrderType, Product, Side, Source, Validity
from ui.api.schemas import Number, Reply, Shape

Units = Annotated[int, Field(ge=0, le=10_000_000)]
Rupees = Annotated[Decimal, Field(ge=0, le=10_000_000, max_digits=14, decimal_places=4)]


class Asked(BaseModel):
    """A body that a program sends; an unknown name in it is refused."""

    model_config = ConfigDict(extra="forbid")


class OrderAsked(Asked):
    """`quantity` in units, prices in rupees. The same `click` again gives the first one's order."""

    instrument_key: InstrumentKey
    side: Side
    quantity: Units
    product: Product = Product.CARRY
    type: OrderType = OrderType.LIMIT
    price: Rupees = Decimal(0)
    trigger_price: Rupees = Decimal(0)
    validity: Validity = Validity.DAY
    disclosed: Units = 0
    amo: bool = False
    slice: bool = False
    protection: int = AUTOMATIC
    group: Annotated[str, Field(max_length=60)] = ""
    click: Annotated[str, Field(max_length=80)] = ""


class ChangeAsked(Asked):
    """New terms of a working order; what is left out stays."""

    quantity: Units | None = None
    type: OrderType | None = None
    price: Rupees | None = None
    trigger_price: Rupees | None = None
    validity: Validity | None = None


class HaltAsked(Asked):
    """`hold_minutes` is how long the kill switch cannot be released."""

    reason: Annotated[str, Field(max_length=200)] = "asked for by a program"
    flatten: bool = False
    hold_minutes: Annotated[int, Field(ge=0, le=1440)] = 0


class ReasonAsked(Asked):
    reason: Annotated[str, Field(max_length=200)] = "asked for by a program"


class WordAsked(Asked):
    typed: str


class PartShape(Shape):
    """One order at the broker; several where it was sliced."""

    broker_order_id: str
    status: str
    quantity: int
    filled: int
    average_price: Decimal


class OrderShape(Shape):
    """`status` as this desk knows it: unknown = sent, and no usable answer came."""

    id: str
    instrument_key: str
    side: Side
    quantity: int
    filled: int
    left: int
    product: Product
    type: OrderType
    price: Decimal
    trigger_price: Decimal
    validity: Validity
    average_price: Decimal
    status: Status
    reason: str
    source: Source
    group: str
    placed_at: datetime
    parts: list[PartShape]


class OrderReply(Reply):
    order: OrderShape


class Orders(Reply):
    orders: list[OrderShape]


class Cancelled(Reply):
    asked: int


class FillShape(Shape):
    broker_order_id: str
    trade_id: str
    instrument_key: str
    side: Side
    product: Product
    quantity: int
    price: Decimal
    at: datetime


class Trades(Reply):
    trades: list[FillShape]


class PositionShape(Shape):
    """`quantity` in units, below 0 sold; the broker's word beside ours."""

    instrument_key: str
    product: Product
    quantity: int
    broker_quantity: int | None
    average_price: Decimal | None
    realised: Decimal
    ltp: Number


class DifferenceShape(Shape):
    about: str
    instrument_key: str
    text: str
    remedy: str
    since: datetime


class Positions(Reply):
    """`problem` is why the last comparison with the broker failed."""

    reconciled_at: datetime | None
    problem: str
    positions: list[PositionShape]
    differences: list[DifferenceShape]


class Funds(Reply):
    available: Decimal | None
    used: Decimal | None


class Risk(Reply):
    broker: str
    standing: str
    reason: str
    held_until: datetime | None
    lock_reason: str
    armed: bool
    needs_arming: bool
    day_pnl: Number
    limits: dict[str, object]


class EntryShape(Shape):
    number: int
    at: datetime
    kind: str
    correlation: str
    text: str
    facts: dict[str, object]


class Journal(Reply):
    entries: list[EntryShape]
