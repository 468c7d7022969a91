"""Edits of a leg: always to a contract that is listed, at a price that can be had."""

from dataclasses import replace
from math import isnan

import pytest

from core.errors import RuleBroken
from core.instruments.instrument import Right
from core.strategies.chain_view import Fill
from core.strategies.legs import Leg
from tests.core.strategies.chains import chain_view
from tests.core.strategies.markets import FAR, NEAR
from ui.builder import edits

VIEW = chain_view()


def sold(strike: float = 24_200, lots: int = -2) -> Leg:
    return VIEW.expiry(NEAR).leg(Right.CALL, strike, lots, Fill.TRADE)


def test_another_strike_keeps_the_quantity_and_takes_the_price_of_its_side() -> None:
    moved = edits.at_strike(sold(), VIEW, 24_300)
    assert (moved.strike, moved.lots) == (24_300, -2)
    near = VIEW.expiry(NEAR)
    assert moved.price == near.bid[0, near.index(Right.CALL, 24_300)]


def test_a_strike_that_is_not_listed_is_refused_with_its_neighbours() -> None:
    with pytest.raises(RuleBroken, match=r"24210 CE.*not listed.*24200 and 24250"):
        edits.at_strike(sold(), VIEW, 24_210)


def test_a_volatility_that_was_typed_belongs_to_its_contract_and_a_shift_to_the_leg() -> None:
    typed = replace(sold(), iv=0.3, iv_shift=0.02, enabled=False, odd_units=-10)
    moved = edits.at_strike(typed, VIEW, 24_300)
    assert (moved.iv, moved.iv_shift, moved.enabled) == (None, 0.02, False)
    assert moved.odd_units == -10


def test_steps_go_to_the_next_listed_strike_and_stop_at_the_ends() -> None:
    assert edits.stepped(sold(), VIEW, 1).strike == 24_250
    assert edits.stepped(sold(), VIEW, -2).strike == 24_100
    assert edits.stepped(sold(22_000), VIEW, -1).strike == 22_000
    gone = replace(sold(), strike=24_210.0)
    assert edits.stepped(gone, VIEW, 1).strike == 24_250
    assert edits.stepped(gone, VIEW, -1).strike == 24_200


def test_a_drag_finds_the_nearest_strike_and_leaves_a_future_alone() -> None:
    assert edits.nearest_strike(sold(), VIEW, 24_274.0).strike == 24_250
    same = sold()
    assert edits.nearest_strike(same, VIEW, 24_205.0) is same
    future = VIEW.future(NEAR).leg(1)
    assert edits.nearest_strike(future, VIEW, 24_000.0) is future


def test_another_side_has_another_price() -> None:
    near = VIEW.expiry(NEAR)
    at = near.index(Right.CALL, 24_200)
    assert edits.reversed_leg(sold(), VIEW).price == near.ask[0, at]
    assert edits.of_lots(sold(), 3, VIEW).price == near.ask[0, at]
    typed = replace(sold(), price=77.0)
    assert edits.of_lots(typed, -5, VIEW).price == 77.0
    assert edits.of_lots(typed, 0, VIEW).price == 77.0


def test_units_that_are_no_lots_are_kept_as_they_were_typed() -> None:
    leg = edits.of_units(sold(), -100, VIEW)
    assert (leg.quantity, leg.lots, leg.odd_units) == (-100, -1, -35)
    with pytest.raises(RuleBroken, match="At most"):
        edits.of_units(sold(), 65 * 100_001, VIEW)


def test_an_option_becomes_a_future_and_back_the_strike_at_the_money() -> None:
    future = edits.future(sold(), VIEW)
    assert (future.right, future.lots) == (None, -2)
    assert future.price == VIEW.futures[0].bid
    back = edits.option(future, VIEW, Right.PUT)
    assert (back.right, back.strike, back.lots) == (Right.PUT, 24_250, -2)


def test_another_expiry_keeps_the_strike_or_says_that_it_is_not_listed() -> None:
    assert edits.at_expiry(sold(), VIEW, FAR).expiry == FAR
    with pytest.raises(RuleBroken, match="no chain"):
        edits.at_expiry(sold(), chain_view(NEAR), FAR)


def test_a_new_price_is_what_can_be_had_and_unknown_where_nobody_quotes() -> None:
    assert edits.priced(replace(sold(), price=1.0), VIEW).price == sold().price
    assert isnan(edits.priced(sold(26_400), VIEW).price)
    foreign = replace(sold(), key=type(sold().key)("NSE_FO|of another day"), price=5.0)
    assert edits.priced(foreign, VIEW).price == 5.0


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1e999", "--5"])
def test_what_is_no_number_is_refused_in_words(text: str) -> None:
    with pytest.raises(RuleBroken, match="is not a price"):
        edits.number_from(text, "a price")


def test_numbers_may_be_written_as_they_are_shown() -> None:
    assert edits.number_from(" ₹24,200.50 ", "a price") == 24_200.5
