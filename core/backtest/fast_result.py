"""The result of a fast run: its orders, fills and round trips in the event loop's order."""

from collections.abc import Iterator, Mapping
from datetime import date
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
RIGHTS: Final = (Right.CALL, Right.PUT)


class Deal(NamedTuple):
    """An order, in the turn in which the event loop sends it: `rank` within its minute.

    `over` is the minute at which it is filled, or ends with its day (`left`).
    """

    column: int
    rank: int
    leg: int
    over: int
    units: int
    price: float
    paid: float
    tag: str
    left: bool


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

    def deal(
        self, keys: list[InstrumentKey], deals: list[Deal], minutes: list[int], closes: int
    ) -> None:
        """A plain day; every leg comes in and goes out."""
        filled: list[tuple[int, int, Deal]] = []
        for each in sorted(deals):
            at, number = (minutes[each.column] + 1) * 60, len(self.orders) + 1
            over = closes if each.left else (minutes[each.over] + 1) * 60
            end, words = (OrderEnd.EXPIRED, DAY_OVER) if each.left else (OrderEnd.FILLED, "")
            key, kind = keys[each.leg], OrderKind.MARKET
            self.orders.append(
                Order(number, key, each.units, kind, nan, nan, at, over, end, each.tag, words)
            )
            filled.append((over, number, each))
        if any(each.over != each.column for _, _, each in filled):
            filled.sort(key=lambda one: (one[0], one[1]))
        entered: dict[int, Fill] = {}
        for over, number, each in filled:
            key = keys[each.leg]
            fill = Fill(number, key, each.units, each.price, over, 0.0, each.paid, each.tag)
            if not each.left:
                self.fills.append(fill)
            if (first := entered.get(each.leg)) is None:
                entered[each.leg] = fill
            else:
                self.trades.append(_round_trip(first, fill))


def _round_trip(first: Fill, last: Fill) -> Trade:
    cost = first.charges + last.charges
    profit = first.units * (last.price - first.price) - cost
    return Trade(
        *(first.key, first.units, first.at, first.price, last.at, last.price),
        *(profit, cost, first.tag),
    )


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
    books, plain = Books(), dict(_plain_days(plan, years, chosen, legs, value))
    for row in sorted({*plain, *parts, *np.flatnonzero(chosen.shut).tolist()}):
        if row in parts:
            books.take(parts[row])
        elif row in plain:
            keys, deals, closes = plain[row]
            books.deal(keys, deals, years.minutes[row].tolist(), closes)
        else:
            books.notes.append(Note(0, f"{_named(years.days[row])} has no session: left out"))
    base = terms.capital + np.cumsum(value.profit) - value.profit
    told = value.told
    time = (years.minutes[told] + 1) * 60
    return Result(
        strategy=type(strategy).__name__,
        title=strategy.title or type(strategy).__name__,
        parameters={name: getattr(strategy, name) for name in strategy.parameters},
        key=underlying_key(terms.symbol),
        symbol=terms.symbol,
        interval="1m",
        capital=terms.capital,
        time=time,
        equity=(base[:, None] + value.within)[told],
        units=np.zeros(len(time), dtype=np.int64),
        exposure=value.exposure[told],
        orders=tuple(books.orders),
        fills=tuple(books.fills),
        trades=tuple(books.trades),
        notes=tuple(books.notes),
        assumptions=(*words_of(terms, years.days[0], 0), FAST),
        charges=sum(fill.charges for fill in books.fills),
        benchmark=years.spot[told],
        bars=len(time),
        seconds=perf_counter() - begun,
    )


FAST: Final = "Reckoned for all days at once: without margins and greeks over time."


def _plain_days(
    plan: LegPlan, years: ChainYears, chosen: Choice, legs: Legs, value: Account
) -> Iterator[tuple[int, tuple[list[InstrumentKey], list[Deal], int]]]:
    units, paid, got = chosen.units.tolist(), legs.paid.tolist(), legs.got.tolist()
    entry, leave, asked = chosen.entry.tolist(), chosen.leave.tolist(), legs.asked.tolist()
    gone, left, closes = legs.gone.tolist(), legs.left.tolist(), chosen.closes.tolist()
    into, out, why = value.paid_in.tolist(), value.paid_out.tolist(), legs.why.tolist()
    together, every = bool(plan.rules.measures), range(len(plan.legs))
    for at in np.flatnonzero(legs.plain).tolist():
        row = int(chosen.rows[at])
        deals: list[Deal] = []
        for leg in every:
            n, begin, sent, tag = units[leg][at], entry[at], asked[leg][at], why[leg][at]
            alone = not together and tag in OWN_TRIGGERS and sent < leave[at]
            rank = 0 if alone else 1 + (n > 0)  # what was sold is bought back first
            deals += (
                Deal(begin, int(n < 0), leg, begin, n, paid[leg][at], into[leg][at], ENTRY, False),
                Deal(
                    *(sent, rank, leg, gone[leg][at], -n, got[leg][at], out[leg][at]),
                    *(tag, left[leg][at]),
                ),
            )
        keys = [
            option_key(
                years.symbol,
                years.expiries[row],
                RIGHTS[chosen.sides[leg]],
                float(years.strikes[row, chosen.places[leg, at]]),
            )
            for leg in every
        ]
        yield row, (keys, deals, closes[at] * 60)


def _named(day: date) -> str:
    return f"{day:%d %b %Y}"
