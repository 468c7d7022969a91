import math

import numpy as np
import pytest

from core.errors import BadData, RuleBroken
from core.indicators.registry import INDICATORS, Pane, Style, indicator, search
from core.instruments.candle import Candles

NAMES = sorted(INDICATORS)
OPENING = 1_704_080_700  # 1 Jan 2024, 09:15 IST


def walk(bars: int, seed: int = 5, per_day: int = 75, step: int = 300) -> Candles:
    """A random walk in sessions of `per_day` bars."""
    rng = np.random.default_rng(seed)
    close = 22_000 * np.exp(np.cumsum(rng.normal(0, 0.001, bars)))
    opening = np.concatenate([[22_000.0], close[:-1]]) if bars else close
    spread = 22_000 * 0.0005 * rng.random((2, bars))
    place = np.arange(bars)
    return Candles(
        time=OPENING + (place // per_day) * 86_400 + (place % per_day) * step,
        open=opening,
        high=np.maximum(opening, close) + spread[0],
        low=np.minimum(opening, close) - spread[1],
        close=close,
        volume=rng.integers(1, 5_000, bars),
        open_interest=rng.integers(10_000, 20_000, bars),
    )


def cut(candles: Candles, wanted: slice | np.ndarray) -> Candles:
    return Candles(**{name: getattr(candles, name)[wanted] for name in Candles.__slots__})


def alike(bars: int, price: float = 100.0, volume: int = 10) -> Candles:
    same, quantity = np.full(bars, price), np.full(bars, volume)
    time = walk(bars).time
    return Candles(
        time=time,
        open=same,
        high=same,
        low=same,
        close=same,
        volume=quantity,
        open_interest=quantity,
    )


DAYS = walk(420)


@pytest.mark.parametrize("name", NAMES)
def test_a_value_never_changes_when_the_future_comes(name):
    whole = indicator(name).compute(DAYS)
    for end in (1, 2, 40, 76, 151, 230, 333, 419):
        early = indicator(name).compute(cut(DAYS, slice(0, end)))
        for output, values in early.items():
            np.testing.assert_allclose(values, whole[output][:end], rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_something_is_known_in_the_end(name):
    for output, values in indicator(name).compute(DAYS).items():
        assert values.shape == (420,)
        assert np.isfinite(values[300:]).any(), output
        assert not np.isinf(values).any(), output


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bars", [0, 1, 2, 3, 9])
def test_few_bars_are_no_error(name, bars):
    for values in indicator(name).compute(walk(bars)).values():
        assert values.shape == (bars,)


@pytest.mark.parametrize("name", NAMES)
def test_bars_that_are_all_alike_make_no_infinity(name):
    for output, values in indicator(name).compute(alike(300)).items():
        assert not np.isinf(values).any(), output


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_bar_is_stepped_over(name):
    entry = indicator(name)
    bars = walk(300)
    gap = 200
    prices = {c: np.insert(getattr(bars, c), gap, np.nan) for c in ("open", "high", "low", "close")}
    counts = {c: np.insert(getattr(bars, c), gap, 0) for c in ("volume", "open_interest")}
    time = np.insert(bars.time, gap, bars.time[gap] - 1)
    found = entry.compute(Candles(time=time, **prices, **counts))
    for output, values in entry.compute(bars).items():
        if set(entry.inputs) & set(prices):
            assert np.isnan(found[output][gap])
            np.testing.assert_allclose(np.delete(found[output], gap), values, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_registry_says_of_an_entry_holds(name):
    entry = indicator(name)
    assert entry.name == name
    assert entry.title
    assert entry.seed
    assert entry.outputs
    names = [output.name for output in entry.outputs]
    assert len(set(names)) == len(names)
    assert len({output.pane for output in entry.outputs}) == 1
    for each in entry.parameters:
        assert each.low <= each.default <= each.high
        assert each.settled(each.default) == each.default
    candles = [output for output in entry.outputs if output.style is Style.CANDLE]
    assert [output.name for output in candles] in ([], ["open", "high", "low", "close"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", ["low", "high"])
def test_the_ends_of_every_parameter_are_no_error(name, end):
    entry = indicator(name)
    given = {each.name: getattr(each, end) for each in entry.parameters}
    for values in entry.compute(DAYS, **given).values():
        assert values.shape == (420,)


def test_a_parameter_out_of_its_range_is_refused():
    with pytest.raises(RuleBroken, match="Length is from 2 to 500, not 1"):
        indicator("ema").compute(DAYS, length=1)
    with pytest.raises(RuleBroken, match="whole number"):
        indicator("ema").compute(DAYS, length=2.5)
    with pytest.raises(RuleBroken, match="Length is from"):
        indicator("ema").compute(DAYS, length=math.nan)
    with pytest.raises(BadData, match="no parameter weight"):
        indicator("ema").compute(DAYS, weight=2)
    with pytest.raises(BadData, match="no indicator 'magic'"):
        indicator("magic")


def test_it_is_searched_by_words_in_any_order():
    assert search("rsi")[0].name == "rsi"
    assert "ema" in [each.name for each in search("average exponential")]
    assert search("nothing of that kind") == []
    assert len(search("")) == len(INDICATORS)


def test_averages_are_drawn_over_the_candles():
    assert indicator("ema").pane is Pane.PRICE
    assert indicator("rsi").pane is Pane.OWN
