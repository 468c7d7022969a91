"""Single entries of the registry: by hand, on bars without volume, and where nothing moves."""

import numpy as np
import pytest

from core.indicators.registry import INDICATORS, indicator
from core.instruments.candle import Candles
from tests.core.indicators.published import CLOSE, HIGH, LOW, OPEN
from tests.core.indicators.published import VOLUME as VOLUMES
from tests.core.indicators.test_registry import alike, cut, walk

DAYS = walk(300)


def published() -> Candles:
    time = walk(CLOSE.size).time
    return Candles(
        time=time,
        open=OPEN,
        high=HIGH,
        low=LOW,
        close=CLOSE,
        volume=VOLUMES,
        open_interest=VOLUMES,
    )


PUBLISHED = published()


@pytest.mark.parametrize(
    ("name", "given", "last"),
    [  # the last values of Tulip Indicators, tests/untest.txt
        ("sma", {"length": 5}, [85.574, 86.218, 86.804]),
        ("wma", {"length": 5}, [86.031, 86.763, 87.121]),
        ("rma", {"length": 5}, [84.901, 85.475, 85.838]),
        ("hma", {"length": 5}, [87.346, 87.965, 87.916]),
        ("kama", {"length": 5}, [85.690, 86.447, 86.673]),
        ("trima", {"length": 5}, [85.537, 86.288, 86.901]),
        ("vwma", {"length": 5}, [85.698, 86.418, 86.805]),
        ("linreg", {"length": 5}, [86.946, 87.854, 87.754]),
        ("forecast", {"length": 5}, [87.632, 88.672, 88.229]),
        ("slope", {"length": 5}, [0.686, 0.818, 0.475]),
        ("typical_price", {}, [86.543, 87.647, 87.390]),
        ("average_price", {}, [86.453, 87.735, 87.442]),
        ("true_range", {}, [1.220, 1.110, 0.860]),
        ("atr", {"length": 5}, [1.230, 1.206, 1.137]),
        ("natr", {"length": 5}, [1.416, 1.374, 1.302]),
        ("deviation", {"length": 5}, [1.019, 1.174, 0.758]),
        ("mean_deviation", {"length": 5}, [0.913, 1.018, 0.615]),
        ("rsi", {"length": 5}, [88.755, 91.483, 78.498]),
        ("cci", {"length": 5}, [99.163, 116.342, 71.928]),
        ("momentum", {"length": 5}, [2.900, 3.220, 2.930]),
        ("williams", {"length": 5}, [-3.051, -5.793, -17.884]),
        ("stochastic", {"length": 5}, [95.246, 96.740, 91.091]),
        ("ultimate", {"first": 2, "second": 3, "third": 5}, [90.186, 86.114, 65.450]),
        ("balance", {}, [0.582, -0.277, -0.360]),
        ("vhf", {"length": 5}, [0.771, 0.947, 0.576]),
        ("aroon", {"length": 5}, [0.0, 40.0, 20.0]),
        ("obv", {}, [26_272_300, 34_258_100, 29_450_200]),
        ("accumulation", {}, [17_580_552.662, 21_140_487.602, 19_463_313.184]),
        ("money_flow", {"length": 5}, [85.963, 87.504, 84.647]),
        ("negative_volume", {}, [1009.623, 1009.623, 1004.101]),
        ("positive_volume", {}, [1054.809, 1065.492, 1065.492]),
    ],
)
def test_it_has_its_published_values(name, given, last):
    first_output = indicator(name).outputs[0].name
    found = indicator(name).compute(PUBLISHED, **given)[first_output][-3:]
    if name == "obv":  # the publisher's total begins with the second bar
        found = found - VOLUMES[0]
    assert found == pytest.approx(last, abs=6e-4)


VOLUME = [each.name for each in INDICATORS.values() if each.needs_volume]


@pytest.mark.parametrize("name", VOLUME)
def test_where_nothing_is_ever_traded_it_is_unknown(name):
    silent = Candles(
        **{c: getattr(DAYS, c) for c in ("time", "open", "high", "low", "close")},
        volume=np.zeros(300, np.int64),
        open_interest=np.zeros(300, np.int64),
    )
    found = indicator(name).compute(silent)
    if name == "volume":
        assert (found["volume"] == 0).all()
    else:
        assert all(np.isnan(values).all() for values in found.values())


@pytest.mark.parametrize(
    "name", ["stochastic", "stochastic_rsi", "williams", "choppiness", "band_place", "score"]
)
def test_there_is_no_place_in_a_range_that_is_none(name):
    for values in indicator(name).compute(alike(200)).values():
        assert np.isnan(values).all()


def test_the_price_stands_in_the_middle_of_its_own_strength_while_nothing_moves():
    assert indicator("rsi").compute(alike(40))["rsi"][20:].tolist() == [50.0] * 20


