import json
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from core.analytics.exposure import (
    Dealers,
    Exposures,
    chain_exposures,
    exposures,
    gamma_profile,
    net_gamma,
)
from core.pricing.greeks import full_greeks

STRIKES = 24_000.0 + 50 * np.arange(-50, 50)
CALLS = np.array([[True], [False]])
YEARS = 3 / 365
SPOT, FORWARD = 24_000.0, 24_020.0


@dataclass(frozen=True)
class Given:
    delta: np.ndarray
    gamma: np.ndarray
    vanna: np.ndarray


def hills() -> np.ndarray:
    """Calls written above the money, puts below, as usual; units."""
    return 1e6 * np.exp(-(((STRIKES - np.array([[24_300.0], [23_700.0]])) / 250) ** 2))


def of_chain(oi: np.ndarray, convention: Dealers = Dealers.LONG_CALLS_SHORT_PUTS) -> Exposures:
    return chain_exposures(
        STRIKES,
        oi,
        spot=SPOT,
        forward=FORWARD,
        years=YEARS,
        vol=np.full(oi.shape, 0.13),
        convention=convention,
    )


def test_gamma_of_one_strike_is_gamma_times_open_interest_times_the_spot_squared_per_percent():
    greeks = Given(*(np.array([[a], [b]]) for a, b in ((0.5, -0.5), (0.001, 0.002), (0.01, 0.02))))
    found = exposures(np.array([100.0]), np.array([[1_000.0], [500.0]]), greeks, 100.0)
    assert found.gamma[:, 0].tolist() == pytest.approx([100.0, -100.0])
    assert found.delta[:, 0].tolist() == pytest.approx([50_000.0, 25_000.0])
    assert found.vanna[:, 0].tolist() == pytest.approx([1_000.0, -1_000.0])
    assert (found.net, found.net_delta) == (pytest.approx(0.0), pytest.approx(75_000.0))


def test_gamma_is_what_a_move_of_one_percent_would_make_dealers_trade():
    oi = hills()
    found = of_chain(oi)
    moved = [
        (
            np.array([[1.0], [-1.0]]) * oi * full_greeks(f, STRIKES, YEARS, 0.13, 1, CALLS).delta
        ).sum()
        for f in (FORWARD * 0.9999, FORWARD * 1.0001)
    ]
    per_percent = (moved[1] - moved[0]) / 0.02 * SPOT
    # per rupee of the spot; its square, not the forward's, is the reference's
    assert found.net == pytest.approx(per_percent * SPOT / FORWARD, rel=1e-3)


def test_the_opposite_convention_has_the_opposite_sign_and_the_same_flip():
    oi = hills()
    one, other = of_chain(oi), of_chain(oi, Dealers.SHORT_CALLS_LONG_PUTS)
    assert one.net == pytest.approx(-other.net)
    assert one.flip == pytest.approx(other.flip)
    assert one.assumption != other.assumption


def test_the_whole_chain_has_vanna_by_our_greeks():
    found = of_chain(hills())
    greeks = full_greeks(FORWARD, STRIKES, YEARS, 0.13, 1.0, CALLS)
    assert found.vanna == pytest.approx(np.array([[1.0], [-1.0]]) * hills() * greeks.vanna * SPOT)
    assert found.net_vanna == pytest.approx(found.vanna.sum())


def test_who_is_short_of_everything_has_no_flip():
    found = of_chain(hills(), Dealers.SHORT_BOTH)
    assert (found.profile.net < 0).all()
    assert isnan(found.flip)


def test_at_the_flip_the_gamma_computed_anew_is_nothing():
    oi = hills()
    found = of_chain(oi)
    at = found.flip
    weights = np.array([[1.0], [-1.0]]) * oi
    gamma = full_greeks(at * FORWARD / SPOT, STRIKES, YEARS, 0.13, 1.0, CALLS).gamma
    assert abs((gamma * weights).sum()) < 1e-5 * np.abs(gamma * weights).sum()
    assert 23_700 < at < 24_300
    above, below = found.profile.spots > at, found.profile.spots < at
    assert (found.profile.net[above] >= 0).all()
    assert (found.profile.net[below] <= 0).all()


def test_the_profile_at_the_spot_is_the_net_of_the_chain():
    oi = hills()
    profile = gamma_profile(
        STRIKES, oi, spot=SPOT, forward=FORWARD, years=YEARS, vol=np.full(oi.shape, 0.13), points=61
    )
    assert profile.spots[30] == pytest.approx(SPOT)
    assert profile.net[30] == pytest.approx(of_chain(oi).net, rel=1e-9)


