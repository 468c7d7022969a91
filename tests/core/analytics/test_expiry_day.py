from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest

from core.analytics.expiry_day import decay_path, gamma_risk, minute_decay, pays_at, pin_range
from core.analytics.forward import mids, parity_forward
from core.errors import BadData
from core.pricing.greeks import full_greeks
from tests.core.analytics import nse_chain
from tests.core.analytics.priced_day import CLOSES, priced_day

STRIKES = 24_000.0 + 50 * np.arange(-4, 5)
HOUR = 60 / 525_600


def flat(value: float = 1.0) -> np.ndarray:
    return np.full((2, 9), value)


def test_the_pin_lies_between_the_walls():
    oi = flat()
    oi[0, 6], oi[1, 3] = 10.0, 10.0
    found = pin_range(STRIKES, oi, flat(), forward=24_010.0, straddle=400.0)
    assert (found.support, found.resistance) == (23_950, 24_100)
    assert (found.low, found.high) == (23_950, 24_100)


def test_the_pin_is_no_wider_than_the_straddle_implies():
    oi = flat()
    oi[0, 8], oi[1, 0] = 10.0, 10.0
    found = pin_range(STRIKES, oi, flat(), forward=24_010.0, straddle=60.0)
    assert (found.low, found.high) == (23_950, 24_070)
    assert found.max_pain == 24_000


def test_walls_out_of_order_leave_the_implied_range():
    oi = flat()
    oi[0, 0], oi[1, 8] = 10.0, 10.0
    found = pin_range(STRIKES, oi, flat(), forward=24_010.0, straddle=60.0)
    assert (found.low, found.high) == (23_950, 24_070)


def test_without_a_straddle_the_walls_alone_count():
    oi = flat()
    oi[0, 6], oi[1, 3] = 10.0, 10.0
    found = pin_range(STRIKES, oi, flat(), forward=24_010.0, straddle=nan)
    assert (found.low, found.high) == (23_950, 24_100)
    assert isnan(found.implied_low)


def test_the_cluster_is_the_fewest_neighbours_with_half_of_the_gamma():
    gamma = np.zeros((2, 9))
    gamma[0] = [1, 0, 0, 2, 4, -3, 1, 0, 0]  # signs do not cancel
    gamma[1, 4] = -1
    found = pin_range(STRIKES, flat(), gamma, forward=24_000.0, straddle=60.0)
    assert (found.cluster_low, found.cluster_high) == (24_000, 24_050)
    opposed = np.zeros((2, 9))
    opposed[:, 2], opposed[0, 6] = (9, -9), 1
    found = pin_range(STRIKES, flat(), opposed, forward=24_000.0, straddle=60.0)
    assert found.cluster_low == STRIKES[2]
    nothing = pin_range(STRIKES, flat(), flat(nan), forward=24_000.0, straddle=60.0)
    assert isnan(nothing.cluster_low)


def test_the_straddle_melts_to_what_is_intrinsic():
    minutes, value = decay_path(24_010.0, 24_000.0, 0.15, 30.5 / 525_600)
    assert minutes[0] == pytest.approx(30.5)
    assert minutes[-1] == 0.0
    assert len(minutes) == 32
    assert value[-1] == pytest.approx(10.0)
    assert (np.diff(value) < 0).all()


def test_at_the_money_it_melts_faster_and_faster():
    _, value = decay_path(24_000.0, 24_000.0, 0.15, 60.5 / 525_600)
    assert (np.diff(value, n=2) < 0)[:-1].all()


def test_decay_at_first_is_theta():
    years = 5 * HOUR
    _, value = decay_path(24_000.0, 24_000.0, 0.15, years)
    theta = full_greeks(24_000.0, 24_000.0, years, 0.15, 1.0, [True, False]).theta.sum()
    assert value[1] - value[0] == pytest.approx(theta / 1_440, rel=0.01)


def test_with_the_market_standing_still_what_happens_is_the_theory():
    found = minute_decay(priced_day(20), CLOSES)
    assert np.isnan(found.realised[0])
    assert found.realised[1:] == pytest.approx(found.theoretical[1:], abs=1e-9)
    assert (found.theoretical[1:] < 0).all()


