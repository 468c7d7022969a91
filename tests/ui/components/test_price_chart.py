"""What a price chart tells its browser, and when it says nothing."""

from typing import Any

import numpy as np
import pytest
from nicegui import ui
from nicegui.testing import User

from core.instruments.candle import Interval
from tests.ui.chart.test_packing import FIRST, bars
from tests.ui.waiting import say
from ui.chart.packing import Bar
from ui.chart.parts import Facts, Output, PriceLine, Study, TradeMark
from ui.components.price_chart import MAX_BEHIND, PriceChart

MINUTES = Facts(interval=Interval.MINUTE)
AVERAGE = Study(id="sma", title="SMA 2", outputs=(Output(name="sma", title="SMA 2"),))
Told = list[tuple[str, tuple[Any, ...]]]


@pytest.fixture
async def made(user: User, monkeypatch: pytest.MonkeyPatch) -> tuple[PriceChart, Told]:
    """On a page, not yet seen by anybody; and what its browser is told."""
    found: list[PriceChart] = []
    told: Told = []
    monkeypatch.setattr(PriceChart, "run_method", lambda _, name, *args: told.append((name, args)))

    @ui.page("/")
    def page() -> None:
        found.append(PriceChart(name="chart"))

    await user.open("/")
    return found[0], told


def see(chart: PriceChart, *, shown: bool = True, seq: int = 0, fresh: bool = False) -> None:
    say(chart, "view", {"shown": shown, "seq": seq, "fresh": fresh})


def names(told: Told) -> list[str]:
    return [name for name, _ in told]


async def test_nothing_is_sent_until_somebody_sees_it(made: tuple[PriceChart, Told]) -> None:
    chart, told = made
    chart.show(bars(1.0, 2.0), MINUTES)
    chart.bar(Bar(FIRST + 60, 1.0, 4.0, 0.0, 3.0))
    assert told == []
    see(chart)
    assert "load" in names(told)
    assert chart.candles.close.tolist() == [1.0, 3.0]


async def test_a_moving_bar_is_one_small_message(made: tuple[PriceChart, Told]) -> None:
    chart, told = made
    chart.show(bars(1.0, 2.0), MINUTES)
    see(chart)
    told.clear()
    moved = Bar(FIRST + 60, 1.0, 4.0, 0.0, 3.0, 70.0, 1_300.0)
    chart.bar(moved)
    assert told == [("bars", ([list(moved)], 1))]
    chart.bar(moved)
    chart.bar(moved._replace(time=FIRST))
    assert len(told) == 1  # the same again, and one that is over
    chart.bar(moved._replace(time=FIRST + 120))
    assert [row[0] for row in told[-1][1][0]] == [FIRST + 60, FIRST + 120]


async def test_a_browser_that_is_behind_is_told_all_it_missed_at_once(
    made: tuple[PriceChart, Told],
) -> None:
    chart, told = made
    chart.show(bars(1.0), MINUTES)
    see(chart)
    told.clear()
    for step in range(1, MAX_BEHIND + 4):
        chart.bar(Bar(FIRST + 60 * step, 1.0, 1.0, 1.0, float(step)))
    assert chart.behind
    assert len(told) == MAX_BEHIND + 1
    see(chart, seq=chart.messages)
    times = [row[0] for row in told[-1][1][0]]
    assert times[-1] == FIRST + 60 * (MAX_BEHIND + 3)
    assert times == sorted(times)


async def test_the_newest_bars_come_first_and_older_ones_before_them(
    made: tuple[PriceChart, Told],
) -> None:
    chart, told = made
    chart.show(bars(*np.arange(1.0, 4_002.0)), MINUTES)
    see(chart)
    (_, (first, _)), (_, (rest, _)) = [each for each in told if each[0] in ("load", "more")]
    assert (first["n"], rest["n"]) == (1_500, 2_501)
    chart.more(bars(7.0, first=FIRST - 60), whole=True)
    assert told[-1][0] == "more"
    assert told[-1][1][0]["whole"]
    assert len(chart.candles) == 4_002


async def test_of_a_study_only_what_differs_is_sent(made: tuple[PriceChart, Told]) -> None:
    chart, told = made
    chart.show(bars(1.0, 2.0, 3.0), MINUTES)
    see(chart)
    told.clear()
    chart.study(AVERAGE, {"sma": [np.nan, 1.5, 2.5]})
    chart.study(AVERAGE, {"sma": [np.nan, 1.5, 2.75]})
    assert names(told) == ["study", "grown"]
    assert told[-1][1] == ("sma", 2, [[2.75]])
    chart.study(AVERAGE, {"sma": [np.nan, 1.5, 2.75]})
    assert len(told) == 2
    with pytest.raises(ValueError, match="for 3 bars"):
        chart.study(AVERAGE, {"sma": [1.0]})
    chart.drop("sma")
    assert told[-1] == ("drop", ("sma",))


async def test_a_reloaded_page_is_told_everything_again(made: tuple[PriceChart, Told]) -> None:
    chart, told = made
    chart.show(bars(1.0, 2.0), MINUTES)
    chart.set(style="line")
    chart.study(AVERAGE, {"sma": [np.nan, 1.5]})
    chart.lines([PriceLine(id="a", price=2.0, title="BUY 65")])
    chart.marks([TradeMark(time=FIRST, price=1.0, side="buy", text="BUY 65")])
    drawing = {"id": "0" * 24, "kind": "level", "points": [], "colour": "--up", "text": ""}
    say(chart, "put", drawing)
    see(chart)
    told.clear()
    see(chart, shown=False, fresh=True)
    see(chart)
    sent = dict(told)
    assert sent["set"] == ({"style": "line"},)
    assert sent["load"][0]["n"] == 2
    assert sent["study"][0]["id"] == "sma"
    assert sent["priced"][0][0]["price"] == 2.0
    assert sent["marked"][0][0]["side"] == "buy"
    assert sent["drawn"] == ([drawing],)


async def test_a_moment_is_gone_to_after_the_bars_around_it_came(
    made: tuple[PriceChart, Told],
) -> None:
    chart, told = made
    chart.show(bars(1.0, 2.0), MINUTES)
    chart.go(FIRST)
    assert told == []
    see(chart)
    assert told[-1] == ("go", (FIRST,))
    told.clear()
    chart.go(FIRST + 60)
    see(chart, shown=False)
    see(chart)
    assert names(told) == ["go"]


async def test_lines_are_told_when_they_differ_or_anew(made: tuple[PriceChart, Told]) -> None:
    chart, told = made
    chart.show(bars(1.0), MINUTES)
    see(chart)
    told.clear()
    line = PriceLine(id="a", price=2.0, title="BUY 65", drag=True)
    chart.lines([line])
    chart.lines([line])
    assert names(told) == ["priced"]
    chart.lines([line], anew=True)  # one that was dragged and refused springs back
    assert names(told) == ["priced", "priced"]
