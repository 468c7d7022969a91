"""What a strategy is and does now, in the words of the screen."""

from datetime import datetime, timedelta
from math import isfinite, nan
from typing import Final

from core.clock import IST
from core.services.strategy_desk import StrategyDesk
from core.state.strategies import View
from core.strategies.legs import Leg
from core.trading.exit_rules import (
    Goal,
    Measure,
    Numbers,
    Phase,
    Trigger,
    gain,
    levels,
)
from core.trading.exit_words import amount_words
from core.trading.groups import Doing, StrategyGroup
from ui.components.data_table import Cell
from ui.theme import formats

LEDS: Final = {
    Phase.ARMED: "good",
    Phase.EXITING: "wait",
    Phase.ENTERING: "wait",
    Phase.WAITING: "wait",
    Phase.INTERRUPTED: "bad",
}
MANY_LEGS: Final = 4


def state_cell(group: StrategyGroup, view: View | None, *, trading: bool) -> Cell:
    """The chip: armed, blind, exiting …, with the reason on hover."""
    phase, why = group.state.phase, group.state.why
    if phase is Phase.ARMED and view is not None and view.held_back:
        return Cell("cannot act", "down strong", view.held_back, led="bad")
    if phase is Phase.ARMED and not trading:
        return Cell("armed", "", "It watches once the market is open", led="good")
    if phase is Phase.ARMED and view is not None and view.numbers.blind:
        tip = f"{_sentence(view.numbers.blind)}. Only the square-off time can act"
        return Cell("blind", "warn strong", tip, led="wait")
    if phase is Phase.DISARMED:
        tip = "Nothing is watched" if group.rules.any else "There are no rules yet"
        return Cell("disarmed", "dim", tip, led="none")
    colour = {Phase.INTERRUPTED: "down strong", Phase.DONE: "dim"}.get(phase, "strong")
    return Cell(str(phase), colour, _sentence(why), led=LEDS.get(phase, "none"))


def legs_words(legs: list[Leg]) -> str:
    """`-2 24200C · -2 24200P · 25 Aug`, in lots."""
    if not legs:
        return formats.DASH
    days = {leg.expiry for leg in legs}
    shown = [_leg(leg, with_day=len(days) > 1) for leg in legs[:MANY_LEGS]]
    more = [f"+{len(legs) - MANY_LEGS} more"] if len(legs) > MANY_LEGS else []
    last = [formats.short_day(days.pop())] if len(days) == 1 else []
    return " · ".join([*shown, *more, *last])


def premium_words(numbers: Numbers) -> tuple[str, str]:
    """`202.10 → 181.35`, and what that means."""
    if not (isfinite(numbers.entry) and isfinite(numbers.premium)):
        return formats.DASH, "A combined premium is of options alone, at known prices"
    way = "got" if numbers.entry > 0 else "paid"
    words = f"{formats.price(abs(numbers.entry))} → {formats.price(_own_way(numbers))}"
    return words, f"Combined premium a unit of the strategy: {way} at entry → now"


def _own_way(numbers: Numbers) -> float:
    """The premium now, above 0 as long as it is on the side that it was entered on."""
    return numbers.premium if numbers.entry > 0 else -numbers.premium


def percent_of_premium(numbers: Numbers) -> float:
    """P&L in per cent of the premium at entry; nan without one."""
    return 100 * numbers.pnl / numbers.base if numbers.base > 0 else nan


def pnl_tip(numbers: Numbers, at: datetime, now: datetime) -> str:
    open_now = numbers.pnl - numbers.realised
    parts = f"{formats.rupees(numbers.realised)} realised + {formats.rupees(open_now)} open"
    age = formats.age((now - at).total_seconds())
    why = f"; {numbers.blind}" if numbers.blind else ""
    return f"{parts}, before charges; looked at {age} ago{why}"


