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
from core.strategies.leg_plan import LegPlan
from core.strategies.legs_strategy import ENTRY, LegsStrategy
from core.trading.exit_rules import Trigger

OWN_TRIGGERS: Final = (str(Trigger.STOP), str(Trigger.TARGET))
RIGHTS: Final = (Right.CALL, Right.PUT)


class Deal(NamedTuple):
    """A fill, in the order in which the event loop deals: `rank` within its minute."""

    column: int
    rank: int
    leg: int
    units: int
    price: float
    paid: float
    tag: str


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

    def deal(self, keys: list[InstrumentKey], deals: list[Deal], minutes: list[int]) -> None:
        """A plain day; every leg comes in and goes out."""
        entered: dict[int, Fill] = {}
        for column, _, leg, units, price, paid, tag in sorted(deals):
            at, number = (minutes[column] + 1) * 60, len(self.orders) + 1
            key = keys[leg]
            self.orders.append(
                Order(number, key, units, OrderKind.MARKET, nan, nan, at, at, OrderEnd.FILLED, tag)
            )
            fill = Fill(number, key, units, price, at, 0.0, paid, tag)
            self.fills.append(fill)
            first = entered.pop(leg, None)
            if first is None:
                entered[leg] = fill
                continue
            cost = first.charges + paid
            profit = first.units * (price - first.price) - cost
            self.trades.append(
                Trade(key, first.units, first.at, first.price, at, price, profit, cost, first.tag)
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
            books.deal(*plain[row], years.minutes[row].tolist())
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
) -> Iterator[tuple[int, tuple[list[InstrumentKey], list[Deal]]]]:
    units, paid, got = chosen.units.tolist(), legs.paid.tolist(), legs.got.tolist()
    entry, leave, exits = chosen.entry.tolist(), chosen.leave.tolist(), legs.exit.tolist()
    into, out, why = value.paid_in.tolist(), value.paid_out.tolist(), legs.why.tolist()
    together, every = bool(plan.rules.measures), range(len(plan.legs))
    for at in np.flatnonzero(legs.plain).tolist():
        row = int(chosen.rows[at])
        deals: list[Deal] = []
        for leg in every:
            n, gone, tag = units[leg][at], exits[leg][at], why[leg][at]
            alone = not together and tag in OWN_TRIGGERS and gone < leave[at]
            deals.append(Deal(entry[at], int(n < 0), leg, n, paid[leg][at], into[leg][at], ENTRY))
            rank = 0 if alone else 1 + (n > 0)  # what was sold is bought back first
            deals.append(Deal(gone, rank, leg, -n, got[leg][at], out[leg][at], tag))
        keys = [
            option_key(
                years.symbol,
                years.expiries[row],
                RIGHTS[chosen.sides[leg]],
                float(years.strikes[row, chosen.places[leg, at]]),
            )
            for leg in every
        ]
        yield row, (keys, deals)


def _named(day: date) -> str:
    return f"{day:%d %b %Y}"
