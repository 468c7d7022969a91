from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pytest

from core.analytics.premium import Pick, PremiumLeg, Rolling, combined
from core.analytics.sides import CALL, PUT
from core.errors import BadData
from tests.core.analytics.priced_day import CLOSES, FIRST, STRIKES, priced_day
from tests.core.analytics.recorded_day import CLOSES as RECORDED_CLOSES
from tests.core.analytics.recorded_day import minute_of_day, recorded_day

STRADDLE = (PremiumLeg(side=CALL, strike=24_000.0), PremiumLeg(side=PUT, strike=24_000.0))


def test_legs_add_up_with_their_signs():
    day = priced_day(3)
    spread = (
        PremiumLeg(side=CALL, strike=24_000.0),
        PremiumLeg(side=CALL, strike=24_200.0, ratio=-2.0),
    )
    found = combined(day, spread, CLOSES)
    mid = day.mid()
    assert found.value == pytest.approx(mid[:, CALL, 10] - 2 * mid[:, CALL, 14])
    assert found.strikes.tolist() == [[24_000, 24_200]] * 3
    assert found.volume[1:].tolist() == [200.0, 200.0]  # 100 a minute and contract
    assert np.isnan(found.volume[0])  # what had traded before is not of this minute


def test_volume_is_what_traded_of_each_contract_once_whatever_the_legs_ratios():
    day = priced_day(3)
    plain = combined(day, STRADDLE, CLOSES)
    ratios = [replace(leg, ratio=ratio) for leg, ratio in zip(STRADDLE, (3.0, -2.0), strict=True)]
    assert combined(day, ratios, CLOSES).volume[1:].tolist() == plain.volume[1:].tolist()
    again = combined(day, [*STRADDLE, STRADDLE[0]], CLOSES)  # one contract in two legs
    assert again.volume[1:].tolist() == plain.volume[1:].tolist()
    assert combined(day, Rolling(ratio=-2.0), CLOSES).volume[1] > 0


def test_a_strike_that_is_not_listed_is_refused():
    with pytest.raises(BadData, match="no strike 24025"):
        combined(priced_day(2), [PremiumLeg(side=CALL, strike=24_025.0)], CLOSES)


def test_a_leg_without_quotes_counts_its_last_trade_and_says_so():
    day = priced_day(3)
    bid, ltp = day.bid.copy(), day.ltp.copy()
    bid[1:, PUT, 10] = 0.0
    ltp[2, PUT, 10] = nan
    found = combined(replace(day, bid=bid, ltp=ltp), STRADDLE, CLOSES)
    assert found.traded.tolist() == [False, True, False]
    assert np.isnan(found.value).tolist() == [False, False, True]


def test_the_rolling_straddle_follows_the_money():
    day = priced_day(3, forward=np.array([24_010.0, 24_060.0, nan]))
    found = combined(day, Rolling(), CLOSES)
    assert found.strikes[:2].tolist() == [[24_000, 24_000], [24_050, 24_050]]
    assert np.isnan(found.strikes[2]).all()
    assert np.isnan(found.value).tolist() == [False, False, True]
    # the minute's own volume of the new strike, though the strike before was another
    assert found.volume[1] == 150.0


def test_a_rolling_strangle_by_steps_of_listed_strikes():
    found = combined(priced_day(2), Rolling(target=4, ratio=-1.0), CLOSES)
    assert found.strikes[0].tolist() == [24_200, 23_800]
    assert found.value[0] < 0  # what is sold is received
    beyond = combined(priced_day(2), Rolling(target=11), CLOSES)
    assert np.isnan(beyond.strikes).all()
    assert np.isnan(beyond.value).all()


def test_a_rolling_strangle_by_premium_takes_the_nearest_price():
    day = priced_day(2)
    found = combined(day, Rolling(by=Pick.PREMIUM, target=20.0), CLOSES)
    for side in (CALL, PUT):
        best = STRIKES[np.abs(day.ltp[0, side] - 20.0).argmin()]
        assert found.strikes[0, side] == best
    assert found.strikes[0, CALL] > 24_010 > found.strikes[0, PUT]


def test_a_rolling_strangle_by_delta_is_nearly_symmetric():
    found = combined(priced_day(2), Rolling(by=Pick.DELTA, target=0.25), CLOSES)
    call, put = found.strikes[0]
    assert call > 24_010 > put
    assert abs((call - 24_010) - (24_010 - put)) <= 50


def test_a_minute_that_was_not_recorded_has_no_row_and_no_volume_after_it():
    found = combined(priced_day(6, missing=(2, 3)), STRADDLE, CLOSES)
    assert (found.minutes - FIRST).tolist() == [0, 1, 4, 5]
    assert np.isnan(found.volume).tolist() == [True, False, True, False]


def test_a_total_volume_that_falls_tells_nothing():
    day = priced_day(3)
    volume = day.volume.copy()
    volume[2] = 0.0
    assert np.isnan(combined(replace(day, volume=volume), STRADDLE, CLOSES).volume[2])


def test_the_recorded_straddle_of_19_august_2026(shared_data: Path):
    day = recorded_day(shared_data)
    found = combined(day, Rolling(), RECORDED_CLOSES)
    row = day.at(minute_of_day(12, 17))
    assert found.strikes[row].tolist() == [24_100, 24_100]
    assert found.value[row] == pytest.approx(243.05)
    assert found.traded.all()
    delta = combined(day, Rolling(by=Pick.DELTA, target=0.25), RECORDED_CLOSES)
    assert delta.strikes[row].tolist() == [24_300, 23_900]
