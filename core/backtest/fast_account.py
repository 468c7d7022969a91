"""The account of a fast run: its value within each day, and what each fill paid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.backtest.chain_years import ChainYears, Floats
from core.backtest.fast_choice import Choice
from core.backtest.fast_costs import notes, owed, rates_of
from core.backtest.fast_exits import Legs
from core.backtest.results import Result
from core.strategies.leg_plan import LegPlan


@dataclass(slots=True)
class Account:
    """Of all days: `within` and `exposure` (days, minutes), rupees since the day's beginning;
    `told` marks the minutes; `profit` of each day. Of entered days what each fill bears of its
    contract note, (legs, rows)."""

    within: Floats
    exposure: Floats
    told: NDArray[np.bool_]
    profit: Floats
    paid_in: Floats
    paid_out: Floats

    def put(self, row: int, day: Result, capital: float) -> None:
        """Take over what the event loop made of a day."""
        count = len(day.time)
        self.told[row] = False
        self.told[row, :count] = True
        self.within[row, :count] = day.equity - capital
        self.exposure[row, :count] = day.exposure
        self.profit[row] = day.equity[-1] - capital if count else 0.0


def account(plan: LegPlan, years: ChainYears, chosen: Choice, legs: Legs) -> Account:
    told = (years.minutes >= 0) & ~chosen.shut[:, None]
    within, exposure = np.zeros(told.shape), np.zeros(told.shape)
    rate = rates_of(years.symbol, [years.days[row] for row in chosen.rows.tolist()])
    into = np.array([owed(rate, n, p) for n, p in zip(chosen.units, legs.paid, strict=True)])
    out = np.array([owed(rate, -n, p) for n, p in zip(chosen.units, legs.got, strict=True)])
    out = np.where(legs.left, 0.0, out)  # what ends by itself pays nothing
    columns = np.arange(told.shape[1])
    value, held_value = np.zeros((2, len(chosen.rows), told.shape[1]))
    for leg, units in enumerate(chosen.units):
        after = columns >= chosen.entry[:, None]
        gone = columns >= legs.gone[leg][:, None]
        held = after & ~gone
        mark = _carried(legs.mid[leg], legs.paid[leg], chosen.entry, held)
        worth = np.where(held, units[:, None] * mark, 0.0)
        held_value += np.abs(worth)
        spent = units * legs.paid[leg] + into[leg]
        back = units * legs.got[leg] - out[leg]
        value += worth - np.where(after, spent[:, None], 0.0) + np.where(gone, back[:, None], 0.0)
    sold, bought = _turnover(chosen, legs)
    note = notes(rate, sold, bought, 2 * len(plan.legs) - legs.left.sum(axis=0))
    share = note / (into.sum(axis=0) + out.sum(axis=0))
    gross = (chosen.units * (legs.got - legs.paid)).sum(axis=0)
    profit = np.zeros(len(years))
    profit[chosen.rows] = gross - note
    within[chosen.rows], exposure[chosen.rows] = value, held_value
    last = told.sum(axis=1) - 1
    within[np.arange(len(years)), last] = profit  # the day's last value counts the note
    return Account(within, exposure, told, profit, into * share, out * share)


def _turnover(chosen: Choice, legs: Legs) -> tuple[Floats, Floats]:
    bought = np.where(chosen.units > 0, legs.paid, legs.got)
    sold = np.where(chosen.units > 0, legs.got, legs.paid)
    size = np.abs(chosen.units)
    return (size * sold).sum(axis=0), (size * bought).sum(axis=0)


def _carried(
    mid: Floats, paid: Floats, entry: NDArray[np.int64], held: NDArray[np.bool_]
) -> Floats:
    """Unknown marks stay what they were, at first what was paid."""
    known = np.isfinite(mid)
    if not (held & ~known).any():
        return mid
    places = np.where(known, np.arange(mid.shape[1]), -1)
    places[places < entry[:, None]] = -1
    newest = np.maximum.accumulate(places, axis=1)
    found = np.take_along_axis(mid, np.maximum(newest, 0), axis=1)
    return np.where(newest >= 0, found, paid[:, None])
