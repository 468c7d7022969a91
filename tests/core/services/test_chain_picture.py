"""A chain's picture: the same numbers live and from the record."""

from datetime import UTC, datetime
from math import exp

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.analytics.chain_snapshot import ChainSnapshot
from core.instruments.instrument import Kind
from core.services.chain_picture import live_picture, recorded_picture
from core.state.chains import CALL
from core.state.market import Col
from tests.fake_desk import make_desk
from tests.fake_universe import EXPIRY, STRIKES, option_key


async def test_a_live_picture_is_the_market_and_its_computed_chain() -> None:
    desk = make_desk()
    keeper, services = desk.services.chain_keeper, desk.services
    chain = await keeper.open("test", "NIFTY", EXPIRY)
    await keeper.settle()
    keeper.refresh(chain)
    picture = live_picture(chain, services.market, desk.clock.now(), services.rate)
    assert picture is not None
    assert picture.live
    row = STRIKES.index(24_200.0)
    key = option_key(24_200.0, Kind.CALL)
    assert picture.oi[CALL, row] == services.market.get(key, Col.OI)
    bid, ask = (services.market.get(key, c) for c in (Col.BID, Col.ASK))
    assert picture.price[CALL, row] == pytest.approx((bid + ask) / 2)
    assert picture.discount == pytest.approx(exp(-services.rate * chain.years), rel=1e-6)
    assert picture.atm == chain.atm
    assert picture.atm_iv == pytest.approx(np.nanmean(chain.iv[:, chain.atm]))


def test_a_recorded_picture_tells_of_the_end_of_its_minute_and_knows_no_yesterday() -> None:
    two = np.array([[12.0, np.nan], [np.nan, 9.0]])
    nothing = np.full((2, 2), np.nan)
    minute = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    snapshot = ChainSnapshot(
        symbol="NIFTY",
        expiry=EXPIRY,
        minute=minute,
        spot=24_200.0,
        forward=24_210.0,
        strikes=np.array([24_200.0, 24_250.0]),
        ltp=two,
        bid=nothing,
        ask=nothing,
        volume=two,
        oi=two,
        iv=nothing,
    )
    closes_at = datetime(2026, 11, 23, 10, 10, tzinfo=UTC)
    picture = recorded_picture(
        ChainDay.of([snapshot]), 0, closes_at=closes_at, rate=0.065, lot_size=65
    )
    assert not picture.live
    assert picture.at == datetime(2026, 11, 23, 5, 1, tzinfo=UTC)
    assert picture.years == pytest.approx(309 / 525_600)
    assert picture.price[CALL, 0] == 12.0
    assert np.isnan(picture.price[CALL, 1])
    assert np.isnan(picture.oi_prev).all()
    assert picture.atm == 0
    assert np.isnan(picture.atm_iv)
