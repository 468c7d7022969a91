"""Backtests in memory, and workers that work at once in this process."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from core.analytics.chain_day import ChainDay
from core.backtest.run import Run
from core.ports.backtests import StrategyFile, Tell
from core.ports.option_history import OptionHistory
from core.ports.repositories import InstrumentRepository
from core.services.backtest_side import BacktestDoors


class MemoryBacktests:
    def __init__(self) -> None:
        self.rows: dict[str, Run] = {}
        self.results: dict[str, str] = {}

    async def save(self, run: Run) -> None:
        self.rows[run.id] = run

    async def all(self) -> list[Run]:
        by_id = sorted(self.rows.values(), key=lambda run: run.id)
        return sorted(by_id, key=lambda run: run.created_at, reverse=True)

    async def get(self, id: str) -> Run | None:
        return self.rows.get(id)

    async def delete(self, id: str) -> None:
        self.rows.pop(id, None)
        self.results.pop(id, None)

    async def save_result(self, id: str, result: str) -> None:
        if id in self.rows:
            self.results[id] = result

    async def result(self, id: str) -> str | None:
        return self.results.get(id)


class WorkersHere:
    async def run(self, work: Callable[..., Any], *given: Any, tell: Tell, seconds: float) -> Any:
        return work(*given, tell)


class NoFiles:
    """`files` may be added by a test."""

    folder = "home/strategies"

    def __init__(self) -> None:
        self.files: list[StrategyFile] = []

    async def all(self) -> list[StrategyFile]:
        return self.files


def no_days(symbol: str, first: date, last: date, expiries: int) -> Iterable[ChainDay]:
    return ()


def backtest_doors(instruments: InstrumentRepository, history: OptionHistory) -> BacktestDoors:
    """Runs in memory, work in this process, no files and no option days."""
    return BacktestDoors(
        runs=MemoryBacktests(),
        workers=WorkersHere(),
        files=NoFiles(),
        days_of=no_days,
        option_history=history,
        instruments=instruments,
    )
