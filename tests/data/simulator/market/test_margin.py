"""The exchange's margin: what its rules say of plain positions."""

from datetime import date, timedelta

import numpy as np
import pytest

from data.simulator.market import Contract, Held, Margin, Market
from data.simulator.market.margin import SCENARIOS
from tests.data.simulator.market.moments import MONDAY, NIFTY, WEEKLY, at, option, series

NOON = at(MONDAY, 12)
MONTHLY, FAR = date(2026, 12, 29), date(2027, 1, 25)
LOT = 65


def whole(market: Market, *held: Held, now: int = NOON) -> Margin:
    return market.margins(held, now)[1]


def future(market: Market, expiry: date) -> Contract:
    return next(c for c in series(market, "NIFTY", expiry, MONDAY) if c.type == "FUT")


def sold(market: Market, strike: float, kind: str = "CE", expiry: date = WEEKLY) -> Held:
    return Held(key=option(market, strike, kind, expiry).key, quantity=-LOT)


def bought(market: Market, strike: float, kind: str = "CE", expiry: date = WEEKLY) -> Held:
    return Held(key=option(market, strike, kind, expiry).key, quantity=LOT)


def money(market: Market) -> float:
    return round(market.forward("NIFTY", WEEKLY, NOON) / 100) * 100


def test_there_are_sixteen_scenarios_and_the_extreme_ones_count_a_third():
    assert len(SCENARIOS) == 16
    assert [counted for _, _, counted in SCENARIOS].count(0.35) == 2


def test_a_future_is_scanned_by_at_least_the_floor_and_charged_two_per_cent(market):
    key = future(market, MONTHLY).key
    need = whole(market, Held(key=key, quantity=LOT))
    close = market.quotes([NIFTY], NOON).close[0]
    last = market.quotes([key], NOON).ltp[0]
    assert need.span >= 0.0929 * close * LOT
    assert need.span == pytest.approx(whole(market, Held(key=key, quantity=-LOT)).span)
    assert need.exposure == pytest.approx(0.02 * LOT * last, rel=0.002)
    assert need.premium == need.equity == 0


def test_a_hedged_option_needs_its_width_and_the_exposure_of_the_short_leg(market):
    atm = money(market)
    alone = whole(market, sold(market, atm))
    spread = whole(market, sold(market, atm), bought(market, atm + 200))
    assert alone.total > 130_000
    assert spread.span == pytest.approx(200 * LOT, rel=0.02)
    assert spread.exposure == alone.exposure


def test_a_bought_option_needs_its_premium_only(market):
    need = whole(market, bought(market, money(market)))
    assert need.span == need.exposure == 0
    assert need.total == need.premium > 0


def test_a_naked_short_far_away_is_held_up_by_the_short_option_minimum(market):
    close = market.quotes([NIFTY], NOON).close[0]
    strike = max(c.strike for c in series(market, "NIFTY", WEEKLY, MONDAY))
    need = whole(market, sold(market, strike))
    assert need.span >= 0.03 * LOT * close


def test_futures_of_two_expiries_pay_the_calendar_charge(market):
    near, far = future(market, MONTHLY), future(market, FAR)
    last = market.quotes([far.key], NOON).ltp[0]
    both = (Held(key=near.key, quantity=LOT), Held(key=far.key, quantity=-LOT))
    need = whole(market, *both)
    assert need.span == pytest.approx(0.0175 * LOT * last, rel=0.01)
    assert need.exposure == pytest.approx(0.02 * LOT * last / 3, rel=0.05)


def test_on_its_last_day_a_contract_stands_alone_and_pays_two_per_cent_more(market):
    atm = money(market)
    both = (sold(market, atm), bought(market, atm, expiry=MONTHLY))
    eve = whole(market, *both, now=at(WEEKLY - timedelta(days=1), 12))
    day = whole(market, *both, now=at(WEEKLY, 12))
    assert day.span > 2 * eve.span
    assert day.exposure == pytest.approx(2 * eve.exposure, rel=0.02)


def test_alone_and_together_are_told_in_the_order_asked(market):
    atm = money(market)
    held = [bought(market, atm + 200), sold(market, atm)]
    alone, together = market.margins(held, NOON)
    assert alone[0].span == 0 < alone[1].span
    assert alone[1].premium == 0
    assert together.total < sum(one.total for one in alone)
    again, same = market.margins(held[::-1], NOON)
    assert again == alone[::-1]
    assert np.isclose(same.total, together.total)


def test_it_is_told_before_the_opening_and_after_the_close(market):
    held = [sold(market, money(market))]
    for now in (at(MONDAY, 8), at(MONDAY, 23), at(WEEKLY, 16)):
        assert whole(market, *held, now=now).total > 0


def test_what_is_not_listed_has_no_margin(market):
    with pytest.raises(KeyError):
        market.margins([Held(key="NSE_FO|1", quantity=1)], NOON)
