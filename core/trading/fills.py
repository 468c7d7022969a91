"""Fills: what was really bought and sold, one by one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.errors import BadData
from core.ids import BrokerOrderId, InstrumentKey, TradeId
from core.trading.requests import Product, Side

FillId = tuple[BrokerOrderId, TradeId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """`quantity` in units, `price` in rupees a unit; `at` is the exchange's time."""

    order_id: BrokerOrderId
    trade_id: TradeId
    key: InstrumentKey
    side: Side
    product: Product
    quantity: int
    price: Decimal
    at: datetime

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise BadData(f"trade {self.trade_id} is of {self.quantity} units")
        if not self.price.is_finite() or self.price < 0:
            raise BadData(f"trade {self.trade_id} is at {self.price}")

    @property
    def id(self) -> FillId:
        return self.order_id, self.trade_id

    @property
    def signed(self) -> int:
        """Units, below 0 sold."""
        return self.quantity if self.side is Side.BUY else -self.quantity

    @property
    def value(self) -> Decimal:
        return self.quantity * self.price


def in_order(fills: Iterable[Fill]) -> list[Fill]:
    """Each once, as they happened; those of one moment by their numbers.

    Raises BadData for two different fills with one number.
    """
    found: dict[FillId, Fill] = {}
    for each in fills:
        if found.setdefault(each.id, each) != each:
            raise BadData(f"trade {each.trade_id} of order {each.order_id} is told in two ways")
    return sorted(found.values(), key=lambda fill: (fill.at, _number(fill.trade_id), fill.order_id))


def _number(trade: TradeId) -> tuple[int, str]:
    """Numbers of trades count up; shorter ones are smaller."""
    return len(trade), trade
