import csv
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analytics.max_pain import max_pain, pay_out
from core.analytics.open_interest import put_call_ratio
from tests.core.analytics import nse_chain


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=40))
def test_the_running_sums_equal_the_table_written_out(oi: list[tuple[int, int]]):
    strikes = 20_000.0 + 50 * np.arange(len(oi))
    calls, puts = np.array(oi, dtype=float).T
    table = [
        sum(
            c * max(s - k, 0) + p * max(k - s, 0)
            for k, c, p in zip(strikes, calls, puts, strict=True)
        )
        for s in strikes
    ]
    assert pay_out(strikes, calls, puts) == pytest.approx(table, rel=1e-9, abs=1.0)


def test_one_put_below_and_one_call_above_leave_the_middle_without_pain():
    strikes = np.array([90.0, 100.0, 110.0])
    assert max_pain(strikes, np.array([0.0, 0, 5]), np.array([5.0, 0, 0])) == 90.0
    assert max_pain(strikes, np.array([9.0, 0, 0]), np.array([0.0, 0, 1])) == 90.0
    assert max_pain(strikes, np.array([1.0, 0, 0]), np.array([0.0, 0, 9])) == 110.0


def test_unknown_open_interest_counts_as_none():
    strikes = np.array([90.0, 100.0])
    assert max_pain(strikes, np.array([nan, 4.0]), np.array([nan, 9.0])) == 100.0


@pytest.mark.parametrize("strikes", [[], [100.0]])
def test_without_open_interest_there_is_no_max_pain(strikes: list[float]):
    nothing = np.zeros(len(strikes))
    assert isnan(max_pain(np.array(strikes), nothing, nothing))


def test_the_published_chain_of_5_december_2025_has_its_pain_at_26150(shared_data: Path):
    chain = nse_chain.read(shared_data, "09-Dec-2025")
    calls, puts = (chain.column(side, "openInterest") for side in ("CE", "PE"))
    assert max_pain(chain.strikes, calls, puts) == 26_150


def test_the_bhavcopy_of_18_march_2021_gives_its_known_anchors(shared_data: Path):
    file = shared_data / "bhavcopy" / "nse_fo_bhavcopy_20210318_legacy.csv"
    sides: dict[str, dict[float, float]] = {"CE": {}, "PE": {}}
    with file.open() as lines:
        for row in csv.DictReader(lines):
            if (row["SYMBOL"], row["INSTRUMENT"]) == ("NIFTY", "OPTIDX") and row[
                "EXPIRY_DT"
            ].upper() == "25-MAR-2021":
                sides[row["OPTION_TYP"]][float(row["STRIKE_PR"])] = float(row["OPEN_INT"])
    strikes = np.array(sorted({*sides["CE"], *sides["PE"]}))
    calls, puts = (np.array([side.get(k, 0.0) for k in strikes]) for side in sides.values())
    assert put_call_ratio(calls, puts) == pytest.approx(0.8263, abs=5e-5)
    assert max_pain(strikes, calls, puts) == 14_750
