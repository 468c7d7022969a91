"""A ticket's terms: sizes in lots and units, prices on the tick, the order that they make."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.errors import RuleBroken
from core.ticket.terms import Quote, Terms, on_tick, products, stepped
from core.trading.requests import OrderType, Product, Side
from tests.core.trading.samples import CALL, LOT

D = Decimal
TICK = D("0.05")


def terms(**more: object) -> Terms:
    given: dict[str, object] = {
        "instrument": CALL,
        "side": Side.BUY,
        "quantity": 2 * LOT,
        "product": Product.CARRY,
        "price": D(150),
    }
    return Terms(**(given | more))  # type: ignore[arg-type]


def test_lots_and_units_say_the_same() -> None:
    assert terms().lots == 2
    assert terms().with_lots(3).quantity == 195
    assert terms(quantity=100).lots is None


@pytest.mark.parametrize(
    ("units", "by", "lots"), [(130, 1, 3), (130, -1, 1), (65, -1, 1), (100, 1, 2), (100, -1, 1)]
)
def test_steps_go_from_whole_lot_to_whole_lot(units: int, by: int, lots: int) -> None:
    assert terms(quantity=units).lots_stepped(by).lots == lots


def test_what_is_above_the_freeze_is_sliced_and_the_rest_comes_last() -> None:
    assert terms(quantity=1755).slices == (1755,)
    assert not terms(quantity=1755).request().slice
    assert terms(quantity=4000).slices == (1755, 1755, 490)
    assert terms(quantity=4000).request().slice


@pytest.mark.parametrize(
    ("price", "by", "then"),
    [
        ("150", 1, "150.05"),
        ("150", -1, "149.95"),
        ("150.02", 1, "150.05"),
        ("150.02", -1, "150.00"),
        ("0.05", -1, "0.05"),
        ("0", 1, "0.05"),
    ],
)
def test_a_price_steps_by_the_tick_and_ends_on_it(price: str, by: int, then: str) -> None:
    assert stepped(D(price), TICK, by) == D(then)


def test_a_price_is_written_with_two_digits() -> None:
    assert str(stepped(D("45.3500"), D("0.0500"), 1)) == "45.40"
    assert str(on_tick(45.3525, D("0.0025"))) == "45.3525"


def test_a_quote_comes_to_the_nearest_tick_and_an_unknown_one_to_none() -> None:
    assert on_tick(150.0249, TICK) == D("150.00")
    assert on_tick(0.01, TICK) == TICK
    assert on_tick(float("nan"), TICK) == 0


def test_an_order_has_only_the_prices_of_its_type() -> None:
    at_market = terms(type=OrderType.MARKET, trigger_price=D(140)).request()
    assert (at_market.price, at_market.trigger_price) == (0, 0)
    stop = terms(type=OrderType.SL, trigger_price=D(149)).request()
    assert (stop.price, stop.trigger_price) == (150, 149)


def test_terms_that_no_broker_can_take_become_no_order() -> None:
    with pytest.raises(RuleBroken, match="needs a price"):
        terms(price=D(0)).request()


def test_shares_are_delivered_and_contracts_carried() -> None:
    share = replace(CALL, kind="equity")
    assert products(CALL)[0] is Product.CARRY
    assert terms(product=products(CALL)[0]).request().product is Product.CARRY
    assert Quote(bid=1.0, ask=2.0).touch(Side.SELL) == 1.0
    assert Quote(bid=1.0, ask=2.0).mid == 1.5
    assert share.symbol == CALL.symbol
