"""The result of a fast run: its orders, fills and round trips in the event loop's order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from itertools import repeat
from math import nan
from time import perf_counter
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.backtest.chain_years import ChainYears, Floats, Ints
from core.backtest.fast_account import Account
from core.backtest.fast_choice import Choice
from core.backtest.fast_exits import Legs
from core.backtest.option_engine import OptionTerms
from core.backtest.option_record import words_of
from core.backtest.results import Fill, Note, Order, OrderEnd, OrderKind, Result, Trade
from core.instruments.instrument import Right
from core.instruments.recorded import option_key, underlying_key
from core.paper.account import DAY_OVER
from core.strategies.leg_plan import LegPlan
from core.strategies.legs_strategy import ENTRY, LegsStrategy
from core.trading.exit_rules import Trigger

Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]
T = TypeVar("T", bound=tuple[Any, ...])

OWN_TRIGGERS: Final = (str(Trigger.STOP), str(Trigger.TARGET))
FILLED, EXPIRED = OrderEnd.FILLED, OrderEnd.EXPIRED
RIGHTS: Final = (Right.CALL, Right.PUT)


@dataclass(frozen=True, slots=True)
class Deals:
    """Orders of plain days in the turn in which the event loop sends them, an entry each; times in
    epoch seconds. `way` is which of the round trips it is of, `out` whether it ends it."""

    row: Ints
    way: Ints
    out: Bools
    key: Objects
    at: Ints
    over: Ints
    units: Ints
    price: Floats
    paid: Floats
    tag: Objects
    left: Bools

    def part(self, begin: int, end: int) -> "Deals":
        return Deals(*(getattr(self, each.name)[begin:end] for each in fields(self)))


class Books:
    """What has been dealt so far; orders are numbered over all days."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.fills: list[Fill] = []
        self.trades: list[Trade] = []
        self.notes: list[Note] = []

    def take(self, day: Result) -> None:
        """A day that the event loop has run."""
        more = len(self.orders)
        self.orders += [each._replace(number=each.number + more) for each in day.orders]
        self.fills += [each._replace(order=each.order + more) for each in day.fills]
        self.trades += day.trades
        self.notes += day.notes

    def deal(self, d: Deals) -> None:
        """Plain days; every leg comes in and goes out."""
        number = np.arange(len(d.row)) + len(self.orders) + 1
        ends = [EXPIRED if left else FILLED for left in d.left.tolist()]
        words = [DAY_OVER if left else "" for left in d.left.tolist()]
        self.orders += _made(
            Order,
            *(number, d.key, d.units, repeat(OrderKind.MARKET), repeat(nan), repeat(nan)),
            *(d.at, d.over, ends, d.tag, words),
        )
        turn = np.lexsort((number, d.over, d.row))
        filled = turn[~d.left[turn]]
        self.fills += _made(
            Fill,
            *(each[filled] for each in (number, d.key, d.units, d.price, d.over)),
            *(repeat(0.0), d.paid[filled], d.tag[filled], repeat("")),
        )
        into, out = np.flatnonzero(~d.out), turn[d.out[turn]]
        first = into[np.argsort(d.way[into])][np.searchsorted(np.sort(d.way[into]), d.way[out])]
        cost = d.paid[first] + d.paid[out]
        profit = d.units[first] * (d.price[out] - d.price[first]) - cost
        self.trades += _made(
            Trade,
            *(d.key[first], d.units[first], d.over[first], d.price[first], d.over[out]),
            *(d.price[out], profit, cost, d.tag[first], repeat(False)),
        )


def _made(kind: type[T], *columns: NDArray[Any] | Iterable[Any]) -> Iterable[T]:
    """Rows of a named tuple, from a column for each of its fields, as quickly as can be."""
    lists = (each.tolist() if isinstance(each, np.ndarray) else each for each in columns)
    return map(partial(tuple.__new__, kind), zip(*lists, strict=False))


