"""Baskets: orders that belong together, in what sequence they go out, and what if one fails."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.dated import in_force
from core.errors import RuleBroken
from core.trading.requests import LEG_MARK, OrderRequest, OrderType, Side, Source


@dataclass(frozen=True, slots=True)
class LegLimit:
    """As many legs as the broker's margin call takes: what it cannot judge is not sent."""

    start: date
    legs: int
    source: str


LEG_LIMITS: Final = (
    LegLimit(date(2023, 1, 1), 20, "Upstox, margin details: 20 instruments in one call"),
)


class BasketKind(StrEnum):
    BASKET = "basket"
    ROLL = "roll"
    REVERSE = "reverse"
    EXIT = "exit"
    UNWIND = "unwinding"


class Late(StrEnum):
    """What becomes of a leg that is not filled in its time."""

    WAIT = "wait"
    CHASE = "chase"
    MARKET = "market"
    GIVE_UP = "give up"


class OnFailure(StrEnum):
    KEEP = "keep"
    UNWIND = "unwind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`seconds` is a leg's time, of every step where it chases: `steps` times `ticks` at most.

    `exits_first` closes what is held before anything is opened; else what is bought is bought
    before anything held is sold, so that nothing is uncovered in between.
    """

    late: Late = Late.CHASE
    seconds: float = 15.0
    ticks: int = 2
    steps: int = 5
    on_failure: OnFailure = OnFailure.KEEP
    exits_first: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= 3600:
            raise RuleBroken("a leg's time is above 0 and at most an hour")
        if not (1 <= self.ticks <= 100 and 1 <= self.steps <= 100):
            raise RuleBroken("a price is moved 1 to 100 times by 1 to 100 ticks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """`title` and `lot_size` are the contract's; one that `closes` never opens anything."""

    request: OrderRequest
    title: str
    lot_size: int
    closes: bool = False

    @property
    def lots(self) -> Decimal:
        return Decimal(self.request.quantity) / max(self.lot_size, 1)

    @property
    def words(self) -> str:
        """`buy back 2 lots NIFTY … at 150.05`."""
        buys = self.request.side is Side.BUY
        act = ("buy back" if buys else "sell out") if self.closes else ("buy" if buys else "sell")
        lots = f"{self.lots:f}".rstrip("0").rstrip(".") if self.lots % 1 else f"{self.lots:.0f}"
        size = f"{lots} lot{'' if lots == '1' else 's'}"
        return f"{act} {size} ({self.request.quantity}) {self.title} {price_words(self.request)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """Frozen before its first order; raises RuleBroken for one that cannot be sent."""

    id: str
    title: str
    kind: BasketKind
    legs: tuple[Leg, ...]
    policy: Policy
    made_at: datetime

    def __post_init__(self) -> None:
        most = in_force(LEG_LIMITS, self.made_at.date(), "broker's limit of legs").legs
        if not self.legs:
            raise RuleBroken("the basket has no legs")
        if len(self.legs) > most:
            raise RuleBroken(f"a basket has {most} legs at most, not {len(self.legs)}")
        seen = set()
        for leg in self.legs:
            at = leg.request.key, leg.request.side, leg.request.product, leg.closes
            if at in seen:
                raise RuleBroken(f"{leg.title} is in the basket twice: put it into one leg")
            seen.add(at)
            if leg.request.type not in (OrderType.LIMIT, OrderType.MARKET) or leg.request.amo:
                raise RuleBroken(f"{leg.title}: a leg is a limit or a market order of the session")

    @property
    def stages(self) -> tuple[tuple[int, ...], ...]:
        """The places of its legs, in steps: each waits until the one before is filled wholly."""
        first = self.policy.exits_first
        ranks = [rank(e.request.side, closes=e.closes, exits_first=first) for e in self.legs]
        return tuple(
            tuple(at for at, each in enumerate(ranks) if each == step)
            for step in sorted(set(ranks))
        )

    def group(self, leg: int) -> str:
        """What the orders of a leg are marked with."""
        return f"{self.id}{LEG_MARK}{leg + 1}"

    def words(self) -> list[str]:
        """All that will happen, before it does."""
        return [*_sequence(self), *policy_words(self.policy, self.kind)]


def rank(side: Side, *, closes: bool, exits_first: bool) -> int:
    """Shorts are bought back first, and nothing is sold anew before all else is done."""
    buys = side is Side.BUY
    if closes:
        return 0 if buys else 1 if exits_first else 3
    return 2 if buys else 4


def _sequence(basket: Basket) -> list[str]:
    found = []
    for number, stage in enumerate(basket.stages, 1):
        legs = "; ".join(basket.legs[at].words for at in stage)
        wait = "" if number == 1 else "only after all before is filled: "
        found.append(f"{number}. {wait}{legs}")
    return found


def policy_words(policy: Policy, kind: BasketKind) -> list[str]:
    return [late_words(policy), failure_words(policy, kind), LOST_WORDS]


LOST_WORDS: Final = (
    "If an answer gets lost, nothing more is sent until the broker has told what became of it; "
    "no order is ever sent again."
)


def late_words(policy: Policy) -> str:
    time = f"A leg that is not filled within {policy.seconds:g} s"
    if policy.late is Late.WAIT:
        return f"{time} keeps its price and is waited for."
    if policy.late is Late.MARKET:
        return f"{time} is turned into a market order with the broker's protection."
    if policy.late is Late.GIVE_UP:
        return f"{time} is cancelled: the basket has failed."
    ticks = "a tick" if policy.ticks == 1 else f"{policy.ticks} ticks"
    return (
        f"{time} is moved by {ticks} towards the other side, never beyond it, every "
        f"{policy.seconds:g} s and {policy.steps} times at most; then it is cancelled: the basket "
        "has failed."
    )


def failure_words(policy: Policy, kind: BasketKind) -> str:
    start = (
        "If a leg is refused or cancelled, nothing more is sent and what still works is cancelled"
    )
    if policy.on_failure is OnFailure.KEEP:
        return f"{start}; what was filled is kept."
    closed = "" if kind is BasketKind.BASKET else "; what was closed stays closed"
    return f"{start}; what was opened is closed at the market, sold legs first{closed}."


def price_words(request: OrderRequest) -> str:
    if request.type is OrderType.MARKET:
        protection = "automatic" if request.protection < 0 else f"{request.protection} %"
        return f"at the market, protection {protection}"
    return f"at {amount(request.price)}"


def amount(price: Decimal) -> str:
    """With the digits that it needs, two at least: `150.05`, `0.0025`."""
    exact = price.normalize()
    digits = exact.as_tuple().exponent
    return f"{price:.{max(2, -digits if isinstance(digits, int) else 2)}f}"


def closing(leg: Leg, units: int, *, slice: bool) -> Leg:
    """The market order that closes what a leg has opened."""
    request = leg.request
    back = OrderRequest(
        key=request.key,
        side=Side.SELL if request.side is Side.BUY else Side.BUY,
        quantity=units,
        product=request.product,
        type=OrderType.MARKET,
        slice=slice,
        source=request.source if request.source is not Source.EXTERNAL else Source.HUMAN,
    )
    return Leg(request=back, title=leg.title, lot_size=leg.lot_size, closes=True)


def new_execution_id(kind: str) -> str:
    """Of a basket, a TWAP or an iceberg; it marks their orders."""
    return f"{kind}-{secrets.token_hex(6)}"
