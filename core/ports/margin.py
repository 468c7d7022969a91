"""The broker's margin for a basket of orders, with what its legs save together."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from core.ids import InstrumentKey
from core.trading.requests import Product as Product


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLeg:
    """`quantity` in units, below 0 sold; `price` in rupees a unit, None = the market's."""

    key: InstrumentKey
    quantity: int
    price: float | None = None
    product: Product = Product.CARRY


@dataclass(frozen=True, slots=True, kw_only=True)
class LegMargin:
    """What one contract needs by itself, in rupees; `premium` is paid for bought options."""

    key: InstrumentKey
    span: Decimal
    exposure: Decimal
    premium: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketMargin:
    """Rupees: `required` before, `final` after what the legs save together."""

    required: Decimal
    final: Decimal
    legs: tuple[LegMargin, ...]

    @property
    def benefit(self) -> Decimal:
        return self.required - self.final


class MarginCalculator(Protocol):
    """A question only: nothing is ordered and nothing is blocked."""

    async def basket(self, legs: Sequence[BasketLeg]) -> BasketMargin:
        """Of all legs together; those of one contract and product are netted first.

        Raises RuleBroken for a basket that the broker cannot take (nothing left, too many
        contracts, one contract both within the day and carried), BrokerUnavailable,
        BrokerRejected, LoginNeeded or BadData.
        """
        ...
