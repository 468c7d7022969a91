"""Strategies of plain legs over many days at one go, with the event loop's orders and fills.

The event loop is the truth. What is done here is what it does on a plain day: everything is quoted
and within the protection of a market order, so that in and out are filled at once. A day that is
not plain is run by the event loop itself, and all of them where money might be short. `can` tells
which strategies are simple enough. Margins and greeks are not reckoned.
"""

from copy import copy
from datetime import datetime
from time import perf_counter
from typing import Final

import numpy as np

from core.backtest.chain_years import ChainYears
from core.backtest.fast_account import Account, account
from core.backtest.fast_choice import Choice, choose
from core.backtest.fast_exits import Legs, joined, play
from core.backtest.fast_result import put_together
from core.backtest.option_engine import OptionTerms, run_options
from core.backtest.results import Result
from core.clock import IST, SetClock
from core.errors import BadData
from core.instruments.calendar import MarketCalendar
from core.risk.margin_rules import is_index
from core.strategies.leg_plan import AfterLeg, Hold, LegPlan, Pick
from core.strategies.legs_strategy import LegsStrategy
from core.strategies.strategy import Strategy

PLAIN: Final = (Pick.STRIKES, Pick.PERCENT, Pick.WIDTH, Pick.LIKE)
OWN: Final = ("init", "on_day", "on_minute", "on_fill", "on_refused", "on_day_end", "choose")
"""What a subclass may not have changed."""
BLOCK: Final = 128
"""Days that are reckoned together."""
SURELY: Final = {True: 0.20, False: 0.40}
"""No margin of an index (or a share) is above this part of what is sold of one side, and 5 % of
all that is sold."""


def can(strategy: Strategy) -> bool:
    """Whether a fast run does what the event loop would; raises RuleBroken for its parameters."""
    if not isinstance(strategy, LegsStrategy):
        return False
    if any(getattr(type(strategy), name) is not getattr(LegsStrategy, name) for name in OWN):
        return False
    plan = strategy.plan()
    own = [leg.rules for leg in plan.legs]
    return (
        plan.hold is Hold.DAY
        and plan.tested is None
        and plan.hedge is None
        and plan.after_leg in (AfterLeg.STAY, AfterLeg.ALL)
        and not plan.enter.second
        and not plan.leave.second
        and all(leg.pick in PLAIN and not leg.expiry and not leg.days for leg in plan.legs)
        and not any(rules.trail or rules.reentry or rules.square_off for rules in own)
        and not (plan.rules.trail or plan.rules.reentry or plan.rules.square_off)
        and not (plan.rules.measures and any(rules.any for rules in own))
    )


def run_fast(
    strategy: LegsStrategy,
    years: ChainYears,
    terms: OptionTerms,
    *,
    calendar: MarketCalendar | None = None,
) -> Result:
    """For a strategy that `can`; raises as `run_options` does."""
    begun = perf_counter()
    calendar = calendar or MarketCalendar(SetClock(datetime.now(IST)))
    if not len(years):
        raise BadData(f"there is no recorded chain of {terms.symbol} in this span")
    plan = strategy.plan()
    chosen = choose(plan, years, terms.lot_of, calendar)
    value = account(years, chosen)
    legs = _played(plan, years, chosen, value)
    parts = _odd_days(strategy, years, terms, calendar, chosen, legs)
    if parts is not None:
        for row, part in parts.items():
            value.put(row, part, terms.capital)
        if _rich_enough(years, terms, chosen, legs, value):
            return put_together(strategy, plan, years, terms, chosen, legs, value, parts, begun)
    days = (years.prices.day(row) for row in range(len(years)))
    return run_options(copy(strategy), days, terms, calendar=calendar)


def _played(plan: LegPlan, years: ChainYears, chosen: Choice, value: Account) -> Legs:
    """Block by block: what is looked at stays in the processor's cache."""
    years.prices.soon(chosen.rows, chosen.places)
    done: list[Legs] = []
    for begin in range(0, max(len(chosen.rows), 1), BLOCK):
        part = chosen.part(slice(begin, begin + BLOCK))
        done.append(play(plan, years, part))
        value.add(part, done[-1])
    return joined(done)


def _odd_days(
    strategy: LegsStrategy,
    years: ChainYears,
    terms: OptionTerms,
    calendar: MarketCalendar,
    chosen: Choice,
    legs: Legs,
) -> dict[int, Result] | None:
    """What the event loop makes of days that are not plain; None where one does not end flat."""
    odd = {*chosen.rows[~legs.plain].tolist(), *np.flatnonzero(chosen.outside).tolist()}
    found: dict[int, Result] = {}
    for row in sorted(odd):
        day = years.prices.day(row)
        found[row] = run_options(copy(strategy), [day], terms, calendar=calendar)
        if any(trade.open for trade in found[row].trades):
            return None
    return found


def _rich_enough(
    years: ChainYears, terms: OptionTerms, chosen: Choice, legs: Legs, value: Account
) -> bool:
    """Whether no order can have been refused for want of margin."""
    level = years.forward[chosen.rows, chosen.entry]
    short = np.maximum(-chosen.units, 0)
    sides = [short[[leg for leg, s in enumerate(chosen.sides) if s == side]] for side in (0, 1)]
    most = np.maximum(*(side.sum(axis=0) for side in sides))
    needs = level * (SURELY[is_index(terms.symbol)] * most + 0.05 * short.sum(axis=0))
    needs += (np.maximum(chosen.units, 0) * legs.paid).sum(axis=0)
    before = terms.capital + np.cumsum(value.profit) - value.profit
    plain = legs.plain
    return bool((needs[plain] <= before[chosen.rows][plain]).all())
