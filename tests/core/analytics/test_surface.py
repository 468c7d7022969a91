from datetime import date
from pathlib import Path

import numpy as np
import pytest

from core.analytics import term_structure
from core.analytics.calendar_free import isotonic
from core.analytics.smile import Curve, Smile
from core.analytics.smile_quotes import quote_weights
from core.analytics.surface import Slice, Surface, fit_surface
from core.analytics.svi import durrleman
from tests.core.analytics import real_chains
from tests.core.analytics.real_chains import Quotes, Snapshot

K = np.unique(np.concatenate([np.linspace(-3, 3, 4001), 3 * np.linspace(-1, 1, 2001) ** 5]))
STRIKES = 20_000.0 + 100 * np.arange(81)


def slice_of(quotes: Quotes) -> Slice:
    return Slice(
        years=quotes.years,
        forward=quotes.forward,
        strikes=quotes.strikes,
        iv=np.stack([quotes.iv, quotes.iv]),
        weights=quote_weights(quotes.bid, quotes.ask, quotes.vega),
        expiry=quotes.expiry,
    )


def surface_of(snapshot: Snapshot) -> Surface | None:
    return fit_surface([slice_of(quotes) for quotes in snapshot.expiries])


def assert_free_of_arbitrage(surface: Surface) -> None:
    for smile in surface.smiles:
        assert least_g(smile) >= 0
        assert smile.b * (1 + abs(smile.rho)) <= 2
    totals = np.array([smile.variance(K) for smile in surface.smiles])
    assert (np.diff(totals, axis=0) >= 0).all()


def least_g(smile: Curve) -> float:
    return float(durrleman(K, *smile.shape(K)).min())


def made(days: float, vol: float, forward: float = 24_000.0, expiry: date | None = None) -> Slice:
    years = days / 365
    smile = skewed(years, vol, forward)
    return Slice(
        years=years, forward=forward, strikes=STRIKES, iv=smile.vol(STRIKES), expiry=expiry
    )


def skewed(years: float, vol: float, forward: float = 24_000.0) -> Smile:
    s = vol * years**0.5
    return Smile(
        forward=forward, years=years, a=0.4 * s * s, b=0.5 * s, rho=-0.3, m=0.0, sigma=1.2 * s
    )


@pytest.fixture(scope="module")
def three() -> Surface:
    found = fit_surface(
        [
            made(30, 0.14, 24_150.0, date(2026, 12, 24)),
            made(7, 0.12, 24_030.0, date(2026, 12, 1)),
            made(90, 0.15, 24_500.0, date(2027, 2, 25)),
        ]
    )
    assert found is not None
    return found


def test_smiles_come_in_order_of_time_and_by_expiry(three: Surface):
    assert [round(smile.years * 365) for smile in three.smiles] == [7, 30, 90]
    assert three.of(date(2026, 12, 24)) is three.smiles[1]
    assert three.of(date(2026, 12, 25)) is None
    assert three.missing == ()


def test_at_an_expiry_the_surface_is_its_smile(three: Surface):
    smile = three.smiles[1]
    assert three.smile_at(smile.years) is smile
    assert (three.vol(STRIKES, smile.years) == smile.vol(STRIKES)).all()
    assert three.forward(smile.years) == pytest.approx(smile.forward)


def test_between_expiries_total_variance_is_linear_at_equal_log_moneyness(three: Surface):
    near, far = three.smiles[0], three.smiles[1]
    middle = three.smile_at(0.5 * (near.years + far.years))
    expected = 0.5 * (near.variance(K) + far.variance(K))
    assert middle.variance(K) == pytest.approx(expected)
    assert near.forward < middle.forward < far.forward


def test_before_the_first_expiry_its_volatilities_hold(three: Surface):
    first = three.smiles[0]
    before = three.smile_at(first.years / 3)
    k = np.linspace(-0.1, 0.1, 5)
    assert np.sqrt(before.variance(k) / before.years) == pytest.approx(
        np.sqrt(first.variance(k) / first.years)
    )


def test_after_the_last_expiry_its_level_at_the_money_holds(three: Surface):
    last = three.smiles[-1]
    after = three.smile_at(2 * last.years)
    assert after.variance(0.0) == pytest.approx(2 * last.variance(0.0))
    assert (after.variance(K) > last.variance(K)).all()


