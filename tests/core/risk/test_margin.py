"""The margin estimate: the known sums of NIFTY, what offsets and what does not, what is refused."""

import time
from dataclasses import replace
from datetime import date, timedelta
from math import exp, nan
from statistics import median

import pytest

from core.errors import RuleBroken
from core.instruments.instrument import Right
from core.pricing.black76 import price
from core.risk.margin import VOLS, MarginLeg, estimate, scenario_moves
from core.risk.margin_rules import terms

DAY, EXPIRY, LATER = date(2026, 7, 31), date(2026, 8, 25), date(2026, 9, 29)
FORWARD, LOT, RATE, VOL = 24_452.60, 65, 0.065, 0.12
NOTIONAL = FORWARD * LOT


def future(quantity: int = LOT, *, expiry: date = EXPIRY, forward: float = FORWARD) -> MarginLeg:
    return MarginLeg(
        symbol="NIFTY",
        expiry=expiry,
        quantity=quantity,
        price=forward,
        forward=forward,
        years=(expiry - DAY).days / 365,
    )


def option(
    right: Right,
    strike: float,
    quantity: int,
    *,
    expiry: date = EXPIRY,
    symbol: str = "NIFTY",
    vol: float = VOL,
) -> MarginLeg:
    years = (expiry - DAY).days / 365
    call = right is Right.CALL
    value = float(price(FORWARD, strike, years, vol, exp(-RATE * years), call))
    return MarginLeg(
        symbol=symbol,
        expiry=expiry,
        quantity=quantity,
        price=value,
        forward=FORWARD,
        years=years,
        right=right,
        strike=strike,
    )


def call(strike: float, quantity: int, **other: object) -> MarginLeg:
    return option(Right.CALL, strike, quantity, **other)  # type: ignore[arg-type]


def put(strike: float, quantity: int, **other: object) -> MarginLeg:
    return option(Right.PUT, strike, quantity, **other)  # type: ignore[arg-type]


ATM_CALL = call(24_450, -LOT)


@pytest.mark.parametrize("quantity", [LOT, -LOT])
def test_a_nifty_future_needs_about_one_lakh_eighty_thousand(quantity: int) -> None:
    found = estimate([future(quantity)], DAY)
    assert found.total == pytest.approx(180_000, rel=0.01)
    assert found.span == pytest.approx(0.0928 * NOTIONAL)
    assert found.exposure == pytest.approx(0.02 * NOTIONAL)
    assert found.premium == 0
    assert (
        found.worst[0].words == f"NIFTY {-9.3 if quantity > 0 else 9.3:+} %, volatility +4 points"
    )
    assert "may differ" in found.label
    assert found.sources[0].startswith("NIFTY: median of the quarter in NSE Clearing's SPAN files")


def test_a_naked_short_option_at_the_money_needs_about_the_same_less_what_it_brings_in() -> None:
    found = estimate([ATM_CALL], DAY)
    assert found.total == pytest.approx(estimate([future()], DAY).total, rel=0.03)
    assert found.premium == pytest.approx(-LOT * ATM_CALL.price)
    assert found.after_premium == pytest.approx(found.total - LOT * ATM_CALL.price)
    assert found.worst[0].move > 0
    assert found.worst[0].vol > 0


@pytest.mark.parametrize("width", [200, 500, 1000])
@pytest.mark.parametrize("way", ["credit", "debit"])
def test_a_defined_risk_spread_needs_its_largest_loss_and_the_exposure_of_its_short_leg(
    width: float, way: str
) -> None:
    short, long = (24_450, 24_450 + width) if way == "credit" else (24_450 + width, 24_450)
    found = estimate([call(short, -LOT), call(long, LOT)], DAY)
    at_most = LOT * width + found.premium if way == "credit" else found.premium
    assert found.exposure == pytest.approx(0.02 * NOTIONAL)
    assert found.after_premium == pytest.approx(at_most + found.exposure, rel=0.02)
    assert found.benefit > 80_000


def test_a_bought_option_costs_its_premium_and_nothing_else() -> None:
    leg = call(24_450, LOT)
    found = estimate([leg], DAY)
    assert (found.span, found.exposure) == (0, 0)
    assert found.total == found.premium == pytest.approx(LOT * leg.price)


def test_both_sides_of_a_strangle_cannot_lose_at_once() -> None:
    legs = [call(25_000, -LOT), put(24_000, -LOT)]
    found = estimate(legs, DAY)
    assert found.exposure == pytest.approx(2 * 0.02 * NOTIONAL)
    assert max(found.alone) < found.total < 0.65 * sum(found.alone)
    assert found.benefit == pytest.approx(sum(found.alone) - found.total)


def test_far_options_are_held_up_by_the_extreme_moves_and_by_the_short_minimum() -> None:
    far = estimate([call(28_500, -LOT)], DAY)
    assert far.worst[0].move == pytest.approx(2 * 0.0928)
    covered = estimate([call(28_500, -LOT), call(28_550, LOT)], DAY)
    assert covered.span < 0.35 * 50 * LOT + 1, "a bought option next to it leaves the spread"
    assert far.span >= 0.03 * NOTIONAL
    assert far.exposure == pytest.approx(0.03 * NOTIONAL), "deep out of the money is charged more"


def test_an_expiry_spread_pays_the_calendar_charge_and_a_third_of_the_far_exposure() -> None:
    near, far = future(), future(-LOT, expiry=LATER, forward=24_560.0)
    found = estimate([near, far], DAY)
    assert found.span == pytest.approx(0.0175 * LOT * 24_560.0)
    assert found.exposure == pytest.approx(0.02 * LOT * 24_560.0 / 3)
    assert found.total < 0.15 * sum(found.alone)


