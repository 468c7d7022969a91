"""Several charts on one page, and what stands in an instrument's place."""

import asyncio

from nicegui.element import Element
from nicegui.testing import User

from core.ids import LOCAL_USER
from core.instruments.instrument import Kind
from tests.fake_desk import FakeDesk
from tests.fake_universe import NIFTY, option_key
from tests.ui.waiting import say, until
from ui.components.price_chart import PriceChart

CALL_KEY = option_key(24_200.0, Kind.CALL)


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def charts(visitor: User) -> list[PriceChart]:
    return [e for e in elements(visitor) if isinstance(e, PriceChart)]


def by_test_id(visitor: User, name: str) -> Element:
    return next(e for e in elements(visitor) if e.props.get("data-testid") == name)


def press(visitor: User, name: str) -> None:
    say(by_test_id(visitor, name), "click", None)


def heads(visitor: User) -> list[str]:
    boxes = [e for e in elements(visitor) if "chart-cell-head" in e.classes]
    return [" ".join(str(getattr(each, "text", "")) for each in box) for box in boxes]


def marked(visitor: User, name: str) -> Element:
    return visitor.find(marker=name).elements.pop()


async def opened(visitor: User, address: str = "/chart/NIFTY") -> None:
    await visitor.open(address)
    await until(lambda: bool(charts(visitor)) and len(charts(visitor)[0].candles) > 0)


async def remembered(desk: FakeDesk, name: str, value: object) -> None:
    """Choices are written behind."""
    for _ in range(100):
        if (await desk.services.preferences.all(LOCAL_USER)).get(name) == value:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{name} was not kept so")


async def test_two_charts_share_the_crosshair_and_are_remembered(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    assert heads(visitor) == ["NIFTY 1m"]
    marked(visitor, "chart-layouts").set_value("2")  # type: ignore[attr-defined]
    await until(lambda: len(charts(visitor)) == 2)
    assert heads(visitor) == ["NIFTY 1m", "NIFTY D"]
    groups = {chart.props["group"] for chart in charts(visitor)}
    assert len(groups) == 1
    assert groups != {""}
    marked(visitor, "chart-link-crosshair").set_value(False)  # type: ignore[attr-defined]
    assert {chart.props["group"] for chart in charts(visitor)} == {""}
    await remembered(desk, "chart.layout", "2")
    await opened(visitor)
    assert heads(visitor) == ["NIFTY 1m", "NIFTY D"]
    marked(visitor, "chart-layouts").set_value("1")  # type: ignore[attr-defined]
    await until(lambda: len(charts(visitor)) == 1)


async def test_the_bar_speaks_of_the_chart_that_is_worked_on(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    marked(visitor, "chart-layouts").set_value("2")  # type: ignore[attr-defined]
    await until(lambda: len(charts(visitor)) == 2)
    say(by_test_id(visitor, "chart-cell-1"), "pointerdown", None)
    await until(lambda: "here" in by_test_id(visitor, "chart-interval-1d").classes)
    press(visitor, "chart-interval-5m")
    await until(lambda: heads(visitor) == ["NIFTY 1m", "NIFTY 5m"])
    marked(visitor, "chart-link-interval").set_value(True)  # type: ignore[attr-defined]
    await until(lambda: heads(visitor) == ["NIFTY 5m", "NIFTY 5m"])


async def test_a_leaving_page_lets_go_of_what_its_charts_heard_of(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    held = desk.services.subscriptions
    assert any(owner.startswith("chart ") for owner in held.owners)
    await visitor.open("/guide")
    assert visitor.client is not None
    for client in list(type(visitor.client).instances.values()):
        if client is not visitor.client:
            client.delete()
    await until(lambda: not any(owner.startswith("chart ") for owner in held.owners))


async def test_a_straddle_stands_in_the_place_of_its_index(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, "/chart/NIFTY?legs=straddle&interval=5m")
    assert heads(visitor) == ["NIFTY ATM straddle · 23 Nov 5m"]
    assert len(charts(visitor)[0].candles) >= 9
    assert getattr(by_test_id(visitor, "chart-shown"), "text", "").startswith("NIFTY ATM straddle")
    press(visitor, "chart-alone")
    await until(lambda: heads(visitor) == ["NIFTY 5m"])


async def test_a_pair_is_put_together_in_the_dialog(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    press(visitor, "chart-combine")
    await until(
        lambda: any(e.props.get("data-testid") == "combine-show" for e in elements(visitor))
    )
    press(visitor, "combine-against")
    await visitor.should_see("Choose another instrument from the list.")
    marked(visitor, "combine-kind").set_value("fixed")  # type: ignore[attr-defined]
    legs = marked(visitor, "combine-legs")
    assert getattr(legs, "value", "") == "24200CE:1, 24200PE:1"
    legs.set_value("1CE:1")  # type: ignore[attr-defined]
    press(visitor, "combine-show")
    await visitor.should_see("NIFTY has no strike 1.")
    legs.set_value("24200CE:1, 24300CE:-1")  # type: ignore[attr-defined]
    press(visitor, "combine-show")
    await until(lambda: heads(visitor) == ["NIFTY +1 24,200 CE -1 24,300 CE · 23 Nov 1m"])


async def test_an_address_may_ask_for_a_spread(visitor: User, desk: FakeDesk) -> None:
    await visitor.open(f"/chart/{NIFTY}?minus={CALL_KEY}&times=2")
    await until(lambda: bool(charts(visitor)))
    assert heads(visitor)[0].startswith("NIFTY − 2 × ")
