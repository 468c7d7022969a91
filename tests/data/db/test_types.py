"""Column types keep what they are given, and refuse what they cannot keep."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.db import types


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_come_back_to_the_microsecond(moment: datetime) -> None:
    assert types.from_micros(types.to_micros(moment)) == moment


def test_times_of_other_zones_are_the_same_moment() -> None:
    ist = datetime(2026, 8, 18, 9, 15, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert types.from_micros(types.to_micros(ist)) == ist


def test_naive_times_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        types.to_micros(datetime(2026, 8, 18))  # noqa: DTZ001


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_rupees_come_back_to_the_last_step(amount: Decimal) -> None:
    assert types.from_steps(types.to_steps(amount)) == amount


@given(st.dates())
def test_days_read_like_days(day: date) -> None:
    number = types.to_day_number(day)
    assert f"{number:08}" == f"{day:%Y}".zfill(4) + f"{day:%m%d}"
    assert types.from_day_number(number) == day
