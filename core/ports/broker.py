"""The broker's order side: one door for the paper account, the broker and a test's script."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from core.ids import BrokerOrderId, InstrumentKey
from core.trading.broker_orders import BrokerOrder
from core.trading.fills import Fill
from core.trading.gtt import BrokerGtt
from core.trading.orders import Order
from core.trading.requests import OrderRequest, Product


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPosition:
    """`quantity` in units now, `overnight` those from before today, both below 0 sold.

    `average_price` in rupees a unit; None where the broker does not say.
    """

    key: InstrumentKey
    product: Product
    quantity: int
    overnight: int = 0
    average_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Delivered shares."""

    key: InstrumentKey
    quantity: int
    average_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """Rupees: what may still be used, and what is blocked as margin."""

    available: Decimal
    used: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconnected:
    """Updates may have been missed: ask for everything."""


Update = BrokerOrder | Fill | BrokerPosition | BrokerGtt | Reconnected


class Broker(Protocol):
    """Writes are sent once. Their errors tell what became of them:

    BrokerRejected, LoginNeeded, RuleBroken: nothing was done. BrokerUnavailable, BadData: unknown.
    Reads raise BrokerUnavailable, BrokerRejected, LoginNeeded or BadData.
    """

    @property
    def name(self) -> str: ...

    async def place(self, order: Order) -> tuple[BrokerOrderId, ...]:
        """Its numbers, several where it was sliced; our id goes along as the tag."""
        ...

    async def modify(self, id: BrokerOrderId, request: OrderRequest) -> None:
        """Give a working order these terms; contract and side stay."""
        ...

    async def cancel(self, id: BrokerOrderId) -> None: ...
    async def orders(self) -> list[BrokerOrder]:
        """Today's, from any channel."""
        ...

    async def order_history(self, id: BrokerOrderId) -> list[BrokerOrder]:
        """Its states, oldest first."""
        ...

    async def trades(self) -> list[Fill]:
        """Today's."""
        ...

    async def positions(self) -> list[BrokerPosition]: ...
    async def holdings(self) -> list[Holding]: ...
    async def funds(self) -> Funds: ...
    async def exit_all(self) -> Sequence[BrokerOrderId]:
        """Close every position at the market; the numbers of the orders that do it."""
        ...

    def updates(self) -> AsyncIterator[Update]:
        """What happens, as it happens, until cancelled; begins with `Reconnected`."""
        ...
