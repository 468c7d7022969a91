"""What the paper account remembers."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from core.charges.charges import Exercise
from core.errors import RuleBroken
from core.ids import BrokerGttId, BrokerOrderId, InstrumentKey
from core.instruments.instrument import Instrument
from core.money import RUPEE_STEP
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.fills import Fill
from core.trading.gtt import BrokerGtt
from core.trading.gtt_terms import Role
from core.trading.positions import Position
from core.trading.requests import NOTHING, OrderRequest, OrderType

CAPITAL: Final = Decimal(1_000_000)
"""Rupees to start with."""
VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOrder:
    """One order at the paper exchange. `value` is the sum of price times units of what is filled.

    `limit` is the worst price that it takes, 0 while that is not known; `blocked` the margin that
    all of it needs, in rupees; `rank` its place in time. `fired`: its trigger is behind it.
    `forced`: the account closes something by itself, and rather waits than fails. `born_of` is the
    GTT that placed it.
    """

    id: BrokerOrderId
    tag: str
    terms: OrderRequest
    placed_at: datetime
    at: datetime
    status: Status = Status.ACCEPTED
    filled: int = 0
    value: Decimal = NOTHING
    limit: Decimal = NOTHING
    blocked: Decimal = NOTHING
    rank: int = 0
    revision: int = 0
    fired: bool = False
    forced: bool = False
    born_of: str = ""
    reason: str = ""

    @property
    def left(self) -> int:
        return self.terms.quantity - self.filled

    @property
    def waits(self) -> bool:
        """For its trigger."""
        return self.terms.type.has_trigger and not self.fired

    @property
    def rests(self) -> bool:
        """Works in the market, and is not only received."""
        return self.status.is_working and self.status is not Status.ACCEPTED

    @property
    def blocks(self) -> Decimal:
        """Rupees that it still blocks."""
        if not self.status.is_working:
            return NOTHING
        return self.blocked * self.left / self.terms.quantity

    def told(self) -> BrokerOrder:
        terms = self.terms
        average = (self.value / self.filled).quantize(RUPEE_STEP) if self.filled else NOTHING
        return BrokerOrder(
            id=self.id,
            key=terms.key,
            side=terms.side,
            product=terms.product,
            type=terms.type,
            quantity=terms.quantity,
            status=self.status,
            at=self.at,
            price=terms.price,
            trigger_price=terms.trigger_price,
            filled=self.filled,
            average_price=average,
            revision=self.revision,
            tag=self.tag,
            reason=self.reason,
            born_of=self.born_of,
        )

    def now_a_limit(self) -> OrderRequest:
        """Its terms as the rules see them once its trigger is behind it."""
        if not self.fired:
            return self.terms
        kind = OrderType.LIMIT if self.terms.type is OrderType.SL else OrderType.MARKET
        return replace(self.terms, type=kind, trigger_price=NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Delivered ones; `cost` what all of them cost, in rupees."""

    key: InstrumentKey
    quantity: int
    cost: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperGtt:
    """One good till triggered. `filled` units came in by its entry and have not gone out; `seen` is
    the price from which a trailing stop counts its next gap."""

    told: BrokerGtt
    filled: int = 0
    seen: Decimal = NOTHING
    protections: dict[Role, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Expired, and waiting for the price at which it is settled."""

    key: InstrumentKey
    expiry: date


@dataclass(slots=True, kw_only=True)
class Memory:
    """Everything that must survive a restart.

    `cash` in rupees: the capital, and all that came and went; of today without charges. `until` is
    the moment up to which the account has lived. `uncharged` is how many of today's fills were made
    before the account was reset. `marks` are last prices, for margins before the
    market is heard again. `flags` are words about what the account did by itself.
    """

    version: int = VERSION
    capital: Decimal = CAPITAL
    cash: Fraction = field(default_factory=lambda: Fraction(CAPITAL))
    started_at: datetime
    until: datetime
    number: int = 0
    orders: dict[BrokerOrderId, PaperOrder] = field(default_factory=dict)
    stages: dict[BrokerOrderId, list[BrokerOrder]] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    uncharged: int = 0
    exercises: list[Exercise] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    overnight: list[Position] = field(default_factory=list)
    gtts: dict[BrokerGttId, PaperGtt] = field(default_factory=dict)
    shares: list[Shares] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    instruments: dict[InstrumentKey, Instrument] = field(default_factory=dict)
    marks: dict[InstrumentKey, Decimal] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)

    def next_number(self) -> int:
        self.number += 1
        return self.number


def fresh(now: datetime, capital: Decimal = CAPITAL) -> Memory:
    """An account that has done nothing yet; raises RuleBroken for no money."""
    if not capital.is_finite() or capital <= 0:
        raise RuleBroken(f"₹{capital} is no capital to start with")
    return Memory(capital=capital, cash=Fraction(capital), started_at=now, until=now)
