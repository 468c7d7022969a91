"""What a worker does: load the strategy, run the plan over its data, and tell what came of it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

import numpy as np

from core.analytics.chain_day import PER_STRIKE, ChainDay
from core.backtest.bars import data_hash, picked
from core.backtest.chain_years import ChainYears
from core.backtest.costs import Costs
from core.backtest.engine import BarRun, run
from core.backtest.fast_legs import can, run_fast
from core.backtest.kinds import code_hash, kind_of
from core.backtest.metrics import compared, metrics
from core.backtest.option_desk import OptionSetup
from core.backtest.option_engine import OptionTerms, run_options
from core.backtest.report import Report
from core.backtest.results import Result
from core.backtest.run import Outcome, Plan
from core.backtest.sweep import Crew, sweep
from core.backtest.walk_forward import walk_forward
from core.charges.rates import Segment
from core.clock import IST
from core.errors import RuleBroken
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import exchange_of
from core.instruments.lots import LOTS, lot_size
from core.paper.recorded import Slippage
from core.strategies.legs_strategy import LegsStrategy
from core.strategies.strategy import Strategy

Tell = Callable[[float, str], None]
DaysOf = Callable[[str, date, date, int], Iterable[ChainDay]]
"""Of a symbol and a span, the chains of so many expiries a day, in the order of the days."""
YearsOf = Callable[[str, date, date], ChainYears | None]
"""The same of the nearest expiry alone, side by side; None where there is nothing."""
TICK: Final = 0.05
"""Of what has none, as an index."""
FEW: Final = 24
"""Fewer combinations than that are done before other processes have started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarData:
    """`lot`: units of a lot, 0 = as dated for the `underlying`; `said`: where the bars are from.

    Bars before a plan's first day only make its lines known.
    """

    candles: Candles
    calendar: MarketCalendar
    tick: float = TICK
    lot: int = 1
    underlying: str = ""
    said: tuple[str, ...] = ()

    def run(self, strategy: Strategy, plan: Plan, tell: Tell | None) -> Result:
        found = run(strategy, self.over(plan), tell)
        said = (f"Bars: {', '.join(self.said)}.",) if self.said else ()
        return replace(found, assumptions=(*said, *found.assumptions))

    def trial(self, strategy: Strategy, plan: Plan) -> Result:
        return self.run(strategy, plan, None)

    def over(self, plan: Plan) -> BarRun:
        end = datetime.combine(plan.last + timedelta(days=1), time(), IST).timestamp()
        return BarRun(
            candles=picked(self.candles, self.candles.time < end),
            key=plan.key,
            interval=Interval.parse(plan.interval),
            symbol=plan.symbol,
            capital=plan.capital,
            costs=Costs(
                segment=Segment(plan.segment) if plan.segment else None,
                exchange=exchange_of(plan.key),
                underlying=self.underlying,
                slippage=plan.slippage_ticks * (self.tick or TICK),
            ),
            lots=self._lots(),
            square_off=time.fromisoformat(plan.square_off) if plan.square_off else None,
            calendar=self.calendar,
            begins=plan.first,
        )

    def _lots(self) -> Callable[[date], int] | None:
        if self.lot > 0:
            return partial(_same_lot, self.lot)
        return partial(_dated_lot, self.underlying) if self.underlying in LOTS else None

    def hash(self) -> str:
        return data_hash(self.candles)


