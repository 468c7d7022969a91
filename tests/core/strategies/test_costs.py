"""Legs told to charges and margin: the same rupees as told by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import nan

import pytest

from core.charges.charges import Trade, charges
from core.charges.rates import Segment, Side
from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.strategies.costs import (
    entry_charges,
    exercise_charges,
    held_long,
    margin,
    margin_legs,
)
from core.strategies.legs import Leg
from tests.core.strategies.markets import FAR, LOT, NOW, SPOT, after, closes, future, leg, market

DAY = date(2026, 8, 18)
SPREAD = (leg(1, 24_200, "CE", 150.05), leg(-2, 24_400, "CE", 60), future(-1))


def test_charges_are_those_of_one_order_a_leg() -> None:
    def trade(side: Side, quantity: int, price: str, segment: Segment = Segment.OPTION) -> Trade:
        return Trade(
            segment=segment,
            exchange="NSE",
            underlying="NIFTY",
            side=side,
            quantity=quantity,
            price=Decimal(price),
            day=DAY,
        )

    by_hand = charges(
        [
            trade(Side.BUY, LOT, "150.05"),
            trade(Side.SELL, 2 * LOT, "60"),
            trade(Side.SELL, LOT, "24200", Segment.FUTURE),
        ]
    )
    assert entry_charges(SPREAD, DAY) == by_hand
    assert entry_charges([*SPREAD, replace(SPREAD[0], enabled=False)], DAY) == by_hand


def sensex(lots: int, price: float) -> Leg:
    """Of worked example 3: 20 units, bought at 300 and sold at 280."""
    key = InstrumentKey("BSE_FO|876543")
    return leg(lots, 81_000, "CE", price, key=key, symbol="SENSEX", lot_size=20)


def test_a_sensex_round_trip_pays_the_fees_of_its_own_exchange() -> None:
    found = entry_charges([sensex(1, 300), sensex(-1, 280)], DAY)
    assert (found.stt, found.ipft) == (Decimal("8.40"), Decimal(0))
    assert round(found.transaction, 2) == Decimal("3.77")
    assert round(found.total, 2) == Decimal("60.24")
    assert found.contract_note().total == Decimal("59.66")


def test_legs_of_two_exchanges_each_pay_their_own() -> None:
    bankex = replace(sensex(1, 300), key=InstrumentKey("BSE_FO|9"), symbol="BANKEX")
    assert entry_charges([bankex], DAY).total == entry_charges([sensex(1, 300)], DAY).total
    both = entry_charges([sensex(1, 300), SPREAD[0]], DAY)
    assert both.transaction == sum(
        entry_charges([each], DAY).transaction for each in (sensex(1, 300), SPREAD[0])
    )
    assert len(both.notes) == 2


def test_a_key_of_no_known_exchange_is_refused() -> None:
    with pytest.raises(BadData, match="XYZ_FO"):
        entry_charges([replace(SPREAD[0], key=InstrumentKey("XYZ_FO|1"))], DAY)


def test_without_an_entry_price_the_charges_are_not_known() -> None:
    with pytest.raises(RuleBroken, match="NIFTY 24200 CE 25 Aug has no entry price"):
        entry_charges([leg(1, 24_200, "CE", nan)], DAY)


def test_margin_is_asked_for_at_market_prices_of_open_legs() -> None:
    m = market(prices={SPREAD[0].key: 155.0})
    told = margin_legs([*SPREAD, leg(1, 24_200, "PE", exit_price=2.0)], m)
    assert [(each.quantity, each.price) for each in told] == [
        (LOT, 155.0),
        (-2 * LOT, 60.0),
        (-LOT, SPOT),
    ]
    assert [each.strike for each in told[:2]] == [24_200, 24_400]
    assert told[2].right is None
    later = margin_legs([*SPREAD, leg(1, 24_200, "CE", expiry=FAR)], replace(m, now=after(10)))
    assert [each.expiry for each in later] == [FAR]


def test_a_spread_blocks_less_than_the_sold_leg_alone() -> None:
    both = margin([leg(1, 24_600, "CE", 30), leg(-1, 24_400, "CE", 70)], market())
    alone = margin([leg(-1, 24_400, "CE", 70)], market())
    assert 0 < both.total < alone.total


def test_a_bought_option_in_the_money_pays_stt_on_its_exercise() -> None:
    found = exercise_charges([leg(1, 24_200, "CE")], NOW, 24_252.0)
    assert found.total == found.stt == Decimal("5.07")  # worked example 6: of 3,380 rupees
    assert exercise_charges([leg(1, 24_200, "CE")], NOW, 24_100.0).total == 0
    assert exercise_charges([leg(1, 24_300, "PE")], NOW, 24_252.0).total == Decimal("4.68")


def test_only_what_is_left_long_at_expiry_is_exercised() -> None:
    bought, sold = leg(3, 24_200, "CE"), leg(-1, 24_200, "CE")
    assert [each.lots for each in held_long([bought, sold], NOW)] == [2]
    assert held_long([sold, future(1)], NOW) == []
    assert held_long([replace(bought, exit_price=1.0), replace(bought, enabled=False)], NOW) == []
    assert held_long([bought], closes(bought.expiry)) == []
