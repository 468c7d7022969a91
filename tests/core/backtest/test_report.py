"""Reports read back as they were written."""

from datetime import date
from math import inf, isnan, nan

import pytest

from core.backtest.report import Report, Stretch, Tried
from core.errors import BadData
from tests.ui.backtest.samples import a_year

REPORT = Report(
    result=a_year(),
    metrics={"sharpe": 1.5, "profit_factor": inf},
    tried=(Tried(parameters={"fast": 5, "side": "both"}, metrics={"sharpe": -inf}),),
    stretches=(
        Stretch(
            chosen_from=date(2026, 1, 1),
            judged_from=date(2026, 3, 1),
            judged_to=date(2026, 4, 1),
            parameters={"fast": 5},
            inside={"sharpe": 2.0},
            outside={"sharpe": 0.5},
        ),
    ),
    objective="sharpe",
    deflated=0.91,
)


def test_a_report_reads_back_as_it_was_written() -> None:
    found = Report.from_json(REPORT.to_json())
    assert found.result.same_as(REPORT.result)
    assert (found.metrics, found.tried, found.stretches, found.objective, found.deflated) == (
        REPORT.metrics,
        REPORT.tried,
        REPORT.stretches,
        "sharpe",
        0.91,
    )


def test_an_unknown_number_stays_unknown() -> None:
    found = Report.from_json(Report(result=a_year(), metrics={"calmar": nan}).to_json())
    assert isnan(found.metrics["calmar"])
    assert isnan(found.deflated)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 2}', '{"version": 1}'])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(BadData):
        Report.from_json(text)
