"""The chart page: any instrument, its bars, what is held and ordered, what was drawn and chosen."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from nicegui.testing import User

from core.backtest.report import Report
from core.backtest.results import Result, Trade
from core.errors import BrokerUnavailable
from core.ids import LOCAL_USER
from core.state.market import Col
from core.trading.orders import Order
from tests.fake_desk import FakeDesk
from tests.fake_drawings import MemoryDrawings
from tests.fake_universe import NIFTY, RELIANCE
from tests.ui.pages.order_visit import CALL, placed
from tests.ui.waiting import say, until
from ui.chart.source import InstrumentBars
from ui.components.price_chart import PriceChart

DRAWING = {
    "id": "0123456789abcdef01234567",
    "kind": "level",
    "points": [{"time": 1_795_059_000, "price": 24_200.0}],
    "colour": "--warn",
    "text": "",
}


def chart(visitor: User) -> PriceChart:
    assert visitor.client is not None
    return next(e for e in visitor.client.elements.values() if isinstance(e, PriceChart))


def text(visitor: User, name: str) -> str:
    assert visitor.client is not None
    found = (e for e in visitor.client.elements.values() if e.props.get("data-testid") == name)
    return str(getattr(next(found), "text", ""))


def see(visitor: User) -> None:
    say(chart(visitor), "view", {"shown": True, "seq": 0, "fresh": False})


async def opened(visitor: User, key: str = NIFTY, query: str = "") -> None:
    await visitor.open(f"/chart/{quote(key, safe='')}{query}")
    await until(lambda: len(chart(visitor).candles) > 0)
    see(visitor)


async def remembered(desk: FakeDesk, name: str, holds: Callable[[object], bool]) -> None:
    for _ in range(100):
        if holds((await desk.services.preferences.all(LOCAL_USER)).get(name)):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{name} was not kept so")


async def test_the_last_bar_moves_with_the_market(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    bars = chart(visitor).candles
    today = await desk.history.today(NIFTY)
    assert bars.close[-len(today) : -1].tolist() == today.close[:-1].tolist()
    assert text(visitor, "chart-said")
    for price in (24_290.0, 24_300.0):  # nobody knows how the first second seen began
        desk.clock.advance(timedelta(seconds=61))
        desk.feed.say(NIFTY, {Col.LTP: price, Col.LTT: 1000 * desk.clock.now().timestamp()})
    await until(lambda: chart(visitor).candles.close[-1] == 24_300.0)


async def test_a_symbol_leads_to_its_underlying_and_nonsense_to_words(visitor: User) -> None:
    await opened(visitor, "nifty")
    assert chart(visitor).props["label"] == "Chart of NIFTY"
    await visitor.open("/chart/NOSUCH")
    await visitor.should_see("not listed today")


async def test_the_length_and_the_look_are_kept(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, query="?interval=5m")
    assert str(chart(visitor).facts.interval) == "5m"
    await remembered(desk, "chart.interval", lambda kept: kept == "5m")
    visitor.find(marker="chart-looks").click()
    await opened(visitor, RELIANCE)
    assert str(chart(visitor).facts.interval) == "5m"


async def test_bars_that_cannot_be_had_say_why(visitor: User, desk: FakeDesk) -> None:
    desk.history.fails = BrokerUnavailable("no answer")
    await visitor.open(f"/chart/{quote(RELIANCE, safe='')}")
    await until(lambda: "No bars" in chart(visitor)._said or len(chart(visitor).candles) > 0)
    await until(lambda: "no answer" in text(visitor, "chart-said"))


async def test_from_a_moment_long_ago_a_key_leads_back_to_now(visitor: User) -> None:
    await visitor.open(f"/chart/{quote(NIFTY, safe='')}?interval=1m&at=1741000000")
    await until(lambda: "ends before now" in text(visitor, "chart-said"))
    see(visitor)
    say(chart(visitor), "newest", None)
    await until(lambda: len(chart(visitor).candles) > 0)
    await until(lambda: "ends before now" not in text(visitor, "chart-said"))


async def test_older_bars_that_cannot_be_had_are_told(
    visitor: User, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(visitor)

    async def refused(*_: object) -> None:
        raise BrokerUnavailable("nobody answers")

    monkeypatch.setattr(InstrumentBars, "older", refused)
    say(chart(visitor), "more", int(chart(visitor).candles.time[0]))
    await visitor.should_see("Nobody answers", retries=20)


async def test_drawings_are_kept_by_instrument(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    say(chart(visitor), "put", DRAWING)
    say(chart(visitor), "put", {**DRAWING, "id": "bad id"})
    await visitor.should_see("A drawing has no such id", retries=20)
    kept = await desk.services.drawings.of(LOCAL_USER, NIFTY)
    assert [each.told() for each in kept] == [DRAWING]
    await opened(visitor, RELIANCE)
    assert chart(visitor)._drawings == []
    await opened(visitor)
    assert chart(visitor)._drawings == [DRAWING]
    say(chart(visitor), "gone", DRAWING["id"])
    kept_there = desk.services.drawings
    assert isinstance(kept_there, MemoryDrawings)
    await until(lambda: not kept_there.kept)


async def test_a_dragged_order_asks_and_is_sent_through_the_desk(
    visitor: User, desk: FakeDesk
) -> None:
    order = await placed(desk)
    await opened(visitor, CALL)
    await until(lambda: len(chart(visitor)._lines) == 1)
    line = chart(visitor)._lines[0]
    say(chart(visitor), "line", {"id": line["id"], "price": 79.5})
    await visitor.should_see("Change this order?", retries=20)
    await visitor.should_see("at 80.05")
    visitor.find(marker="chart-modify-no").click()
    await until(lambda: not visitor_sees(visitor, "chart-modify-no"))
    assert price_of(desk, order) == Decimal("80.05")
    say(chart(visitor), "line", {"id": line["id"], "price": 79.5})
    await visitor.should_see(marker="chart-modify-yes", retries=20)
    visitor.find(marker="chart-modify-yes").click()
    await until(lambda: not desk.exchange.told.empty())
    await desk.listen()
    assert price_of(desk, order) == Decimal("79.5")
    await until(lambda: chart(visitor)._lines[0]["price"] == 79.5)


async def test_a_change_that_the_gate_refuses_is_told_and_the_line_springs_back(
    visitor: User, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await placed(desk)
    await opened(visitor, CALL)
    await until(lambda: len(chart(visitor)._lines) == 1)
    told = list[Any]()
    monkeypatch.setattr(PriceChart, "run_method", lambda _, name, *args: told.append((name, args)))
    say(chart(visitor), "line", {"id": chart(visitor)._lines[0]["id"], "price": 79.52})
    await visitor.should_see(marker="chart-modify-yes", retries=20)
    visitor.find(marker="chart-modify-yes").click()
    await visitor.should_see("tick", retries=20)
    await until(lambda: any(name == "priced" for name, _ in told))
    assert told[-1][1][0][0]["price"] == 80.05


async def test_the_trades_of_a_backtest_are_shown_in_the_place_of_ones_own(
    visitor: User, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(desk.clock.now().timestamp())
    trade = Trade(NIFTY, 75, now - 1_200, 24_190.0, now - 600, 24_200.0, 700.0, 50.0)
    empty = np.empty(0)
    result = Result(
        strategy="sma",
        title="SMA",
        parameters={},
        key=NIFTY,
        symbol="NIFTY",
        interval="1m",
        capital=1e5,
        time=np.empty(0, dtype=np.int64),
        equity=empty,
        units=np.empty(0, dtype=np.int64),
        exposure=empty,
        trades=(trade,),
    )

    async def kept(_: object, run: str) -> str | None:
        return Report(result=result, metrics={}).to_json() if run == "r1" else None

    monkeypatch.setattr(type(desk.services.backtests), "result", kept)
    await opened(visitor, query="?run=r1")
    await until(lambda: len(chart(visitor)._marks) == 2)
    assert chart(visitor)._marks[0]["to"] == {"time": now - 600, "price": 24_200.0}
    await opened(visitor, query="?run=gone")
    await visitor.should_see("not kept any more")
    assert chart(visitor)._marks == []


def visitor_sees(visitor: User, mark: str) -> bool:
    assert visitor.client is not None
    return any(mark in element._markers for element in visitor.client.elements.values())


def price_of(desk: FakeDesk, order: Order) -> Decimal:
    return desk.trading.state.orders[order.id].terms.price
