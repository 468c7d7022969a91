"""Backtests: those that wait, run or are kept, and how far the running one is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan

from core.backtest.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`share` 0 to 1; `begun` by a steady clock, seconds."""

    share: float = 0.0
    words: str = ""
    begun: float = 0.0

    def left(self, now: float) -> float:
        """Seconds that it may still take, at the pace so far; nan while that is not known."""
        return (now - self.begun) * (1 - self.share) / self.share if self.share > 0.01 else nan


@dataclass(slots=True)
class BacktestsState:
    """Lives on the event loop's thread; `revision` grows with every change but progress."""

    runs: dict[str, Run] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    revision: int = 0

    def put(self, run: Run) -> None:
        self.runs[run.id] = run
        if run.is_over:
            self.progress.pop(run.id, None)
        self.revision += 1

    def drop(self, id: str) -> None:
        self.runs.pop(id, None)
        self.revision += 1

    def newest_first(self) -> list[Run]:
        return sorted(self.runs.values(), key=lambda run: (run.created_at, run.id), reverse=True)

    def waiting(self) -> Mapping[str, Run]:
        return {id: run for id, run in self.runs.items() if not run.is_over}