@dataclass(slots=True, kw_only=True)
class ChainData:
    """Days are read as they are run over; the hash is that of all that the last run has read."""

    days_of: DaysOf
    calendar: MarketCalendar
    rate: float
    years_of: YearsOf | None = None
    seen: str = ""

    def trial(self, strategy: Strategy, plan: Plan) -> Result:
        """One of many: at one go where that does the same, without margins and greeks."""
        if self.years_of is None or not isinstance(strategy, LegsStrategy) or not can(strategy):
            return self.run(strategy, plan, None)
        years = self.years_of(plan.symbol, plan.first, plan.last)
        if years is None:
            return self.run(strategy, plan, None)
        return run_fast(strategy, years, self._terms(plan), calendar=self.calendar)

    def run(self, strategy: Strategy, plan: Plan, tell: Tell | None) -> Result:
        setup = OptionSetup(plan.symbol)
        type(strategy)(**plan.parameters).init(setup)
        others = sorted(set(setup.wanted) - {plan.symbol})
        if others:
            raise RuleBroken(f"It asks for chains of {', '.join(others)} too: run it on one.")
        days = self._read(plan, max(setup.wanted.values(), default=1), tell)
        return run_options(strategy, days, self._terms(plan), calendar=self.calendar)

    def _terms(self, plan: Plan) -> OptionTerms:
        return OptionTerms(
            symbol=plan.symbol,
            capital=plan.capital,
            rate=self.rate,
            slippage=Slippage(ticks=plan.slippage_ticks),
        )

    def over(self, plan: Plan) -> BarRun | None:
        """Chains are no bars."""
        return None

    def _read(self, plan: Plan, expiries: int, tell: Tell | None) -> Iterator[ChainDay]:
        span = max((plan.last - plan.first).days, 1)
        found = hashlib.blake2b(digest_size=16)
        for day in self.days_of(plan.symbol, plan.first, plan.last, expiries):
            found.update(f"{day.symbol} {day.expiry} {day.day}".encode())
            for name in ("minutes", "strikes", *PER_STRIKE):
                found.update(np.ascontiguousarray(getattr(day, name)).tobytes())
            yield day
            if tell is not None:
                tell(min((day.day - plan.first).days / span, 1.0), f"{day.day:%d %b %Y}")
        self.seen = found.hexdigest()

    def hash(self) -> str:
        return self.seen


def run_plan(
    plan: Plan, file: str, data: BarData | ChainData, crew: Crew | None, tell: Tell
) -> Outcome:
    """`file` is the path of an own strategy, empty for a ready one."""
    kind = kind_of(plan.strategy, file)
    report = _reported(kind, plan, file, data, crew if plan.combinations >= FEW else None, tell)
    code, content = code_hash(kind), data.hash()
    report = replace(report, result=replace(report.result, code_hash=code, data_hash=content))
    return Outcome(
        report=report.to_json(), metrics=report.metrics, code_hash=code, data_hash=content
    )


def _reported(
    kind: type[Strategy],
    plan: Plan,
    file: str,
    data: BarData | ChainData,
    crew: Crew | None,
    tell: Tell,
) -> Report:
    if plan.folds:
        walked = walk_forward(plan, file, data, crew=crew, tell=tell)
        return Report(
            result=walked.result,
            metrics=metrics_of(walked.result),
            stretches=walked.stretches,
            objective=plan.objective,
        )
    if plan.sweep:
        part = plan.combinations / (plan.combinations + 1)
        swept = sweep(plan, file, data, crew=crew, tell=lambda s, words: tell(s * part, words))
        best = replace(plan, parameters=swept.best.parameters, sweep={})
        tell(part, "the best once more")
        result = data.run(kind(**best.parameters), best, None)
        return Report(
            result=result,
            metrics=metrics_of(result),
            tried=swept.tried,
            objective=plan.objective,
            deflated=swept.deflated,
        )
    result = data.run(kind(**plan.parameters), plan, tell)
    return Report(result=result, metrics=metrics_of(result))


def metrics_of(result: Result) -> Mapping[str, float]:
    """Its own, and beside them those of holding the benchmark, as `held_…`."""
    held = {f"held_{name}": value for name, value in compared(result).items()}
    return {**metrics(result), **held}


def _same_lot(lot: int, day: date) -> int:
    return lot


def _dated_lot(symbol: str, day: date) -> int:
    """Of the contracts that expire next."""
    return lot_size(symbol, day, day)
