"""Exit rules in plain words, as a person reads them before arming."""

from datetime import timedelta
from decimal import Decimal

from core.money import written
from core.trading.exit_rules import ExitRules, Goal, Measure, Reentry, Trail


def rules_words(rules: ExitRules, legs: int, *, sold: bool | None = None) -> list[str]:
    """One sentence per rule; `sold` tells of a strategy whose premium was got, or was paid."""
    first = _first(legs)
    found = [f"{first} {when}." for when in _whens(rules, sold)]
    return [*found, *([_again(rules.reentry)] if rules.reentry else [])]


def rules_sentence(rules: ExitRules, legs: int, *, sold: bool | None = None) -> str:
    """The same in one sentence; empty without rules."""
    *begin, last = ["", *_whens(rules, sold)]
    if not last:
        return ""
    whens = f"{', '.join(begin[1:])} or {last}" if begin[1:] else last
    again = f" {_again(rules.reentry)}" if rules.reentry else ""
    return f"{_first(legs)} {whens}.{again}"


def _first(legs: int) -> str:
    what = {0: "Exits", 1: "Exits the leg"}.get(legs, f"Exits all {legs} legs")
    return f"{what} at market with protection"


def _whens(rules: ExitRules, sold: bool | None) -> list[str]:
    found = []
    if rules.stop is not None:
        found.append(f"when {_against(rules.stop, sold)}")
    if rules.target is not None:
        found.append(f"when {_for_us(rules.target, sold)}")
    if rules.trail is not None:
        found.append(f"when {_back(rules.trail)}")
    if rules.square_off is not None:
        found.append(f"at {rules.square_off:%H:%M} IST each day")
    return found


def amount_words(amount: float, measure: Measure) -> str:
    """`₹4,500`, `25 %`."""
    if measure.is_percent:
        return f"{amount:g} %"
    exact = Decimal(str(round(abs(amount), 2)))
    return written(exact, 0 if exact == exact.to_integral_value() else 2)


def _against(goal: Goal, sold: bool | None) -> str:
    amount = amount_words(goal.amount, goal.measure)
    if goal.measure is Measure.PNL:
        return f"the loss reaches {amount}"
    if goal.measure is Measure.PNL_PERCENT:
        return f"the loss reaches {amount} of the premium"
    return f"the combined premium {_moves(sold, against=True)} by {amount}{_unit(goal)}"


def _for_us(goal: Goal, sold: bool | None) -> str:
    amount = amount_words(goal.amount, goal.measure)
    if goal.measure is Measure.PNL:
        return f"the profit reaches {amount}"
    if goal.measure is Measure.PNL_PERCENT:
        return f"the profit reaches {amount} of the premium"
    return f"the combined premium {_moves(sold, against=False)} by {amount}{_unit(goal)}"


def _moves(sold: bool | None, *, against: bool) -> str:
    if sold is None:
        return "moves against you" if against else "moves your way"
    return "rises" if sold is against else "falls"


def _unit(goal: Goal) -> str:
    return " from entry" if goal.measure.is_percent else " a unit from entry"


def _back(trail: Trail) -> str:
    measure = trail.gap.measure
    what = "premium's gain" if measure.is_premium else "profit"
    begin = amount_words(trail.starts_at, measure)
    since = f" once it has reached {begin}" if trail.starts_at else ""
    return f"the {what} falls {amount_words(trail.gap.amount, measure)} below its best{since}"


def _again(reentry: Reentry) -> str:
    times = "once" if reentry.times == 1 else f"up to {reentry.times} times"
    return (
        f"After a stop it enters again {times}, {wait_words(reentry.wait)}, at {reentry.strikes}."
    )


def wait_words(wait: timedelta) -> str:
    minutes = int(wait.total_seconds() // 60)
    if not minutes:
        return "at once"
    return f"{minutes} minute{'s' * (minutes > 1)} later"
