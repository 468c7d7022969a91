"""Kept runs that are the same run again."""

from dataclasses import replace
from datetime import UTC, datetime
from math import nan

from core.backtest.run import Plan, Run, RunState
from ui.backtest.opening import again

AT = datetime(2026, 6, 1, 5, 0, tzinfo=UTC)
RUN = Run(
    id="a",
    name="First",
    plan=Plan(strategy="x", first=AT.date(), last=AT.date()),
    state=RunState.DONE,
    created_at=AT,
    code_hash="c",
    data_hash="d",
    metrics={"sharpe": 1.0, "calmar": nan},
)


def test_runs_of_the_same_plan_code_and_data_are_told_and_whether_they_agree() -> None:
    same = replace(RUN, id="b", name="Second", metrics={"calmar": float("nan"), "sharpe": 1.0})
    other = replace(RUN, id="c", name="Third", metrics={"sharpe": 2.0, "calmar": nan})
    told = again(RUN, [RUN, same, other, replace(same, id="e", data_hash="other")])
    assert [line.partition(",")[0] for line in told] == ["the same as Second", "DIFFERS from Third"]


def test_a_run_that_never_ran_agrees_with_nothing() -> None:
    failed = replace(RUN, code_hash="", data_hash="", metrics={})
    assert again(failed, [failed, replace(failed, id="b")]) == ()
