"""The terms of an order good till triggered, checked for what is wrong in themselves."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.errors import RuleBroken
from core.ids import GttId, InstrumentKey
from core.trading.requests import (
    AUTOMATIC,
    MOST_PROTECTION,
    OrderRequest,
    OrderType,
    Product,
    Side,
    Source,
)

LEAST_GAP: Final = Decimal("0.1")
"""A trailing gap is at least this part of the distance between the last price and the stop."""
NO_PROTECTION: Final = 0
"""The order that is triggered is limited to the trigger price itself."""


class Role(StrEnum):
    ENTRY = "entry"
    TARGET = "target"
    STOPLOSS = "stop loss"


class Trigger(StrEnum):
    ABOVE = "at or above"
    BELOW = "at or below"
    IMMEDIATE = "at once"


class GttKind(StrEnum):
    SINGLE = "single"
    OCO = "one cancels other"
    BRACKET = "bracket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One step. `price` in rupees triggers it, and limits the order that it then places.

    `trailing_gap` in rupees, of a stop loss: it follows the price by whole gaps. `protection` lets
    the limit be worse than the trigger: percent, AUTOMATIC, or NO_PROTECTION.
    """

    role: Role
    trigger: Trigger
    price: Decimal
    trailing_gap: Decimal | None = None
    protection: int = NO_PROTECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class GttRequest:
    """`side` and `quantity` (units) of the entry; target and stop loss are of the other side.

    `tied` names the other half of a pair of which one ends the other: the desk itself does that,
    since the broker knows no such pair without an entry. Raises RuleBroken for terms that no
    broker can take.
    """

    key: InstrumentKey
    side: Side
    quantity: int
    product: Product
    rules: tuple[Rule, ...]
    tied: GttId | None = None
    source: Source = Source.HUMAN
    group: str = ""

    def __post_init__(self) -> None:
        if self.source is not Source.EXTERNAL and (problem := wrong_with(self)):
            raise RuleBroken(problem)

    @property
    def kind(self) -> GttKind:
        if len(self.rules) > 1:
            return GttKind.BRACKET
        return GttKind.OCO if self.tied else GttKind.SINGLE

    @property
    def entry(self) -> Rule:
        return next(rule for rule in self.rules if rule.role is Role.ENTRY)

    @property
    def signed(self) -> int:
        """Units of the entry, below 0 sold."""
        return self.quantity if self.side is Side.BUY else -self.quantity

    def rule(self, role: Role) -> Rule | None:
        return next((rule for rule in self.rules if rule.role is role), None)

    def side_of(self, role: Role) -> Side:
        if role is Role.ENTRY:
            return self.side
        return Side.SELL if self.side is Side.BUY else Side.BUY

    def order(self) -> OrderRequest:
        """What its entry places once it is triggered."""
        return OrderRequest(
            key=self.key,
            side=self.side,
            quantity=self.quantity,
            product=self.product,
            type=OrderType.LIMIT,
            price=self.entry.price,
            source=self.source,
            group=self.group,
        )


def pair(
    stop: GttRequest, target: GttRequest, ids: tuple[GttId, GttId]
) -> tuple[GttRequest, GttRequest]:
    """Two singles that close the same, of which one ends the other; raises RuleBroken."""
    same = (stop.key, stop.side, stop.quantity, stop.product)
    if same != (target.key, target.side, target.quantity, target.product):
        raise RuleBroken("target and stop loss must close the same units")
    way = 1 if stop.side is Side.SELL else -1  # a sale closes what was bought
    if way * (target.entry.price - stop.entry.price) <= 0:
        better, held = ("above", "bought") if way > 0 else ("below", "sold")
        raise RuleBroken(f"the target of what is {held} lies {better} its stop loss")
    return replace(stop, tied=ids[1]), replace(target, tied=ids[0])


def wrong_with(request: GttRequest) -> str:
    """What is wrong with the terms by themselves; empty when nothing is."""
    if request.quantity <= 0:
        return f"an order of {request.quantity} units cannot be placed"
    roles = [rule.role for rule in request.rules]
    if roles.count(Role.ENTRY) != 1:
        return "there must be one entry"
    if len(set(roles)) < len(roles):
        return "there can be only one target and one stop loss"
    found = (problem for rule in request.rules for problem in _wrong_rule(rule))
    return next(found, "") or _wrong_order(request)


def _wrong_rule(rule: Rule) -> Iterator[str]:
    if not rule.price.is_finite() or rule.price <= 0:
        yield f"{rule.price} is no price for the {rule.role}"
    if rule.role is not Role.ENTRY and rule.trigger is not Trigger.IMMEDIATE:
        yield f"the {rule.role} becomes active by itself, once the entry is filled"
    if rule.trailing_gap is not None:
        if rule.role is not Role.STOPLOSS:
            yield f"the {rule.role} cannot trail: only a stop loss can"
        elif not rule.trailing_gap.is_finite() or rule.trailing_gap <= 0:
            yield f"{rule.trailing_gap} is no trailing gap"
    if rule.protection != AUTOMATIC and not 0 <= rule.protection <= MOST_PROTECTION:
        yield f"the protection must be automatic, none, or 1 to {MOST_PROTECTION} percent"


def _wrong_order(request: GttRequest) -> str:
    """A target on the losing side, or a stop loss on the winning one."""
    way = 1 if request.side is Side.BUY else -1
    for role, side in ((Role.TARGET, 1), (Role.STOPLOSS, -1)):
        rule = request.rule(role)
        if rule is not None and way * side * (rule.price - request.entry.price) <= 0:
            where = "above" if way * side > 0 else "below"
            return f"the {role} of a {request.side} lies {where} its entry"
    return ""


def gap_problem(request: GttRequest, last: float) -> str:
    """Why the broker would not take the trailing gap at this last price; empty when it would."""
    stop = request.rule(Role.STOPLOSS)
    if stop is None or stop.trailing_gap is None or last != last:
        return ""
    least = LEAST_GAP * abs(Decimal(str(last)) - stop.price)
    if stop.trailing_gap >= least:
        return ""
    return f"the trailing gap must be at least ₹{least:.2f}: a tenth of the way to the stop"


def fires_at_once(request: GttRequest, last: float) -> bool:
    """Whether the last price is beyond the entry's trigger already."""
    entry = request.entry
    price = float(entry.price)
    return (entry.trigger is Trigger.ABOVE and last >= price) or (
        entry.trigger is Trigger.BELOW and last <= price
    )


def new_gtt_id(now: datetime) -> GttId:
    """20 letters that sort by time and do not repeat."""
    return GttId(f"sg{int(now.timestamp() * 1000):011x}"[:13] + secrets.token_hex(4)[:7])
