"""What a broker's account tells and lets be changed, besides orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.ids import InstrumentKey
from core.ports.broker import BrokerPosition
from core.trading.requests import Product, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Units of a position that are to be held in another way; `side` of what is held."""

    key: InstrumentKey
    side: Side
    quantity: int
    before: Product
    after: Product


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentState:
    """One segment at the broker: `active` as the account is set up, `stopped` by its switch."""

    segment: str
    active: bool
    stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredAddresses:
    """The addresses from which the broker takes orders; empty where none is registered."""

    primary: str
    secondary: str = ""
    primary_since: datetime | None = None
    secondary_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLine:
    """One figure of the account in rupees; `level` 0 is a total, 1 and 2 are parts of it."""

    name: str
    amount: Decimal
    level: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsDetail:
    """Rupees: `available` and `used` in whole, and the lines that they are made of."""

    available: Decimal
    used: Decimal
    lines: tuple[MoneyLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldShares:
    """Delivered shares; `close` is the last session's, None where the broker does not say.

    `used` are sold today, `pledged` given as security, `arriving` bought and not yet delivered.
    """

    key: InstrumentKey
    symbol: str
    name: str
    quantity: int
    average_price: Decimal
    close: Decimal | None = None
    used: int = 0
    pledged: int = 0
    arriving: int = 0
    haircut: Decimal | None = None


class AccountDoor(Protocol):
    """Reads raise BrokerUnavailable, BrokerRejected, LoginNeeded or BadData; writes are sent once,
    as orders are.
    """

    async def convert(self, conversion: Conversion) -> None: ...
    async def segments(self) -> list[SegmentState]: ...
    async def switch(self, segments: Sequence[str], *, stop: bool) -> list[SegmentState]:
        """Stop trading in segments, all or none, or let it on again.

        The broker stops only a segment without an open position, cancels its pending orders, and
        keeps it stopped for 12 hours.
        """
        ...

    async def addresses(self) -> RegisteredAddresses: ...
    async def funds(self) -> FundsDetail: ...
    async def shares(self) -> list[HeldShares]: ...
    async def borrowed(self) -> list[BrokerPosition]:
        """Shares held on borrowed money (MTF)."""
        ...
