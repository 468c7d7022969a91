"""Which part of what is held is closed, where limits are put, what can be lost at most."""

from dataclasses import replace
from decimal import Decimal
from math import inf, isnan, nan

import pytest

from core.errors import RuleBroken
from core.strategies.worst import Stake, worst_at_expiry
from core.trading.exits import Held, Which, cuts
from core.trading.pricing import Pricing, limit_price
from core.trading.requests import Product, Side
from tests.core.trading.samples import CALL, KEY, LOT, PUT

HELD = Held(
    key=KEY, product=Product.CARRY, units=3 * LOT, lot_size=LOT, title="c", symbol="NIFTY", result=5
)
TICK = Decimal("0.05")


def units(*held: Held, **more: object) -> list[int]:
    return [cut.units for cut in cuts(held, **more)]  # type: ignore[arg-type]


def test_a_percentage_is_rounded_down_to_whole_lots_and_says_so() -> None:
    assert units(HELD, percent=50) == [LOT]
    assert units(replace(HELD, units=-3 * LOT), percent=67) == [2 * LOT]
    (cut,) = cuts([replace(HELD, units=LOT)], percent=50)
    assert (cut.units, cut.why) == (0, "50 % of 1 lots is less than a lot")
    (cut,) = cuts([replace(HELD, units=LOT + 1)])
    assert (cut.units, cut.why) == (LOT, "1 units beyond whole lots stay")
    for percent in (0, 101):
        with pytest.raises(RuleBroken):
            cuts([HELD], percent=percent)


def test_winners_and_losers_are_told_apart_and_the_unknown_is_left_alone() -> None:
    loser, unknown = replace(HELD, result=-1.0), replace(HELD, result=nan)
    assert units(HELD, loser, unknown, which=Which.WINNERS) == [3 * LOT, 0, 0]
    assert units(HELD, loser, unknown, which=Which.LOSERS) == [0, 3 * LOT, 0]
    assert units(HELD, loser, unknown) == [3 * LOT] * 3


def test_one_underlying_leaves_the_others_out() -> None:
    assert len(cuts([HELD, replace(HELD, symbol="BANKNIFTY")], symbol="NIFTY")) == 1


@pytest.mark.parametrize(
    ("how", "side", "give", "price"),
    [
        (Pricing.OWN, Side.BUY, 0, "100.00"),
        (Pricing.OTHER, Side.BUY, 0, "100.25"),
        (Pricing.MID, Side.BUY, 0, "100.10"),
        (Pricing.MID, Side.SELL, 0, "100.15"),
        (Pricing.OTHER, Side.SELL, 2, "99.90"),
        (Pricing.OWN, Side.SELL, -2, "100.35"),
    ],
)
def test_a_limit_is_put_where_it_was_asked_for(
    how: Pricing, side: Side, give: int, price: str
) -> None:
    found = limit_price(how, side, bid=100.0, ask=100.25, tick=TICK, give=give)
    assert found == Decimal(price)


def test_a_limit_needs_a_market_and_is_never_nothing() -> None:
    with pytest.raises(RuleBroken, match="the market shows none"):
        limit_price(Pricing.MID, Side.BUY, bid=nan, ask=1.0, tick=TICK)
    assert limit_price(Pricing.OTHER, Side.SELL, bid=0.05, ask=1.0, tick=TICK, give=5) == TICK


def test_what_can_be_lost_at_most() -> None:
    far = replace(CALL, strike=24_300.0)
    spread = [
        Stake(instrument=CALL, units=-LOT, price=150.0),
        Stake(instrument=far, units=LOT, price=110.0),
    ]
    assert worst_at_expiry(spread) == pytest.approx(LOT * (100 - 40))
    assert worst_at_expiry(spread[:1]) == inf
    assert worst_at_expiry([Stake(instrument=PUT, units=-LOT, price=150.0)]) == LOT * 24_050
    assert worst_at_expiry([Stake(instrument=CALL, units=LOT, price=150.0)]) == LOT * 150
    later = replace(far, expiry=None)
    assert isnan(worst_at_expiry([*spread, Stake(instrument=later, units=1, price=1.0)]))
    assert isnan(worst_at_expiry([Stake(instrument=CALL, units=LOT, price=nan)]))
    free = [Stake(instrument=CALL, units=LOT, price=0.0)]
    assert worst_at_expiry(free) == 0
