"""Charges by trade: what the contract notes say, shared out so that it adds up to the paisa.

A note rounds each head as a whole (STT and stamp duty to the rupee). That amount is given to the
note's trades in the order of time, in proportion to what each owes unrounded: after each trade,
what has been given is the exact sum so far, rounded half up to the paisa.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from math import lcm

from core.charges import rates
from core.charges.charges import (
    HEADS,
    PAISA,
    WHOLE_RUPEES,
    Charges,
    Exercise,
    Note,
    Trade,
    note_of,
    of_trade,
)
from core.charges.plans import UPSTOX, Plan
from core.charges.rates import NOTHING

Parts = dict[str, Fraction]
HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Charges to the paisa, in the order of what was asked for."""

    trades: tuple[Charges, ...]
    exercises: tuple[Charges, ...]


def shares(
    trades: Sequence[Trade], exercises: Sequence[Exercise] = (), plan: Plan = UPSTOX
) -> Shares:
    """What each trade and each exercise bears of its contract note.

    The fee of an order is shared by its trades by their units. Raises RuleBroken for a day or an
    exchange that the tables do not know.
    """
    owed = _owed(trades, exercises, plan)
    given: list[Charges] = [Charges()] * len(owed)
    notes: dict[Note, list[int]] = defaultdict(list)
    for place, trade in enumerate(trades):
        notes[note_of(trade)].append(place)
    for place, each in enumerate(exercises, len(trades)):
        notes[each.day, each.exchange, True].append(place)
    for places in notes.values():
        for place, charges in zip(places, _of_note([owed[at] for at in places]), strict=True):
            given[place] = charges
    return Shares(trades=tuple(given[: len(trades)]), exercises=tuple(given[len(trades) :]))


def apportion(amount: Decimal, weights: Sequence[Fraction | int]) -> list[Decimal]:
    """An amount of whole paise by weights; what is given so far is always the rounded exact sum."""
    scale = lcm(*(weight.denominator for weight in weights))
    parts = [weight.numerator * (scale // weight.denominator) for weight in weights]
    if not (whole := sum(parts)):
        return [NOTHING for _ in weights]
    paise, given = int(amount * 100), [0]
    for so_far in accumulate(parts):
        given.append((2 * paise * so_far + whole) // (2 * whole))  # half up
    return [(after - before) * PAISA for before, after in pairwise(given)]


def split(charges: Charges, units: Sequence[int]) -> list[Charges]:
    """Charges in whole paise by units, the first units first."""
    if len(units) == 1:
        return [charges]
    parts = {name: apportion(getattr(charges, name), units) for name in HEADS}
    return [_at(parts, place) for place in range(len(units))]


def total_of(parts: Iterable[Charges]) -> Charges:
    """Head by head."""
    every = list(parts)
    return _heads(lambda name: sum((getattr(part, name) for part in every), NOTHING))


def _owed(trades: Sequence[Trade], exercises: Sequence[Exercise], plan: Plan) -> list[Parts]:
    """Unrounded, exact."""
    turnovers: dict[object, Decimal] = defaultdict(Decimal)
    units: dict[object, int] = defaultdict(int)
    names = [_order(trade, place) for place, trade in enumerate(trades)]
    for name, trade in zip(names, trades, strict=True):
        turnovers[name] += trade.turnover
        units[name] += trade.quantity
    owed = []
    for name, trade in zip(names, trades, strict=True):
        fee = Fraction(plan.fees[trade.segment].of(turnovers[name]))
        owed.append(_of_one(trade, fee * trade.quantity / units[name]))
    nothing = dict.fromkeys(HEADS, Fraction(0))
    for each in exercises:
        owed.append(nothing | {"stt": Fraction(each.intrinsic * rates.exercise_stt(each.day))})
    return owed


def _of_one(trade: Trade, fee: Fraction) -> Parts:
    bare = of_trade(trade, NOTHING)
    found = {name: Fraction(getattr(bare, name)) for name in HEADS}
    found["brokerage"] = fee
    found["gst"] += fee * Fraction(rates.gst(trade.day))
    return found


def _order(trade: Trade, place: int) -> object:
    """What pays one fee: an order, or a trade whose order is not known."""
    return trade.day, trade.exchange, trade.segment, trade.order_id or place


def _of_note(owed: Sequence[Parts]) -> list[Charges]:
    given: dict[str, list[Decimal]] = {}
    for name in HEADS:
        weights = [parts[name] for parts in owed]
        step = 1 if name in WHOLE_RUPEES else 100
        amount = Decimal((sum(weights, Fraction(0)) * step + HALF).__floor__()) / step
        given[name] = apportion(amount, weights)
    return [_at(given, place) for place in range(len(owed))]


def _at(parts: Mapping[str, Sequence[Decimal]], place: int) -> Charges:
    return _heads(lambda name: parts[name][place])


def _heads(amount: Callable[[str], Decimal]) -> Charges:
    return Charges(**{name: amount(name) for name in HEADS}, notes=())
