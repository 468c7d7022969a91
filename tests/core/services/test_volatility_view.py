"""What several expiries say together is the same live and from the record."""

from dataclasses import replace
from datetime import date, datetime
from math import isnan

import numpy as np
import pytest

from core.analytics.sides import CALL, IS_CALL, PUT
from core.clock import IST
from core.instruments.calendar import usual_session
from core.instruments.expiries import years_left
from core.pricing.black76 import price
from core.services.chain_picture import ChainPicture, live_picture
from core.services.volatility_view import (
    VolatilityView,
    own_sides,
    surface_of,
    vix_months,
    vix_of,
)
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, FAR_EXPIRY, NEXT_EXPIRY

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
FORWARD, STRIKES = 24_230.0, np.arange(21_000.0, 27_501, 50)


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


def picture(
    expiry: date, call_vol: float = 0.12, put_vol: float = 0.12, half: float = 0.02
) -> ChainPicture:
    closes_at = usual_session(expiry).closes_at
    years = years_left(closes_at, NOW)
    vol = np.array([[call_vol], [put_vol]])
    discount = np.exp(-0.065 * years)
    mid = price(FORWARD, STRIKES, years, vol, discount, IS_CALL)
    nothing = np.full(mid.shape, np.nan)
    return ChainPicture(
        symbol="NIFTY",
        expiry=expiry,
        closes_at=closes_at,
        at=NOW,
        now=None,
        rate=0.065,
        lot_size=65,
        spot=FORWARD - 10,
        forward=FORWARD,
        future=FORWARD,
        strikes=STRIKES,
        ltp=mid,
        bid=np.maximum(mid - half, 0.01),
        ask=mid + half,
        volume=nothing,
        oi=nothing,
        oi_prev=nothing,
        iv=np.broadcast_to(vol, mid.shape).copy(),
    )


def view(*pictures: ChainPicture) -> VolatilityView:
    return VolatilityView(symbol="NIFTY", pictures=pictures, surface=surface_of(pictures))


def test_every_option_has_the_volatility_of_its_own_price():
    own = own_sides(picture(FAR_EXPIRY, call_vol=0.11, put_vol=0.14))
    near = np.abs(STRIKES - FORWARD) < 500
    np.testing.assert_allclose(own[CALL][near], 0.11, atol=1e-6)
    np.testing.assert_allclose(own[PUT][near], 0.14, atol=1e-6)


def test_a_fitted_expiry_has_a_smile_and_a_miss_and_no_reason():
    seen = view(picture(NEXT_EXPIRY), picture(FAR_EXPIRY))
    assert seen.atm_vol(FAR_EXPIRY) == pytest.approx(0.12, abs=1e-4)
    fit = seen.fit(NEXT_EXPIRY)
    assert fit is not None
    assert fit.miss < 0.1
    assert seen.reason(NEXT_EXPIRY) == ""


def test_an_expiry_without_a_smile_says_why():
    quoteless = picture(FAR_EXPIRY)
    quoteless = replace(quoteless, iv=np.full_like(quoteless.iv, np.nan))
    seen = view(picture(NEXT_EXPIRY), quoteless)
    assert seen.smile(FAR_EXPIRY) is None
    assert "fewer than" in seen.reason(FAR_EXPIRY)
    assert seen.reason(date(2027, 3, 30)) == "no numbers of it yet"
    assert isnan(seen.atm_vol(FAR_EXPIRY))


def test_thirty_days_lie_between_two_expiries():
    near, far = picture(NEXT_EXPIRY, 0.10, 0.10), picture(FAR_EXPIRY, 0.14, 0.14)
    month = 30 / 365
    part = (month - near.years) / (far.years - near.years)
    total = (1 - part) * 0.01 * near.years + part * 0.14**2 * far.years
    assert view(near, far).iv30 == pytest.approx((total / month) ** 0.5, rel=1e-6)
    assert isnan(view(near).iv30)


async def test_the_live_surface_is_that_of_its_pictures(desk: FakeDesk):
    s, pictures, chains = desk.services, [], []
    for number, expiry in enumerate((EXPIRY, NEXT_EXPIRY, FAR_EXPIRY)):
        chain = await s.chain_keeper.open(f"test {number}", "NIFTY", expiry)
        await s.chain_keeper.settle()
        s.chain_keeper.refresh(chain)
        seen = live_picture(chain, s.market, desk.clock.now(), s.rate)
        assert seen is not None
        pictures.append(seen)
        chains.append(chain)
    live, again = await s.smiles.renewed("NIFTY", chains), surface_of(pictures)
    assert live is not None
    assert again is not None
    for one, other in zip(live.smiles, again.smiles, strict=True):
        np.testing.assert_allclose(one.vol(STRIKES), other.vol(STRIKES), rtol=1e-6)


def test_the_near_month_gives_way_in_the_last_three_sessions_of_its_life(desk: FakeDesk):
    listed = [EXPIRY, NEXT_EXPIRY, FAR_EXPIRY, date(2027, 1, 25), date(2027, 2, 23)]
    calendar = desk.services.calendar
    assert vix_months(listed, calendar, date(2026, 12, 1)) == (FAR_EXPIRY, date(2027, 1, 25))
    fourth = calendar.trading_days(date(2026, 12, 1), FAR_EXPIRY)[-4]
    assert vix_months(listed, calendar, fourth) == (FAR_EXPIRY, date(2027, 1, 25))
    third = calendar.trading_days(date(2026, 12, 1), FAR_EXPIRY)[-3]
    assert vix_months(listed, calendar, third) == (date(2027, 1, 25), date(2027, 2, 23))
    late = date(2026, 12, 28)
    assert vix_months(listed, calendar, late) == (date(2027, 1, 25), date(2027, 2, 23))
    assert vix_months(listed[:3], calendar, late) == ()


def test_the_method_of_india_vix_gives_a_flat_volatility_back():
    near, following = picture(FAR_EXPIRY), picture(date(2027, 1, 25))
    assert vix_of(near, following) == pytest.approx(12.0, abs=0.1)
    assert isnan(vix_of(near, None))
