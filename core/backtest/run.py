"""Runs: what was asked of a backtest, on which code and data, and what became of it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey

NO_KEY: Final = InstrumentKey("")
VERSION: Final = 1
"""Of the form in which a plan is kept."""


class Over(StrEnum):
    """What a strategy is run over."""

    BARS = "bars"  # candles of one instrument
    CHAINS = "chains"  # recorded or downloaded days of option chains


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # the desk ended while it ran


UNFINISHED: Final = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run, on what, at what cost; the same plan on the same data gives the same result.

    `strategy` is the name of a ready one, or the file name of an own one (`mine.py`).
    `sweep` names the values to be tried by parameter; with `folds` they are chosen anew in each
    of so many stretches and judged in the one that follows (walk-forward).
    `segment` is that of core.charges by which orders are charged; empty charges nothing.
    From `square_off` (an hour of IST such as `15:15`) on nothing is held that day. `objective` is
    the metric by which the best of a sweep is found.
    """

    strategy: str
    over: Over = Over.BARS
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sweep: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    folds: int = 0
    key: InstrumentKey = NO_KEY
    symbol: str = ""
    interval: str = "1d"
    first: date
    last: date
    capital: float = 1_000_000.0
    slippage_ticks: float = 1.0
    segment: str = ""
    square_off: str = ""
    objective: str = "sharpe"

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise RuleBroken(f"The span ends on {self.last} before it begins on {self.first}.")
        if not self.capital > 0:
            raise RuleBroken("The capital has to be more than nothing.")
        if not self.slippage_ticks >= 0:
            raise RuleBroken("Slippage cannot be below zero.")
        if self.folds and not self.sweep:
            raise RuleBroken("A walk-forward needs values to choose from: sweep a parameter.")

    @property
    def combinations(self) -> int:
        """How many runs it takes."""
        count = 1
        for values in self.sweep.values():
            count *= len(values)
        return count

    @property
    def step(self) -> str:
        """How far apart the moments are at which the strategy looks, in words."""
        return "minutes of chains" if self.over is Over.CHAINS else self.interval

    @property
    def kind(self) -> str:
        return "walk-forward" if self.folds else "sweep" if self.sweep else "backtest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`code_hash` and `data_hash` tell whether it can be had again exactly; empty until it ran."""

    id: str
    name: str
    plan: Plan
    state: RunState = RunState.QUEUED
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    code_hash: str = ""
    data_hash: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""

    @property
    def is_over(self) -> bool:
        return self.state not in UNFINISHED

    def ended(self, state: RunState, at: datetime, problem: str = "") -> "Run":
        return replace(self, state=state, finished_at=at, problem=problem)


def plan_to_json(plan: Plan) -> str:
    return json.dumps({"version": VERSION, **asdict(plan)}, default=date.isoformat, sort_keys=True)


def plan_from_json(text: str) -> Plan:
    """Raises BadData for a text that this version cannot read."""
    try:
        told = json.loads(text)
        if told.pop("version") != VERSION:
            raise BadData("a plan of another version")
        known = {each.name for each in fields(Plan)}
        if unknown := sorted(set(told) - known):
            raise BadData(f"a plan with {', '.join(unknown)}")
        told["over"] = Over(told["over"])
        told["sweep"] = {name: tuple(values) for name, values in told["sweep"].items()}
        told["first"], told["last"] = map(date.fromisoformat, (told["first"], told["last"]))
        return Plan(**told)
    except (ValueError, TypeError, KeyError, AttributeError, RuleBroken) as problem:
        raise BadData(f"a plan cannot be read: {problem}") from problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What comes back from where a plan was run; `report` is its text, as kept."""

    report: str
    metrics: Mapping[str, float]
    code_hash: str
    data_hash: str
