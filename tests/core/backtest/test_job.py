"""A backtest's file and the command line say the same thing in two spellings."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.backtest.job import job_of, value, values
from core.errors import AppError, BadData, RuleBroken

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)


def job(**told: Any) -> Any:
    return job_of({"strategy": "sma_cross", **told}, Path("jobs"), FIRST, LAST)


def test_a_job_becomes_a_plan() -> None:
    found = job(
        symbol="NIFTY",
        interval="15m",
        first="2025-02-01",
        last=datetime(2025, 3, 1),  # noqa: DTZ001 – as TOML reads a moment without a zone
        parameters={"fast": 5},
        sweep={"slow": {"from": 20, "to": 60, "step": 20}, "lots": 2},
        segment="future",
    ).plan
    assert (found.symbol, found.interval, found.parameters) == ("NIFTY", "15m", {"fast": 5})
    assert (found.first, found.last) == (date(2025, 2, 1), date(2025, 3, 1))
    assert found.sweep == {"slow": (20, 40, 60), "lots": (2,)}
    assert found.segment == "future"


def test_what_is_not_said_is_the_last_year_of_days() -> None:
    found = job(symbol="NIFTY")
    assert (found.plan.first, found.plan.last, found.plan.interval) == (FIRST, LAST, "1d")
    assert found.own is None


def test_files_are_found_beside_the_job_and_run_from_end_to_end() -> None:
    found = job(strategy="mine.py", candles="bars.csv")
    assert (found.own, found.candles) == (Path("jobs/mine.py"), Path("jobs/bars.csv"))
    assert found.plan.strategy == "mine.py"
    assert found.plan.interval == ""
    assert found.plan.first < date(2000, 1, 1)


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"colour": "red"}, "has no colour"),
        ({"strategy": ""}, "names no strategy"),
        ({"first": 5}, "no day"),
        ({"first": "soon"}, "cannot be read"),
        ({"segment": "magic"}, "cannot be read"),
        ({"over": "tea"}, "cannot be read"),
        ({"parameters": 5}, "names with values"),
        ({"sweep": {"fast": {"from": 5}}}, "no range"),
        ({"sweep": {"fast": {"from": 5, "to": 1}}}, "no range that can be tried"),
        ({"first": "2025-05-01", "last": "2025-01-01"}, "ends on"),
        ({"capital": "much"}, "cannot be read"),
        ({"folds": 3}, "needs values"),
        ({"objective": "luck"}, "'luck' is no aim"),
    ],
)
def test_a_job_that_means_nothing_is_refused_with_words(told: Any, problem: str) -> None:
    with pytest.raises(AppError, match=problem):
        job(**told)


def test_values_are_spelled_as_lists_and_as_ranges() -> None:
    assert values("5,10,20") == (5, 10, 20)
    assert values("5:20:5") == (5, 10, 15, 20)
    assert values("2:4") == (2, 3, 4)
    assert values("0.1:0.5:0.1") == (0.1, 0.2, 0.3, 0.4, 0.5)
    assert values("flat,short") == ("flat", "short")
    assert values("09:20") == (9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)
    assert values([1, 2.5]) == (1, 2.5)
    assert (value("7"), value("7.5"), value("15:10")) == (7, 7.5, "15:10")
    with pytest.raises(RuleBroken):
        values("1:5:0")
    with pytest.raises(BadData):
        values({"from": 1, "until": 2})
