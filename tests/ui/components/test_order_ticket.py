"""The order ticket on its pages, as a user meets it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from nicegui.element import Element
from nicegui.testing import User

from core.ids import LOCAL_USER
from core.instruments.instrument import Kind
from core.ports.repositories import Watchlist
from core.settings import Mode
from core.trading.broker_orders import Status
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_exchange import Fault
from tests.fake_universe import RELIANCE, STRIKES, option_key
from tests.ui.waiting import say, until
from ui.components.chain_grid import ChainGrid
from ui.components.keys import Keys
from ui.components.order_ticket import OrderTicket
from ui.components.palette import Palette

ROW = STRIKES.index(24_200.0)
CALL = option_key(24_200.0, Kind.CALL)


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def found(visitor: User, kind: type[Any]) -> Any:
    return next(e for e in elements(visitor) if isinstance(e, kind))


def built(mode: Mode) -> FakeDesk:
    from ui.shell import build

    desk = make_desk(mode=mode)
    build(desk.services)
    return desk


def ticket(visitor: User) -> OrderTicket:
    made: OrderTicket = found(visitor, OrderTicket)
    return made


async def on_the_chain(visitor: User) -> OrderTicket:
    await visitor.open("/chain/NIFTY")
    await until(lambda: any(isinstance(e, ChainGrid) for e in elements(visitor)))
    return ticket(visitor)


async def pressed(visitor: User, *, buy: bool = True) -> OrderTicket:
    """The ticket after a key or a button of the row 24,200 CE."""
    made = await on_the_chain(visitor)
    say(found(visitor, ChainGrid), "deal", {"row": ROW, "side": 0, "buy": buy})
    await until(lambda: made.shown["open"])
    return made


def type_in(made: OrderTicket, name: str, value: object) -> None:
    say(made, "edit", [name, value, made.shown["edit"] + 1])


def placed(desk: FakeDesk) -> int:
    return desk.exchange.asked.count("place")


async def status(made: OrderTicket, wanted: Status) -> None:
    await until(lambda: (made.shown["sent"] or {}).get("status") == wanted.value)


def row(made: OrderTicket, name: str) -> str:
    return next(text for each, _, text, _, _ in made.shown["rows"] if each == name)


async def test_a_row_opens_it_with_its_mode_its_quote_and_what_it_costs(visitor: User) -> None:
    made = await pressed(visitor)
    view = made.shown
    assert view["mode"]["name"] == "simulated"
    assert "no real money" in view["mode"]["words"]
    assert view["head"]["symbol"] == "NIFTY 24200 CE 23 NOV 26"
    assert view["send"]["words"].startswith("Buy 1 lot at ")
    assert view["send"]["able"]
    assert row(made, "charges").startswith("₹")
    await until(lambda: row(made, "margin").startswith("₹"))
    await until(lambda: row(made, "delta").startswith("0.0 → "))
    assert dict(view["spelt"])["tag"] == "our number, made as it is sent"
    assert view["warnings"] == []


async def test_refusals_stand_at_their_field_before_the_click(
    visitor: User, desk: FakeDesk
) -> None:
    made = await pressed(visitor)
    type_in(made, "units", "70")
    assert made.shown["reasons"]["quantity"] == ["70 units are not a multiple of the lot of 65"]
    assert not made.shown["send"]["able"]
    say(made, "send", made.shown["click"])
    await asyncio.sleep(0.05)
    assert placed(desk) == 0
    type_in(made, "side", "sell")
    type_in(made, "lots", "1")
    assert "buy the hedge first" in made.shown["reasons"]["form"][0]


async def test_a_double_click_sends_once_and_its_order_is_followed_live(
    visitor: User, desk: FakeDesk
) -> None:
    made = await pressed(visitor)
    desk.exchange.pause = 0.1
    for _ in range(3):
        say(made, "send", made.shown["click"])
    await until(lambda: made.shown["phase"] == "sending")
    assert not made.shown["send"]["able"]
    await status(made, Status.ACCEPTED)
    assert placed(desk) == 1
    (id,) = desk.exchange.book
    desk.exchange.trade(id, 65, "148.05")
    await desk.trading.desk.hear([desk.exchange.told.get_nowait() for _ in range(3)])
    await status(made, Status.FILLED)
    assert made.shown["sent"]["text"] == "Filled: 65 at 148.05."
    assert dict(made.shown["spelt"])["tag"] == made.shown["sent"]["id"]


async def test_a_lost_answer_says_unknown_and_keeps_it_disarmed(
    visitor: User, desk: FakeDesk
) -> None:
    made = await pressed(visitor)
    desk.exchange.faults = [Fault.LOST_AFTER]
    say(made, "send", made.shown["click"])
    await status(made, Status.UNKNOWN)
    assert "not sent again" in made.shown["sent"]["text"]
    type_in(made, "price-step", 1)
    assert (made.shown["phase"], made.shown["send"]["able"]) == ("answered", False)
    say(made, "send", made.shown["click"])
    await asyncio.sleep(0.05)
    assert placed(desk) == 1


async def test_two_tabs_that_send_the_same_at_once_send_one(
    visitor: User, desk: FakeDesk, create_user: Callable[[], User]
) -> None:
    here, there = await pressed(visitor), await pressed(create_user())
    desk.exchange.pause = 0.1
    for each in (here, there):
        say(each, "send", each.shown["click"])
    await until(lambda: all(each.shown["answers"] == 1 for each in (here, there)))
    assert placed(desk) == 1
    assert {here.shown["phase"], there.shown["phase"]} == {"answered", "ready"}
    refused = here if here.shown["phase"] == "ready" else there
    assert "the same order was placed less than 2 s ago" in refused.shown["reasons"]["form"]


async def test_a_cancel_in_the_ticket_ends_the_order(visitor: User, desk: FakeDesk) -> None:
    made = await pressed(visitor)
    say(made, "send", made.shown["click"])
    await until(lambda: (made.shown["sent"] or {}).get("cancel") is True)
    say(made, "cancel", None)
    await until(lambda: "cancel" in desk.exchange.asked)


async def test_the_palette_takes_an_order(visitor: User) -> None:
    made = await on_the_chain(visitor)
    palette: Palette = found(visitor, Palette)
    first = (await palette.search("s nifty 24200 pe"))[0]
    assert (first["text"], first["side"]) == ("Sell NIFTY 24200 PE 23 NOV 26", "sell")
    say(palette, "order", first)
    await until(lambda: made.shown["open"])
    assert made.shown["form"]["side"] == "sell"
    assert all("key" not in item for item in await palette.search("nifty"))


async def test_it_goes_with_the_user_from_page_to_page_and_closes(visitor: User) -> None:
    made = await pressed(visitor)
    assert made.client is visitor.client
    say(made, "shut", None)
    await until(lambda: not made.shown["open"])


async def test_quick_orders_are_off_until_armed_and_can_be_undone(
    visitor: User, desk: FakeDesk
) -> None:
    made = await on_the_chain(visitor)
    visitor.find(marker="quick-arm").click()
    assert made.quick.armed
    say(found(visitor, ChainGrid), "deal", {"row": ROW, "side": 0, "buy": True})
    say(found(visitor, ChainGrid), "deal", {"row": ROW, "side": 0, "buy": True})
    await until(lambda: len(made.shown["toasts"]) == 1)
    toast = made.shown["toasts"][0]
    assert (placed(desk), made.shown["open"]) == (1, False)
    assert toast["words"].startswith("Buy 65 NIFTY 24200 CE 23 NOV 26 at ")
    say(made, "undo", toast["id"])
    await until(lambda: "cancel" in desk.exchange.asked)


async def test_where_real_money_goes_quick_orders_are_not_let_through(
    user: User,
) -> None:
    live = built(Mode.LIVE)
    made = await on_the_chain(user)
    user.find(marker="quick-arm").click()
    assert not made.quick.armed
    say(found(user, ChainGrid), "deal", {"row": ROW, "side": 0, "buy": True})
    await until(lambda: made.shown["open"])
    assert made.shown["mode"]["words"] == "real prices, REAL MONEY"
    assert live.services.mode is Mode.LIVE
    assert placed(live) == 0


async def test_without_an_order_side_nothing_offers_to_order(
    user: User,
) -> None:
    read_only = built(Mode.READONLY)
    await user.open("/chain/NIFTY")
    await until(lambda: any(isinstance(e, ChainGrid) for e in elements(user)))
    assert not any(isinstance(e, OrderTicket) for e in elements(user))
    assert found(user, ChainGrid).props["trades"] is False
    assert read_only.services.trading is None
    names = [str(e.props.get("data-testid")) for e in elements(user)]
    assert not any("contract-order" in name or "quick" in name for name in names)


async def test_the_watch_list_sells_what_is_picked_by_a_key(visitor: User, desk: FakeDesk) -> None:
    await desk.services.watchlists.save(
        Watchlist(id="a", user=LOCAL_USER, name="Mine", position=0, keys=(RELIANCE,))
    )
    await visitor.open("/watch")
    await visitor.should_see("Reliance Industries Ltd", retries=20)
    every = [e for e in elements(visitor) if isinstance(e, Keys)]
    say(next(e for e in every if "s" in e.props["keys"]), "key", "s")
    made = ticket(visitor)
    await until(lambda: made.shown["open"])
    assert (made.shown["head"]["symbol"], made.shown["form"]["side"]) == ("RELIANCE", "sell")
    assert made.shown["form"]["product"] == "delivery"


async def test_an_instruments_card_buys_it(visitor: User) -> None:
    await visitor.open(f"/instruments?key={CALL}")
    await visitor.should_see(marker="card-order-buy", retries=20)
    visitor.find(marker="card-order-buy").click()
    made = ticket(visitor)
    await until(lambda: made.shown["open"])
    assert made.shown["head"]["symbol"] == "NIFTY 24200 CE 23 NOV 26"


@pytest.mark.parametrize(("door", "words"), [("slices", "TWAP"), ("bracket", "An entry, and")])
async def test_what_stands_in_it_goes_on_into_other_tickets(
    visitor: User, door: str, words: str
) -> None:
    made = await pressed(visitor)
    assert [name for name, *_ in made.shown["doors"]] == ["gtt", "bracket", "slices"]
    type_in(made, "lots", "6")
    say(made, "door", door)
    await visitor.should_see(words, retries=20)
    assert not made.shown["open"]
