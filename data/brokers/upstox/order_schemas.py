"""The broker's answers about orders, trades and what is held, as they must look."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BeforeValidator, Field

from core.clock import IST
from core.trading.broker_orders import Status
from core.trading.requests import OrderType, Side
from data.brokers.upstox.schemas import Count, Key, Number, Price, Problem, Reply, Schema

Word = TypeVar("Word")

STATUSES: Final = {
    "put order req received": Status.ACCEPTED,
    "validation pending": Status.ACCEPTED,
    "open pending": Status.ACCEPTED,
    "open": Status.OPEN,
    "trigger pending": Status.TRIGGER_PENDING,
    "modify validation pending": Status.ACCEPTED,
    "modify pending": Status.ACCEPTED,
    "modified": Status.ACCEPTED,
    "not modified": Status.ACCEPTED,
    "cancel pending": Status.ACCEPTED,
    "not cancelled": Status.ACCEPTED,
    "cancelled": Status.CANCELLED,
    "complete": Status.FILLED,
    "rejected": Status.REJECTED,
    "after market order req received": Status.ACCEPTED,
    "modify after market order req received": Status.ACCEPTED,
    "cancelled after market order": Status.CANCELLED,
}
"""On the way from one state to the next an order is at least accepted: it goes on working, and what
was heard of it before stands."""
TYPES: Final = {
    "MARKET": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "SL": OrderType.SL,
    "SL-M": OrderType.SL_M,
}
SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
MOMENTS: Final = ("%Y-%m-%d %H:%M:%S", "%d-%b-%Y %H:%M:%S")
"""Of order book and trades; India's time, without saying so."""


def translated(words: Mapping[str, Word]) -> Callable[[object], Word]:
    """The broker's word to ours; raises ValueError for one that is not known."""

    def ours(word: object) -> Word:
        if not isinstance(word, str) or word not in words:
            raise ValueError(f"{word!r} is not a word that we know")
        return words[word]

    return ours


def _moment(text: object) -> datetime:
    for form in MOMENTS:
        try:
            return datetime.strptime(str(text), form).replace(tzinfo=IST).astimezone(UTC)
        except ValueError:
            continue
    raise ValueError(f"{text!r} is not a moment")


Moment = Annotated[datetime, BeforeValidator(_moment)]
OurStatus = Annotated[Status, BeforeValidator(translated(STATUSES))]
OurType = Annotated[OrderType, BeforeValidator(translated(TYPES))]
OurSide = Annotated[Side, BeforeValidator(translated(SIDES))]
ProductWord = Literal["I", "D", "MTF", "CO", "OCO"]
Id = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[-a-zA-Z0-9]+$")]
Units = Annotated[int, Field(gt=-(10**12), lt=10**12)]


class OrderData(Schema):
    """A row of the order book, a stage of an order's history, an update of the stream."""

    order_id: Id
    instrument_token: Key
    transaction_type: OurSide
    product: ProductWord
    order_type: OurType
    quantity: Count
    filled_quantity: Count
    price: Price
    trigger_price: Price
    average_price: Price
    status: OurStatus
    order_timestamp: Moment
    order_request_id: Annotated[str, Field(pattern=r"^\d{1,18}$")]
    tag: str | None = None
    status_message: str | None = None
    order_ref_id: str | None = None


class TradeData(Schema):
    order_id: Id
    trade_id: Id
    instrument_token: Key
    transaction_type: OurSide
    product: ProductWord
    quantity: Count
    average_price: Price
    exchange_timestamp: Moment


class PositionData(Schema):
    instrument_token: Key
    product: ProductWord
    quantity: Units
    overnight_quantity: Units
    average_price: Price | None


class HoldingData(Schema):
    instrument_token: Key
    quantity: Count
    average_price: Price


class MoneyData(Schema):
    available_margin: Number
    used_margin: Number


class FundsData(Schema):
    """All money is under `equity` since July 2025."""

    equity: MoneyData


class Placed(Schema):
    order_ids: Annotated[list[Id], Field(min_length=1)]


class Named(Schema):
    order_id: Id


class Exited(Schema):
    order_ids: list[Id] = Field(default_factory=list)


class ExitReply(Schema):
    status: Literal["success", "partial_success"]
    data: Exited | None
    errors: list[Problem] | None = None


PlacedReply = Reply[Placed]
NamedReply = Reply[Named]
Orders = Reply[list[OrderData]]
Trades = Reply[list[TradeData]]
Positions = Reply[list[PositionData]]
Holdings = Reply[list[HoldingData]]
FundsReply = Reply[FundsData]
