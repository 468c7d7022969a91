"""Orders good till triggered: what is asked of the broker, and what became of it.

The broker carries no mark of ours on them. One whose answer was lost is found again by what it
says (`is_told_by`). A rule that is triggered places a limit order for the day; that order names the
broker's number of what made it (`BrokerOrder.born_of`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.errors import BadData
from core.ids import BrokerGttId, BrokerOrderId, GttId, InstrumentKey, OrderId
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.gtt_terms import GttKind, GttRequest, Role, Rule, Trigger
from core.trading.orders import FATES, Fate, Order
from core.trading.requests import Product, Side, Source


class RuleStatus(StrEnum):
    """What the broker says of one rule."""

    SCHEDULED = "waiting for its trigger"
    PENDING = "waiting for the entry"
    TRIGGERED = "triggered"
    OPEN = "working"
    COMPLETED = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    EXPIRED = "expired"
    INACTIVE = "inactive"

    @property
    def is_over(self) -> bool:
        return self in OVER


OVER: Final = frozenset(
    {
        RuleStatus.COMPLETED,
        RuleStatus.CANCELLED,
        RuleStatus.FAILED,
        RuleStatus.EXPIRED,
        RuleStatus.INACTIVE,
    }
)


class GttStatus(StrEnum):
    PENDING = "pending"  # written down by us, not yet answered
    UNKNOWN = "unknown"  # sent, and no usable answer: asked for, never sent again
    LOST = "never arrived"
    REJECTED = "rejected"
    ACCEPTED = "accepted"  # has the broker's number, nothing more is told
    WAITING = "waiting for its trigger"
    ENTERING = "entering"  # the entry's order works
    GUARDING = "guarding"  # entered: target or stop loss are watched
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    EXPIRED = "expired"
    GONE = "no longer listed"  # the broker has ended it and did not say how

    @property
    def is_final(self) -> bool:
        return self in FINAL

    @property
    def is_working(self) -> bool:
        return self in WORKING


WORKING: Final = frozenset(
    {GttStatus.ACCEPTED, GttStatus.WAITING, GttStatus.ENTERING, GttStatus.GUARDING}
)
FINAL: Final = frozenset(GttStatus) - WORKING - {GttStatus.PENDING, GttStatus.UNKNOWN}
BARE: Final = {
    Fate.WRITTEN: GttStatus.PENDING,
    Fate.UNANSWERED: GttStatus.UNKNOWN,
    Fate.MISSING: GttStatus.LOST,
    Fate.REFUSED: GttStatus.REJECTED,
    Fate.TAKEN: GttStatus.ACCEPTED,
}
"""The status of one of which the broker has told nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRule:
    """One rule as the broker has it; its stop may have trailed. `order_id` is what it placed."""

    role: Role
    trigger: Trigger
    price: Decimal
    side: Side
    status: RuleStatus
    trailing_gap: Decimal | None = None
    order_id: BrokerOrderId | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerGtt:
    """As the broker lists it; `rules` in its order."""

    id: BrokerGttId
    key: InstrumentKey
    product: Product
    quantity: int
    rules: tuple[ToldRule, ...]
    created_at: datetime
    expires_at: datetime

    def __post_init__(self) -> None:
        if [each.role for each in self.rules].count(Role.ENTRY) != 1:
            raise BadData(f"the broker tells of {self.id} without one entry")

    @property
    def entry(self) -> ToldRule:
        return next(each for each in self.rules if each.role is Role.ENTRY)

    @property
    def is_over(self) -> bool:
        return all(each.status.is_over for each in self.rules)

    @property
    def status(self) -> GttStatus:
        if not self.is_over:
            if self.entry.status is RuleStatus.COMPLETED:
                return GttStatus.GUARDING
            waits = self.entry.status in (RuleStatus.SCHEDULED, RuleStatus.PENDING)
            return GttStatus.WAITING if waits else GttStatus.ENTERING
        said = {each.status for each in self.rules}
        if RuleStatus.FAILED in said:
            return GttStatus.FAILED
        if self.entry.status is RuleStatus.COMPLETED and self._is_closed:
            return GttStatus.DONE
        return GttStatus.EXPIRED if RuleStatus.EXPIRED in said else GttStatus.CANCELLED

    @property
    def _is_closed(self) -> bool:
        """Whether one of its exits was done; a single has none."""
        exits = [each for each in self.rules if each.role is not Role.ENTRY]
        return not exits or any(each.status is RuleStatus.COMPLETED for each in exits)

    @property
    def asked(self) -> tuple[Rule, ...]:
        """Its rules as terms; their protection is not told."""
        return tuple(
            Rule(
                role=each.role,
                trigger=each.trigger,
                price=each.price,
                trailing_gap=each.trailing_gap,
            )
            for each in self.rules
        )

    def rule(self, role: Role) -> ToldRule | None:
        return next((each for each in self.rules if each.role is role), None)

    def then(self, heard: "BrokerGtt") -> "BrokerGtt":
        """What holds after newer words: a rule that is over stays over, an order stays named."""
        if heard.id != self.id:
            raise BadData(f"{heard.id} says nothing of {self.id}")
        return replace(heard, rules=tuple(_newer(self.rule(r.role), r) for r in heard.rules))


