"""Parameters that ready option strategies share: hours, days, stops, targets, re-entry."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from core.errors import RuleBroken
from core.instruments.instrument import Right
from core.strategies.leg_plan import AfterLeg, Hold, LegPlan, LegRule, Pick, clock_time
from core.strategies.legs_strategy import LegsStrategy
from core.strategies.strategy import parameter
from core.trading.exit_rules import ExitRules, Goal, Measure, Reentry, Strikes, Trail

DAYS: Final = ("every day", "expiry day", "not on expiry day")
NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AGAIN: Final = {"same strikes": Strikes.SAME, "strikes anew": Strikes.AT_THE_MONEY}
AFTER: Final = {
    "others stay": AfterLeg.STAY,
    "others to cost": AfterLeg.COST,
    "all leave": AfterLeg.ALL,
}
CALL, PUT = Right.CALL, Right.PUT


class DayLegs(LegsStrategy):
    """In and out within the day; the percentages are of the premium at entry, 0 = none."""

    lots: int = parameter("Lots", 1, low=1, high=500, step=1)
    enter: str = parameter("Enter", "09:20")
    leave: str = parameter("Leave", "15:15")
    weekdays: str = parameter("Weekdays", "mon tue wed thu fri sat sun")
    on: str = parameter("On", "every day", choices=DAYS)
    leg_stop: float = parameter("Stop of a leg, %", 0.0, low=0, high=500, step=5)
    leg_target: float = parameter("Target of a leg, %", 0.0, low=0, high=100, step=5)
    stop: float = parameter("Stop together, %", 0.0, low=0, high=500, step=5)
    target: float = parameter("Target together, %", 0.0, low=0, high=100, step=5)
    stop_rupees: float = parameter("Stop together, ₹", 0.0, low=0)
    target_rupees: float = parameter("Target together, ₹", 0.0, low=0)
    trail: float = parameter("Trail together, %", 0.0, low=0, high=100, step=5)
    trail_from: float = parameter("Trails from a gain of, %", 0.0, low=0, high=100, step=5)
    again: int = parameter("Enters again, times", 0, low=0, high=10, step=1)
    again_after: int = parameter("Enters again after, minutes", 5, low=0, high=360, step=5)
    again_at: str = parameter("Enters again at", "same strikes", choices=tuple(AGAIN))
    after_leg: str = parameter("After a leg's stop", "others stay", choices=tuple(AFTER))

    def day_plan(self, *legs: LegRule, **more: Any) -> LegPlan:
        """The plan of these legs with what the parameters say."""
        least, most = {"every day": (0, 10_000), "expiry day": (0, 0)}.get(self.on, (1, 10_000))
        own = self._leg_rules()
        return LegPlan(
            legs=tuple(replace(leg, rules=own) for leg in legs),
            enter=clock_time(self.enter),
            leave=clock_time(self.leave),
            weekdays=weekdays(self.weekdays),
            least=least,
            most=most,
            rules=self._together(),
            after_leg=AFTER[self.after_leg],
            **more,
        )

    def _leg_rules(self) -> ExitRules:
        """Of each leg; re-entry is the leg's own where only legs have stops."""
        return ExitRules(
            stop=percent(self.leg_stop),
            target=percent(self.leg_target),
            reentry=self._reentry() if self.leg_stop and not self._stops_together else None,
        )

    def _together(self) -> ExitRules:
        trail = percent(self.trail)
        return ExitRules(
            stop=percent(self.stop) or rupees(self.stop_rupees),
            target=percent(self.target) or rupees(self.target_rupees),
            trail=Trail(trail, self.trail_from) if trail else None,
            reentry=self._reentry() if self._stops_together else None,
        )

    @property
    def _stops_together(self) -> bool:
        return bool(self.stop or self.stop_rupees)

    def _reentry(self) -> Reentry | None:
        if not self.again:
            return None
        wait = timedelta(minutes=self.again_after)
        return Reentry(times=self.again, wait=wait, strikes=AGAIN[self.again_at])


class CarriedLegs(LegsStrategy):
    """Held over days, until so many are left to expiry; then the next."""

    lots: int = parameter("Lots", 1, low=1, high=500, step=1)
    enter: str = parameter("Enter", "09:20")
    leave: str = parameter("Leave", "15:15")
    days: int = parameter("Enters with days left, at least", 1, low=0, high=90, step=1)
    roll: int = parameter("Leaves with days left", 0, low=0, high=60, step=1)
    stop: float = parameter("Stop together, %", 0.0, low=0, high=500, step=5)
    target: float = parameter("Target together, %", 0.0, low=0, high=500, step=5)

    def carried_plan(self, *legs: LegRule, **more: Any) -> LegPlan:
        if self.days <= self.roll:
            raise RuleBroken("It has to enter with more days left than it leaves with.")
        return LegPlan(
            legs=tuple(replace(leg, days=self.days) for leg in legs),
            enter=clock_time(self.enter),
            leave=clock_time(self.leave),
            hold=Hold.EXPIRY,
            rules=ExitRules(stop=percent(self.stop), target=percent(self.target)),
            **{"roll": self.roll, **more},
        )


def percent(amount: float) -> Goal | None:
    """Of the premium at entry; None for 0."""
    return Goal(amount, Measure.PREMIUM_PERCENT) if amount else None


def rupees(amount: float) -> Goal | None:
    return Goal(amount, Measure.PNL) if amount else None


def weekdays(text: str) -> frozenset[int]:
    """Of "mon wed"; raises RuleBroken for a word that is no weekday."""
    words = text.lower().replace(",", " ").split()
    if not words or any(word[:3] not in NAMES for word in words):
        raise RuleBroken(f"{text!r} names no weekdays: mon tue wed thu fri do")
    return frozenset(NAMES.index(word[:3]) for word in words)


def sold(right: Right, lots: int, pick: Pick, value: float, **more: Any) -> LegRule:
    return LegRule(right=right, lots=-lots, pick=pick, value=value, **more)


def bought(right: Right, lots: int, pick: Pick, value: float, **more: Any) -> LegRule:
    return LegRule(right=right, lots=lots, pick=pick, value=value, **more)