def test_the_cloud_of_a_bar_was_made_26_bars_before():
    found = indicator("ichimoku").compute(DAYS)
    at = 200
    made = cut(DAYS, slice(at - 26 - 51, at - 26 + 1))
    assert found["span_b"][at] == pytest.approx((made.high.max() + made.low.min()) / 2)
    assert found["span_a"][at] == pytest.approx(
        (found["conversion"][at - 26] + found["base"][at - 26]) / 2
    )
    assert found["lagging"].tolist() == DAYS.close.tolist()
    lagging = next(o for o in indicator("ichimoku").outputs if o.name == "lagging")
    assert lagging.displaced == -1


def test_heikin_ashi_by_hand():
    found = indicator("heikin_ashi").compute(PUBLISHED)
    close = (OPEN + HIGH + LOW + CLOSE) / 4
    opened = [float(OPEN[0] + CLOSE[0]) / 2]
    for before in close[:-1]:
        opened.append((opened[-1] + float(before)) / 2)
    assert found["close"] == pytest.approx(close)
    assert found["open"] == pytest.approx(opened)
    assert (found["high"] >= HIGH - 1e-9).all()


def test_vwap_begins_anew_with_each_session_and_its_bands_are_weighted():
    found = indicator("vwap").compute(DAYS, deviations=1.0)
    last = slice(225, 300)  # the fourth session
    price = ((DAYS.high + DAYS.low + DAYS.close) / 3)[last]
    volume = DAYS.volume[last]
    mean = np.average(price, weights=volume)
    spread = np.sqrt(np.average((price - mean) ** 2, weights=volume))
    assert found["vwap"][299] == pytest.approx(mean)
    assert found["upper"][299] == pytest.approx(mean + spread)
    assert found["vwap"][225] == pytest.approx(price[0])


def test_vwap_of_a_session_not_seen_from_its_start_is_unknown():
    found = indicator("vwap").compute(cut(DAYS, slice(10, 160)))["vwap"]
    assert np.isnan(found[:65]).all()
    assert np.isfinite(found[65:]).all()


def test_vwap_from_a_moment_on_is_unknown_before_it():
    found = indicator("anchored_vwap").compute(DAYS, since=float(DAYS.time[100]))["vwap"]
    assert np.isnan(found[:100]).all()
    bar = (DAYS.high[100] + DAYS.low[100] + DAYS.close[100]) / 3
    assert found[100] == pytest.approx(bar)


def test_pivots_come_from_the_session_before():
    found = indicator("pivots").compute(DAYS)["pivot"]
    high, low, close = DAYS.high[:75].max(), DAYS.low[:75].min(), DAYS.close[74]
    assert np.isnan(found[:75]).all()
    assert found[75:150] == pytest.approx(np.full(75, (high + low + close) / 3))


def test_the_opening_range_is_known_when_its_minutes_are_over():
    found = indicator("opening_range").compute(DAYS, minutes=15)["high"]  # three bars of 5 minutes
    assert np.isnan(found[75:78]).all()
    assert found[78:150] == pytest.approx(np.full(72, DAYS.high[75:78].max()))


def test_a_swing_is_known_when_the_bars_after_it_have_confirmed_it():
    found = indicator("swings").compute(DAYS, left=2, right=2)["high"]
    for at in range(20, 299):
        if found[at] != found[at - 1]:
            assert found[at] == DAYS.high[at - 2] == DAYS.high[at - 4 : at + 1].max()


def test_the_supertrend_is_drawn_once_below_or_above():
    found = indicator("supertrend").compute(DAYS)
    known = np.isfinite(found["line"])
    assert (np.isfinite(found["rising"]) ^ np.isfinite(found["falling"]))[known].all()
    assert (found["rising"] < DAYS.close)[np.isfinite(found["rising"])].all()


def test_historical_volatility_is_that_of_the_last_returns():
    found = indicator("historical_volatility").compute(DAYS, length=20, per_year=252)["volatility"]
    moves = np.diff(np.log(DAYS.close[-21:]))
    assert found[-1] == pytest.approx(100 * moves.std(ddof=1) * np.sqrt(252))


def test_the_channel_of_a_straight_line_has_no_width():
    rise = np.arange(100.0, 160.0)
    count = np.ones(60, np.int64)
    straight = Candles(
        time=walk(60).time,
        open=rise,
        high=rise,
        low=rise,
        close=rise,
        volume=count,
        open_interest=count,
    )
    found = indicator("regression_channel").compute(straight, length=20)
    assert found["upper"][30:] == pytest.approx(rise[30:], abs=1e-3)
    assert found["middle"][30:] == pytest.approx(rise[30:])
