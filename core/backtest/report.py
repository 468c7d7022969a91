"""What is kept of a run: its result, and of a sweep or a walk-forward what else was tried."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from math import isfinite, isnan, nan
from typing import Any, Final

from core.backtest.results import Result
from core.errors import BadData

VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One combination of a sweep."""

    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One fold of a walk-forward: chosen by what came before, judged in what followed.

    `inside` are the metrics of the choice where it was made, `outside` where it was judged.
    """

    chosen_from: date
    judged_from: date
    judged_to: date
    parameters: Mapping[str, Any]
    inside: Mapping[str, float]
    outside: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`result` is the run itself, of a sweep its best combination, of a walk-forward all that was
    judged. `metrics` are its own. `objective` names the metric by which the best was found.
    `deflated` is the probability that the best of a sweep is more than luck; nan unknown.
    """

    result: Result
    metrics: Mapping[str, float]
    tried: tuple[Tried, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    objective: str = ""
    deflated: float = nan

    def to_json(self) -> str:
        told = {
            "version": VERSION,
            "result": self.result.to_json(),
            "metrics": _numbers(self.metrics),
            "tried": [[dict(t.parameters), _numbers(t.metrics)] for t in self.tried],
            "stretches": [
                {**asdict(s), "inside": _numbers(s.inside), "outside": _numbers(s.outside)}
                for s in self.stretches
            ],
            "objective": self.objective,
            "deflated": _number(self.deflated),
        }
        return json.dumps(told, separators=(",", ":"), default=date.isoformat)

    @classmethod
    def from_json(cls, text: str) -> "Report":
        """Raises BadData for a text that is no report, or of a version that is not known."""
        try:
            told = json.loads(text)
            if told["version"] != VERSION:
                raise BadData("this run was saved by another version of the desk")
            return cls(
                result=Result.from_json(told["result"]),
                metrics=_taken(told["metrics"]),
                tried=tuple(Tried(parameters=p, metrics=_taken(m)) for p, m in told["tried"]),
                stretches=tuple(map(_stretch, told["stretches"])),
                objective=str(told["objective"]),
                deflated=_float(told["deflated"]),
            )
        except (TypeError, ValueError, KeyError, AttributeError) as problem:
            raise BadData(f"this is no saved run: {problem}") from problem


def _stretch(told: dict[str, Any]) -> Stretch:
    days = ("chosen_from", "judged_from", "judged_to")
    return Stretch(
        **{name: date.fromisoformat(told[name]) for name in days},
        parameters=told["parameters"],
        inside=_taken(told["inside"]),
        outside=_taken(told["outside"]),
    )


def _numbers(metrics: Mapping[str, float]) -> dict[str, float | str | None]:
    return {name: _number(value) for name, value in metrics.items()}


def _number(value: float) -> float | str | None:
    """JSON has no endless numbers, and none that are unknown."""
    return value if isfinite(value) else None if isnan(value) else str(value)


def _taken(metrics: Mapping[str, Any]) -> dict[str, float]:
    return {name: _float(value) for name, value in metrics.items()}


def _float(value: float | str | None) -> float:
    return nan if value is None else float(value)
