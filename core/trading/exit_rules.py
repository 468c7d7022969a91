"""Exit rules of a strategy: stop, target, trailing stop, square-off time and re-entry; all pure.

`decide` is asked with numbers and a time, and tells the next state and what is to be done. A number
that is not known (nan), or not to be believed (`blind`), reaches nothing; only the clock does.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from math import isfinite, nan
from typing import Final

from core.clock import IST
from core.errors import RuleBroken

NEAR: Final = 1e-6
"""A level is reached by what misses it by no more than a float's error."""
MOST_REENTRIES: Final = 10
LONGEST_WAIT: Final = timedelta(hours=6)


class Measure(StrEnum):
    """In what a level is told."""

    PNL = "P&L in ₹"  # of the whole strategy, realised too, before charges
    PNL_PERCENT = "P&L in % of the premium"  # of the premium at the moment of arming
    PREMIUM = "premium in ₹"  # combined, a unit, from its entry
    PREMIUM_PERCENT = "premium in %"  # of the combined premium at entry

    @property
    def is_percent(self) -> bool:
        return self in (Measure.PNL_PERCENT, Measure.PREMIUM_PERCENT)

    @property
    def is_premium(self) -> bool:
        return self in (Measure.PREMIUM, Measure.PREMIUM_PERCENT)


@dataclass(frozen=True, slots=True)
class Goal:
    """So much against us (a stop), for us (a target), or back from the best (a trail)."""

    amount: float
    measure: Measure = Measure.PNL

    def __post_init__(self) -> None:
        if not (isfinite(self.amount) and self.amount > 0):
            raise RuleBroken("The level of a rule must be above 0.")


@dataclass(frozen=True, slots=True)
class Trail:
    """Exits at `gap` below the best, once the gain has reached `starts_at` (in its measure)."""

    gap: Goal
    starts_at: float = 0.0

    def __post_init__(self) -> None:
        if not (isfinite(self.starts_at) and self.starts_at >= 0):
            raise RuleBroken("A trailing stop begins at a gain of 0 or more.")


