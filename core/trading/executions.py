"""Executions: what became of a basket, a TWAP or an iceberg; kept over a restart."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.errors import RuleBroken
from core.ids import OrderId
from core.trading.baskets import Basket, Leg
from core.trading.requests import NOTHING
from core.trading.slices import SlicePlan


class Phase(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"  # nothing new is sent
    STOPPING = "stopping"  # what works is being cancelled
    UNWINDING = "unwinding"  # what was opened is being closed
    INTERRUPTED = "interrupted"  # the desk ended in between; it goes on only by hand
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    UNWOUND = "unwound"

    @property
    def is_live(self) -> bool:
        """Whether something of it is going on now."""
        return self in LIVE

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come of it by itself or by hand."""
        return self in (Phase.DONE, Phase.UNWOUND)


LIVE: Final = frozenset({Phase.RUNNING, Phase.PAUSED, Phase.STOPPING, Phase.UNWINDING})
RESTING: Final = frozenset({Phase.INTERRUPTED, Phase.STOPPED, Phase.FAILED})
"""It does nothing; somebody may let it go on, or unwind it."""
UNFINISHED: Final = LIVE | {Phase.INTERRUPTED}
NEXT: Final[dict[Phase, frozenset[Phase]]] = {
    Phase.RUNNING: frozenset(Phase) - {Phase.RUNNING, Phase.UNWOUND},
    Phase.PAUSED: frozenset({Phase.RUNNING, Phase.STOPPING, Phase.UNWINDING, Phase.INTERRUPTED}),
    Phase.STOPPING: frozenset(
        {Phase.STOPPED, Phase.FAILED, Phase.UNWINDING, Phase.DONE, Phase.INTERRUPTED}
    ),
    Phase.UNWINDING: frozenset({Phase.UNWOUND, Phase.FAILED, Phase.INTERRUPTED}),
    Phase.INTERRUPTED: frozenset({Phase.RUNNING, Phase.STOPPING, Phase.UNWINDING}),
    Phase.STOPPED: frozenset({Phase.RUNNING, Phase.STOPPING, Phase.UNWINDING}),
    Phase.FAILED: frozenset({Phase.RUNNING, Phase.STOPPING, Phase.UNWINDING}),
    Phase.DONE: frozenset({Phase.STOPPING, Phase.UNWINDING}),
    Phase.UNWOUND: frozenset(),
}
"""Which phase may follow which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRun:
    """`filled` in units, as last written down; `past` are orders that count as ended, `undone` the
    units that were closed again."""

    leg: Leg
    filled: int = 0
    average: Decimal = NOTHING
    past: tuple[OrderId, ...] = ()
    undone: int = 0

    @property
    def missing(self) -> int:
        return max(self.leg.request.quantity - self.filled, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketRun:
    """`parent` is the basket that this one unwinds; `reason` why it stands where it stands."""

    basket: Basket
    legs: tuple[LegRun, ...]
    started_at: datetime
    changed_at: datetime
    phase: Phase = Phase.RUNNING
    reason: str = ""
    parent: str = ""
    unwinds: int = 0

    @property
    def id(self) -> str:
        return self.basket.id

    @property
    def title(self) -> str:
        return self.basket.title

    def moved_to(self, phase: Phase, at: datetime, reason: str = "") -> "BasketRun":
        """Raises RuleBroken for a step that cannot be."""
        return replace(self, **_moved(self.phase, phase, at, reason))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRun:
    """`spent` seconds have run so far, without pauses; `sent` is how many orders went out."""

    plan: SlicePlan
    started_at: datetime
    changed_at: datetime
    phase: Phase = Phase.RUNNING
    reason: str = ""
    filled: int = 0
    average: Decimal = NOTHING
    sent: int = 0
    spent: float = 0.0

    @property
    def id(self) -> str:
        return self.plan.id

    @property
    def title(self) -> str:
        return self.plan.title

    @property
    def left(self) -> int:
        return max(self.plan.request.quantity - self.filled, 0)

    def moved_to(self, phase: Phase, at: datetime, reason: str = "") -> "SliceRun":
        """Raises RuleBroken for a step that cannot be."""
        return replace(self, **_moved(self.phase, phase, at, reason))  # type: ignore[arg-type]


Execution = BasketRun | SliceRun


def _moved(before: Phase, after: Phase, at: datetime, reason: str) -> dict[str, object]:
    if after not in NEXT[before]:
        raise RuleBroken(f"what is {before} cannot become {after}")
    return {"phase": after, "changed_at": at, "reason": reason}


def begun(basket: Basket, at: datetime, parent: str = "") -> BasketRun:
    legs = tuple(LegRun(leg=leg) for leg in basket.legs)
    return BasketRun(basket=basket, legs=legs, started_at=at, changed_at=at, parent=parent)
