"""What a backtest charges is what core.charges says of the same orders, by their days."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from core.backtest.costs import Costs
from core.charges.charges import Trade, charges
from core.charges.plans import flat
from core.charges.rates import Segment, Side
from core.errors import RuleBroken


@pytest.mark.parametrize("segment", list(Segment))
@pytest.mark.parametrize("exchange", ["NSE", "BSE"])
def test_charges_are_those_of_the_tables(segment: Segment, exchange: str) -> None:
    charge = Costs(segment=segment, exchange=exchange, underlying="SENSEX").charge()
    rng = np.random.default_rng(3)
    for day in (date(2024, 10, 1), date(2025, 7, 1), date(2026, 3, 31), date(2026, 4, 1)):
        for units in (-1, 65, -650, 5_000):
            price = round(float(rng.uniform(1, 25_000)), 2)
            trade = Trade(
                segment=segment,
                exchange=exchange,
                underlying="SENSEX",
                side=Side.BUY if units > 0 else Side.SELL,
                quantity=abs(units),
                price=Decimal(str(price)),
                day=day,
            )
            expected = float(charges([trade]).total)
            assert charge(units, price, day) == pytest.approx(expected, rel=1e-12)


def test_days_before_the_tables_take_the_first_known_rates_and_say_so() -> None:
    costs = Costs(segment=Segment.FUTURE, underlying="NIFTY")
    charge = costs.charge()
    assert charge(65, 20_000.0, date(2015, 1, 5)) > 0
    assert charge(-65, 20_000.0, date(2015, 1, 5)) < charge(-65, 20_000.0, date(2026, 5, 5))
    assert any("first that are known" in each for each in costs.words(date(2015, 1, 5)))
    assert not any("first that are known" in each for each in costs.words(date(2026, 5, 5)))


def test_without_a_segment_nothing_is_charged() -> None:
    assert Costs().charge()(65, 20_000.0, date(2026, 5, 5)) == 0
    assert "No charges." in Costs().words(date(2026, 5, 5))


def test_another_plan_takes_its_own_fee() -> None:
    day = date(2026, 5, 5)
    free, dear = (
        Costs(segment=Segment.OPTION, plan=flat("x", Decimal(fee))).charge() for fee in (0, 100)
    )
    assert dear(65, 100.0, day) - free(65, 100.0, day) == pytest.approx(118)


@pytest.mark.parametrize("slippage", [-0.1, float("nan"), float("inf")])
def test_slippage_is_a_number_of_rupees(slippage: Any) -> None:
    with pytest.raises(RuleBroken):
        Costs(slippage=slippage)
