"""Orders as broker and exchange keep them."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from data.simulator.market import Contract

AUTOMATIC: Final = -1.0
"""As market protection: the broker chooses the band."""


class Status(StrEnum):
    """The broker's own words."""

    RECEIVED = "put order req received"
    VALIDATING = "validation pending"
    OPENING = "open pending"
    OPEN = "open"
    WAITING = "trigger pending"
    MODIFY_VALIDATING = "modify validation pending"
    MODIFYING = "modify pending"
    MODIFIED = "modified"
    NOT_MODIFIED = "not modified"
    CANCELLING = "cancel pending"
    CANCELLED = "cancelled"
    COMPLETE = "complete"
    REJECTED = "rejected"
    AMO_RECEIVED = "after market order req received"
    AMO_MODIFIED = "modify after market order req received"
    AMO_CANCELLED = "cancelled after market order"


FINAL: Final = {Status.CANCELLED, Status.COMPLETE, Status.REJECTED, Status.AMO_CANCELLED}
QUEUED: Final = {Status.AMO_RECEIVED, Status.AMO_MODIFIED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a caller asks for; prices in rupees as sent, 0 for none."""

    contract: Contract
    quantity: int
    product: str
    validity: str
    price: Decimal
    type: str
    buy: bool
    disclosed: int = 0
    trigger: Decimal = Decimal(0)
    protection: float = AUTOMATIC
    tag: str | None = None
    sliced: bool = False

    @property
    def side(self) -> str:
        return "BUY" if self.buy else "SELL"

    @property
    def at_market(self) -> bool:
        return self.type in ("MARKET", "SL-M")

    @property
    def stops(self) -> bool:
        """Whether it waits for a trigger first."""
        return self.type in ("SL", "SL-M")

    def of(self, quantity: int) -> "Ask":
        return replace(self, quantity=quantity)


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """`limit` and `value` in paise: the worst price it takes (0: not known yet), and the sum of
    price times units of what is filled. `rank` is its place in time at the exchange."""

    id: str
    ask: Ask
    placed_ms: int
    reference: str
    status: Status = Status.RECEIVED
    filled: int = 0
    value: int = 0
    limit: int = 0
    rank: int = 0
    waits: bool = False
    amo: bool = False
    expired: bool = False
    exchange_id: str = ""
    exchange_ms: int = 0
    changed_ms: int = 0
    reason: str = ""
    reason_raw: str = ""
    request: int = 1
    blocked: Decimal = Decimal(0)
    stages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.ask.contract.key

    @property
    def left(self) -> int:
        return self.ask.quantity - self.filled

    @property
    def final(self) -> bool:
        return self.status in FINAL

    @property
    def fired(self) -> bool:
        """A stop whose trigger is behind it."""
        return self.ask.stops and not self.waits

    @property
    def average(self) -> float:
        return round(self.value / self.filled / 100, 4) if self.filled else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One trade; `paise` a unit."""

    id: str
    order: Order
    quantity: int
    paise: int
    at_ms: int

    @property
    def rupees(self) -> Decimal:
        return Decimal(self.paise) / 100


def paise(rupees: Decimal | float) -> int:
    return int((Decimal(str(rupees)) * 100).to_integral_value())