def _newer(had: ToldRule | None, heard: ToldRule) -> ToldRule:
    if had is None:
        return heard
    if had.status.is_over and not heard.status.is_over:
        return had
    return replace(heard, order_id=heard.order_id or had.order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gtt:
    """One of ours, or one that was placed elsewhere (`request.source`).

    `told` is the newest that the broker says; `gone` when its list no longer has it.
    """

    id: GttId
    request: GttRequest
    placed_at: datetime
    fate: Fate = Fate.WRITTEN
    reason: str = ""
    broker_id: BrokerGttId | None = None
    told: BrokerGtt | None = None
    gone: bool = False

    @property
    def status(self) -> GttStatus:
        if self.told is None:
            return GttStatus.GONE if self.gone else BARE[self.fate]
        if self.gone and not self.told.is_over:
            return GttStatus.GONE
        return self.told.status

    @property
    def kind(self) -> GttKind:
        return self.request.kind

    @property
    def terms(self) -> GttRequest:
        """What holds now: as first asked for, or as the broker tells after changes and trailing."""
        if self.told is None:
            return self.request
        asked = {rule.role: rule.protection for rule in self.request.rules}
        rules = tuple(
            replace(each, protection=asked.get(each.role, each.protection))
            for each in self.told.asked
        )
        return replace(self.request, quantity=self.told.quantity, rules=rules)

    @property
    def orders(self) -> tuple[BrokerOrderId, ...]:
        """The broker's numbers of the orders that it placed, as far as it names them."""
        told = self.told.rules if self.told else ()
        return tuple(each.order_id for each in told if each.order_id)

    @property
    def why(self) -> str:
        """Why it was refused or failed; empty when nobody said."""
        told = self.told.rules if self.told else ()
        said = [self.reason, *(each.message for each in told)]
        return "; ".join(dict.fromkeys(each for each in said if each))

    @property
    def may_enter(self) -> bool:
        """Whether its entry may still be filled."""
        if self.status.is_final:
            return False
        return self.told is None or not self.told.entry.status.is_over

    def moved_to(self, fate: Fate, reason: str = "") -> "Gtt":
        """After its sending ended so; raises BadData for a step that cannot be."""
        if fate not in FATES[self.fate]:
            raise BadData(f"{self.id} is {self.fate} and cannot become {fate}")
        return replace(self, fate=fate, reason=reason or self.reason)

    def taken(self, id: BrokerGttId) -> "Gtt":
        """After the broker named its number."""
        known = replace(self, broker_id=id)
        return known if known.fate is Fate.TAKEN else known.moved_to(Fate.TAKEN)

    def heard(self, told: BrokerGtt) -> "Gtt":
        """With what the broker says of it now; raises BadData for words about another."""
        if told.key != self.request.key or self.broker_id not in (None, told.id):
            raise BadData(f"{told.id} does not belong to {self.id}")
        newest = self.told.then(told) if self.told else told
        return replace(self.taken(told.id), told=newest, gone=False)

    def concluded(self, order_of: Callable[[BrokerOrderId], Order | None]) -> "Gtt":
        """After it left the broker's list: rules end as the orders that they placed did."""
        if self.told is None:
            return replace(self, gone=True)
        rules = tuple(_ended(each, order_of) for each in self.told.rules)
        if any(each.status is RuleStatus.COMPLETED for each in rules if each.role != Role.ENTRY):
            rules = tuple(_cancelled(each) for each in rules)
        told = replace(self.told, rules=rules)
        return replace(self, told=told, gone=not told.is_over)

    def is_told_by(self, told: BrokerGtt) -> bool:
        """Whether something the broker lists may be this one, whose answer was lost."""
        mine, entry = self.request, self.request.entry
        return (
            (mine.key, mine.product, mine.quantity) == (told.key, told.product, told.quantity)
            and (mine.side, entry.trigger) == (told.entry.side, told.entry.trigger)
            and _prices(mine.rules) == {r.role: r.price for r in told.rules if not r.trailing_gap}
            and {r.role for r in mine.rules} == {r.role for r in told.rules}
            and told.created_at >= self.placed_at.replace(microsecond=0)
        )


def _ended(rule: ToldRule, order_of: Callable[[BrokerOrderId], Order | None]) -> ToldRule:
    order = order_of(rule.order_id) if rule.order_id and not rule.status.is_over else None
    if order is None or not order.status.is_final:
        return rule
    filled = order.status is Status.FILLED
    return replace(rule, status=RuleStatus.COMPLETED if filled else RuleStatus.CANCELLED)


def _cancelled(rule: ToldRule) -> ToldRule:
    return rule if rule.status.is_over else replace(rule, status=RuleStatus.CANCELLED)


def _prices(rules: Iterable[Rule]) -> dict[Role, Decimal]:
    """Of the rules whose price stands still."""
    return {rule.role: rule.price for rule in rules if not rule.trailing_gap}


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """Whose an order is that we did not send ourselves, and what the books call it."""

    id: OrderId
    source: Source
    words: str
    group: str = ""

    @staticmethod
    def elsewhere(order: BrokerOrder) -> "Birth":
        id = OrderId(f"external-{order.id}")
        return Birth(id=id, source=Source.EXTERNAL, words="placed elsewhere")


def child_id(parent: GttId, order: BrokerOrderId) -> OrderId:
    """The name of an order that a GTT of ours placed: it tells whose it is."""
    return OrderId(f"{parent}-{order}")


def parent_of(order: OrderId) -> GttId | None:
    """Of which GTT an order is; None for one that nobody but us placed."""
    parent, found, _ = order.partition("-")
    return GttId(parent) if found and parent.startswith(PREFIX) else None


PREFIX: Final = "sg"
"""How our numbers of them begin."""
