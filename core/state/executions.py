"""Executions now: baskets, TWAPs and icebergs, running or of today."""

from dataclasses import dataclass, field
from datetime import datetime

from core.trading.executions import UNFINISHED, BasketRun, Execution, SliceRun


@dataclass(slots=True)
class ExecutionState:
    """`revision` grows with every change; fills are seen in the trading state."""

    runs: dict[str, Execution] = field(default_factory=dict)
    revision: int = 0

    def put(self, run: Execution) -> None:
        self.runs[run.id] = run
        self.revision += 1

    def drop(self, id: str) -> None:
        self.runs.pop(id, None)
        self.revision += 1

    def leave_behind(self, before: datetime) -> None:
        """Forget what was started earlier and is over: it is on the disk."""
        old = [r.id for r in self.runs.values() if r.started_at < before]
        for id in old:
            if self.runs[id].phase not in UNFINISHED:
                self.drop(id)

    def baskets(self) -> list[BasketRun]:
        """Newest first, without those that unwind another."""
        found = [r for r in self.runs.values() if isinstance(r, BasketRun) and not r.parent]
        return sorted(found, key=lambda run: run.started_at, reverse=True)

    def slices(self) -> list[SliceRun]:
        """Newest first."""
        found = [r for r in self.runs.values() if isinstance(r, SliceRun)]
        return sorted(found, key=lambda run: run.started_at, reverse=True)

    def live(self) -> list[Execution]:
        return [run for run in self.runs.values() if run.phase.is_live]
