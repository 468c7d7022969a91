"""Indicators on the chart page: found, added, set up, kept, and drawn over its bars."""

import asyncio

import numpy as np
import pytest
from nicegui.element import Element
from nicegui.testing import User

from core.errors import RuleBroken
from core.ids import LOCAL_USER
from core.indicators.registry import INDICATORS, indicator
from tests.core.indicators.test_registry import walk
from tests.fake_desk import FakeDesk
from tests.ui.waiting import say, until
from ui.chart.indicators import DRAWN, INKS, moved, new, restored
from ui.components.price_chart import PriceChart


# what is chosen, without a page
def test_every_indicator_but_candles_can_be_drawn():
    assert set(INDICATORS) - set(DRAWN) == {"heikin_ashi"}
    candles = walk(300)
    for each in DRAWN.values():
        made = new(each, [])
        lines = made.lines(candles)
        assert {output.name for output in made.study().outputs} <= set(lines)
        assert all(values.shape == (300,) for values in lines.values())


def test_a_lagging_line_is_drawn_to_the_left_of_where_it_is_known():
    candles = walk(300)
    lines = new(indicator("ichimoku"), []).lines(candles)
    assert lines["lagging"][:274].tolist() == candles.close[26:].tolist()
    assert np.isnan(lines["lagging"][274:]).all()
    assert moved(np.arange(4.0), 2).tolist()[2:] == [0.0, 1.0]
    assert np.isnan(moved(np.arange(4.0), 9)).all()


def test_a_second_one_has_another_colour():
    first = new(indicator("ema"), [])
    second = new(indicator("sma"), [first])
    assert first.colours["ema"] != second.colours["sma"]
    assert set(first.colours.values()) <= set(INKS)


def test_it_is_kept_and_comes_back_as_it_was():
    made = (
        new(indicator("bollinger"), []).with_value("length", 34).with_colour("upper", "var(--up)")
    )
    back = restored([made.kept()])
    assert back == [made]
    assert made.title == "Bollinger bands 34 2"


@pytest.mark.parametrize(
    "kept",
    [
        "nonsense",
        {"name": "magic"},
        {"name": "heikin_ashi"},
    ],
)
def test_what_is_not_known_any_more_is_left_out(kept):
    assert restored([kept]) == []


def test_numbers_and_colours_that_cannot_be_are_the_usual_ones():
    kept = {
        "name": "ema",
        "values": {"length": -3, "weight": 2},
        "colours": {"ema": "url(javascript:1)"},
        "hidden": "yes",
    }
    (back,) = restored([kept])
    assert back.values == {"length": 20}
    assert back.colours == {}
    assert not back.hidden
    with pytest.raises(RuleBroken):
        back.with_value("length", 0)


# on the page
def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def by_test_id(visitor: User, name: str) -> Element:
    return next(e for e in elements(visitor) if e.props.get("data-testid") == name)


def is_there(visitor: User, name: str) -> bool:
    return any(e.props.get("data-testid") == name for e in elements(visitor))


def press(visitor: User, name: str) -> None:
    say(by_test_id(visitor, name), "click", None)


def chart(visitor: User) -> PriceChart:
    return next(e for e in elements(visitor) if isinstance(e, PriceChart))


def drawn(visitor: User) -> list[str]:
    return [study.title for study, _ in chart(visitor)._studies.values()]


async def opened(visitor: User) -> None:
    await visitor.open("/chart/NIFTY")
    await until(lambda: len(chart(visitor).candles) > 0)


async def test_an_indicator_is_added_set_up_hidden_and_removed(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    bars = len(chart(visitor).candles)
    press(visitor, "chart-indicators")
    press(visitor, "indicator-add-ema")
    await until(lambda: drawn(visitor) == ["EMA 20"], seconds=15)
    ((_, lines),) = chart(visitor)._studies.values()
    assert lines.shape == (1, bars)
    assert np.isfinite(lines[0, 20:]).all()
    visitor.find(marker="indicator-ema-length").elements.pop().set_value(9)
    await until(lambda: drawn(visitor) == ["EMA 9"])
    press(visitor, "indicator-hide-ema")
    await until(lambda: drawn(visitor) == [])
    press(visitor, "indicator-hide-ema")
    await until(lambda: drawn(visitor) == ["EMA 9"])
    press(visitor, "indicator-ink-ema-red")
    await until(lambda: _colour(visitor) == "var(--down)")
    press(visitor, "indicator-remove-ema")
    await until(lambda: drawn(visitor) == [])
    assert not is_there(visitor, "indicator-edit-ema")


def _colour(visitor: User) -> str:
    return next((s.outputs[0].colour for s, _ in chart(visitor)._studies.values()), "")


async def test_indicators_are_remembered_and_searched_for(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    press(visitor, "chart-indicators")
    visitor.find(marker="indicator-search").elements.pop().set_value("strength index rel")
    assert not is_there(visitor, "indicator-add-ema")
    visitor.find(marker="indicator-search").elements.pop().set_value("rsi")
    assert is_there(visitor, "indicator-add-rsi")
    press(visitor, "indicator-add-rsi")
    await until(lambda: drawn(visitor) == ["RSI 14"], seconds=15)
    for _ in range(100):
        if (await desk.services.preferences.all(LOCAL_USER)).get("chart.indicators"):
            break
        await asyncio.sleep(0.02)
    await opened(visitor)
    await until(lambda: drawn(visitor) == ["RSI 14"])


async def test_what_the_bars_cannot_tell_is_said(visitor: User) -> None:
    await opened(visitor)
    press(visitor, "chart-indicators")
    press(visitor, "indicator-group-volume")
    assert not is_there(visitor, "indicator-add-ema")
    press(visitor, "indicator-group-all")
    visitor.find(marker="indicator-search").elements.pop().set_value("vhf")
    press(visitor, "indicator-add-vhf")
    visitor.find(marker="indicator-vhf-length").elements.pop().set_value(300)
    await visitor.should_see("it needs more bars", retries=100)
