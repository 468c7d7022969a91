"""All that backtests are made of, put together over the doors of a desk."""

from dataclasses import dataclass

from core.backtest.sweep import Crew
from core.backtest.work import DaysOf, YearsOf
from core.clock import Clock
from core.instruments.calendar import MarketCalendar
from core.ports.backtests import BacktestRepository, StrategyFiles, Workers
from core.ports.option_history import OptionHistory
from core.ports.repositories import InstrumentRepository
from core.services.backtest_material import BacktestMaterial, Coverage, Sources
from core.services.backtests import Backtests
from core.services.candle_series import CandleSeries
from core.state.backtests import BacktestsState
from core.state.notices import Notices


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestDoors:
    """`days_of`, `years_of` and `crew` are used in the worker's process; None = it sweeps alone."""

    runs: BacktestRepository
    workers: Workers
    files: StrategyFiles
    days_of: DaysOf
    option_history: OptionHistory
    instruments: InstrumentRepository
    crew: Crew | None = None
    years_of: YearsOf | None = None


def make_backtests(
    doors: BacktestDoors,
    candle_series: CandleSeries,
    coverage: Coverage,
    calendar: MarketCalendar,
    clock: Clock,
    notices: Notices,
    rate: float,
) -> Backtests:
    material = BacktestMaterial(
        files=doors.files,
        workers=doors.workers,
        sources=Sources(
            candle_series=candle_series,
            coverage=coverage,
            option_history=doors.option_history,
            days_of=doors.days_of,
            years_of=doors.years_of,
            crew=doors.crew,
        ),
        instruments=doors.instruments,
        calendar=calendar,
        rate=rate,
    )
    return Backtests(
        runs=doors.runs,
        workers=doors.workers,
        material=material,
        state=BacktestsState(),
        clock=clock,
        notices=notices,
    )