def test_an_unknown_gamma_is_left_out_and_told():
    greeks = full_greeks(FORWARD, STRIKES, YEARS, np.where(STRIKES < 24_000, nan, 0.13), 1.0, CALLS)
    found = exposures(STRIKES, np.ones((2, 100)), greeks, SPOT)
    assert found.covered == pytest.approx(0.5)
    assert np.isnan(found.by_strike[:50]).all()
    assert np.isfinite(found.by_strike[50:]).all()


def written(calls: dict[float, float], puts: dict[float, float]) -> np.ndarray:
    oi = np.zeros((2, 100))
    for side, held in zip(oi, (calls, puts), strict=True):
        for strike, units in held.items():
            side[np.searchsorted(STRIKES, strike)] = units
    return oi


def test_of_several_turns_the_flip_is_the_one_nearest_the_spot():
    found = of_chain(written({22_800: 1e6, 24_500: 1e6}, {23_600: 1e6}))
    assert 23_900 < found.flip < 24_100
    assert (np.diff(np.sign(found.profile.net)) != 0).sum() >= 2


def test_a_turn_where_hardly_anything_stands_is_no_flip():
    found = of_chain(written({24_000: 1e6}, {22_200: 10}))
    assert (found.profile.net < 0).any()
    assert isnan(found.flip)


@pytest.mark.parametrize("years", [0.0, nan])
def test_after_the_close_there_is_no_flip(years: float):
    oi = hills()
    profile = gamma_profile(
        STRIKES, oi, spot=SPOT, forward=FORWARD, years=years, vol=np.full(oi.shape, 0.13)
    )
    assert isnan(profile.flip)


def test_without_open_interest_there_is_no_flip():
    nothing = np.full((2, 100), nan)
    vol = np.full((2, 100), 0.13)
    profile = gamma_profile(STRIKES, nothing, spot=SPOT, forward=FORWARD, years=YEARS, vol=vol)
    assert isnan(profile.flip)
    found = net_gamma(
        STRIKES,
        nothing[None],
        spot=np.array([SPOT]),
        forward=np.array([FORWARD]),
        years=np.array([YEARS]),
        vol=vol[None],
    )
    assert np.isnan(found).all()


def test_minute_by_minute_it_is_the_same_as_of_one_chain():
    oi = hills()
    found = net_gamma(
        STRIKES,
        np.array([oi, 2 * oi]),
        spot=np.full(2, SPOT),
        forward=np.full(2, FORWARD),
        years=np.full(2, YEARS),
        vol=np.full((2, 2, 100), 0.13),
    )
    assert found == pytest.approx([of_chain(oi).net, 2 * of_chain(oi).net])


def test_a_hundred_strikes_over_sixty_spots_take_less_than_ten_milliseconds():
    oi, best = hills(), 1.0
    vol = np.full(oi.shape, 0.13)
    for _ in range(7):
        start = perf_counter()
        gamma_profile(STRIKES, oi, spot=SPOT, forward=FORWARD, years=YEARS, vol=vol)
        best = min(best, perf_counter() - start)
    assert best < 0.010


def test_the_recorded_chain_of_2_april_2026_adds_up(shared_data: Path):
    file = shared_data / "option_chain" / "upstox_v2_option_chain_nifty_20260402.json"
    rows = sorted(
        json.loads(file.read_text())["response"]["data"], key=lambda row: row["strike_price"]
    )
    sides = ("call_options", "put_options")

    def column(part: str, field: str) -> np.ndarray:
        return np.array([[row[side][part][field] for row in rows] for side in sides], dtype=float)

    strikes = np.array([row["strike_price"] for row in rows])
    spot = rows[0]["underlying_spot_price"]
    gamma, oi = column("option_greeks", "gamma"), column("market_data", "oi")
    given = Given(column("option_greeks", "delta"), gamma, np.zeros_like(gamma))
    found = exposures(strikes, oi, given, spot)
    by_hand = sum(
        (1 if side == "call_options" else -1)
        * row[side]["option_greeks"]["gamma"]
        * row[side]["market_data"]["oi"]
        * spot
        * spot
        / 100
        for row in rows
        for side in sides
    )
    assert found.net == pytest.approx(by_hand)
    assert found.covered == 1.0
    assert np.abs(found.delta).max() == pytest.approx(np.abs(given.delta * oi).max() * spot)
