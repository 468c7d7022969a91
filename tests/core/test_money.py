from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import rupees


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(0.1, "0.1000"), ("16.09125", "16.0912"), ("16.09135", "16.0914"), (3, "3.0000")],
)
def test_rupees_are_kept_to_a_hundredth_of_a_paisa_and_rounded_half_to_even(
    amount: float | str, expected: str
):
    assert str(rupees(amount)) == expected


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), "-Infinity"])
def test_what_is_no_amount_is_refused(amount: float | str):
    with pytest.raises(ValueError, match="not an amount"):
        rupees(amount)


def test_estimates_and_money_do_not_mix():
    with pytest.raises(TypeError):
        rupees(1) + 1.5  # type: ignore[operator]


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_what_is_exact_stays_as_it_is(amount: Decimal):
    assert rupees(amount) == amount
