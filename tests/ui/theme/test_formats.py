"""Numbers and times as they are written on the screen."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.theme import formats
from ui.theme.colors import tone

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.00"),
        (5.5, "5.50"),
        (999.994, "999.99"),
        (1000, "1,000.00"),
        (24_200.05, "24,200.05"),
        (123_456.7, "1,23,456.70"),
        (12_345_678.9, "1,23,45,678.90"),
        (-1_234.5, "-1,234.50"),
        (-0.001, "0.00"),
        (NAN, "–"),
        (float("inf"), "–"),
        (None, "–"),
    ],
)
def test_prices_are_grouped_the_indian_way(value: float | None, text: str) -> None:
    assert formats.price(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (45_300, "45,300"),
        (99_999.4, "99,999"),
        (99_999.6, "1.00L"),
        (1_234_000, "12.34L"),
        (9_999_999, "1.00Cr"),
        (12_345_678, "1.23Cr"),
        (-250_000, "-2.50L"),
        (NAN, "–"),
    ],
)
def test_large_quantities_are_written_in_lakh_and_crore(value: float, text: str) -> None:
    assert formats.lakh(value) == text


def test_a_change_always_has_its_sign_and_its_tone() -> None:
    assert formats.signed(12.3) == "+12.30"
    assert formats.signed(-12.3) == "-12.30"
    assert formats.signed(0) == "0.00"
    assert formats.signed_percent(0.0025) == "+0.25%"
    assert (tone(1), tone(-1), tone(0), tone(NAN), tone(None)) == ("up", "down", "", "", "")


def test_a_fraction_is_written_in_per_cent() -> None:
    assert formats.percent(0.11763) == "11.76%"
    assert formats.percent(None) == "–"


def test_times_are_shown_in_ist() -> None:
    at = datetime(2026, 11, 18, 4, 30, 5, tzinfo=UTC)
    assert formats.clock_time(at) == "10:00:05"
    assert formats.ist(at) == "18 Nov 2026 10:00:05 IST"
    assert formats.day(date(2026, 11, 26)) == "Thu 26 Nov 2026"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.24, "0.2 s"), (-1, "0.0 s"), (12, "12 s"), (180, "3 m"), (7_300, "2 h"), (200_000, "2 d")],
)
def test_ages_are_short(seconds: float, text: str) -> None:
    assert formats.age(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(45, "45 s"), (720, "12 m"), (7_800, "2 h 10 m"), (273_600, "3 d 4 h"), (-5, "0 s")],
)
def test_durations_name_two_units(seconds: float, text: str) -> None:
    assert formats.duration(seconds) == text


@given(st.floats(allow_nan=True, allow_infinity=True, width=64))
def test_no_number_is_ever_written_as_nan_or_infinity(value: float) -> None:
    for write in (formats.price, formats.signed, formats.percent, formats.quantity, formats.lakh):
        assert not set(write(value)) & set("naif")


@given(st.integers(min_value=-(10**13), max_value=10**13))
def test_grouping_keeps_every_digit(value: int) -> None:
    assert int(formats.quantity(value).replace(",", "")) == value
