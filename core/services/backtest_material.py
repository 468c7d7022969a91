"""What backtests are made of: strategies that can be run, and the data that there is for them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.backtest.described import Described
from core.backtest.kinds import describe_file, ready
from core.backtest.run import Over, Plan
from core.backtest.sweep import Crew
from core.backtest.work import BarData, ChainData, DaysOf, YearsOf, run_plan
from core.charges.rates import Segment
from core.downloads.coverage import DayState
from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Interval
from core.instruments.instrument import Instrument, Kind
from core.ports.backtests import StrategyFile, StrategyFiles, Workers
from core.ports.option_history import OptionHistory
from core.ports.repositories import InstrumentRepository
from core.services.backtests import Task
from core.services.candle_series import CandleSeries

Coverage = Callable[
    [Sequence[InstrumentKey], Interval, date, date],
    Awaitable[Mapping[InstrumentKey, Mapping[date, DayState]]],
]
LOOK_SECONDS: Final = 15.0
"""How long a file may take to say what is in it."""
DEMO: Final = "sma_cross"
DEMO_DAYS: Final = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the data is from, and who shares the work of a sweep.

    `days_of` and `years_of` are called in the worker, with symbol and days; `crew` works for it
    too.
    """

    candle_series: CandleSeries
    coverage: Coverage
    option_history: OptionHistory
    days_of: DaysOf
    crew: Crew | None
    years_of: YearsOf | None = None


class BacktestMaterial:
    def __init__(
        self,
        *,
        files: StrategyFiles,
        workers: Workers,
        sources: Sources,
        instruments: InstrumentRepository,
        calendar: MarketCalendar,
        rate: float,
    ) -> None:
        self._files, self._workers, self._sources = files, workers, sources
        self._instruments, self._calendar, self._rate = instruments, calendar, rate
        self._looked: dict[StrategyFile, Described] = {}

    @property
    def folder(self) -> str:
        """Where the user's own files are."""
        return self._files.folder

    async def strategies(self) -> list[Described]:
        """Ready ones, then own files; each is looked at in a process of its own."""
        own = [await self._look(file) for file in await self._files.all()]
        return [*ready(), *own]

    async def _look(self, file: StrategyFile) -> Described:
        if file not in self._looked:
            try:
                found = await self._workers.run(
                    describe_file, file.name, file.path, tell=_unheard, seconds=LOOK_SECONDS
                )
            except AppError as problem:
                found = Described(name=file.name, title=file.name, own=True, problem=str(problem))
            self._looked[file] = found
        return self._looked[file]

    async def demo(self) -> Plan:
        """One that can be had with what every desk can ask for; raises RuleBroken without it."""
        nifty = await self._instruments.underlying("NIFTY")
        if nifty is None:
            raise RuleBroken("NIFTY is not listed here, so there is nothing to show.")
        last = self._calendar.today()
        return Plan(
            strategy=DEMO,
            key=nifty.key,
            symbol=nifty.symbol,
            interval=str(Interval.DAY),
            first=last - timedelta(days=DEMO_DAYS),
            last=last,
            segment=Segment.FUTURE,
        )

    # what there is
    async def coverage(self, plan: Plan) -> str:
        """In words, before it is run."""
        if plan.over is Over.CHAINS:
            return await self._chain_coverage(plan)
        interval = Interval.parse(plan.interval)
        stored = Interval.MINUTE if interval.intraday else Interval.DAY
        last = min(plan.last, self._calendar.today())
        if last < plan.first:
            return "These days have not come yet."
        states = (await self._sources.coverage([plan.key], stored, plan.first, last))[plan.key]
        return _covered(Counter(states.values()))

    async def _chain_coverage(self, plan: Plan) -> str:
        days = await self._sources.option_history.days(plan.symbol)
        inside = [day for day in days if plan.first <= day <= plan.last]
        sessions = len(self._calendar.trading_days(plan.first, plan.last))
        if not days:
            return f"No option days of {plan.symbol} are here: download or record some first."
        whole = f"{days[0]:%d %b %Y} to {days[-1]:%d %b %Y}"
        return (
            f"{len(inside)} of {sessions} sessions of this span are here"
            f" (all of {plan.symbol}: {len(days)} days, {whole})."
        )

    # what a worker is given
    async def task(self, plan: Plan) -> Task:
        file = await self._file(plan.strategy)
        data = await (self._chains(plan) if plan.over is Over.CHAINS else self._bars(plan))
        return Task(run_plan, (plan, file, data, self._sources.crew))

    async def _file(self, name: str) -> str:
        """The path of an own file; empty for a ready strategy."""
        if any(each.name == name for each in ready()):
            return ""
        found = next((each for each in await self._files.all() if each.name == name), None)
        if found is None:
            raise RuleBroken(f"There is no strategy {name} any more.")
        return found.path

    async def _bars(self, plan: Plan) -> BarData:
        instrument = await self._instruments.get(plan.key)
        interval = Interval.parse(plan.interval)
        found = await self._sources.candle_series.series(
            plan.key, interval, first=plan.first, last=plan.last
        )
        if not len(found.candles):
            said = " ".join(found.said)
            raise RuleBroken(f"There are no bars of {plan.symbol} in this span. {said}".strip())
        return BarData(
            candles=found.candles,
            calendar=self._calendar,
            tick=float(instrument.tick_size) if instrument else 0.0,
            lot=_lot(instrument),
            underlying=_underlying(instrument),
            said=found.said,
        )

    async def _chains(self, plan: Plan) -> ChainData:
        days = await self._sources.option_history.days(plan.symbol)
        if not any(plan.first <= day <= plan.last for day in days):
            raise RuleBroken(await self._chain_coverage(plan))
        return ChainData(
            days_of=self._sources.days_of,
            years_of=self._sources.years_of,
            calendar=self._calendar,
            rate=self._rate,
        )


def _lot(instrument: Instrument | None) -> int:
    """Units of a lot as listed today; 0 where a dated table of the symbol tells it."""
    if instrument is None:
        return 1
    return 0 if instrument.kind is Kind.INDEX else max(instrument.lot_size, 1)


def _underlying(instrument: Instrument | None) -> str:
    return (instrument.underlying_symbol or instrument.symbol) if instrument else ""


def _covered(states: Counter[DayState]) -> str:
    have = states[DayState.HAVE] + states[DayState.PART]
    missing = states[DayState.MISSING]
    sessions = have + missing + states[DayState.NONE]
    if not sessions:
        return "The calendar has no session in this span."
    words = f"{have} of {sessions} sessions are here"
    if states[DayState.PART]:
        words += f", {states[DayState.PART]} of them in part"
    if states[DayState.NONE]:
        words += f", of {states[DayState.NONE]} the broker has nothing"
    if missing:
        words += f"; {missing} will be asked of the broker before the run"
    return f"{words}."


def _unheard(share: float, words: str) -> None:
    """What a file prints of itself is not told."""
