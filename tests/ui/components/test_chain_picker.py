"""Picking the chain that a page is about."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from nicegui import ui
from nicegui.testing import User

from core.errors import BrokerUnavailable
from core.ids import LOCAL_USER
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NEXT_EXPIRY
from tests.ui.waiting import say, until
from ui.components.chain_picker import ChainPicker
from ui.components.choices import Choices
from ui.components.keys import Keys


class Page:
    """A page with a picker: what it heard, and whether it refuses the next."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, list[date]]] = []
        self.fails: Exception | None = None
        self.picker: ChainPicker
        self.loaded: bool | None = None

    async def changed(self, picker: ChainPicker) -> None:
        if self.fails is not None:
            raise self.fails
        self.heard.append((picker.symbol, list(picker.chosen)))


Opened = Callable[..., Awaitable[Page]]


@pytest.fixture
async def opened(user: User, desk: FakeDesk) -> Opened:
    async def open_page(**given: Any) -> Page:
        page = Page()
        loading = given.pop("load", ())

        @ui.page("/")
        async def build() -> None:
            choices = await Choices.load(desk.services.preferences)
            page.picker = ChainPicker(
                desk.services, choices, page="oi", on_change=page.changed, **given
            )
            page.loaded = await page.picker.load(*loading)

        await user.open("/")
        return page

    return open_page


def press(user: User, name: str) -> None:
    assert user.client is not None
    elements = user.client.elements.values()
    say(next(e for e in elements if e.props.get("data-testid") == name), "click", None)


def key(user: User, name: str) -> None:
    assert user.client is not None
    say(next(e for e in user.client.elements.values() if isinstance(e, Keys)), "key", name)


def here(user: User) -> list[str]:
    """Which tabs are marked."""
    assert user.client is not None
    return [
        str(e.props["data-testid"])
        for e in user.client.elements.values()
        if "expiry" in e.classes and "here" in e.classes
    ]


async def test_the_nearest_expiry_of_an_underlying_is_picked_at_first(
    user: User, opened: Opened
) -> None:
    page = await opened(load=("NIFTY",))
    assert page.loaded
    assert page.heard == [("NIFTY", [EXPIRY])]
    assert here(user) == [f"expiry-{EXPIRY}"]


async def test_an_expiry_of_the_address_goes_before_the_kept_one(opened: Opened) -> None:
    page = await opened(load=("NIFTY", NEXT_EXPIRY))
    assert page.picker.expiry == NEXT_EXPIRY


async def test_a_pick_is_remembered_for_the_page(
    user: User, opened: Opened, desk: FakeDesk
) -> None:
    page = await opened(load=("NIFTY",))
    press(user, f"expiry-{NEXT_EXPIRY}")
    await until(lambda: here(user) == [f"expiry-{NEXT_EXPIRY}"])
    kept = await desk.services.preferences.all(LOCAL_USER)
    assert kept["oi.expiry.NIFTY"] == NEXT_EXPIRY.isoformat()
    assert kept["oi.symbol"] == "NIFTY"
    assert page.heard[-1] == ("NIFTY", [NEXT_EXPIRY])


async def test_keys_step_through_the_expiries_and_stop_at_the_ends(
    user: User, opened: Opened
) -> None:
    page = await opened(load=("NIFTY",))
    key(user, "[")
    key(user, "]")
    await until(lambda: page.picker.expiry == NEXT_EXPIRY)
    assert len(page.heard) == 2


async def test_of_many_at_least_one_stays_chosen(user: User, opened: Opened) -> None:
    page = await opened(many=True, load=("NIFTY",))
    press(user, f"expiry-{EXPIRY}")
    press(user, f"expiry-{NEXT_EXPIRY}")
    await until(lambda: page.picker.chosen == [EXPIRY, NEXT_EXPIRY])
    press(user, f"expiry-{EXPIRY}")
    await until(lambda: page.picker.chosen == [NEXT_EXPIRY])


async def test_a_chain_that_cannot_be_opened_leaves_the_old_choice(
    user: User, opened: Opened
) -> None:
    page = await opened(load=("NIFTY",))
    page.fails = BrokerUnavailable("the broker does not answer")
    press(user, f"expiry-{NEXT_EXPIRY}")
    await user.should_see("the broker does not answer")
    assert page.picker.expiry == EXPIRY
    assert here(user) == [f"expiry-{EXPIRY}"]


async def test_an_underlying_without_options_is_said_to_have_none(opened: Opened) -> None:
    page = await opened(load=("NOSUCH",))
    assert page.loaded is False
    assert page.heard == []


async def test_a_page_whose_address_names_the_underlying_is_left(opened: Opened) -> None:
    asked: list[str] = []
    page = await opened(goes_to=asked.append, load=("NIFTY",))
    await page.picker._symbol_wanted("BANKNIFTY")
    assert asked == ["BANKNIFTY"]
    assert page.picker.symbol == "NIFTY"
