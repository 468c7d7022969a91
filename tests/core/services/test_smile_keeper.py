from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from core.analytics.smile import Smile
from core.clock import SetClock
from core.ids import InstrumentKey
from core.services.smile_keeper import MOST, PACE, SmileKeeper
from core.state.chains import LiveChain
from core.state.market import Col, MarketState

NOW = datetime(2026, 11, 18, 4, 30, tzinfo=UTC)
STRIKES = 22_000.0 + 50 * np.arange(81)


@pytest.fixture
def market() -> MarketState:
    return MarketState()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def keeper(market: MarketState, clock: SetClock) -> SmileKeeper:
    return SmileKeeper(market, clock)


def chain(market: MarketState, days: int, symbol: str = "NIFTY") -> LiveChain:
    years = days / 365
    smile = Smile(
        forward=24_000.0, years=years, a=1e-4 * days / 7, b=0.01, rho=-0.3, m=0.0, sigma=0.02
    )
    names = [[InstrumentKey(f"{symbol} {days} {s} {k}") for k in STRIKES] for s in "CP"]
    rows = np.stack([market.rows_of(side) for side in names])
    found = LiveChain(
        symbol=symbol,
        underlying=InstrumentKey(symbol),
        future=None,
        expiry=date(2026, 11, 18) + timedelta(days=days),
        closes_at=NOW + timedelta(days=days),
        lot_size=75,
        strikes=STRIKES,
        keys=(tuple(names[0]), tuple(names[1])),
        rows=rows,
        oi_prev=np.full((2, 81), np.nan),
    )
    found.iv = np.stack([smile.vol(STRIKES)] * 2)
    found.vega = np.full((2, 81), 10.0)
    found.forward, found.years, found.computed_at, found.revision = 24_000.0, years, NOW, 1
    market.begin_frame()
    for row in rows.ravel():
        market.write_some(int(row), (Col.BID, Col.ASK), (100.0, 100.1))
    return found


def test_the_surface_is_that_of_the_chains(keeper: SmileKeeper, market: MarketState):
    chains = [chain(market, 7), chain(market, 21)]
    surface = keeper.surface("NIFTY", chains)
    assert surface is not None
    assert surface.expiries == tuple(each.expiry for each in chains)
    assert surface.smiles[0].vol(24_000.0) == pytest.approx(chains[0].iv[0, 40], abs=1e-3)


def test_nothing_is_fitted_again_while_no_chain_moves(
    keeper: SmileKeeper, market: MarketState, clock: SetClock
):
    chains = [chain(market, 7)]
    first = keeper.surface("NIFTY", chains)
    clock.set(NOW + timedelta(minutes=5))
    assert keeper.surface("NIFTY", chains) is first


def test_a_moving_chain_is_fitted_at_most_once_a_pace(
    keeper: SmileKeeper, market: MarketState, clock: SetClock
):
    chains = [chain(market, 7)]
    first = keeper.surface("NIFTY", chains)
    chains[0].revision += 1
    clock.set(NOW + PACE / 2)
    assert keeper.surface("NIFTY", chains) is first
    clock.set(NOW + PACE)
    assert keeper.surface("NIFTY", chains) is not first


def test_another_expiry_is_not_kept_waiting(keeper: SmileKeeper, market: MarketState):
    chains = [chain(market, 7)]
    keeper.surface("NIFTY", chains)
    both = keeper.surface("NIFTY", [*chains, chain(market, 21)])
    assert both is not None
    assert len(both.smiles) == 2


def test_two_viewers_of_different_expiries_do_not_disturb_each_other(
    keeper: SmileKeeper, market: MarketState
):
    near, far = chain(market, 7), chain(market, 21)
    first = keeper.surface("NIFTY", [near])
    keeper.surface("NIFTY", [near, far])
    assert keeper.surface("NIFTY", [near]) is first


def test_old_surfaces_make_room(keeper: SmileKeeper, market: MarketState):
    near = chain(market, 7)
    first = keeper.surface("NIFTY", [near])
    for number in range(MOST):
        keeper.surface(f"S{number}", [])
    assert keeper.surface("NIFTY", [near]) is not first


def test_only_the_chains_of_the_underlying_count(keeper: SmileKeeper, market: MarketState):
    surface = keeper.surface("NIFTY", [chain(market, 7), chain(market, 21, "BANKNIFTY")])
    assert surface is not None
    assert len(surface.smiles) == 1


def test_without_numbers_there_is_no_surface(keeper: SmileKeeper, market: MarketState):
    fresh = chain(market, 7)
    fresh.computed_at = None
    assert keeper.surface("NIFTY", [fresh]) is None
    assert keeper.surface("NIFTY", []) is None


def test_quotes_with_a_wide_spread_count_less(keeper: SmileKeeper, market: MarketState):
    moved = chain(market, 7)
    moved.iv = moved.iv.copy()
    moved.iv[:, 30:36] += 0.02
    for row in moved.rows[:, 30:36].ravel():
        market.write_some(int(row), (Col.BID, Col.ASK), (50.0, 150.0))
    surface = keeper.surface("NIFTY", [moved])
    assert surface is not None
    assert surface.smiles[0].vol(STRIKES[33]) == pytest.approx(moved.iv[0, 33] - 0.02, abs=2e-3)


async def test_a_surface_fitted_in_a_thread_is_the_same_and_kept_for_all(
    keeper: SmileKeeper, market: MarketState
):
    chains = [chain(market, 7), chain(market, 21)]
    renewed = await keeper.renewed("NIFTY", chains)
    assert renewed is not None
    assert keeper.surface("NIFTY", chains) is renewed
    assert await keeper.renewed("NIFTY", chains) is renewed
    assert renewed == SmileKeeper(market, SetClock(NOW)).surface("NIFTY", chains)
