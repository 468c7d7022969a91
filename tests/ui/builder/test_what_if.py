"""Rows and columns of the what-if table, and what stands in it."""

from datetime import timedelta

import numpy as np
import pytest

from core.clock import SetClock
from core.instruments.calendar import MarketCalendar
from core.strategies.payoff import evaluate
from core.strategies.valuation import Market
from core.strategies.what_if import PNL
from tests.core.strategies.markets import FAR, NEAR, NOW, SPOT, Skewed, closes, leg
from ui.builder import what_if

MARKET = Market(spot=24_213.4, now=NOW, rate=0.065, surface=Skewed())
CALENDAR = MarketCalendar(SetClock(NOW))


def test_prices_are_multiples_of_the_step_around_the_spot_itself() -> None:
    found = what_if.ladder(24_213.4, 0.01, 100.0)
    assert found.tolist() == [24_400.0, 24_300.0, 24_213.4, 24_200.0, 24_100.0, 24_000.0]


def test_prices_stay_where_they_are_while_the_spot_moves_a_little() -> None:
    before, after = what_if.ladder(24_213.4, 0.01, 100.0), what_if.ladder(24_230.0, 0.01, 100.0)
    assert set(before) - {24_213.4} == set(after) - {24_230.0}


def test_a_small_step_does_not_make_endless_rows() -> None:
    assert len(what_if.ladder(24_213.4, 0.3, 0.05)) <= what_if.MOST_ROWS + 2


@pytest.mark.parametrize(("size", "step"), [(0.9, 1), (34, 50), (101, 200), (210, 250), (0, 1)])
def test_steps_are_round(size: float, step: float) -> None:
    assert what_if.nice(size) == step


def test_days_are_the_closes_to_come_with_every_legs_own() -> None:
    legs = [leg(-1, 24_200, "CE"), leg(1, 24_200, "CE", expiry=FAR)]
    found = what_if.moments(MARKET, legs, CALENDAR)
    assert found[0] == NOW
    assert closes(NEAR) in found
    assert found[-1] == closes(FAR)
    assert len(found) <= what_if.MOST_DAYS
    assert found == sorted(set(found))
    assert all(CALENDAR.is_trading_day(each.date()) for each in found)


def test_the_last_day_is_told_by_the_clock() -> None:
    market = Market(spot=SPOT, now=closes(NEAR) - timedelta(hours=6), rate=0.0)
    found = what_if.moments(market, [leg(-1, 24_200, "CE")], CALENDAR)
    heads = what_if.day_headings(found, market, [leg(-1, 24_200, "CE")], 0)
    assert [head.text for head in heads[:3]] == ["Now", "10:40", "11:40"]
    assert heads[-1].sub == "expiry"


def test_a_leg_that_was_closed_makes_no_column() -> None:
    legs = [leg(-1, 24_200, "CE"), leg(1, 24_200, "CE", expiry=FAR, exit_price=10.0)]
    assert what_if.moments(MARKET, legs, CALENDAR)[-1] == closes(NEAR)


def test_over_days_a_cell_is_the_payoff_less_charges() -> None:
    legs, dates = [leg(-1, 24_200, "CE")], [NOW, closes(NEAR)]
    spots = what_if.ladder(MARKET.spot, 0.02, 100.0)
    ask = what_if.question(legs, MARKET, spots, dates, [0.02], [], measure=PNL, charges=61.0)
    found = ask().values
    expected = evaluate(legs, MARKET, spots, dates, iv_shift=0.02).T - 61.0
    np.testing.assert_allclose(found, expected)


def test_over_volatilities_a_cell_is_the_payoff_at_that_shift() -> None:
    legs, when = [leg(-1, 24_200, "CE")], NOW + timedelta(days=2)
    spots = what_if.ladder(MARKET.spot, 0.02, 100.0)
    ask = what_if.question(
        legs, MARKET, spots, [when], what_if.SHIFTS, [], measure=PNL, charges=0.0
    )
    found = ask().values
    for column, shift in enumerate(what_if.SHIFTS):
        expected = evaluate(legs, MARKET, spots, [when], iv_shift=shift)[0]
        np.testing.assert_allclose(found[:, column], expected)


def test_a_greek_has_no_charges_taken_off() -> None:
    legs, spots = [leg(1, 24_200, "CE")], what_if.ladder(MARKET.spot, 0.02, 100.0)
    made = [
        what_if.question(
            legs, MARKET, spots, [NOW, closes(NEAR)], [0.0], [], measure="vega", charges=fees
        )()
        for fees in (0.0, 500.0)
    ]
    np.testing.assert_array_equal(made[0].values, made[1].values)
    assert made[0].values[:, 0].max() > 0
    assert not made[0].values[:, 1].any()


def test_the_row_of_the_spot_is_marked() -> None:
    heads = what_if.price_headings(np.array([24_300.0, 24_213.4]), 24_213.4)
    assert [(head.text, head.mark, head.id) for head in heads] == [
        ("24,300", False, "24300"),
        ("24,213.40", True, "spot"),
    ]


def test_without_a_volatility_the_range_is_the_usual_one() -> None:
    assert what_if.usual_reach(None, SPOT) == 0.03
