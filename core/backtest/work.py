"""What a worker does: load the strategy, run the plan over its data, and tell what came of it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from functools import partial
from itertools import product
from math import isnan, nan
from typing import Any, Final

import numpy as np

from core.analytics.chain_day import PER_STRIKE, ChainDay
from core.backtest.bars import data_hash
from core.backtest.costs import Costs
from core.backtest.engine import BarRun, run
from core.backtest.kinds import code_hash, kind_of
from core.backtest.option_desk import OptionSetup
from core.backtest.option_engine import OptionTerms, run_options
from core.backtest.report import Report, Tried
from core.backtest.results import Result
from core.backtest.run import Outcome, Plan
from core.charges.rates import Segment
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import exchange_of
from core.instruments.lots import LOTS, lot_size
from core.paper.recorded import Slippage
from core.strategies.strategy import Strategy

Tell = Callable[[float, str], None]
DaysOf = Callable[[str, date, date, int], Iterable[ChainDay]]
"""Of a symbol and a span, the chains of so many expiries a day, in the order of the days."""
TICK: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class BarData:
    """`lot`: units of a lot, 0 = as dated for the `underlying`; `said`: where the bars are from."""

    candles: Candles
    calendar: MarketCalendar
    tick: float = TICK
    lot: int = 1
    underlying: str = ""
    said: tuple[str, ...] = ()

    def run(self, strategy: Strategy, plan: Plan, tell: Tell | None) -> Result:
        segment = Segment(plan.segment) if plan.segment else None
        over = BarRun(
            candles=self.candles,
            key=plan.key,
            interval=Interval.parse(plan.interval),
            symbol=plan.symbol,
            capital=plan.capital,
            costs=Costs(
                segment=segment,
                exchange=exchange_of(plan.key),
                underlying=self.underlying,
                slippage=plan.slippage_ticks * self.tick,
            ),
            lots=self._lots(),
            square_off=time.fromisoformat(plan.square_off) if plan.square_off else None,
            calendar=self.calendar,
        )
        found = run(strategy, over, tell)
        return replace(found, assumptions=(*self.said, *found.assumptions))

    def _lots(self) -> Callable[[date], int] | None:
        if self.lot > 0:
            return partial(_same_lot, self.lot)
        return partial(_dated_lot, self.underlying) if self.underlying in LOTS else None

    def hash(self) -> str:
        return data_hash(self.candles)


@dataclass(slots=True, kw_only=True)
class ChainData:
    """Days are read as they are run over; the hash is of what the last run has read."""

    days_of: DaysOf
    calendar: MarketCalendar
    rate: float
    _hash: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))

    def run(self, strategy: Strategy, plan: Plan, tell: Tell | None) -> Result:
        setup = OptionSetup(plan.symbol)
        type(strategy)(**plan.parameters).init(setup)
        self._hash = hashlib.blake2b(digest_size=16)
        terms = OptionTerms(
            symbol=plan.symbol,
            capital=plan.capital,
            rate=self.rate,
            slippage=Slippage(ticks=plan.slippage_ticks),
        )
        days = self._read(plan, max(setup.wanted.values(), default=1), tell)
        return run_options(strategy, days, terms, calendar=self.calendar)

    def _read(self, plan: Plan, expiries: int, tell: Tell | None) -> Iterator[ChainDay]:
        span = max((plan.last - plan.first).days, 1)
        for day in self.days_of(plan.symbol, plan.first, plan.last, expiries):
            self._hash.update(f"{day.symbol} {day.expiry} {day.day}".encode())
            for name in ("minutes", "strikes", *PER_STRIKE):
                self._hash.update(np.ascontiguousarray(getattr(day, name)).tobytes())
            yield day
            if tell is not None:
                tell(min((day.day - plan.first).days / span, 1.0), f"{day.day:%d %b %Y}")

    def hash(self) -> str:
        return str(self._hash.hexdigest())


def run_plan(plan: Plan, file: str, data: BarData | ChainData, tell: Tell) -> Outcome:
    """`file` is the path of an own strategy, empty for a ready one."""
    kind = kind_of(plan.strategy, file)
    if plan.sweep:
        report = _sweep(kind, plan, data, tell)
    else:
        result = data.run(kind(**plan.parameters), plan, tell)
        report = Report(result=result, metrics=metrics_of(result))
    code, content = code_hash(kind), data.hash()
    report = replace(report, result=replace(report.result, code_hash=code, data_hash=content))
    return Outcome(
        report=report.to_json(), metrics=report.metrics, code_hash=code, data_hash=content
    )


def _sweep(kind: type[Strategy], plan: Plan, data: BarData | ChainData, tell: Tell) -> Report:
    tried: list[Tried] = []
    best: tuple[float, Result] | None = None
    count = plan.combinations
    for n, values in enumerate(product(*plan.sweep.values()), 1):
        chosen = {**plan.parameters, **dict(zip(plan.sweep, values, strict=True))}
        result = data.run(kind(**chosen), plan, None)
        metrics = metrics_of(result)
        tried.append(Tried(parameters=chosen, metrics=metrics))
        score = metrics.get(plan.objective, nan)
        if best is None or (not isnan(score) and not score <= best[0]):
            best = score, result
        tell(n / count, f"{n:,} of {count:,} combinations")
    assert best is not None
    return Report(
        result=best[1],
        metrics=metrics_of(best[1]),
        tried=tuple(tried),
        objective=plan.objective,
    )


def metrics_of(result: Result) -> Mapping[str, float]:
    days = np.array([result.capital, *result.equity])
    pnls = [trade.profit for trade in result.closed]
    growth = np.diff(days) / days[:-1]
    won = sum(p for p in pnls if p > 0)
    lost = -sum(p for p in pnls if p < 0)
    peak = np.maximum.accumulate(days)
    return {
        "total_return": float(days[-1] / days[0] - 1),
        "sharpe": float(growth.mean() / growth.std() * 252**0.5) if growth.std() else nan,
        "max_drawdown": float((days / peak - 1).min()),
        "trades": float(len(pnls)),
        "win_rate": sum(p > 0 for p in pnls) / len(pnls) if pnls else nan,
        "profit_factor": won / lost if lost else nan,
    }


def _same_lot(lot: int, day: date) -> int:
    return lot


def _dated_lot(symbol: str, day: date) -> int:
    """Of the contracts that expire next."""
    return lot_size(symbol, day, day)
