"""Growth by month and year."""

from datetime import UTC, datetime

import numpy as np
import pytest

from core.backtest.months import month_ends, years


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type]


def test_months_grow_from_the_end_of_the_one_before() -> None:
    time = np.array([at(2025, 11, 10), at(2025, 11, 28), at(2026, 1, 5), at(2026, 2, 2)])
    found = years(time, np.array([101.0, 110.0, 99.0, 198.0]), 100.0)
    assert [each.year for each in found] == [2025, 2026]
    assert found[0].months[10] == pytest.approx(0.1)
    assert found[1].months[:2] == pytest.approx((-0.1, 1.0))
    assert np.isnan(found[0].months[11])  # no moment in December
    assert (found[0].total, found[1].total) == pytest.approx((0.1, 0.8))


def test_a_month_ends_by_the_indian_clock() -> None:
    time = np.array([at(2026, 1, 31, 18, 29), at(2026, 1, 31, 18, 31)])
    assert list(month_ends(time)) == [0, 1]
    assert list(month_ends(np.empty(0, dtype=np.int64))) == []


def test_nothing_grows_out_of_nothing() -> None:
    (year,) = years(np.array([at(2026, 1, 5)]), np.array([5.0]), 0.0)
    assert np.isnan(year.months[0])
