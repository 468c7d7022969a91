"""The result of a fast run: its orders, fills and round trips in the event loop's order."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import repeat
from math import nan
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np

from core.backtest.chain_years import ChainYears
from core.backtest.fast_account import Account
from core.backtest.fast_choice import Choice
from core.backtest.fast_exits import Legs
from core.backtest.option_engine import OptionTerms
from core.backtest.option_record import words_of
from core.backtest.results import Fill, Note, Order, OrderEnd, OrderKind, Result, Trade
from core.ids import InstrumentKey
from core.instruments.instrument import Right
from core.instruments.recorded import option_key, underlying_key
from core.paper.account import DAY_OVER
from core.strategies.leg_plan import LegPlan
from core.strategies.legs_strategy import ENTRY, LegsStrategy
from core.trading.exit_rules import Trigger

OWN_TRIGGERS: Final = (str(Trigger.STOP), str(Trigger.TARGET))
MARKET: Final = OrderKind.MARKET
ENDS: Final = {False: (OrderEnd.FILLED, ""), True: (OrderEnd.EXPIRED, DAY_OVER)}
RIGHTS: Final = (Right.CALL, Right.PUT)


class Deal(NamedTuple):
    """An order of a plain day; times in epoch seconds."""

    row: int
    leg: int
    key: InstrumentKey
    at: int
    over: int
    units: int
    price: float
    paid: float
    tag: str
    end: OrderEnd
    words: str


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

    def deal(self, deals: Sequence[Deal]) -> None:
        """Plain days; every leg comes in and goes out."""
        more = len(self.orders) + 1
        self.orders += [
            Order._make((n, d.key, d.units, MARKET, nan, nan, d.at, d.over, d.end, d.tag, d.words))
            for n, d in enumerate(deals, more)
        ]
        turn = list(enumerate(deals, more))
        if any(each.over != each.at for each in deals):
            turn.sort(key=lambda one: (one[1].row, one[1].over, one[0]))
        entered: dict[tuple[int, int], Deal] = {}
        for number, d in turn:
            if d.end is OrderEnd.FILLED:
                told = (number, d.key, d.units, d.price, d.over, 0.0, d.paid, d.tag, "")
                self.fills.append(Fill._make(told))
            if (first := entered.pop((d.row, d.leg), None)) is None:
                entered[d.row, d.leg] = d
                continue
            cost = first.paid + d.paid
            profit = first.units * (d.price - first.price) - cost
            trip = (d.key, first.units, first.over, first.price, d.over, d.price, profit, cost)
            self.trades.append(Trade._make((*trip, first.tag, False)))


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
    rows, begin = [deal.row for deal in deals], 0
    for row in sorted({*parts, *np.flatnonzero(chosen.shut).tolist()}):
        end = bisect_left(rows, row)
        books.deal(deals[begin:end])
        begin = end
        if row in parts:
            books.take(parts[row])
        else:
            books.notes.append(Note(0, f"{years.days[row]:%d %b %Y} has no session: left out"))
    books.deal(deals[begin:])
    base = terms.capital + np.cumsum(value.profit) - value.profit
    told = np.flatnonzero(value.told)
    time = (years.minutes.ravel()[told] + 1) * 60
    return Result(
        strategy=type(strategy).__name__,
        title=strategy.title or type(strategy).__name__,
        parameters={name: getattr(strategy, name) for name in strategy.parameters},
        key=underlying_key(terms.symbol),
        symbol=terms.symbol,
        interval="1m",
        capital=terms.capital,
        time=time,
        equity=(base[:, None] + value.within).ravel()[told],
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


def _deals(
    plan: LegPlan, years: ChainYears, chosen: Choice, legs: Legs, value: Account
) -> list[Deal]:
    """In the order in which the event loop sends them."""
    plain = np.flatnonzero(legs.plain)
    leg, at = (each.ravel() for each in np.indices((len(plan.legs), len(plain))))
    at, row = plain[at], chosen.rows[plain[at]]
    minutes, entry, asked = years.minutes, chosen.entry[at], legs.asked[leg, at]
    units, left, why = chosen.units[leg, at], legs.left[leg, at], legs.why[leg, at]
    begun = (minutes[row, entry] + 1) * 60
    over = np.where(left, chosen.closes[at], minutes[row, legs.gone[leg, at]] + 1) * 60
    alone = np.isin(why, OWN_TRIGGERS) & (asked < chosen.leave[at]) & (not plan.rules.measures)
    keys = _keys(years, chosen, row.tolist(), leg.tolist(), at.tolist())
    ends = [ENDS[bool(each)] for each in left]
    into = zip(
        *(row.tolist(), leg.tolist(), keys, begun.tolist(), begun.tolist(), units.tolist()),
        *(legs.paid[leg, at].tolist(), value.paid_in[leg, at].tolist(), repeat(ENTRY)),
        *(repeat(OrderEnd.FILLED), repeat("")),
        strict=False,  # what is the same for all has no end
    )
    out = zip(
        *(row.tolist(), leg.tolist(), keys, ((minutes[row, asked] + 1) * 60).tolist()),
        *(over.tolist(), (-units).tolist(), legs.got[leg, at].tolist()),
        *(value.paid_out[leg, at].tolist(), why.tolist()),
        *([end for end, _ in ends], [words for _, words in ends]),
        strict=True,
    )
    deals = [*map(Deal._make, into), *map(Deal._make, out)]
    rank = np.concatenate([units < 0, np.where(alone, 0, 1 + (units > 0))])
    turn = np.lexsort((np.tile(leg, 2), rank, np.concatenate([entry, asked]), np.tile(row, 2)))
    return [deals[place] for place in turn.tolist()]


def _keys(
    years: ChainYears, chosen: Choice, rows: list[int], legs: list[int], at: list[int]
) -> list[InstrumentKey]:
    strikes = years.strikes[rows, chosen.places[legs, at]].tolist()
    return [
        option_key(years.symbol, years.expiries[row], RIGHTS[chosen.sides[leg]], strike)
        for row, leg, strike in zip(rows, legs, strikes, strict=True)
    ]
