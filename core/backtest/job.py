"""A backtest as a file asks for it: which strategy, on what, with which values.

strategy = "sma_cross"              # a ready one, or a file beside this one: "mine.py"
symbol = "NIFTY"                    # or key = "NSE_INDEX|Nifty 50"
interval = "15m"
first = 2026-01-01
last = 2026-06-30
candles = "bars.csv"                # instead of the desk's own bars
parameters = { fast = 10, slow = 40 }
sweep = { fast = [5, 10, 20], slow = { from = 20, to = 100, step = 20 } }
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from core.backtest.metrics import OBJECTIVES
from core.backtest.run import Over, Plan
from core.charges.rates import Segment
from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey

OWN: Final = {"candles", "first", "last", "sweep", "parameters", "over", "segment"}
KNOWN: Final = {each.name for each in fields(Plan)} | OWN
ANY_DAY: Final = date(1990, 1, 1), date(2199, 12, 31)
MOST_VALUES: Final = 10_000
"""Of one swept parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`plan` may lack its key: the symbol names it; its interval is empty where it is the candle
    file's own. Paths are as written, from the job's folder.

    `own` is the path of an own strategy, None for a ready one.
    """

    plan: Plan
    own: Path | None = None
    candles: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A backtest by hand: a file, and what is `told` beside it; `seconds` it may take at most."""

    file: Path
    told: Mapping[str, Any]
    sweeps: bool = False
    cluster: str = ""
    processes: int = 0
    seconds: float = 3_600.0


def job_of(told: Mapping[str, Any], folder: Path, first: date, last: date) -> Job:
    """`first` and `last` where the file names none; a candle file is run from end to end.

    Raises BadData for what it cannot mean.
    """
    if unknown := sorted(set(told) - KNOWN):
        raise BadData(f"a backtest has no {', '.join(unknown)}: {', '.join(sorted(KNOWN))}")
    strategy = told.get("strategy")
    if not isinstance(strategy, str) or not strategy:
        raise BadData("the job names no strategy")
    if told.get("candles"):
        told = {"interval": "", **told}
        first, last = ANY_DAY
    try:
        plan = Plan(
            **{name: value for name, value in told.items() if name not in OWN | {"strategy"}},
            strategy=Path(strategy).name,
            over=Over(told.get("over", Over.BARS)),
            parameters=_table(told, "parameters"),
            sweep={name: values(each) for name, each in _table(told, "sweep").items()},
            segment=Segment(told["segment"]) if told.get("segment") else "",
            first=_day(told.get("first", first)),
            last=_day(told.get("last", last)),
        )
    except (TypeError, ValueError) as problem:
        raise BadData(f"the job cannot be read: {problem}") from problem
    if plan.objective not in OBJECTIVES:
        raise BadData(f"{plan.objective!r} is no aim of a sweep: {', '.join(OBJECTIVES)}")
    plan = replace(plan, key=InstrumentKey(str(plan.key)))
    candles = told.get("candles")
    return Job(
        plan=plan,
        own=folder / strategy if strategy.endswith(".py") else None,
        candles=folder / str(candles) if candles else None,
    )


def values(told: Any) -> tuple[Any, ...]:
    """Of `[5, 10]`, `{from, to, step}`, one value, or as text `5,10` and `5:50:5`."""
    if isinstance(told, str):
        return _spelled(told)
    if isinstance(told, Mapping):
        if set(told) - {"from", "to", "step"} or not {"from", "to"} <= set(told):
            raise BadData(f"{dict(told)} is no range: it takes from, to and step")
        return steps(told["from"], told["to"], told.get("step", 1))
    return tuple(told) if isinstance(told, list | tuple) else (told,)


def steps(first: float, last: float, step: float) -> tuple[float | int, ...]:
    """Both ends included; decimal steps do not drift."""
    begin, end, by = (Decimal(str(each)) for each in (first, last, step))
    if by <= 0 or end < begin or (end - begin) / by > MOST_VALUES:
        raise RuleBroken(f"{first} to {last} by {step} is no range that can be tried")
    count = int((end - begin) / by) + 1
    found = [begin + n * by for n in range(count)]
    whole = all(isinstance(each, int) for each in (first, last, step))
    return tuple(int(each) if whole else float(each) for each in found)


def value(text: str) -> Any:
    """A number where it is one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _spelled(text: str) -> tuple[Any, ...]:
    parts = [value(each) for each in text.split(":")]
    if len(parts) in (2, 3) and not any(isinstance(each, str) for each in parts):
        return steps(parts[0], parts[1], parts[2] if len(parts) == 3 else 1)
    return tuple(value(each.strip()) for each in text.split(",") if each.strip())


def _table(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name, {})
    if not isinstance(found, Mapping):
        raise BadData(f"{name} are names with values, not {found!r}")
    return found


def _day(told: Any) -> date:
    if isinstance(told, datetime):
        return told.date()
    if isinstance(told, date):
        return told
    if isinstance(told, str):
        return date.fromisoformat(told)
    raise BadData(f"{told!r} is no day: write it as 2026-11-20")
