"""The plan of an option strategy: which legs, when in and out, and what is done in between."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from math import isfinite
from typing import Final

import numpy as np

from core.clock import IST
from core.errors import RuleBroken
from core.instruments.instrument import Right
from core.strategies.chain_view import ExpiryView
from core.strategies.chooser import Anchor, By, Chooser
from core.strategies.legs import Leg
from core.trading.exit_rules import ExitRules

EVERY_DAY: Final = frozenset(range(7))
ANCHORS: Final = {Right.CALL: Anchor.CALL, Right.PUT: Anchor.PUT}


class Pick(StrEnum):
    """How the strike of a leg is found."""

    STRIKES = "strikes"  # so many listed strikes out of the money; below 0 in it
    PERCENT = "percent"  # so far out of the money, in % of the forward; below 0 in it
    DELTA = "delta"  # the absolute one
    PREMIUM = "premium"  # rupees a unit
    WIDTH = "width"  # so many rupees farther out than another leg; below 0 nearer
    LIKE = "like"  # the strike of another leg


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRule:
    """`lots` are bought, below 0 sold. `of` is the leg (by place) that WIDTH and LIKE count from.

    `expiry` counts from the nearest that has at least `days` calendar days left. `rules` are its
    own stop, target, trail and re-entry, in its own premium.
    """

    right: Right
    lots: int
    pick: Pick = Pick.STRIKES
    value: float = 0.0
    of: int = 0
    expiry: int = 0
    days: int = 0
    rules: ExitRules = field(default_factory=ExitRules)

    def __post_init__(self) -> None:
        if not self.lots:
            raise RuleBroken("A leg of no lots is none.")
        if not isfinite(self.value):
            raise RuleBroken(f"{self.value} is no place for a strike.")

    def strike(self, view: ExpiryView, before: Sequence[Leg]) -> float:
        """The nearest listed; raises RuleBroken where there is none like it."""
        way = 1 if self.right is Right.CALL else -1
        if self.pick in (Pick.WIDTH, Pick.LIKE):
            other = before[self.of].strike
            assert other is not None
            return _nearest(view, other + (way * self.value if self.pick is Pick.WIDTH else 0.0))
        if self.pick is Pick.PERCENT:
            return _nearest(view, view.forward * (1 + way * self.value / 100))
        if self.pick is Pick.STRIKES:
            chooser = Chooser(shift=way * int(self.value))
            return chooser.strike(view, Anchor.MONEY, 0)
        by = By.DELTA if self.pick is Pick.DELTA else By.PREMIUM
        chooser = Chooser(by=by, delta=self.value, premium=self.value)
        return chooser.strike(view, ANCHORS[self.right], 0)

    def leg(self, view: ExpiryView, before: Sequence[Leg]) -> Leg:
        """Raises RuleBroken where it is not listed."""
        return view.leg(self.right, self.strike(view, before), self.lots)


class Hold(StrEnum):
    DAY = "within the day"
    EXPIRY = "until expiry"


class AfterLeg(StrEnum):
    """What becomes of the others when a leg has left by its own stop."""

    STAY = "the others stay"
    COST = "the others' stop goes to their cost"
    ALL = "all leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollTested:
    """A sold leg whose absolute delta has come to `delta` is bought back and sold anew, by its
    rule, at most `times` a day."""

    delta: float
    times: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hedge:
    """Where all legs together have a delta of more than `band` lots, it is brought back to nothing
    with synthetic futures of the nearest legs' expiry, in whole lots, looked at every so many
    minutes."""

    band: float
    minutes: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPlan:
    """Hours are IST. `leave` is of every day within the day, and of the last one otherwise.

    It enters with `least` to `most` calendar days left to the first leg's expiry. With `roll`, what
    is held until expiry leaves (and may enter anew) with so many days left.
    """

    legs: tuple[LegRule, ...]
    enter: time
    leave: time
    hold: Hold = Hold.DAY
    weekdays: frozenset[int] = EVERY_DAY
    least: int = 0
    most: int = 10_000
    rules: ExitRules = field(default_factory=ExitRules)
    after_leg: AfterLeg = AfterLeg.STAY
    tested: RollTested | None = None
    hedge: Hedge | None = None
    roll: int | None = None

    def __post_init__(self) -> None:
        if not self.legs:
            raise RuleBroken("A strategy without legs does nothing.")
        if self.enter >= self.leave and self.hold is Hold.DAY:
            raise RuleBroken(
                f"It would leave at {self.leave:%H:%M}, before it enters at {self.enter:%H:%M}."
            )
        for place, leg in enumerate(self.legs):
            if leg.pick in (Pick.WIDTH, Pick.LIKE) and not 0 <= leg.of < place:
                raise RuleBroken("A leg's strike can be counted from an earlier leg only.")

    @property
    def over(self) -> int:
        """With so many days left it is not entered, since it would leave at once."""
        return -1 if self.roll is None or self.hold is Hold.DAY else self.roll

    @property
    def expiries(self) -> int:
        """How many chains it looks at."""
        spare = 4 if any(leg.days for leg in self.legs) else 0
        return 1 + max(leg.expiry for leg in self.legs) + spare


SPARE: Final = timedelta(minutes=5)
"""Before the end of a session that is over before the plan's hour to leave."""


def leaves_at(plan: LegPlan, closes_at: datetime) -> time:
    """The hour to leave on a day (IST) whose session may end early."""
    ends = closes_at.astimezone(IST)
    return plan.leave if plan.leave < ends.time() else (ends - SPARE).time()


def days_left(expiry: date, day: date) -> int:
    """Calendar days."""
    return (expiry - day).days


def clock_time(text: str) -> time:
    """Of "09:20"; raises RuleBroken."""
    try:
        return time.fromisoformat(text)
    except ValueError as problem:
        raise RuleBroken(f"{text!r} is no time of the day: 09:20 is one") from problem


def _nearest(view: ExpiryView, strike: float) -> float:
    if not len(view.strikes) or not strike > 0:
        raise RuleBroken(f"{view.symbol} {view.expiry:%d %b %Y} has no strike there.")
    return float(view.strikes[int(np.abs(view.strikes - strike).argmin())])
