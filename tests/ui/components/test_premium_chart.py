"""The premium chart's panes, and the numbers that are in them."""

import numpy as np
import pytest

from core.analytics.premium import Rolling, combined
from core.analytics.premium_bars import bars
from core.indicators.momentum import rsi
from core.indicators.trend import ema, supertrend
from core.indicators.volatility import bollinger
from tests.core.analytics.priced_day import CLOSES, FIRST, priced_day
from ui.components.premium_chart import (
    PANES,
    STUDIES,
    candle_numbers,
    candle_option,
    line_option,
    traded_bands,
)

FORWARD = 24_010.0 + 60 * np.sin(np.arange(90) / 7)
SERIES = combined(priced_day(90, forward=FORWARD), Rolling(), CLOSES)
BARS = bars(SERIES, 1, FIRST)


def numbers(pane: str = "") -> dict[str, np.ndarray]:
    return candle_numbers(
        BARS, list(STUDIES), pane, strikes=SERIES.strikes, spot=SERIES.spot, decay=SERIES.value
    )


def test_the_studies_are_the_indicators_of_the_closes() -> None:
    found = numbers("rsi")
    np.testing.assert_array_equal(found["ema"], ema(BARS.close, 20))
    np.testing.assert_array_equal(found["upper"], bollinger(BARS.close).upper)
    np.testing.assert_array_equal(found["rsi"], rsi(BARS.close))
    np.testing.assert_array_equal(found["vwap"], BARS.vwap)
    trend = supertrend(BARS.high, BARS.low, BARS.close)
    whole = np.where(np.isnan(found["rising"]), found["falling"], found["rising"])
    np.testing.assert_array_equal(whole, trend.line)
    np.testing.assert_array_equal(found["strike0"], SERIES.strikes[:, 0])
    assert np.isfinite(found["rolled"]).any()


@pytest.mark.parametrize("pane", ["", *PANES])
@pytest.mark.parametrize("studies", [(), ("volume",), tuple(STUDIES)])
def test_every_series_has_numbers_and_a_pane_of_its_own_time(
    studies: tuple[str, ...], pane: str
) -> None:
    option = candle_option(studies, pane, ("Call strike", "Put strike"))
    panes = 1 + ("volume" in studies) + bool(pane)
    assert len(option["grid"]) == len(option["xAxis"]) == panes
    assert [axis["gridIndex"] for axis in option["xAxis"]] == list(range(panes))
    found = numbers(pane)
    for series in option["series"]:
        across, up = series.get("xAxisIndex", 0), series.get("yAxisIndex", 0)
        assert option["yAxis"][up]["gridIndex"] == option["xAxis"][across]["gridIndex"]
        assert len(found[series["id"]]) == len(BARS.starts)


def test_runs_of_bars_priced_by_trades_are_shaded() -> None:
    starts = FIRST + np.arange(6)
    traded = np.array([True, True, False, False, True, True])
    spans = [(mark.at / 60_000 - FIRST, mark.to) for mark in traded_bands(starts, traded)]
    assert [start for start, _ in spans] == [0, 4]
    assert [None if to is None else to / 60_000 - FIRST for _, to in spans] == [2, 5]


def test_structures_side_by_side_are_rupees_or_a_share() -> None:
    option = line_option(["A", "B"], share=True, spot=True)
    assert [series["id"] for series in option["series"]] == ["line0", "line1", "spot"]
    assert option["series"][0]["format"] == "changePercent"
    assert line_option(["A"], share=False, spot=False)["series"][0]["format"] == "price"