class Strikes(StrEnum):
    SAME = "the same strikes"
    AT_THE_MONEY = "strikes as far from the money as before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reentry:
    """After a stop, so many times a day, each so long after the exit has ended."""

    times: int = 1
    wait: timedelta = timedelta(minutes=5)
    strikes: Strikes = Strikes.SAME

    def __post_init__(self) -> None:
        if not 1 <= self.times <= MOST_REENTRIES:
            raise RuleBroken(f"A strategy is entered again 1 to {MOST_REENTRIES} times.")
        if not timedelta() <= self.wait <= LONGEST_WAIT:
            raise RuleBroken("The wait before a re-entry is at most 6 hours.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRules:
    """`square_off` is IST, of every day on which the strategy is armed."""

    stop: Goal | None = None
    target: Goal | None = None
    trail: Trail | None = None
    square_off: time | None = None
    reentry: Reentry | None = None

    def __post_init__(self) -> None:
        if self.reentry is not None and self.stop is None:
            raise RuleBroken("A re-entry follows a stop: set the stop too.")

    @property
    def any(self) -> bool:
        return any((self.stop, self.target, self.trail, self.square_off))

    @property
    def measures(self) -> set[Measure]:
        goals = [self.stop, self.target, self.trail.gap if self.trail else None]
        return {goal.measure for goal in goals if goal is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What a strategy is worth now; nan unknown.

    `pnl` in rupees before charges, `realised` its part that is closed. `entry` and `premium` are
    the combined premium a unit of the strategy at entry and now, above 0 where it is got for
    selling, below 0 where it is paid; `base` is the premium at entry in rupees, above 0. `shape`
    names what it consists of: premiums of different shapes cannot be compared. `blind` says why
    the numbers are not to be believed.
    """

    pnl: float = nan
    realised: float = nan
    base: float = nan
    entry: float = nan
    premium: float = nan
    shape: str = ""
    blind: str = ""


class Phase(StrEnum):
    DISARMED = "disarmed"
    ARMED = "armed"
    EXITING = "exiting"
    WAITING = "waits to re-enter"
    ENTERING = "re-entering"
    DONE = "done"
    INTERRUPTED = "interrupted"  # looks for a person: nothing goes on by itself

    @property
    def is_busy(self) -> bool:
        """Orders of it may be on their way."""
        return self in (Phase.EXITING, Phase.ENTERING)


class Trigger(StrEnum):
    STOP = "stop"
    TARGET = "target"
    TRAIL = "trailing stop"
    SQUARE_OFF = "square-off time"
    HAND = "by hand"
    REENTRY = "re-entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """`best` is the largest gain since it began to trail, of `shape`; `base` the premium at arming.

    `baseline` is the P&L before the last re-entry: each round is judged by itself. `money` is where
    the underlying stood as it was armed.
    """

    phase: Phase = Phase.DISARMED
    armed_at: datetime | None = None
    base: float | None = None
    baseline: float = 0.0
    money: float | None = None
    best: float | None = None
    shape: str = ""
    fired: Trigger | None = None
    why: str = ""
    reentries: int = 0
    reenter_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    trigger: Trigger
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reenter:
    """Time to open again what was closed."""


Action = Exit | Reenter


def decide(
    rules: ExitRules, state: RuleState, numbers: Numbers, now: datetime, *, trading: bool
) -> tuple[RuleState, Action | None]:
    """What is true after this look. Nothing happens while the market is closed."""
    if not trading:
        return state, None
    if state.phase is Phase.WAITING:
        return _waiting(rules, state, now)
    if state.phase is not Phase.ARMED:
        return state, None
    if is_due(rules.square_off, now):
        words = f"it is past {rules.square_off:%H:%M} IST"
        return _fired(state, Trigger.SQUARE_OFF, words)
    if numbers.blind:
        return state, None
    state = _trailed(rules.trail, state, numbers)
    for trigger, goal, level in levels(rules, state):
        now_at = gain(goal.measure, state, numbers)
        over = now_at >= level - NEAR if trigger is Trigger.TARGET else now_at <= level + NEAR
        if over:
            return _fired(state, trigger, _reached(goal.measure, now_at, level))
    return state, None


def levels(rules: ExitRules, state: RuleState) -> list[tuple[Trigger, Goal, float]]:
    """The gains at which something happens now, in the measure of each rule."""
    found: list[tuple[Trigger, Goal, float]] = []
    if rules.stop is not None:
        found.append((Trigger.STOP, rules.stop, -rules.stop.amount))
    if rules.trail is not None and state.best is not None:
        found.append((Trigger.TRAIL, rules.trail.gap, state.best - rules.trail.gap.amount))
    if rules.target is not None:
        found.append((Trigger.TARGET, rules.target, rules.target.amount))
    return found


def gain(measure: Measure, state: RuleState, numbers: Numbers) -> float:
    """What has been gained (lost where below 0) in a measure; nan where it is not known."""
    round_pnl = numbers.pnl - state.baseline
    if measure is Measure.PNL:
        return round_pnl
    if measure is Measure.PNL_PERCENT:
        base = numbers.base if state.base is None else state.base
        return 100 * round_pnl / base if base > 0 else nan
    moved = numbers.entry - numbers.premium
    if measure is Measure.PREMIUM:
        return moved
    return 100 * moved / abs(numbers.entry) if numbers.entry else nan


def armed(
    rules: ExitRules, state: RuleState, numbers: Numbers, now: datetime, money: float = nan
) -> RuleState:
    """The state once it watches; raises RuleBroken where it could not."""
    if not rules.any:
        raise RuleBroken("There is no rule yet: set a stop, a target, a trail or a time first.")
    if state.phase.is_busy:
        raise RuleBroken(f"The strategy is {state.phase}.")
    for measure in rules.measures:
        known = gain(measure, RuleState(), numbers)
        if not numbers.blind and not isfinite(known):
            raise RuleBroken(f"A rule on the {measure} cannot be kept: that is not known here.")
    base = numbers.base if numbers.base > 0 else None
    if Measure.PNL_PERCENT in rules.measures and base is None:
        raise RuleBroken("The premium at entry is not known, so no percentage of it can be kept.")
    return RuleState(
        phase=Phase.ARMED,
        armed_at=now,
        base=base,
        money=_known(money),
        reentries=state.reentries,
    )


def at_once(
    rules: ExitRules, state: RuleState, numbers: Numbers, now: datetime, *, trading: bool
) -> str:
    """Why an armed strategy would exit at this very look; empty where it would not."""
    _, action = decide(rules, state, numbers, now, trading=trading)
    return action.words if isinstance(action, Exit) else ""


def is_due(square_off: time | None, now: datetime) -> bool:
    return square_off is not None and now.astimezone(IST).time() >= square_off


def after_exit(rules: ExitRules, state: RuleState, now: datetime) -> RuleState:
    """The state once everything is closed: done, or waiting to enter again."""
    again = rules.reentry
    if state.fired is not Trigger.STOP or again is None or state.reentries >= again.times:
        return replace(state, phase=Phase.DONE)
    return replace(state, phase=Phase.WAITING, reenter_at=now + again.wait)


def after_entry(state: RuleState, numbers: Numbers, now: datetime, money: float = nan) -> RuleState:
    """Armed anew; what was lost before does not count for this round."""
    return RuleState(
        phase=Phase.ARMED,
        armed_at=now,
        base=numbers.base if numbers.base > 0 else state.base,
        baseline=numbers.realised if isfinite(numbers.realised) else state.baseline,
        money=_known(money),
        reentries=state.reentries + 1,
    )


def _known(number: float) -> float | None:
    return number if isfinite(number) else None


def _waiting(rules: ExitRules, state: RuleState, now: datetime) -> tuple[RuleState, Action | None]:
    if is_due(rules.square_off, now):
        why = "the square-off time came before the re-entry"
        return replace(state, phase=Phase.DONE, why=why), None
    due = state.reenter_at
    if due is None or now < due:
        return state, None
    if due.astimezone(IST).date() < now.astimezone(IST).date():
        return replace(state, phase=Phase.DONE, why="the day of the re-entry is over"), None
    return replace(state, phase=Phase.ENTERING), Reenter()


def _trailed(trail: Trail | None, state: RuleState, numbers: Numbers) -> RuleState:
    """The best only rises, as long as the same thing is measured."""
    if trail is None:
        return state
    measure = trail.gap.measure
    now_at = gain(measure, state, numbers)
    if now_at != now_at:
        return state
    changed = measure.is_premium and state.best is not None and state.shape != numbers.shape
    best = None if changed else state.best
    if best is None and now_at < trail.starts_at:
        return replace(state, best=None) if changed else state
    if best is not None and now_at <= best:
        return state
    return replace(state, best=now_at, shape=numbers.shape)


def _fired(state: RuleState, trigger: Trigger, words: str) -> tuple[RuleState, Action]:
    after = replace(state, phase=Phase.EXITING, fired=trigger, why=words)
    return after, Exit(trigger=trigger, words=words)


def _reached(measure: Measure, now_at: float, level: float) -> str:
    unit = " %" if measure.is_percent else ""
    sign = "" if measure.is_percent else "₹"
    what = "the premium has moved" if measure.is_premium else "the P&L is"
    return f"{what} {_signed(now_at, sign)}{unit}, the level is {_signed(level, sign)}{unit}"


def _signed(amount: float, sign: str) -> str:
    return f"{'-' if amount < 0 else '+'}{sign}{abs(amount):,.2f}"
