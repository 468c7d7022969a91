"""Orders: what we ask for, and what became of it.

An order is written down before it is sent, and sent once. What became of it is the sum of two
things: how the sending ended (`Fate`), and what is heard of its orders at the broker (`parts`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.errors import BadData
from core.ids import BrokerOrderId, OrderId
from core.trading.broker_orders import (
    FINAL,
    HOW_FAR,
    WORKING,
    BrokerOrder,
    Status,
    average,
    merge_all,
    numbered,
)
from core.trading.requests import OrderRequest, Side


class Fate(StrEnum):
    """How the sending ended."""

    WRITTEN = "written"  # not sent yet, or on its way
    UNANSWERED = "unanswered"  # no usable answer came: it may be live
    MISSING = "missing"  # the broker, asked afterwards, does not know it
    REFUSED = "refused"  # the broker, or the desk at the last moment, said no
    TAKEN = "taken"  # the broker has it


FATES: Final[dict[Fate, frozenset[Fate]]] = {
    Fate.WRITTEN: frozenset(Fate) - {Fate.WRITTEN, Fate.MISSING},
    Fate.UNANSWERED: frozenset({Fate.MISSING, Fate.REFUSED, Fate.TAKEN}),
    Fate.MISSING: frozenset({Fate.TAKEN}),  # it arrived after all
    Fate.REFUSED: frozenset({Fate.TAKEN}),  # the broker says no, and lists it all the same
    Fate.TAKEN: frozenset(),
}
"""Which fate may follow which."""

BARE: Final = {
    Fate.WRITTEN: Status.PENDING,
    Fate.UNANSWERED: Status.UNKNOWN,
    Fate.MISSING: Status.LOST,
    Fate.REFUSED: Status.REJECTED,
    Fate.TAKEN: Status.ACCEPTED,
}
"""The status of an order of which the broker has told nothing."""

NEXT: Final[dict[Status, frozenset[Status]]] = {
    Status.PENDING: WORKING | FINAL | {Status.UNKNOWN},
    Status.UNKNOWN: WORKING | FINAL | {Status.LOST},
    Status.LOST: WORKING | FINAL | {Status.UNKNOWN},  # a late arrival, or one slice of it
    **{each: WORKING | FINAL | {Status.UNKNOWN} for each in WORKING},  # one slice unanswered
    Status.REJECTED: FINAL | WORKING,  # the broker says no, and lists it all the same
    Status.EXPIRED: frozenset({Status.CANCELLED, Status.FILLED}),
    Status.CANCELLED: frozenset({Status.FILLED}),  # the last fill was heard of late
    Status.FILLED: frozenset(),
}
"""Which status may follow which. Working ones may follow each other, since orders are modified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`reason` is why it was refused, by us or by the broker; `parts` are sorted by number."""

    id: OrderId
    request: OrderRequest
    placed_at: datetime
    fate: Fate = Fate.WRITTEN
    reason: str = ""
    parts: tuple[BrokerOrder, ...] = ()

    @property
    def status(self) -> Status:
        if not self.parts:
            return BARE[self.fate]
        if self.fate in (Fate.UNANSWERED, Fate.MISSING) and not self.is_whole:
            return Status.UNKNOWN
        standings = {part.standing for part in self.parts}
        if standings <= FINAL and self.is_whole:
            return _ended(standings)
        if self.filled:
            return Status.PARTIAL
        return next(
            (each for each in (Status.OPEN, Status.TRIGGER_PENDING) if each in standings),
            Status.ACCEPTED,
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come of it."""
        return self.status.is_final or self.status is Status.LOST

    @property
    def is_whole(self) -> bool:
        """Whether all of it is known at the broker: by its answer, or by what it lists."""
        answered = self.fate in (Fate.TAKEN, Fate.REFUSED)
        return answered or self.told >= self.request.quantity

    @property
    def told(self) -> int:
        """Units that the broker lists, filled or not."""
        return sum(part.quantity for part in self.parts)

    @property
    def filled(self) -> int:
        return sum(part.filled for part in self.parts)

    @property
    def left(self) -> int:
        """Units that may still be filled."""
        if self.is_over:
            return 0
        gone = sum(p.quantity - p.filled for p in self.parts if p.standing.is_final)
        return max(self.wanted - self.filled - gone, 0)

    @property
    def wanted(self) -> int:
        """Units asked for, as last modified; as first asked for while the broker has not told."""
        numbered_only = any(not part.quantity for part in self.parts)
        known = self.is_whole and self.parts and not numbered_only
        return self.told if known else max(self.request.quantity, self.told)

    @property
    def average_price(self) -> Decimal:
        """Rupees a unit of what is filled, 0 while nothing is."""
        return average((part.filled, part.average_price) for part in self.parts)

    @property
    def broker_ids(self) -> tuple[BrokerOrderId, ...]:
        return tuple(part.id for part in self.parts)

    @property
    def terms(self) -> OrderRequest:
        """What holds now: as first asked for, or as the broker tells after modifications."""
        told = next((part for part in self.parts if part.quantity), None)
        if told is None:
            return self.request
        return replace(
            self.request,
            quantity=self.wanted,
            type=told.type,
            price=told.price,
            trigger_price=told.trigger_price,
        )

    @property
    def why(self) -> str:
        """Why it was refused or cancelled; empty when nobody said."""
        said = [part.reason for part in self.parts if part.reason]
        return "; ".join(dict.fromkeys([self.reason, *said] if self.reason else said))

    @property
    def signed_left(self) -> int:
        return self.left if self.request.side is Side.BUY else -self.left

    def moved_to(self, fate: Fate, reason: str = "") -> "Order":
        """The order after its sending ended so; raises BadData for a step that cannot be."""
        if fate not in FATES[self.fate]:
            raise BadData(f"order {self.id} is {self.fate} and cannot become {fate}")
        return replace(self, fate=fate, reason=reason or self.reason)

    def taken(self, ids: Iterable[BrokerOrderId], at: datetime) -> "Order":
        """The order after the broker named its numbers; raises BadData where there are none."""
        given = tuple(ids)
        if not given:
            raise BadData(f"the broker took order {self.id} and named no number")
        parts = [numbered(each, self.request, at, self.id) for each in given]
        after = replace(self, parts=merge_all(self.parts, parts))
        return after if after.fate is Fate.TAKEN else after.moved_to(Fate.TAKEN)

    def heard(self, parts: Iterable[BrokerOrder]) -> "Order":
        """The order with what the broker says of it; the same for any sequence of the same words.

        Raises BadData for words about another contract or side.
        """
        given = tuple(parts)
        for each in given:
            if (each.key, each.side) != (self.request.key, self.request.side):
                raise BadData(f"order {each.id} does not belong to {self.id}")
        return replace(self, parts=merge_all(self.parts, given))


def _ended(standings: set[Status]) -> Status:
    """The furthest end of its slices; cancelled where only some of them were filled."""
    mixed = Status.FILLED in standings and len(standings) > 1
    return Status.CANCELLED if mixed else max(standings, key=HOW_FAR.index)
