import csv
from math import isnan, nan
from pathlib import Path

import pytest

from core.analytics.rank import percentile, rank


def test_india_vix_of_31_july_2026_has_its_known_rank(shared_data: Path):
    with (shared_data / "vix" / "india_vix_daily_2012_2026.csv").open() as lines:
        close = [float(row["Close "]) for row in csv.DictReader(lines)]
    assert (min(close[-252:]), max(close[-252:])) == (9.15, 27.89)
    assert rank(close, close[-1], 252) == pytest.approx(0.139, abs=5e-4)
    assert percentile(close, close[-1], 252) == pytest.approx(0.341, abs=5e-4)


def test_the_percentile_counts_what_is_strictly_below():
    assert percentile([1, 2, 2, 3], 2) == 0.25
    assert percentile([1, 2, 2, 3], 9) == 1.0


def test_only_the_last_sessions_count():
    assert rank([0, 100, 10, 20], 15, 2) == 0.5
    assert percentile([0, 0, 10, 20], 15, 2) == 0.5


def test_outside_of_the_range_the_rank_says_so():
    assert rank([10, 20], 25) == 1.5


def test_unknown_days_are_passed_over():
    assert rank([10, nan, 20], 15) == 0.5
    assert percentile([10, nan, 20], 15) == 0.5


@pytest.mark.parametrize("history", [[], [nan], [5, 5]])
def test_without_a_range_there_is_no_rank(history: list[float]):
    assert isnan(rank(history, 5))


def test_an_unknown_now_has_no_place():
    assert isnan(rank([1, 2], nan))
    assert isnan(percentile([1, 2], nan))
    assert isnan(percentile([], 1))