def test_a_move_makes_the_difference_between_theory_and_what_happened():
    forward = np.full(20, 24_000.0)
    forward[10:] += 60
    found = minute_decay(priced_day(20, forward=forward), CLOSES)
    assert found.realised[10] > 3.0
    assert found.theoretical[10] < 0
    # measured on the strike bought before the move, not on the one at the money after it
    assert found.strikes[10] == 24_000
    assert found.strikes[11] == 24_050


def test_after_a_gap_the_minute_is_unknown():
    found = minute_decay(priced_day(10, missing=(4,)), CLOSES)
    assert np.flatnonzero(np.isnan(found.realised)).tolist() == [0, 4]
    assert np.flatnonzero(np.isnan(found.theoretical)).tolist() == [0, 4]


def test_one_strike_can_be_followed_all_day():
    found = minute_decay(priced_day(5), CLOSES, strike=24_100.0)
    assert found.strikes[1:].tolist() == [24_100] * 4
    with pytest.raises(BadData):
        minute_decay(priced_day(5), CLOSES, strike=24_101.0)


def test_a_bought_straddle_gains_from_a_jump_either_way():
    found = gamma_risk(24_000.0, 24_000.0, 0.12, HOUR, lot_size=65)
    assert found.moves.tolist() == [-0.01, -0.005, -0.0025, 0.0025, 0.005, 0.01]
    assert (found.pnl > 0).all()
    assert found.pnl[-1] == pytest.approx((240 * 65) - found.per_lot, rel=1e-3)
    assert found.minutes_left == pytest.approx(60)


def test_a_straddle_pays_for_itself_at_two_prices_about_its_strike_not_about_the_forward():
    below, above = (24_020 * (1 + move) for move in pays_at(24_020.0, 24_000.0, 31.5))
    assert (below, above) == pytest.approx((24_000 - 31.5, 24_000 + 31.5))
    assert np.isnan(pays_at(24_020.0, 24_000.0, np.nan)).all()
    assert np.isnan(pays_at(np.nan, 24_000.0, 31.5)).all()


def test_small_jumps_pay_half_of_gamma_times_the_square():
    found = gamma_risk(24_000.0, 24_000.0, 0.12, 24 * HOUR, lot_size=65, moves=(0.0005,))
    greeks = full_greeks(24_000.0, 24_000.0, 24 * HOUR, 0.12, 1.0, [True, False])
    expected = 12 * greeks.delta.sum() + 0.5 * greeks.gamma.sum() * 12**2
    assert found.pnl[0] == pytest.approx(expected * 65, rel=0.01)


def test_nearer_the_close_a_jump_hurts_more():
    early, late = (gamma_risk(24_000.0, 24_000.0, 0.12, t, lot_size=65) for t in (6 * HOUR, HOUR))
    assert (late.pnl > early.pnl).all()


def test_the_published_chain_of_5_december_2025_has_its_range(shared_data: Path):
    chain = nse_chain.read(shared_data, "09-Dec-2025")
    oi = np.array([chain.column(side, "openInterest") for side in ("CE", "PE")])
    calls, puts = (
        mids(chain.column(side, "bidprice"), chain.column(side, "askPrice"))
        for side in ("CE", "PE")
    )
    forward = parity_forward(chain.strikes, calls, puts, chain.spot)
    greeks = full_greeks(forward, chain.strikes, 4 / 365, 0.09, 1.0, [[True], [False]])
    found = pin_range(
        chain.strikes, oi, np.asarray(greeks.gamma * oi), forward=forward, straddle=152.95
    )
    assert (found.support, found.max_pain, found.resistance) == (26_000, 26_150, 26_500)
    assert found.low == pytest.approx(26_203.95 - 152.95, abs=0.01)
    assert found.high == pytest.approx(26_203.95 + 152.95, abs=0.01)
    assert 26_000 <= found.cluster_low <= found.cluster_high <= 26_500


def test_the_path_can_be_followed_for_some_minutes_only():
    years = 5 * HOUR
    minutes, value = decay_path(24_000.0, 24_000.0, 0.15, years)
    some, first = decay_path(24_000.0, 24_000.0, 0.15, years, within=60)
    assert some == pytest.approx(minutes[:61])
    assert first == pytest.approx(value[:61])
    assert decay_path(24_000.0, 24_000.0, 0.15, years, within=1e6)[0][-1] == 0.0