def put_together(
    strategy: LegsStrategy,
    plan: LegPlan,
    years: ChainYears,
    terms: OptionTerms,
    chosen: Choice,
    legs: Legs,
    value: Account,
    parts: Mapping[int, Result],
    begun: float,
) -> Result:
    books, deals = Books(), _deals(plan, years, chosen, legs, value)
    begin = 0
    for row in sorted({*parts, *np.flatnonzero(chosen.shut).tolist()}):
        end = int(np.searchsorted(deals.row, row))
        books.deal(deals.part(begin, end))
        begin = end
        if row in parts:
            books.take(parts[row])
        else:
            books.notes.append(Note(0, f"{years.days[row]:%d %b %Y} has no session: left out"))
    books.deal(deals.part(begin, len(deals.row)))
    base = terms.capital + np.cumsum(value.profit) - value.profit
    told = np.flatnonzero(value.told)
    time = years.minutes.ravel()[told]
    time += 1
    time *= 60
    value.within += base[:, None]
    return Result(
        strategy=type(strategy).__name__,
        title=strategy.title or type(strategy).__name__,
        parameters={name: getattr(strategy, name) for name in strategy.parameters},
        key=underlying_key(terms.symbol),
        symbol=terms.symbol,
        interval="1m",
        capital=terms.capital,
        time=time,
        equity=value.within.ravel()[told],
        units=np.zeros(len(time), dtype=np.int64),
        exposure=value.exposure.ravel()[told],
        orders=tuple(books.orders),
        fills=tuple(books.fills),
        trades=tuple(books.trades),
        notes=tuple(books.notes),
        assumptions=(*words_of(terms, years.days[0], 0), FAST),
        charges=sum(fill.charges for fill in books.fills),
        benchmark=years.spot.ravel()[told],
        bars=len(time),
        seconds=perf_counter() - begun,
    )


FAST: Final = "Reckoned for all days at once: without margins and greeks over time."


def _deals(plan: LegPlan, years: ChainYears, chosen: Choice, legs: Legs, value: Account) -> Deals:
    plain = np.flatnonzero(legs.plain)
    leg, at = (each.ravel() for each in np.indices((len(plan.legs), len(plain))))
    at, row = plain[at], chosen.rows[plain[at]]
    minutes, entry, asked = years.minutes, chosen.entry[at], legs.asked[leg, at]
    units, left, why = chosen.units[leg, at], legs.left[leg, at], legs.why[leg, at]
    begun, sent = ((minutes[row, each] + 1) * 60 for each in (entry, asked))
    over = np.where(left, chosen.closes[at], minutes[row, legs.gone[leg, at]] + 1) * 60
    alone = np.isin(why, OWN_TRIGGERS) & (asked < chosen.leave[at]) & (not plan.rules.measures)
    # what is bought goes in first, and what was sold is bought back first
    rank = np.concatenate([units < 0, np.where(alone, 0, 1 + (units > 0))])
    turn = np.lexsort((np.tile(leg, 2), rank, np.concatenate([entry, asked]), np.tile(row, 2)))
    keys = _keys(years, chosen, row.tolist(), leg.tolist(), at.tolist())
    both = {
        "row": (row, row),
        "way": (np.arange(len(row)),) * 2,
        "out": (np.zeros(len(row), np.bool_), np.ones(len(row), np.bool_)),
        "key": (keys, keys),
        "at": (begun, sent),
        "over": (begun, over),
        "units": (units, -units),
        "price": (legs.paid[leg, at], legs.got[leg, at]),
        "paid": (value.paid_in[leg, at], value.paid_out[leg, at]),
        "tag": (np.full(len(row), ENTRY, dtype=object), why),
        "left": (np.zeros(len(row), np.bool_), left),
    }
    return Deals(**{name: np.concatenate(pair)[turn] for name, pair in both.items()})


def _keys(
    years: ChainYears, chosen: Choice, rows: list[int], legs: list[int], at: list[int]
) -> Objects:
    strikes = years.strikes[rows, chosen.places[legs, at]].tolist()
    found = np.empty(len(rows), dtype=object)
    found[:] = [
        option_key(years.symbol, years.expiries[row], RIGHTS[chosen.sides[leg]], strike)
        for row, leg, strike in zip(rows, legs, strikes, strict=True)
    ]
    return found
