"""The row of a dated table: the newest that has begun, never a guess."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from core.dated import in_force
from core.errors import RuleBroken


@dataclass(frozen=True)
class Fee:
    start: date
    value: int


OLD, NEW = Fee(date(2024, 10, 1), 10), Fee(date(2026, 4, 1), 15)


@pytest.mark.parametrize("rows", [(OLD, NEW), (NEW, OLD)])
def test_the_newest_row_that_has_begun_is_in_force(rows: tuple[Fee, ...]):
    assert in_force(rows, OLD.start, "fee") is OLD
    assert in_force(rows, NEW.start - timedelta(days=1), "fee") is OLD
    assert in_force(rows, NEW.start, "fee") is NEW


@pytest.mark.parametrize("rows", [(OLD, NEW), (NEW, OLD)])
def test_a_day_before_the_table_is_refused(rows: tuple[Fee, ...]):
    with pytest.raises(RuleBroken, match="knows the fee only from 2024-10-01 on"):
        in_force(rows, date(2024, 9, 30), "fee")
