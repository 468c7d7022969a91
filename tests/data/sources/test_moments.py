from datetime import UTC, date, datetime

import numpy as np
import pytest

from core.clock import IST
from core.errors import BadData
from data.sources.moments import days_of, moment_of, times_of

NOON = datetime(2024, 4, 3, 12, 30, tzinfo=IST)


@pytest.mark.parametrize(
    "text",
    [
        "2024-04-03 12:30:00", "2024-04-03T12:30", "20240403 12:30", "202404031230",
        "03-Apr-2024 12:30:00", "03-APR-2024 12:30", "03/04/2024 12:30", "03-04-2024 12:30",
        "2024-04-03T07:00:00Z", "2024-04-03T12:30:00+05:30", "2024-04-03 12:30:00.250",
        "1712127600", "1712127600000", "1712127600000000", "2024/04/03 12:30",
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(text: str):
    assert moment_of(text, "Asia/Kolkata") == NOON


def test_another_zone_is_another_moment_summer_time_included():
    winter, summer = times_of(["2024-01-03 09:30", "2024-07-03 09:30"], "America/New_York")
    assert datetime.fromtimestamp(winter, UTC).hour == 14
    assert datetime.fromtimestamp(summer, UTC).hour == 13


def test_the_month_may_come_first():
    assert days_of(["03/04/2024"], month_first=True).tolist() == [date(2024, 3, 4)]
    assert days_of(["03/04/2024"]).tolist() == [date(2024, 4, 3)]


def test_every_month_has_its_letters():
    texts = [f"05-{datetime(2024, m, 5, tzinfo=UTC):%b}-2024".upper() for m in range(1, 13)]
    assert days_of(texts).tolist() == [date(2024, m, 5) for m in range(1, 13)]


def test_what_is_no_time_is_unknown_and_the_others_are_not_lost():
    found = times_of(["x", "2024-04-03 12:30", "", "2024-13-45"], "Asia/Kolkata")
    assert np.isfinite(found).tolist() == [False, True, False, False]


def test_a_zone_that_is_none_is_refused():
    with pytest.raises(BadData, match="Mars"):
        times_of(["2024-04-03 12:30"], "Mars/Olympus")