def test_a_contract_on_its_last_day_stands_alone_and_a_short_option_pays_two_per_cent_more() -> (
    None
):
    day = EXPIRY
    expiring = replace(call(24_450, -LOT), years=0.0005)
    later = replace(call(24_450, LOT, expiry=LATER), years=35 / 365)
    found = estimate([expiring, later], day)
    assert found.exposure == pytest.approx(0.04 * NOTIONAL)
    assert found.span == pytest.approx(estimate([expiring], day).span)
    eve = day - timedelta(days=1)
    assert estimate([expiring, later], eve).total < 0.7 * found.total
    before = date(2024, 8, 1)
    old = estimate([replace(expiring, expiry=before)], before)
    assert old.exposure == pytest.approx(0.02 * NOTIONAL), "before 20 Nov 2024 there was no extra"


def test_shares_are_scanned_wider_and_by_a_rule_that_is_said() -> None:
    leg = replace(future(), symbol="RELIANCE")
    found = estimate([leg], DAY)
    assert found.total == pytest.approx((0.142 + 0.035) * NOTIONAL)
    assert found.sources == ("RELIANCE: NSE Clearing, SPAN risk parameters: least, 2020-05-01",)
    wild = estimate([leg], DAY, daily_vols={"RELIANCE": 0.02})
    assert wild.span == pytest.approx(6 * 2**0.5 * 0.02 * NOTIONAL)


def test_long_dated_index_options_are_scanned_wider() -> None:
    year = DAY + timedelta(days=400)
    assert estimate([call(24_450, -LOT, expiry=year)], DAY).exposure == pytest.approx(
        0.05 * NOTIONAL
    )
    assert estimate([call(24_450, -LOT, expiry=year)], DAY).span > 0.17 * NOTIONAL


def test_underlyings_do_not_offset_each_other() -> None:
    other = replace(future(-LOT), symbol="BANKNIFTY")
    both = estimate([future(), other], DAY)
    assert both.total == pytest.approx(sum(both.alone))
    assert [worst.symbol for worst in both.worst] == ["NIFTY", "BANKNIFTY"]


def test_the_order_and_the_splitting_of_legs_do_not_matter() -> None:
    legs = [ATM_CALL, call(25_000, LOT), put(24_000, -LOT), future(-LOT), put(23_000, 2 * LOT)]
    whole = estimate(legs, DAY).total
    assert estimate(legs[::-1], DAY).total == pytest.approx(whole)
    assert estimate([replace(leg, quantity=3 * leg.quantity) for leg in legs], DAY).total == (
        pytest.approx(3 * whole)
    )
    halves = [replace(leg, quantity=leg.quantity // LOT * 13) for leg in legs for _ in range(5)]
    assert estimate(halves, DAY).total == pytest.approx(whole)


def test_an_option_at_its_intrinsic_value_moves_like_the_future() -> None:
    deep = replace(call(22_000, LOT), price=2000.0)
    found = estimate([replace(deep, quantity=-LOT)], DAY)
    assert found.total == pytest.approx(0.1128 * NOTIONAL + LOT * 2450, rel=0.02)


@pytest.mark.parametrize(
    ("leg", "words"),
    [
        (replace(ATM_CALL, price=nan), "24450 CE needs its price: no price"),
        (replace(ATM_CALL, price=nan, vol=0.12), "24450 CE needs its price: no price"),
        (replace(ATM_CALL, forward=nan), "needs the forward of its expiry"),
        (replace(ATM_CALL, years=-0.001), "NIFTY 25 Aug 24450 CE has expired"),
        (replace(ATM_CALL, years=nan), "has expired"),
        (replace(ATM_CALL, quantity=0), "has no quantity"),
        (replace(ATM_CALL, strike=nan), "has no strike"),
    ],
)
def test_a_leg_that_cannot_be_valued_is_refused(leg: MarginLeg, words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        estimate([future(), leg], DAY)


def test_a_day_before_the_tables_is_refused() -> None:
    with pytest.raises(RuleBroken, match="margin of NIFTY only from 2024-07-01"):
        estimate([future()], date(2024, 6, 30))


@pytest.mark.parametrize("leg", [future(), call(24_450, LOT), put(23_000, LOT)])
def test_what_is_bought_and_sold_of_one_contract_needs_nothing(leg: MarginLeg) -> None:
    found = estimate([leg, replace(leg, quantity=-LOT)], DAY)
    assert (found.span, found.exposure, found.total) == pytest.approx((0, 0, 0), abs=1e-6)
    half = estimate([replace(leg, quantity=-2 * LOT), leg], DAY)
    assert half.total == pytest.approx(estimate([replace(leg, quantity=-LOT)], DAY).total)


def test_no_legs_need_no_margin() -> None:
    none = estimate([], DAY)
    assert (none.total, none.alone, none.worst) == (0, (), ())


def test_there_are_sixteen_scenarios() -> None:
    moves = scenario_moves(terms("NIFTY", DAY))
    assert (len(moves), len(VOLS)) == (16, 16)
    assert moves[-2:].tolist() == [2.0, -2.0]


def test_eight_legs_take_less_than_ten_milliseconds_on_any_machine() -> None:
    legs = [call(24_000 + 100 * i, (-1) ** i * LOT) for i in range(8)]
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        estimate(legs, DAY)
        times.append(time.perf_counter() - begun)
    assert median(times) < 0.010


@pytest.mark.parametrize("units", [LOT, -LOT])
def test_one_leg_has_nothing_to_save_whatever_volatility_it_is_valued_at(units: int) -> None:
    leg = replace(call(24_450, units), vol=0.4)
    found = estimate([leg], DAY)
    assert found.alone == pytest.approx((found.total,))
    assert found.benefit == pytest.approx(0.0, abs=1e-6)
