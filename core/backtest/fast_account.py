"""The account of a fast run: its value within each day, and what each fill paid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.backtest.chain_years import ChainYears, Floats
from core.backtest.fast_choice import Choice
from core.backtest.fast_costs import notes, owed, rates_of
from core.backtest.fast_exits import Legs
from core.backtest.results import Result


@dataclass(slots=True)
class Account:
    """Of all days: `within` and `exposure` (days, minutes), rupees since the day's beginning;
    `told` marks the minutes; `profit` of each day. Of entered days what each fill bears of its
    contract note, (legs, rows): they are added block by block."""

    within: Floats
    exposure: Floats
    told: NDArray[np.bool_]
    profit: Floats
    rates: Floats
    paid_in: Floats
    paid_out: Floats
    done: int = 0

    def add(self, chosen: Choice, legs: Legs) -> None:
        """The next of the entered days."""
        block = slice(self.done, self.done + len(chosen.rows))
        self.done = block.stop
        rate = self.rates[block]
        into = np.array([owed(rate, n, p) for n, p in zip(chosen.units, legs.paid, strict=True)])
        out = np.array([owed(rate, -n, p) for n, p in zip(chosen.units, legs.got, strict=True)])
        out = np.where(legs.left, 0.0, out)  # what ends by itself pays nothing
        first, last = chosen.rows[[0, -1]].tolist() if len(chosen.rows) else (0, -1)
        if last - first + 1 == len(chosen.rows):  # views: nothing is copied
            days = slice(first, last + 1)
            _values(chosen, legs, into, out, self.within[days], self.exposure[days])
        else:
            within, exposure = np.zeros((2, *legs.mid.shape[1:]))
            _values(chosen, legs, into, out, within, exposure)
            self.within[chosen.rows], self.exposure[chosen.rows] = within, exposure
        sold, bought = _turnover(chosen, legs)
        note = notes(rate, sold, bought, 2 * len(into) - legs.left.sum(axis=0))
        share = note / (into.sum(axis=0) + out.sum(axis=0))
        profit = (chosen.units * (legs.got - legs.paid)).sum(axis=0) - note
        ends = self.told[chosen.rows].sum(axis=1) - 1
        self.within[chosen.rows, ends] = profit  # the day's last value counts the note
        self.profit[chosen.rows] = profit
        self.paid_in[:, block], self.paid_out[:, block] = into * share, out * share

    def put(self, row: int, day: Result, capital: float) -> None:
        """Take over what the event loop made of a day."""
        count = len(day.time)
        self.told[row] = False
        self.told[row, :count] = True
        self.within[row, :count] = day.equity - capital
        self.exposure[row, :count] = day.exposure
        self.profit[row] = day.equity[-1] - capital if count else 0.0


def account(years: ChainYears, chosen: Choice) -> Account:
    """Before any day is added."""
    told = (years.minutes >= 0) & ~chosen.shut[:, None]
    return Account(
        within=np.zeros(told.shape),
        exposure=np.zeros(told.shape),
        told=told,
        profit=np.zeros(len(years)),
        rates=rates_of(years.symbol, [years.days[row] for row in chosen.rows.tolist()]),
        paid_in=np.zeros(chosen.units.shape),
        paid_out=np.zeros(chosen.units.shape),
    )


def _values(
    chosen: Choice, legs: Legs, into: Floats, out: Floats, value: Floats, exposure: Floats
) -> None:
    """Add rupees since the day's beginning, and of what is held, to zeros, (rows, minutes)."""
    columns, rows = np.arange(legs.mid.shape[2]), np.arange(len(chosen.rows))
    cash = np.zeros(value.shape)
    after = columns >= chosen.entry[:, None]
    for leg, units in enumerate(chosen.units):
        held = after & (columns < legs.gone[leg][:, None])
        mark = _carried(legs.mid[leg], legs.paid[leg], chosen.entry, held)
        price = np.where(held, mark, 0.0)
        price *= units[:, None]
        value += price
        exposure += np.abs(price, out=price)
        cash[rows, chosen.entry] -= units * legs.paid[leg] + into[leg]
        cash[rows, legs.gone[leg]] += units * legs.got[leg] - out[leg]
    value += np.cumsum(cash, axis=1, out=cash)


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
