"""The picture of a position: its curves agree with its figures, and hold still."""

from dataclasses import replace
from math import isnan, nan

import numpy as np
import pytest

from core.ids import InstrumentKey
from core.strategies.legs import Leg
from core.strategies.picture import last_close, picture
from core.strategies.valuation import Market, evaluate
from tests.core.strategies.chains import chain_view
from tests.core.strategies.markets import FAR, NEAR, NOW, closes, leg

MARKET = chain_view().market()


def bought_and_sold() -> list[Leg]:
    return [leg(1, 24_200, "CE", 180.0), leg(-1, 24_500, "CE", 80.0)]


def test_every_curve_is_after_the_charges_to_enter() -> None:
    legs = bought_and_sold()
    found = picture(legs, MARKET, NOW)
    assert found.charges is not None
    fees = float(found.charges.total)
    assert fees > 40
    plain = evaluate(legs, MARKET, found.spots, [closes(NEAR)])[0]
    np.testing.assert_allclose(found.expiry, plain - fees)
    now = evaluate(legs, MARKET, found.spots, [NOW])[0]
    np.testing.assert_allclose(found.today, now - fees)
    np.testing.assert_allclose(found.chosen, found.today)


def test_the_curve_at_expiry_crosses_zero_at_the_breakevens_and_spans_the_extremes() -> None:
    found = picture(bought_and_sold(), MARKET, NOW)
    (root,) = found.summary.breakevens
    assert np.interp(root, found.spots, found.expiry) == pytest.approx(0, abs=1e-6)
    assert found.expiry.max() == pytest.approx(found.summary.max_profit)
    assert found.expiry.min() == pytest.approx(found.summary.max_loss)


def test_the_chosen_curve_is_of_its_day_and_its_volatility() -> None:
    legs, when = bought_and_sold(), NOW + (closes(NEAR) - NOW) / 2
    found = picture(legs, MARKET, when, iv_shift=0.05)
    plain = evaluate(legs, MARKET, found.spots, [when], iv_shift=0.05)[0]
    np.testing.assert_allclose(found.chosen, plain - found.summary.charges)
    assert not np.allclose(found.chosen, found.today)


def test_only_legs_that_outlive_the_horizon_make_a_band() -> None:
    assert picture(bought_and_sold(), MARKET, NOW).band is None
    calendar = [leg(-1, 24_200, "CE", 180.0), leg(1, 24_200, "CE", 400.0, expiry=FAR)]
    band = picture(calendar, MARKET, NOW, daily_iv_change=0.01).band
    assert band is not None
    assert (band.low <= band.high).all()
    assert "σ" in band.words


def test_the_ends_of_the_picture_do_not_move_with_every_tick() -> None:
    first = picture(bought_and_sold(), MARKET, NOW).spots
    again = picture(bought_and_sold(), replace(MARKET, spot=MARKET.spot + 0.5), NOW).spots
    assert (first[0], first[-1]) == (again[0], again[-1])
    assert MARKET.spot + 0.5 in again


def test_strikes_far_out_are_in_the_picture() -> None:
    spots = picture([leg(1, 30_000, "CE", 1.0), leg(-1, 20_000, "PE", 1.0)], MARKET, NOW).spots
    assert spots[0] < 20_000
    assert spots[-1] > 30_000
    assert {20_000.0, 30_000.0} <= set(spots.tolist())


def test_a_leg_without_a_price_says_why_there_are_no_charges() -> None:
    found = picture([leg(1, 24_200, "CE", nan)], MARKET, NOW)
    assert found.charges is None
    assert "no entry price" in found.charges_problem
    assert np.isnan(found.expiry).all()
    assert isnan(found.summary.max_profit)


def test_a_leg_of_no_known_exchange_says_so_and_has_a_picture_all_the_same() -> None:
    stranger = replace(bought_and_sold()[0], key=InstrumentKey("imported"))
    found = picture([stranger], MARKET, NOW)
    assert found.charges is None
    assert "imported is in no segment" in found.charges_problem
    assert not np.isnan(found.expiry).any()


def test_legs_that_do_not_count_have_figures_too_and_change_nothing() -> None:
    off = leg(5, 24_000, "PE", 90.0, enabled=False)
    found = picture(bought_and_sold(), MARKET, NOW, others=[off])
    assert [each.leg.strike for each in found.figures] == [24_200, 24_500, 24_000]
    assert found.summary == picture(bought_and_sold(), MARKET, NOW).summary


def test_without_a_volatility_no_standard_deviation_is_drawn() -> None:
    bare = Market(spot=24_200.0, now=NOW, rate=0.065)
    assert not len(picture(bought_and_sold(), bare, NOW).sigmas)
    low, near_low, near_high, high = picture(bought_and_sold(), MARKET, NOW).sigmas
    assert low < near_low < MARKET.spot < near_high < high


def test_the_last_close_is_that_of_the_leg_that_lives_longest() -> None:
    later = leg(1, 24_200, "CE", expiry=FAR)
    assert last_close([*bought_and_sold(), later], MARKET) == closes(FAR)
    assert last_close([replace(later, exit_price=1.0)], MARKET) == NOW
