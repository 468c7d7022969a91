"""The strip in the shell's foot, the notices that lead on, and the tones that ring."""

import asyncio
import re
import wave
from datetime import timedelta

import pytest
from nicegui.testing import User

from core.ids import LOCAL_USER
from core.risk.limits import Standing
from core.state.notices import Level
from core.state.trading import About, Difference
from core.trading.events import OrderEvent
from tests.fake_desk import FakeDesk
from tests.fake_exchange import Fault
from tests.ui.finding import one
from tests.ui.pages.order_visit import CALL, LOT, asked, number, placed
from tests.ui.waiting import say, until
from ui.components.blotter import Blotter
from ui.components.sounds import TONES, USUAL, Sounds, kept_as
from ui.theme.style import ASSETS


def blotter(visitor: User) -> Blotter:
    assert visitor.client is not None
    return next(e for e in visitor.client.elements.values() if isinstance(e, Blotter))


def bell(visitor: User) -> Sounds:
    """The one in the top bar, which is built before any of a page."""
    assert visitor.client is not None
    return next(e for e in visitor.client.elements.values() if isinstance(e, Sounds))


async def kept(desk: FakeDesk, name: str) -> object:
    """What is remembered; it is written behind."""
    await asyncio.sleep(0.05)
    return (await desk.services.preferences.all(LOCAL_USER)).get(name)


async def test_it_tells_what_works_what_is_unknown_the_result_and_what_differs(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/settings")
    strip = blotter(visitor)
    assert strip.cells == {"standing": "ACTIVE", "working": "0"}
    order = await placed(desk)
    desk.exchange.faults = [Fault.LOST_BEFORE]
    desk.clock.advance(timedelta(seconds=5))
    await desk.trading.desk.place(asked())
    await until(lambda: strip.cells.get("unknown") == "1")
    assert strip.cells["working"] == "2"
    assert strip.events[0].startswith("An order was sent and no answer came")
    desk.exchange.trade(number(order), LOT, "80.00")
    await desk.listen()
    await until(lambda: "pnl" in strip.cells)
    assert strip.cells["working"] == "1"
    state = desk.trading.state
    state.differences["x"] = Difference(
        about=About.POSITION,
        key=CALL,
        subject="x",
        text="we count 65 units, and the broker 0",
        remedy="Accept it.",
        since=desk.clock.now(),
    )
    state.standing = Standing.HALTED
    state.revision += 1
    await until(lambda: strip.cells.get("differences") == "1")
    (cell,) = (each for each in strip._props["cells"] if each["name"] == "differences")
    assert (cell["tone"], cell["href"]) == ("down", "/positions")
    assert strip.cells["standing"] == "HALTED"


async def test_it_costs_nothing_while_nothing_changes(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/settings")
    strip = blotter(visitor)
    desk.services.notices.add(
        Level.GOOD, "Bought", at=desk.clock.now(), source="orders", event=OrderEvent.FILLED
    )
    await until(lambda: strip.events == ["Bought"])
    sent = strip.sent
    desk.trading.state.revision += 1  # compared, and nothing was different
    desk.clock.advance(timedelta(seconds=30))
    strip.look()
    assert strip.sent == sent


async def test_folding_it_is_remembered_and_the_chip_brings_it_back(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/settings")
    say(blotter(visitor), "fold", None)
    await until(lambda: not blotter(visitor).is_open)
    assert await kept(desk, "blotter") is False
    await visitor.open("/settings")
    assert not blotter(visitor).is_open
    visitor.find(marker="blotter-chip").click()
    await until(lambda: blotter(visitor).is_open)


async def test_a_notice_leads_to_its_order(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/settings")
    order = await placed(desk)
    desk.services.notices.add(
        Level.GOOD,
        "Bought 65",
        at=desk.clock.now(),
        source="orders",
        link=f"/orders?order={order.id}",
    )
    await visitor.should_see("Bought 65", retries=20)
    say(one(visitor, "notice-menu"), "show", None)
    await visitor.should_see(marker="notice-link", retries=20)
    assert one(visitor, "notice-link")._props["href"] == f"/orders?order={order.id}"


@pytest.mark.parametrize("on", [False, True])
async def test_an_event_rings_only_for_who_wants_it(
    visitor: User, desk: FakeDesk, on: bool
) -> None:
    preferences = desk.services.preferences
    await preferences.set(LOCAL_USER, "sounds.on", on)
    await preferences.set(LOCAL_USER, "sounds.volume", 40)
    await preferences.set(LOCAL_USER, kept_as(OrderEvent.FILLED), "tick")
    await visitor.open("/settings")
    for event in (OrderEvent.FILLED, OrderEvent.REJECTED):
        desk.services.notices.add(
            Level.GOOD, event, at=desk.clock.now(), source="orders", event=event
        )
    desk.services.notices.add(Level.PROBLEM, "feed", at=desk.clock.now(), source="feed")
    await visitor.should_see(OrderEvent.REJECTED, retries=20)
    wanted = [("fall", 0.4)] if on else []
    await until(lambda: bell(visitor).played == wanted)


async def test_tones_are_chosen_and_heard_in_the_settings(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/settings")
    assert visitor.client is not None
    sounds = [e for e in visitor.client.elements.values() if isinstance(e, Sounds)][-1]
    one(visitor, "sounds-on").set_value(True)
    await until(lambda: sounds.played == [("chime", 0.6)])
    one(visitor, "sounds-no-answer").set_value("fall")
    visitor.find(marker="hear-no_answer").click()
    await until(lambda: sounds.played[1:] == [("fall", 0.6)])
    assert await kept(desk, "sounds.on") is True
    assert await kept(desk, kept_as(OrderEvent.NO_ANSWER)) == "fall"


def test_every_event_has_a_tone_and_every_tone_a_small_file() -> None:
    assert set(USUAL) == set(OrderEvent)
    files = {path.stem: path for path in (ASSETS / "sounds").glob("*.wav")}
    assert set(files) == set(TONES) - {""}
    for path in files.values():
        assert path.stat().st_size <= 20_000
        with wave.open(str(path)) as tone:
            assert tone.getnframes() / tone.getframerate() < 0.6


def test_the_browser_gets_the_tones_from_the_desk() -> None:
    script = (ASSETS.parent / "ui" / "components" / "sounds.js").read_text("utf-8")
    assert re.search(r"new Audio\(`/assets/sounds/\$\{name\}\.wav`\)", script)
