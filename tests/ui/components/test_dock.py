"""Pages of panels: laid out as their user left them."""

import asyncio

import pytest
from nicegui.testing import User

from core.ids import LOCAL_USER
from tests.fake_desk import FakeDesk
from tests.ui.waiting import say
from ui.components.dock import Dock


def dock_of(visitor: User) -> Dock:
    assert visitor.client is not None
    (found,) = (e for e in visitor.client.elements.values() if isinstance(e, Dock))
    return found


@pytest.mark.parametrize("name", ["desk", "watch", "health"])
async def test_each_page_keeps_the_layout_of_its_own_panels(
    visitor: User, desk: FakeDesk, name: str
) -> None:
    address = "/" if name == "desk" else f"/{name}"
    await visitor.open(address)
    dock = dock_of(visitor)
    first = dock.props["panels"][0]["id"]
    layout = {"panels": {first: {}}, "grid": {"width": 900}}
    say(dock, "layout", layout)
    await asyncio.sleep(0)  # written behind
    assert (await desk.services.preferences.all(LOCAL_USER))[f"{name}.layout"] == layout
    await visitor.open(address)
    assert dock_of(visitor).props["layout"] == layout


@pytest.mark.parametrize("address", ["/", "/watch", "/health"])
async def test_every_panel_of_a_page_is_filled_and_stacked_on_a_phone(
    visitor: User, address: str
) -> None:
    await visitor.open(address)
    dock = dock_of(visitor)
    assert dock.props["stacked"] is True
    wanted = [panel["id"] for panel in dock.props["panels"]]
    assert all(dock.slots[name].children for name in wanted)
    placed = {panel["position"]["referencePanel"] for panel in dock.props["panels"][1:]}
    assert placed <= set(wanted)
