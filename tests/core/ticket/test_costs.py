"""What an order costs, and where going out again is even."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import isnan

import pytest

from core.charges.charges import Trade, charges
from core.charges.rates import Segment
from core.errors import RuleBroken
from core.instruments.instrument import Kind
from core.ticket.costs import costs, reckoned_at
from core.ticket.terms import Quote
from core.trading.requests import OrderType, Side
from tests.core.ticket.test_terms import terms
from tests.core.trading.samples import CALL, PUT

D = Decimal
DAY = date(2026, 8, 21)
QUOTE = Quote(bid=149.90, ask=150.10, ltp=150.0)
MARKET = {"type": OrderType.MARKET, "price": D(0)}


def option(side: Side, quantity: int, price: Decimal, order_id: str) -> Trade:
    return Trade(
        segment=Segment.OPTION,
        exchange="NSE",
        underlying="NIFTY",
        side=side,
        quantity=quantity,
        price=price,
        day=DAY,
        order_id=order_id,
    )


def test_a_limit_is_reckoned_at_its_price_and_a_market_order_at_the_touch() -> None:
    assert reckoned_at(terms(), QUOTE) == (D(150), "the limit")
    assert reckoned_at(terms(**MARKET), QUOTE) == (D("150.1"), "the ask")
    assert reckoned_at(terms(side=Side.SELL, **MARKET), QUOTE) == (D("149.9"), "the bid")
    assert reckoned_at(terms(**MARKET), Quote(ltp=150.0)) == (D(150), "the last price")
    with pytest.raises(RuleBroken, match="has not traded"):
        reckoned_at(terms(**MARKET), Quote())


def test_charges_are_those_of_the_tables() -> None:
    found = costs(terms(), QUOTE, DAY)
    assert found.value == 19_500
    assert found.now == charges([option(Side.BUY, 130, D(150), "x")])


def test_each_slice_pays_as_an_order_of_its_own() -> None:
    found = costs(terms(quantity=4000), QUOTE, DAY)
    assert found.now.brokerage == 3 * 20


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_closing_at_the_even_price_pays_for_both_ways_and_a_tick_less_does_not(side: Side) -> None:
    found = costs(terms(side=side), QUOTE, DAY)
    way = 1 if side is Side.BUY else -1
    back = Side.SELL if side is Side.BUY else Side.BUY

    def left(exit: Decimal) -> Decimal:
        both = [option(side, 130, D(150), "in"), option(back, 130, exit, "out")]
        return way * 130 * (exit - 150) - charges(both).total

    assert left(found.even) >= 0
    assert left(found.even - way * D("0.05")) < 0


def test_an_option_held_to_its_end_is_even_beyond_its_strike() -> None:
    points = float(D(150) + costs(terms(), QUOTE, DAY).now.total / 130)
    assert costs(terms(), QUOTE, DAY).even_at_expiry == pytest.approx(24_200 + points)
    put = costs(terms(instrument=PUT), QUOTE, DAY)
    assert put.even_at_expiry == pytest.approx(24_200 - points)
    sold = costs(terms(side=Side.SELL), QUOTE, DAY).even_at_expiry
    assert 24_200 < sold < 24_350
    future = replace(CALL, kind=Kind.FUTURE, strike=None)
    assert isnan(costs(terms(instrument=future), QUOTE, DAY).even_at_expiry)


def test_crossing_the_spread_costs_half_of_it_and_waiting_costs_nothing() -> None:
    assert costs(terms(**MARKET), QUOTE, DAY).spread == pytest.approx(13.0)
    assert costs(terms(price=D(151)), QUOTE, DAY).spread == pytest.approx(13.0)
    assert costs(terms(price=D("149.90")), QUOTE, DAY).spread == pytest.approx(-13.0)
    assert costs(terms(side=Side.SELL, price=D(150)), QUOTE, DAY).spread == pytest.approx(0.0)
    assert isnan(costs(terms(), Quote(ltp=150.0), DAY).spread)
