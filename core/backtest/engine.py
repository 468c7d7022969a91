"""The event loop over bars: the strategy is asked, its orders are filled, and all is kept.

At each bar orders are filled first, by `matching`; then the strategy sees the bar, which is over,
and may ask for more. It is fed bar by bar: no object that it is handed reaches beyond now.
"""

import gc
import time as clock
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import repeat, zip_longest
from math import nan
from typing import Final

import numpy as np

from core.backtest.bars import Prepared, close_of, moment, picked, prepared
from core.backtest.costs import Costs
from core.backtest.desk import BarDesk
from core.backtest.execution import Execution
from core.backtest.ledger import Ledger
from core.backtest.lines import BarSetup
from core.backtest.outcome import outcome
from core.backtest.results import Result
from core.clock import IST
from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.strategies.failures import failure
from core.strategies.strategy import Line, Strategy

EARLY: Final = "before the run begins"
NEWS: Final = 100_000
"""Bars between two words about how far the run is."""

Tell = Callable[[float, str], None]
Lots = Callable[[date], int]
Columns = Sequence[Iterable[float]]
Step = Callable[[int, int, Columns], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRun:
    """What to run over: bars of one instrument, with the terms of trading it.

    `square_off`: from this hour (IST) on everything is sold off, and no order is taken until the
    next day. `lots` tells the units of a lot on a day. Without a calendar any day may trade.
    Bars before the day `begins` only make lines known: no order is taken, and the result has none
    of them.
    """

    candles: Candles
    key: InstrumentKey
    interval: Interval
    symbol: str = ""
    capital: float = 1_000_000.0
    costs: Costs = field(default_factory=Costs)
    lots: Lots | None = None
    square_off: time | None = None
    calendar: MarketCalendar | None = None
    begins: date | None = None


def run(strategy: Strategy, over: BarRun, tell: Tell | None = None) -> Result:
    """Every bar once, from the first to the last; the same run gives the same result again.

    A strategy with formulas of its own is run once more over bars cut short: what it then did
    otherwise it did by knowing the future. Raises RuleBroken for that, where there is nothing to
    run on, and for whatever the strategy raises, with the moment and the line; BadData for bars
    that contradict one another.
    """
    setup = BarSetup()
    found = _run(strategy, over, setup, tell)
    if setup.has_own and len(found.time) > 2:
        cut = over.candles.time < found.time[len(found.time) * 2 // 3]
        short = replace(over, candles=picked(over.candles, cut))
        twin = type(strategy)(**found.parameters)
        refuse_ahead(found, _run(twin, short, BarSetup(), None))
    return found


def refuse_ahead(whole: Result, short: Result) -> None:
    """Raises RuleBroken where orders until the end of the short run are others in the whole."""
    end = int(short.time[-1])
    for mine, its in zip_longest(_asked(whole, end), _asked(short, end)):
        if mine != its:
            at = moment(min(each[0] for each in (mine, its) if each))
            raise RuleBroken(
                f"It looks ahead: at {at} it orders something else where the bars after"
                f" {moment(end)} are not there."
            )


def _asked(found: Result, end: int) -> list[tuple[int, int, str, str, str]]:
    """What was ordered before `end`; a price that is none compares as any other."""
    return [
        (o.asked_at, o.units, str(o.kind), repr(o.limit), repr(o.stop))
        for o in found.orders
        if o.asked_at < end
    ]


def _run(strategy: Strategy, over: BarRun, setup: BarSetup, tell: Tell | None) -> Result:
    begun = clock.perf_counter()
    bars = prepared(over.candles, over.interval, over.calendar)
    loop = _Loop(strategy, over, bars)
    with _uncollected():
        try:
            loop.run(setup, tell)
        except AppError:
            raise
        except Exception as problem:
            raise failure(problem, type(strategy), loop.desk.at) from problem
        return outcome(
            strategy,
            loop.desk,
            loop.ledger,
            bars,
            key=over.key,
            symbol=over.symbol,
            interval=over.interval,
            capital=over.capital,
            costs=over.costs,
            first=first_bar(bars, over.begins),
            seconds=clock.perf_counter() - begun,
        )


def first_bar(bars: Prepared, begins: date | None) -> int:
    """The place from which orders are taken; raises RuleBroken where no bar is left for them."""
    if begins is None or begins <= bars.days[0]:
        return 0
    if begins > bars.days[-1]:
        raise RuleBroken(f"There are no bars to run on from {begins:%d %b %Y} on.")
    return int(bars.starts[bisect_left(bars.days, begins)])


@contextmanager
def _uncollected() -> Iterator[None]:
    """A run makes many small things and no rings of them: walking through them is lost time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Loop:
    def __init__(self, strategy: Strategy, over: BarRun, bars: Prepared) -> None:
        kind = type(strategy)
        hears = kind.on_fill is not Strategy.on_fill
        self.ledger = Ledger(over.key, bars, over.costs)
        self.desk = BarDesk(over.key, lambda day: close_of(day, over.calendar), self.ledger)
        on_fill = strategy.on_fill if hears else None
        self.execution = Execution(
            self.desk, self.ledger, over.key, bars, over.costs.slippage, on_fill
        )
        self._strategy, self._over, self._bars = strategy, over, bars
        self._by_day = (
            kind.on_day is not Strategy.on_day
            or kind.on_day_end is not Strategy.on_day_end
            or over.square_off is not None
        )

    def run(self, setup: BarSetup, tell: Tell | None) -> None:
        self._strategy.init(setup)
        candles = self._bars.candles
        columns = [
            np.ascontiguousarray(each).data  # gives Python's own numbers, one by one
            for each in (
                *(self._bars.ends, candles.open, candles.high, candles.low, candles.close),
                *(candles.volume.astype(np.float64), *setup.values(candles)),
            )
        ]
        step = self._pair(setup.lines) if len(setup.lines) <= 2 else self._many(setup.lines)
        told = 0
        for first, last in self._stretches():
            step(first, last, [column[first:last] for column in columns])
            if tell is not None and last - told >= NEWS:
                told = last
                tell(last / len(candles), f"{last:,} of {len(candles):,} bars")

    # --- bars -----------------------------------------------------------------------------------

    def _pair(self, lines: list[Line]) -> Step:
        """The step for at most two lines, written out: here most of the time goes."""
        desk, waiting, fill = self.desk, self.desk.waiting, self.execution.fill
        on_bar = self._strategy.on_bar
        first, second = [*lines, Line(), Line()][:2]
        unused = [repeat(nan)] * (2 - len(lines))

        def step(begin: int, stop: int, columns: Columns) -> None:
            places = range(begin, stop)
            for i, end, o, h, low, c, v, x, y in zip(places, *columns, *unused, strict=False):
                if waiting:
                    fill(i, o, h, low)
                desk.at = end
                desk.open = o
                desk.high = h
                desk.low = low
                desk.close = c
                desk.volume = v
                first.before = first.now
                first.now = x
                second.before = second.now
                second.now = y
                on_bar(desk)

        return step

    def _many(self, lines: list[Line]) -> Step:
        desk, waiting, fill = self.desk, self.desk.waiting, self.execution.fill
        on_bar = self._strategy.on_bar

        def step(begin: int, stop: int, columns: Columns) -> None:
            places = range(begin, stop)
            for i, end, o, h, low, c, v, *values in zip(places, *columns, strict=True):
                if waiting:
                    fill(i, o, h, low)
                desk.at = end
                desk.open = o
                desk.high = h
                desk.low = low
                desk.close = c
                desk.volume = v
                for line, value in zip(lines, values, strict=True):
                    line.before = line.now
                    line.now = value
                on_bar(desk)

        return step

    # --- days -----------------------------------------------------------------------------------

    def _stretches(self) -> Iterator[tuple[int, int]]:
        """Bars between which a day is begun or ended, or the size of a lot may change."""
        bars, lots, size = self._bars, self._over.lots, len(self._bars.candles)
        if not self._by_day and lots is None:
            begins = first_bar(bars, self._over.begins)
            self.desk.shut = EARLY if begins else ""
            yield 0, begins
            self.desk.shut = ""
            yield from ((at, min(at + NEWS, size)) for at in range(begins, size, NEWS))
            return
        last_bars = [*bars.starts[1:].tolist(), size]
        for day, first, last in zip(bars.days, bars.starts.tolist(), last_bars, strict=True):
            if lots is not None:
                self.desk.lot = lots(day)
            self.desk.shut = EARLY if day < (self._over.begins or day) else ""
            if self._by_day:
                self.desk.at = int(bars.candles.time[first])
                self._strategy.on_day(self.desk)
            yield from self._until_square_off(day, first, last)
            if self._by_day:  # it is over: a bar of another day has come, or there is none
                self.desk.at = int(bars.ends[last - 1])
                self._strategy.on_day_end(self.desk)

    def _until_square_off(self, day: date, first: int, last: int) -> Iterator[tuple[int, int]]:
        at = self._over.square_off
        if at is None:
            yield first, last
            return
        since = int(datetime.combine(day, at, IST).timestamp())
        cut = first + int(np.searchsorted(self._bars.candles.time[first:last], since))
        yield first, cut
        if self.desk.shut:
            yield cut, last
            return
        why, candles = f"after the square-off of {at:%H:%M}", self._bars.candles
        if cut < last:
            self.desk.at = int(candles.time[cut])
            place, price, words = cut, float(candles.open[cut]), "square-off: at the open"
        else:
            place, price, words = last - 1, float(candles.close[last - 1]), "square-off: last price"
        self.execution.square_off(place, price, words, why)
        self.desk.shut = why
        yield cut, last
