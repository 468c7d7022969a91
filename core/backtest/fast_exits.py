"""When each leg of a fast run is left, and by which rule: all days at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.chain_years import ChainYears, Floats, Ints
from core.backtest.fast_choice import Choice
from core.backtest.fast_orders import lines, market_orders, wait
from core.strategies.leg_plan import AfterLeg, LegPlan
from core.trading.exit_rules import NEAR, ExitRules, Goal, Measure, Trigger

Bools = NDArray[np.bool_]

CLOSE_ALL: Final = "with the other"


@dataclass(slots=True)
class Legs:
    """Arrays (legs, rows, minutes) of prices, (legs, rows) of the rest; `plain` by row.

    `asked` and `gone` are the minutes at which a leg's exit was ordered, and at which it was over:
    `got` is its price, or what it was worth where it was `left` to expire worthless.
    """

    bid: Floats
    ask: Floats
    mid: Floats
    paid: Floats
    asked: Ints
    gone: Ints
    got: Floats
    left: Bools
    why: NDArray[np.object_]
    plain: Bools


def joined(blocks: Sequence[Legs]) -> Legs:
    """Of all days; the prices, which nobody asks for any more, are let go."""
    nothing = np.empty(0)
    both = {
        name: np.concatenate([getattr(each, name) for each in blocks], axis=-1)
        for name in ("paid", "asked", "gone", "got", "left", "why", "plain")
    }
    return Legs(bid=nothing, ask=nothing, mid=nothing, **both)


def play(plan: LegPlan, years: ChainYears, chosen: Choice) -> Legs:
    """What the event loop does on plain days; `plain` tells which those are."""
    bid, ask = (lines(years, chosen, field) for field in ("bid", "ask"))
    entry = np.broadcast_to(chosen.entry, chosen.units.shape)
    leave = np.broadcast_to(chosen.leave, chosen.units.shape).copy()
    dealt = market_orders(years, chosen, bid, ask, chosen.units, entry)
    legs = Legs(
        bid=bid,
        ask=ask,
        mid=_mids(years, chosen, bid, ask),
        paid=dealt.price,
        asked=leave,
        gone=leave,
        got=np.empty(0),
        left=np.zeros(leave.shape, np.bool_),
        why=np.full(leave.shape, str(Trigger.SQUARE_OFF), dtype=object),
        plain=~chosen.odd & dealt.filled.all(axis=0),
    )
    if plan.rules.measures:
        _together(plan.rules, chosen, legs)
    elif any(leg.rules.any for leg in plan.legs):
        _each(plan, chosen, legs)
    out = market_orders(years, chosen, bid, ask, -chosen.units, legs.asked)
    legs.got, legs.gone = out.price, legs.asked.copy()
    legs.plain &= (out.filled | out.rests).all(axis=0)
    wait(years, chosen, legs, out)
    return legs


def _mids(years: ChainYears, chosen: Choice, bid: Floats, ask: Floats) -> Floats:
    """The middle of the quotes, else the last price; the latter only where it may be looked at."""
    mid = bid + ask
    mid /= 2
    quoted = (bid > 0) & (bid <= ask)
    if quoted.all():
        return mid
    at = np.arange(mid.shape[2])
    looked = (at >= chosen.entry[:, None]) & (at < chosen.closes_at[:, None])
    if (looked & ~quoted).any():
        last = lines(years, chosen, "ltp")
        mid[~quoted] = np.where(last > 0, last, np.nan)[~quoted]
    return mid


def _watched(chosen: Choice, width: int) -> Bools:
    """Minutes (rows, minutes) at which stops and targets are judged."""
    at = np.arange(width)
    return (at > chosen.entry[:, None]) & (at < chosen.leave[:, None])


def _together(rules: ExitRules, chosen: Choice, legs: Legs) -> None:
    """All legs leave at the first minute at which the whole has reached its stop or target."""
    value = (chosen.units[:, :, None] * legs.mid).sum(axis=0)
    cost = (chosen.units * legs.paid).sum(axis=0)
    size = np.gcd.reduce(np.abs(chosen.units), axis=0)
    found, why = _first_hit(rules, value, cost, size, _watched(chosen, value.shape[1]))
    legs.plain &= _known_at(value, cost, chosen)
    for at in range(len(chosen.units)):
        legs.asked[at] = np.where(found < 0, legs.asked[at], found)
        legs.why[at] = np.where(found < 0, legs.why[at], why)


def _each(plan: LegPlan, chosen: Choice, legs: Legs) -> None:
    """Each leg leaves by its own rules, or all with the first."""
    for at, leg in enumerate(plan.legs):
        if not leg.rules.any:
            continue
        units, paid = chosen.units[at], legs.paid[at]
        value, cost = units[:, None] * legs.mid[at], units * paid
        watched = _watched(chosen, value.shape[1])
        found, why = _first_hit(leg.rules, value, cost, np.abs(units), watched)
        legs.plain &= _known_at(value, cost, chosen)
        legs.asked[at] = np.where(found < 0, legs.asked[at], found)
        legs.why[at] = np.where(found < 0, legs.why[at], why)
    if plan.after_leg is AfterLeg.ALL:
        first = legs.asked.argmin(axis=0)  # the earlier leg of the plan where two leave at once
        soonest = legs.asked.min(axis=0)
        for at in range(len(plan.legs)):
            others = (first != at) & (soonest < chosen.leave)
            legs.why[at] = np.where(others, CLOSE_ALL, legs.why[at])
            legs.asked[at] = soonest


def _first_hit(
    rules: ExitRules, value: Floats, cost: Floats, size: Ints, watched: Bools
) -> tuple[Ints, NDArray[np.object_]]:
    """The first minute, -1 for none, and by which trigger; the stop goes before the target."""
    hits = np.zeros(value.shape, np.bool_)
    worst = np.full(len(cost), -np.inf)
    if (stop := rules.stop) is not None:
        worst = cost + (NEAR - stop.amount) * _scale(stop, cost, size)
        hits = value <= worst[:, None]
    if (target := rules.target) is not None:
        best = cost + (target.amount - NEAR) * _scale(target, cost, size)
        hits |= value >= best[:, None]
    hits &= watched
    first = hits.argmax(axis=1)
    rows = np.arange(len(first))
    stopped = value[rows, first] <= worst
    why = np.where(stopped, str(Trigger.STOP), str(Trigger.TARGET)).astype(object)
    return np.where(hits[rows, first], first, -1), why


def _scale(goal: Goal, cost: Floats, size: Ints) -> Floats:
    """Rupees of worth that are one of the goal's measure, by `exit_rules.gain`."""
    if goal.measure.is_percent:
        return np.abs(cost) / 100
    return np.ones(len(cost)) if goal.measure is Measure.PNL else size.astype(np.float64)


def _known_at(value: Floats, cost: Floats, chosen: Choice) -> Bools:
    """Whether rules can be armed at the minute after the entry: no percentage is of nothing."""
    after = np.minimum(chosen.entry + 1, value.shape[1] - 1)
    return np.asarray(np.isfinite(value[np.arange(len(value)), after]) & (cost != 0))
