"""Sweeps: a strategy tried with every combination of values, by all processors or a whole cluster.

Each combination is a run of its own. Where arrays can stand in for the event loop they do, after
the loop was asked on samples whether it agrees.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import ceil, isnan, nan
from pathlib import Path, PurePath
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol, TypeVar

from core.backtest.crossing import Crossings, agrees
from core.backtest.deflated import deflated
from core.backtest.engine import BarRun
from core.backtest.kinds import kind_of
from core.backtest.metrics import metrics
from core.backtest.report import Tried
from core.backtest.results import Result
from core.backtest.run import Plan
from core.errors import RuleBroken
from core.strategies.strategy import Strategy

MOST: Final = 100_000
"""Combinations of one sweep."""
PIECES: Final = 8
"""For each processor: few enough to cost little, many enough to be told how far it is."""
BATCH: Final = 512
"""Combinations of arrays between two words about how far it is."""
SAMPLES: Final = 2

Tell = Callable[[float, str], None]
Chosen = Mapping[str, Any]
Given = TypeVar("Given")
Answer = TypeVar("Answer")


class Data(Protocol):
    """What a plan is run over; it goes to other processes by pickle."""

    def run(self, strategy: Strategy, plan: Plan, tell: Tell | None) -> Result: ...
    def trial(self, strategy: Strategy, plan: Plan) -> Result:
        """One of many runs: only its metrics are looked at."""
        ...

    def over(self, plan: Plan) -> BarRun | None:
        """The bars and terms of the plan; None where it does not run over bars."""
        ...


class Crew(Protocol):
    """Processes that work side by side, here or on other machines."""

    @property
    def size(self) -> int: ...
    def each(
        self, work: Callable[[Given], Answer], pieces: Sequence[Given]
    ) -> Iterator[tuple[int, Answer]]:
        """Number and answer of each piece, as they are done. Errors of the work are raised."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """`tried` in the order of the combinations; `best` has the most of the plan's objective.

    `deflated`: the probability that the best is more than the luck of so many trials.
    """

    tried: tuple[Tried, ...]
    best: Tried
    deflated: float
    fast: bool


def combinations(plan: Plan) -> list[Chosen]:
    """Every combination of the swept values beside the plan's own; RuleBroken for too many."""
    if plan.combinations > MOST:
        raise RuleBroken(f"{plan.combinations:,} combinations are too many: at most {MOST:,}.")
    return [
        {**plan.parameters, **dict(zip(plan.sweep, values, strict=True))}
        for values in product(*plan.sweep.values())
    ]


def sweep(
    plan: Plan, file: str, data: Data, *, crew: Crew | None = None, tell: Tell | None = None
) -> Swept:
    """`file` is the path of an own strategy, empty for a ready one; no crew = this process alone.

    The result does not depend on who worked on it. Raises RuleBroken as the runs do.
    """
    chosen = combinations(plan)
    kind = kind_of(plan.strategy, file)
    for each in chosen:
        kind(**each)  # a value that cannot be is known before anything is run
    say = tell or _silent
    found = _by_arrays(kind, plan, data, chosen, say)
    fast = found is not None
    if found is None:
        work = partial(_worked, plan, Code(file), data)
        found = _by_crew(work, chosen, crew, say) if crew else _alone(work, chosen, say)
    tried = tuple(Tried(parameters=p, metrics=m) for p, m in zip(chosen, found, strict=True))
    best = max(tried, key=lambda each: _score(each, plan.objective))
    return Swept(tried=tried, best=best, deflated=_deflated(tried, best), fast=fast)


def _by_arrays(
    kind: type[Strategy], plan: Plan, data: Data, chosen: Sequence[Chosen], tell: Tell
) -> list[dict[str, float]] | None:
    over = data.over(plan)
    if over is None:
        return None
    crossings = Crossings(kind, over)
    if not crossings.can():
        return None
    samples = Random(7).sample(chosen, k=min(SAMPLES, len(chosen)))
    if not all(agrees(kind, over, each) for each in samples):
        return None
    found: list[dict[str, float]] = []
    for begin in range(0, len(chosen), BATCH):
        found += crossings.metrics(chosen[begin : begin + BATCH])
        tell(len(found) / len(chosen), _words(len(found), len(chosen)))
    return found


def _by_crew(
    work: Callable[[Sequence[Chosen]], list[dict[str, float]]],
    chosen: Sequence[Chosen],
    crew: Crew,
    tell: Tell,
) -> list[dict[str, float]]:
    size = max(1, ceil(len(chosen) / (PIECES * crew.size)))
    pieces = [chosen[begin : begin + size] for begin in range(0, len(chosen), size)]
    answers: dict[int, list[dict[str, float]]] = {}
    done = 0
    for number, answer in crew.each(work, pieces):
        answers[number] = answer
        done += len(answer)
        tell(done / len(chosen), _words(done, len(chosen)))
    return [each for number in range(len(pieces)) for each in answers[number]]


def _alone(
    work: Callable[[Sequence[Chosen]], list[dict[str, float]]],
    chosen: Sequence[Chosen],
    tell: Tell,
) -> list[dict[str, float]]:
    found: list[dict[str, float]] = []
    for each in chosen:
        found += work([each])
        tell(len(found) / len(chosen), _words(len(found), len(chosen)))
    return found


class Code:
    """An own strategy's file with its text, so that it can be had where there is no such file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.text = Path(file).read_text(encoding="utf-8") if file else ""

    def kind(self, name: str) -> type[Strategy]:
        if not self.file or Path(self.file).is_file():
            return kind_of(name, self.file)
        with TemporaryDirectory(prefix="strategy") as folder:
            copy = Path(folder) / PurePath(self.file).name
            copy.write_text(self.text, encoding="utf-8")
            return kind_of(name, str(copy))


def _worked(plan: Plan, code: Code, data: Data, chosen: Sequence[Chosen]) -> list[dict[str, float]]:
    """In whatever process: the strategy is loaded where it runs."""
    kind = code.kind(plan.strategy)
    return [metrics(data.trial(kind(**each), plan)) for each in chosen]


def _score(tried: Tried, objective: str) -> float:
    """Unknown is worse than anything."""
    value = tried.metrics.get(objective, nan)
    return float("-inf") if isnan(value) else value


def _deflated(tried: Sequence[Tried], best: Tried) -> float:
    own = best.metrics
    return deflated(
        own["sharpe"],
        [each.metrics["sharpe"] for each in tried],
        int(own["days"]),
        skew=own["skew"],
        kurtosis=own["kurtosis"],
    )


def _words(done: int, count: int) -> str:
    return f"{done:,} of {count:,} combinations"


def _silent(share: float, words: str) -> None:
    """Nobody asked how far it is."""