def test_time_brings_no_arbitrage_anywhere_on_the_surface(three: Surface):
    times = np.linspace(1 / 365, 150 / 365, 60)
    smiles = [three.smile_at(float(time)) for time in times]
    assert min(least_g(smile) for smile in smiles) >= 0
    assert (np.diff([smile.variance(K) for smile in smiles], axis=0) >= 0).all()


def test_strikes_and_times_broadcast(three: Surface):
    found = three.vol(STRIKES[:, None], np.array([0.01, 0.05, 0.0]))
    assert found.shape == (81, 3)
    assert np.isfinite(found[:, :2]).all()
    assert np.isnan(found[:, 2]).all()


def test_an_expiry_without_quotes_is_left_out_and_named():
    empty = Slice(years=0.5, forward=24_000.0, strikes=STRIKES, iv=np.full(81, np.nan))
    found = fit_surface([made(7, 0.12), empty])
    assert found is not None
    assert len(found.smiles) == 1
    assert found.missing[0].reason == "fewer than 5 strikes have a volatility"
    assert fit_surface([empty]) is None
    assert fit_surface([]) is None


def test_expiries_that_cross_are_drawn_apart():
    found = fit_surface([made(7, 0.20), made(10, 0.165), made(40, 0.15)])
    assert found is not None
    assert_free_of_arbitrage(found)
    for smile, vol in zip(found.smiles, (0.20, 0.165, 0.15), strict=False):
        assert smile.vol(24_000.0) == pytest.approx(vol * 1.0, rel=0.05)


def test_rows_that_fall_are_pooled_by_their_weights():
    values, weights = np.array([[1.0], [4.0], [2.0], [5.0]]), np.array([[1.0], [1.0], [3.0], [1.0]])
    assert isotonic(values, weights)[:, 0].tolist() == [1.0, 2.5, 2.5, 5.0]


def test_the_term_structure_has_the_forward_volatility(three: Surface):
    points = term_structure.points(three)
    assert [point.expiry for point in points] == list(three.expiries)
    assert points[0].forward_vol == pytest.approx(points[0].atm)
    first, second = points[0], points[1]
    expected = second.atm**2 * second.years - first.atm**2 * first.years
    assert points[1].forward_vol ** 2 * (second.years - first.years) == pytest.approx(expected)


def test_falling_total_variance_has_no_forward_volatility():
    found = term_structure.forward_vols([0.1, 0.2, 0.3], [0.2, 0.1, 0.1])
    assert found[0] == pytest.approx(0.2)
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(0.1)


# Recorded chains: the bounds are in vol points, vega-weighted, within one standard deviation.


def test_the_nse_chain_of_5_december_2025(shared_data: Path):
    surface = surface_of(real_chains.nse_json(shared_data))
    assert surface is not None
    assert_free_of_arbitrage(surface)
    assert len(surface.smiles) == 11
    assert max(fit.miss for fit in surface.fits) < 0.3
    assert {each.reason for each in surface.missing} == {"fewer than 5 strikes have a volatility"}


def test_thirteen_chains_of_an_expiry_day(shared_data: Path):
    for snapshot in real_chains.nse_csvs(shared_data):
        surface = surface_of(snapshot)
        assert surface is not None
        assert_free_of_arbitrage(surface)
        later = [fit.miss for fit, smile in fits(surface) if smile.years > 1 / 365]
        assert np.median(later) < 0.15
        assert len(later) >= 9


def fits(surface: Surface):
    return zip(surface.fits, surface.smiles, strict=True)


def test_the_upstox_chain_of_2_april_2026(shared_data: Path):
    surface = surface_of(real_chains.upstox(shared_data))
    assert surface is not None
    assert_free_of_arbitrage(surface)
    assert surface.fits[0].miss < 0.15


def test_minutes_of_19_august_2026(shared_data: Path):
    for snapshot in real_chains.minutes(shared_data):
        surface = surface_of(snapshot)
        assert surface is not None
        assert_free_of_arbitrage(surface)
        assert len(surface.smiles) == 4
        assert max(fit.miss for fit in surface.fits) < 0.5


def test_every_underlying_of_the_bhavcopy_of_18_march_2021(shared_data: Path):
    found = [surface_of(snapshot) for snapshot in real_chains.bhavcopy(shared_data)]
    known = [surface for surface in found if surface is not None]
    for surface in known:
        assert_free_of_arbitrage(surface)
    assert len(known) > 100
