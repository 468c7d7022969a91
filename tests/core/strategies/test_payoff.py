"""Figures of positions against closed forms, brute force and what traders know."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from math import erf, exp, inf, isnan, log, nan, sqrt

import numpy as np
import pytest

from core.errors import RuleBroken
from core.instruments.expiries import years_left
from core.pricing.black76 import price
from core.strategies.legs import Leg, net_premium
from core.strategies.payoff import Sticky, band, days_ahead, distributions, evaluate, summary
from core.strategies.valuation import leg_values
from tests.core.strategies.markets import (
    FAR,
    LOT,
    NEAR,
    NOW,
    SPOT,
    Skewed,
    after,
    closes,
    future,
    leg,
    market,
)

CONDOR = (
    leg(1, 23_800, "PE", 30),
    leg(-1, 24_000, "PE", 60),
    leg(-1, 24_400, "CE", 70),
    leg(1, 24_600, "CE", 35),
)
CALENDAR = (leg(-1, 24_200, "CE", 150), leg(1, 24_200, "CE", 420, FAR))
EXPIRY = [closes(NEAR)]


def intrinsic(legs: Sequence[Leg], spot: float) -> float:
    """The definition, leg by leg."""
    total = 0.0
    for each in legs:
        worth = spot
        if each.strike is not None:
            worth = max(spot - each.strike, 0) if each.is_call else max(each.strike - spot, 0)
        total += each.quantity * (worth - each.price)
    return total


def test_at_expiry_the_curve_is_the_intrinsic_value() -> None:
    legs = [*CONDOR, future(2, 24_190.0)]
    spots = np.linspace(100, 40_000, 57)
    found = evaluate(legs, market(), spots, EXPIRY)[0]
    assert found == pytest.approx([intrinsic(legs, s) for s in spots], abs=1e-6)


def test_before_expiry_it_is_black_on_each_expirys_own_forward() -> None:
    m, when, spot = market(), after(2), 24_700.0
    found = leg_values(CALENDAR, m, [spot], [when])[:, 0, 0]
    for each, value in zip(CALENDAR, found, strict=True):
        now, then = (years_left(each.closes_at, t) for t in (NOW, when))
        forward = spot * (m.forwards[each.expiry] / SPOT) ** (then / now)
        vol = Skewed().vol(each.strike or 0, now)
        assert value == pytest.approx(
            price(forward, each.strike or 0, then, vol, exp(-0.065 * then), True), rel=1e-12
        )


def test_today_at_todays_spot_a_leg_is_worth_what_its_own_volatility_says() -> None:
    m = market(ivs={CONDOR[0].key: 0.2})
    own, fitted = leg_values([CONDOR[0], CONDOR[1]], m, [SPOT], [NOW])[:, 0, 0]
    years, forward = years_left(closes(NEAR), NOW), m.forwards[NEAR]
    discount = exp(-0.065 * years)
    assert own == pytest.approx(price(forward, 23_800, years, 0.2, discount, False), rel=1e-12)
    vol = Skewed().vol(24_000.0, 1)
    assert fitted == pytest.approx(price(forward, 24_000, years, vol, discount, False), rel=1e-12)


def test_an_iv_typed_by_hand_goes_before_the_markets_and_shifts_are_added() -> None:
    m = market(ivs={CONDOR[0].key: 0.2})
    typed = replace(CONDOR[0], iv=0.3)
    shifted = replace(CONDOR[0], iv=0.25, iv_shift=0.05)
    a, b = leg_values([typed, shifted], m, [SPOT], [NOW])[:, 0, 0]
    assert a == pytest.approx(b, rel=1e-12)
    whole = leg_values([replace(typed, iv=0.25)], m, [SPOT], [NOW], iv_shift=0.05)
    assert whole[0, 0, 0] == pytest.approx(a, rel=1e-12)


def test_a_sticky_smile_keeps_strikes_or_moneyness() -> None:
    spot, years = 1.02 * SPOT, years_left(closes(NEAR), NOW)
    strike, delta = (
        leg_values([CONDOR[0]], market(sticky=s), [spot], [NOW])[0, 0, 0]
        for s in (Sticky.STRIKE, Sticky.DELTA)
    )
    forward, discount = 1.02 * market().forwards[NEAR], exp(-0.065 * years)
    for found, at in ((strike, 23_800.0), (delta, 23_800.0 / 1.02)):
        vol = Skewed().vol(at, years)
        right = price(forward, 23_800, years, vol, discount, False)
        assert found == pytest.approx(right, rel=1e-10)


def test_an_expired_leg_counts_at_the_intrinsic_value_of_the_spot_looked_at() -> None:
    later = leg_values(CALENDAR, market(), [24_500.0], [after(20)])[0, 0, 0]
    assert later == 300.0


def test_an_exited_leg_no_longer_moves_and_a_disabled_one_does_not_count() -> None:
    done = replace(CONDOR[0], exit_price=42.0)
    values = evaluate([done], market(), [20_000, 30_000], [NOW, after(30)])
    assert np.all(values == LOT * 12)
    off = replace(CONDOR[1], enabled=False)
    assert np.all(evaluate([done, off], market(), [20_000], [NOW]) == LOT * 12)


def test_units_beyond_whole_lots_count() -> None:
    odd = leg(1, 24_200, "CE", 100.0).of_quantity(100)
    assert evaluate([odd], market(), [24_300.0], EXPIRY)[0, 0] == 0
    assert evaluate([odd], market(), [24_400.0], EXPIRY)[0, 0] == 100 * 100


def test_a_condor_has_the_figures_that_traders_compute_by_hand() -> None:
    found = summary(CONDOR, market())
    assert found.exact
    assert found.net_premium == net_premium(CONDOR) == 65 * LOT
    assert (found.max_profit, found.max_loss) == pytest.approx((65 * LOT, -135 * LOT))
    assert found.breakevens == (23_935.0, 24_465.0)
    assert found.reward_risk == pytest.approx(65 / 135)


@pytest.mark.parametrize(
    ("legs", "profit", "loss", "breakevens"),
    [
        ([leg(1, 24_200, "CE", 100)], inf, -100 * LOT, (24_300,)),
        ([leg(-1, 24_200, "CE", 100)], 100 * LOT, -inf, (24_300,)),
        ([leg(1, 24_200, "PE", 100)], 24_100 * LOT, -100 * LOT, (24_100,)),
        ([leg(-1, 24_200, "PE", 100)], 100 * LOT, -24_100 * LOT, (24_100,)),
        ([future(1)], inf, -SPOT * LOT, (SPOT,)),
        ([future(-1)], SPOT * LOT, -inf, (SPOT,)),
        ([future(1), leg(-1, 24_400, "CE", 80)], 280 * LOT, -24_120 * LOT, (24_120,)),
        ([leg(1, 24_200, "CE", 90), leg(-2, 24_400, "CE", 30)], 170 * LOT, -inf, (24_230, 24_570)),
        ([leg(-1, 24_200, "CE", 90), leg(2, 24_400, "CE", 30)], inf, -170 * LOT, (24_230, 24_570)),
        ([leg(1, 24_200, "CE", 0.0), leg(-1, 24_400, "CE", 0.0)], 200 * LOT, 0.0, (24_200,)),
        ([leg(1, 24_200, "CE", 90), leg(1, 24_200, "PE", 90)], inf, -180 * LOT, (24_020, 24_380)),
    ],
)
def test_extremes_and_breakevens_are_exact(
    legs: list[Leg], profit: float, loss: float, breakevens: tuple[float, ...]
) -> None:
    found = summary(legs, market())
    assert found.max_profit == pytest.approx(profit, rel=1e-6)
    assert found.max_loss == pytest.approx(loss, rel=1e-6)
    assert found.breakevens == pytest.approx(breakevens, rel=1e-12)


def test_a_future_of_a_later_month_does_not_make_a_covered_call_unlimited() -> None:
    found = summary([future(1, 24_300, FAR), leg(-1, 24_400, "CE", 80)], market())
    assert found.exact
    assert found.max_profit == pytest.approx(320 * LOT, rel=0.01)


def test_charges_are_taken_off_everything() -> None:
    plain, net = summary(CONDOR, market()), summary(CONDOR, market(), charges=130.0)
    assert net.max_profit == plain.max_profit - 130
    assert net.max_loss == plain.max_loss - 130
    assert net.breakevens == (23_937.0, 24_463.0)
    assert net.expected_smile == pytest.approx(plain.expected_smile - 130)
    assert net.pop_smile < plain.pop_smile


def test_the_lognormal_chance_is_the_closed_form() -> None:
    found = summary([leg(1, 24_200, "CE", 100)], market())
    years, forward = years_left(closes(NEAR), NOW), market().forwards[NEAR]
    vol = float(Skewed().vol(forward, years)) * sqrt(years)
    d2 = log(forward / 24_300) / vol - vol / 2
    right = 0.5 * (1 + erf(d2 / sqrt(2)))
    assert found.pop_lognormal == pytest.approx(right, abs=2e-4)


def test_the_smiles_chance_is_the_slope_of_its_call_prices() -> None:
    found = summary([leg(1, 24_200, "CE", 100)], market())
    years, forward = years_left(closes(NEAR), NOW), market().forwards[NEAR]
    near = np.array([24_299.0, 24_301.0])
    calls = price(forward, near, years, Skewed().vol(near, years), 1.0, True)
    assert found.pop_smile == pytest.approx((calls[0] - calls[1]) / 2, abs=2e-4)
    assert abs(found.pop_smile - found.pop_lognormal) > 0.005  # the skew tells


@pytest.mark.parametrize("legs", [CONDOR, (leg(1, 24_200, "CE", 100),), (future(1),)])
def test_the_mean_under_the_smile_is_what_the_options_cost_undiscounted(
    legs: Sequence[Leg],
) -> None:
    years, forward = years_left(closes(NEAR), NOW), market().forwards[NEAR]
    right = 0.0
    for each in legs:
        worth = forward
        if each.strike is not None:
            vol = Skewed().vol(each.strike, years)
            worth = float(price(forward, each.strike, years, vol, 1.0, each.is_call))
        right += each.quantity * (worth - each.price)
    assert summary(legs, market()).expected_smile == pytest.approx(right, abs=0.02 * LOT)


def test_chances_of_a_position_and_its_reverse_add_up_to_one() -> None:
    mirrored = [each.reversed() for each in CONDOR]
    one, other = summary(CONDOR, market()), summary(mirrored, market())
    assert one.pop_smile + other.pop_smile == pytest.approx(1.0)
    assert one.max_profit == -other.max_loss


def test_a_calendar_is_judged_at_its_near_expiry() -> None:
    found = summary(CALENDAR, market())
    assert found.horizon == closes(NEAR)
    assert not found.exact
    assert found.max_loss == pytest.approx(-270 * LOT, rel=1e-3)
    spots = np.linspace(22_000, 26_500, 90_001)
    values = evaluate(CALENDAR, market(), spots, EXPIRY)[0]
    assert found.max_profit == pytest.approx(values.max(), rel=1e-4)
    crossings = spots[np.flatnonzero(np.diff(np.sign(values)))]
    assert found.breakevens == pytest.approx(crossings, abs=0.05)
    at_roots = evaluate(CALENDAR, market(), found.breakevens, EXPIRY)[0]
    assert at_roots == pytest.approx([0, 0], abs=0.01)


def test_the_chance_of_a_calendar_is_the_mass_between_its_breakevens() -> None:
    found = summary(CALENDAR, market())
    smile, _ = distributions(CALENDAR, market(), closes(NEAR))
    assert smile is not None
    low, high = smile.cdf(found.breakevens)
    assert found.pop_smile == pytest.approx(float(high - low))


@pytest.mark.parametrize("when", [NOW, after(3)])
def test_net_greeks_are_the_slopes_of_the_curve(when: object) -> None:
    m = market(now=when)
    found = summary([*CONDOR, *CALENDAR, future(1, expiry=FAR)], m)
    legs = [f.leg for f in found.legs]

    def worth(spot: float, shift: float = 0.0) -> float:
        return float(evaluate(legs, m, [spot], [m.now], iv_shift=shift)[0, 0])

    h = 5.0
    assert found.greeks.delta == pytest.approx(
        (worth(SPOT + h) - worth(SPOT - h)) / (2 * h), rel=1e-3
    )
    assert found.greeks.gamma == pytest.approx(
        (worth(SPOT + h) - 2 * worth(SPOT) + worth(SPOT - h)) / h**2, rel=1e-3
    )
    slope = (worth(SPOT, 1e-4) - worth(SPOT, -1e-4)) / 2e-4
    assert found.greeks.vega == pytest.approx(slope * 0.01, rel=1e-4)
    assert found.cash.delta == pytest.approx(found.greeks.delta * 0.01 * SPOT)
    assert found.cash.gamma == pytest.approx(found.greeks.gamma * (0.01 * SPOT) ** 2)


def test_profit_now_is_at_market_prices_where_there_are_any() -> None:
    m = market(prices={each.key: each.price + 1 for each in CONDOR[:2]})
    found = summary(CONDOR[:2], m)
    assert found.pnl == pytest.approx(0.0)
    assert [f.price for f in found.legs] == [31, 61]


def test_unknown_prices_and_volatilities_make_unknown_figures_and_nothing_else() -> None:
    unknown = summary([replace(CONDOR[0], price=nan)], market())
    for each in (unknown.max_loss, unknown.pop_smile, unknown.expected_smile, unknown.pnl):
        assert isnan(each)
    blind = summary(CONDOR, market(surface=None))
    assert blind.max_profit == 65 * LOT
    assert isnan(blind.pop_smile)
    assert isnan(blind.greeks.delta)


def test_no_legs_have_no_results() -> None:
    found = summary([], market())
    assert found.max_profit == found.max_loss == found.pnl == 0.0
    assert found.breakevens == ()


def test_on_the_evening_of_its_expiry_a_leg_is_settled_at_the_spot_as_it_stands() -> None:
    evening = market(now=closes(NEAR) + timedelta(hours=2), spot=24_450.0)
    found = evaluate([*CONDOR, future(1)], evening, [20_000, 30_000], [evening.now])
    assert np.all(found == pytest.approx(LOT * (65 - 50 + 250)))
    assert summary(CONDOR, evening).greeks.delta == 0.0


def test_days_later_nobody_knows_what_an_expired_leg_has_made() -> None:
    later = market(now=after(10))
    found = summary(CALENDAR, later)
    assert isnan(found.pnl)
    assert isnan(found.max_loss)
    settled = [replace(CALENDAR[0], exit_price=80.0), CALENDAR[1]]
    assert summary(settled, later).max_loss == pytest.approx(-350 * LOT)


def test_legs_of_different_underlyings_are_not_valued_together() -> None:
    foreign = replace(CONDOR[0], symbol="BANKNIFTY")
    for value in (summary, lambda legs, m: evaluate(legs, m, [SPOT], [NOW])):
        with pytest.raises(RuleBroken, match="BANKNIFTY, NIFTY"):
            value([*CONDOR, foreign], market())
    assert summary([*CONDOR, replace(foreign, enabled=False)], market()).max_profit == 65 * LOT


def test_the_band_of_a_calendar_is_as_wide_as_its_vega() -> None:
    spots = np.linspace(23_500, 25_000, 11)
    usual = band(CALENDAR, market(), spots, closes(NEAR))
    assert np.all(usual.low < usual.middle)
    assert np.all(usual.middle < usual.high)
    assert "2 vol points" in usual.words
    own = band(CALENDAR, market(), spots, closes(NEAR), daily_iv_change=0.004)
    days = (closes(NEAR) - NOW).total_seconds() / 86_400
    assert own.move == pytest.approx(0.004 * sqrt(days))
    assert "daily changes" in own.words
    narrow = band(CONDOR, market(), spots, closes(NEAR))
    assert np.array_equal(narrow.low, narrow.high)


def test_days_ahead_are_even_and_end_at_the_end() -> None:
    found = days_ahead(market(), closes(NEAR), 5)
    assert (found[0], found[-1]) == (NOW, closes(NEAR))
    assert len({b - a for a, b in pairwise(found)}) == 1
    assert days_ahead(market(), NOW, 5) == [NOW]


def test_what_a_call_is_expected_to_make_counts_the_market_beyond_twice_its_strike() -> None:
    expiry, vol, rate = date(2031, 6, 24), 0.25, 0.065  # five years: double is no rare thing
    years = years_left(closes(expiry), NOW)
    forward = SPOT * exp(rate * years)
    fair = float(price(forward, 24_000, years, vol, 1.0, True))
    m = market(forwards={expiry: forward}, surface=Skewed(vol, 0.0), rate=rate)
    found = summary([leg(1, 24_000, "CE", fair, expiry)], m)
    assert found.expected_lognormal == pytest.approx(0.0, abs=2e-4 * fair * LOT)
    assert found.expected_smile == pytest.approx(0.0, abs=2e-3 * fair * LOT)