def distance_cell(group: StrategyGroup, numbers: Numbers, trigger: Trigger) -> Cell:
    """The level, and how far it is from here; `–` without such a rule."""
    goal = goal_of(group, trigger)
    if goal is None:
        return Cell("", tip="No such rule")
    found = {each: (rule, level) for each, rule, level in levels(group.rules, group.state)}
    if trigger not in found:
        trail = group.rules.trail
        begins = amount_words(trail.starts_at, goal.measure) if trail else ""
        return Cell("waits", "dim", f"It begins to trail once {begins} is gained")
    _, level = found[trigger]
    here = gain(goal.measure, group.state, numbers)
    away = abs(level - here)
    words = level_words(level, goal.measure)
    if not isfinite(away):
        return Cell(words, "dim", "How far it is, is not known now")
    tip = f"At {words} in {goal.measure}; {amount_words(round(away, 2), goal.measure)} from here"
    near = away <= 0.1 * max(goal.amount, 1e-9)
    return Cell(f"{words} · {_short(away, goal.measure)}", "warn" if near else "", tip)


def goal_of(group: StrategyGroup, trigger: Trigger) -> Goal | None:
    rules = group.rules
    trail = rules.trail.gap if rules.trail else None
    return {Trigger.STOP: rules.stop, Trigger.TARGET: rules.target, Trigger.TRAIL: trail}[trigger]


def level_words(level: float, measure: Measure) -> str:
    """`-₹4,500`, `+25 %`, `+₹40 a unit`."""
    sign = "-" if level < 0 else "+"
    return f"{sign}{amount_words(abs(level), measure)}"


def time_cell(group: StrategyGroup, now: datetime) -> Cell:
    """The square-off time and the countdown to it; or to the re-entry."""
    state, at = group.state, group.rules.square_off
    if state.phase is Phase.WAITING and state.reenter_at is not None:
        left = (state.reenter_at - now).total_seconds()
        return Cell(f"re-entry in {countdown(left)}", "warn", "After the stop it enters again")
    if at is None:
        return Cell("", tip="No square-off time")
    here = now.astimezone(IST)
    due = datetime.combine(here.date(), at, IST)
    if due <= here:
        return Cell(f"{at:%H:%M}", "dim", "Past for today; the next trading day it holds again")
    return Cell(f"{at:%H:%M} · {countdown((due - here).total_seconds())}", "", "IST, each day")


def countdown(seconds: float) -> str:
    """`2:05:09`, `04:30`."""
    left = timedelta(seconds=max(int(seconds), 0))
    hours, rest = divmod(int(left.total_seconds()), 3600)
    minutes, seconds_left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds_left:02}" if hours else f"{minutes:02}:{seconds_left:02}"


def run_words(group: StrategyGroup, desk: StrategyDesk) -> str:
    """What an exit or a re-entry on its way, or the last one, is about; empty for none."""
    run = group.run
    if run is None:
        return ""
    what = "Exit" if run.doing is Doing.EXIT else "Re-entry"
    began = f"{what} of {formats.clock_time(run.began_at)}, {run.trigger}: {run.words}"
    if run.is_running:
        waits = "; ".join(desk.keeper.waits(group))
        return f"{began}. On its way{f', waits for: {waits}' if waits else ''}."
    ended = f"{run.state} at {formats.clock_time(run.ended_at)}"
    return f"{began}. {_sentence(ended)}{f': {run.why}' if run.why else ''}."


def _short(away: float, measure: Measure) -> str:
    return amount_words(round(away, 0 if measure is Measure.PNL else 2), measure)


def _leg(leg: Leg, *, with_day: bool) -> str:
    what = "FUT" if leg.strike is None else f"{leg.strike:g}{str(leg.right)[:1]}"
    lots = f"{leg.lots:+d}" if not leg.odd_units else f"{leg.quantity:+d} units"
    return f"{lots} {what}{f' {formats.short_day(leg.expiry)}' if with_day else ''}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
