"""Slices in time: one large order as many small ones, by the clock (TWAP) or one after another
(iceberg)."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Final

from core.errors import RuleBroken
from core.trading.baskets import amount
from core.trading.requests import OrderRequest, OrderType, Side, Validity

LONGEST: Final = 6.5 * 3600
SHORTEST: Final = 5.0
MOST_CHILDREN: Final = 200


class Slicing(StrEnum):
    TWAP = "TWAP"
    ICEBERG = "iceberg"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlicePlan:
    """`request` is the whole; its price, where it has one, is the worst that is paid or taken.

    A TWAP lasts `seconds` in `children` steps; an iceberg shows `shown` units at a time.
    `participation` is the largest share of what the market trades meanwhile, in percent; None is
    no limit. Raises RuleBroken for what cannot be done.
    """

    id: str
    title: str
    slicing: Slicing
    request: OrderRequest
    lot_size: int
    tick_size: Decimal
    freeze_quantity: int | None = None
    seconds: float = 0.0
    children: int = 1
    shown: int = 0
    participation: Decimal | None = None
    closes: bool = False
    """It may only close what is held."""

    def __post_init__(self) -> None:
        if problem := wrong_with(self):
            raise RuleBroken(problem)

    @property
    def every(self) -> float:
        """Seconds between two steps of a TWAP."""
        return self.seconds / self.children

    @property
    def limit(self) -> Decimal | None:
        """The worst price."""
        return self.request.price if self.request.type is OrderType.LIMIT else None

    def step(self, spent: float) -> int:
        """Which step of a TWAP it is, from 0."""
        return int(spent / self.every) if self.every else 0

    def due(self, spent: float) -> int:
        """Units that should be done after `spent` seconds of a TWAP: whole lots, all at the end."""
        step = min(self.step(spent) + 1, self.children)
        lots = self.request.quantity // self.lot_size
        return -(-lots * step // self.children) * self.lot_size

    def words(self) -> list[str]:
        """All that will happen, before it does."""
        return [_how(self), _price(self), *_share(self), PAUSE_WORDS]


PAUSE_WORDS: Final = (
    "A pause or a stop cancels the order that works. After a restart nothing is sent until you let "
    "it go on. If an answer gets lost, nothing more is sent until the broker has told."
)


def wrong_with(plan: SlicePlan) -> str:
    """Why it cannot be done; empty when it can."""
    request = plan.request
    if plan.lot_size <= 0 or request.quantity % plan.lot_size:
        return f"{request.quantity} units are not a multiple of the lot of {plan.lot_size}"
    if request.type not in (OrderType.LIMIT, OrderType.MARKET):
        return "only a limit or a market order is cut into slices in time"
    if request.amo or request.validity is not Validity.DAY:
        return "an order in slices is for the day, within the session"
    if plan.participation is not None and not 0 < plan.participation <= 100:
        return "the share of the market's volume is above 0 and at most 100 percent"
    return _wrong_time(plan) if plan.slicing is Slicing.TWAP else _wrong_size(plan)


def _wrong_time(plan: SlicePlan) -> str:
    lots = plan.request.quantity // plan.lot_size
    if not 2 <= plan.children <= min(lots, MOST_CHILDREN):
        return f"{lots} lots are sent in 2 to {min(lots, MOST_CHILDREN)} slices"
    if plan.seconds > LONGEST:
        return "a TWAP ends within the session"
    if plan.every < SHORTEST:
        return f"slices are at least {SHORTEST:g} s apart"
    biggest = -(-lots // plan.children) * plan.lot_size
    return _above_freeze(plan, biggest)


def _wrong_size(plan: SlicePlan) -> str:
    if not 0 < plan.shown < plan.request.quantity or plan.shown % plan.lot_size:
        return "an iceberg shows whole lots, and fewer than all"
    if -(-plan.request.quantity // plan.shown) > MOST_CHILDREN:
        return f"an iceberg has {MOST_CHILDREN} orders at most: show more at a time"
    return _above_freeze(plan, plan.shown)


def _above_freeze(plan: SlicePlan, units: int) -> str:
    if plan.freeze_quantity and units > plan.freeze_quantity:
        return f"{units} units at a time are above the freeze quantity of {plan.freeze_quantity}"
    return ""


def price_of(plan: SlicePlan, other: float) -> Decimal | None:
    """Of the next order: the other side's price on the tick and no worse than the limit, of an
    iceberg the limit itself. None while `other` is not known and needed."""
    buys = plan.request.side is Side.BUY
    if plan.limit is not None and (plan.slicing is Slicing.ICEBERG or not other > 0):
        return plan.limit
    if not other > 0:
        return None
    steps = (Decimal(str(other)) / plan.tick_size).quantize(
        Decimal(1), rounding=ROUND_CEILING if buys else ROUND_FLOOR
    )
    near = max(steps, Decimal(1)) * plan.tick_size
    if plan.limit is None:
        return near
    return min(near, plan.limit) if buys else max(near, plan.limit)


def allowed_by_volume(plan: SlicePlan, traded: float) -> int:
    """Units that may be done in all once the market has traded so many; whole lots."""
    if plan.participation is None:
        return plan.request.quantity
    if not traded > 0:
        return 0
    units = int(Decimal(str(traded)) * plan.participation / 100)
    return min(units - units % plan.lot_size, plan.request.quantity)


def what(plan: SlicePlan) -> str:
    """`Buy 10 lots NIFTY 24200 CE …`."""
    return f"{plan.request.side.capitalize()} {_lots(plan.request.quantity, plan)} {plan.title}"


def _lots(units: int, plan: SlicePlan) -> str:
    lots = units // plan.lot_size
    return f"{lots} lot{'' if lots == 1 else 's'}"


def _how(plan: SlicePlan) -> str:
    whole = what(plan)
    if plan.slicing is Slicing.ICEBERG:
        return (
            f"{whole}, {_lots(plan.shown, plan)} at a time: the next order goes out when "
            "the one before is filled wholly; never are two of them at the exchange."
        )
    return (
        f"{whole} in {plan.children} steps over {_time(plan.seconds)}, one every "
        f"{_time(plan.every)}: what a step leaves is cancelled and added to the next. What is left "
        "at the end stays undone."
    )


def _price(plan: SlicePlan) -> str:
    buys = plan.request.side is Side.BUY
    other = "ask" if buys else "bid"
    if plan.slicing is Slicing.ICEBERG:
        return f"Each is a limit order at {amount(plan.limit)}." if plan.limit else _at_touch(other)
    if plan.limit is None:
        return _at_touch(other)
    return f"{_at_touch(other)[:-1]}, never {'above' if buys else 'below'} {amount(plan.limit)}."


def _at_touch(other: str) -> str:
    return f"Each is a limit order at the {other} of its moment."


def _share(plan: SlicePlan) -> list[str]:
    if plan.participation is None:
        return []
    return [f"At most {plan.participation:g} % of what the market trades meanwhile is ours."]


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds / 60:.0f} min" if seconds % 60 == 0 else f"{seconds / 60:.1f} min"
