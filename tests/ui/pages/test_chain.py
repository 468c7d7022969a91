"""The option chain's page, as a user meets it."""

import asyncio
from datetime import timedelta

import numpy as np
from nicegui.element import Element
from nicegui.testing import User

from core.clock import IST
from core.ids import LOCAL_USER
from core.instruments.instrument import Kind
from core.ports.feed import FeedMode
from core.state.market import Col
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NEXT_EXPIRY, NIFTY, STRIKES, option_key
from tests.ui.waiting import say, until
from ui.components.board import Board
from ui.components.chain_fields import AT, NAMES
from ui.components.chain_grid import ChainGrid
from ui.components.dock import Dock

CHAIN = "/chain/NIFTY"


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def grids(visitor: User) -> list[ChainGrid]:
    return [e for e in elements(visitor) if isinstance(e, ChainGrid)]


def header(visitor: User) -> Board:
    return next(
        e for e in elements(visitor) if isinstance(e, Board) and "chain-header" in e.classes
    )


def by_test_id(visitor: User, name: str) -> Element:
    return next(e for e in elements(visitor) if e.props.get("data-testid") == name)


def press(visitor: User, name: str) -> None:
    say(by_test_id(visitor, name), "click", None)


async def opened(visitor: User, address: str = CHAIN) -> ChainGrid:
    await visitor.open(address)
    await until(lambda: bool(grids(visitor)))
    return grids(visitor)[0]


def view(grid: ChainGrid, first: int, last: int, *, shown: bool = True, seq: int = 0) -> None:
    told = {"first": first, "last": last, "shown": shown, "seq": seq, "narrow": False}
    say(grid, "view", told)


async def test_the_headline_numbers_are_those_of_the_chain(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    chain = desk.services.chains.get("NIFTY", EXPIRY)
    assert chain is not None
    shown = header(visitor)
    await until(lambda: shown.text("forward") == f"{chain.forward:,.2f}")
    assert shown.text("spot") == "24,210.00"
    assert (shown.text("atm"), shown.shown["atm"][5]) == ("24,250", 24_250.0)
    pain = shown.shown["pain"][5]
    assert pain is not None
    assert shown.text("pain") == f"{pain:,.0f}"
    assert shown.shown["pcr"][5] == chain.pcr
    assert "parity" in shown.shown["forward"][4]
    assert "computed 0 s ago, 10:00:00 IST" in shown.shown["forward"][4]


async def test_rows_in_view_are_sent_once_and_again_only_when_they_change(
    visitor: User, desk: FakeDesk
) -> None:
    grid = await opened(visitor)
    view(grid, 5, 9)
    key = option_key(STRIKES[7], Kind.CALL)
    at = (7, 0, AT["ltp"])
    await until(lambda: grid.sent[at] == desk.services.market.get(key, Col.LTP))
    assert np.isnan(grid.sent[4, 0, AT["ltp"]])
    assert np.isnan(grid.sent[10, 1, AT["ltp"]])
    desk.feed.say(key, {Col.LTP: 321.5})
    await until(lambda: grid.sent[at] == 321.5)


async def test_only_what_differs_is_sent(visitor: User) -> None:
    grid = await opened(visitor)
    table = np.zeros((len(STRIKES), 2, len(NAMES)))
    first, _ = grid.changes(table, 0, 3)
    again, _ = grid.changes(table, 0, 3)
    table[2, 1, AT["bid"]] = 5.0
    index, value = grid.changes(table, 0, 3)
    assert len(first) > 0
    assert len(again) == 0
    assert index.tolist() == [(2 * 2 + 1) * len(NAMES) + AT["bid"]]
    assert value.tolist() == [5.0]


async def test_a_hidden_chain_costs_nothing(visitor: User, desk: FakeDesk) -> None:
    grid = await opened(visitor)
    view(grid, 0, 5)
    await until(lambda: bool(grid.sent[0, 0, AT["ltp"]] > 0))
    view(grid, 0, 5, shown=False)
    key = option_key(STRIKES[0], Kind.CALL)
    desk.feed.say(key, {Col.LTP: 999.0})
    await until(lambda: not grid.running)
    assert grid.sent[0, 0, AT["ltp"]] != 999.0
    view(grid, 0, 5)
    await until(lambda: grid.sent[0, 0, AT["ltp"]] == 999.0)


async def test_a_browser_that_is_behind_is_waited_for(visitor: User, desk: FakeDesk) -> None:
    grid = await opened(visitor)
    view(grid, 0, 5)
    key = option_key(STRIKES[0], Kind.CALL)

    def fall_behind() -> bool:
        desk.feed.say(key, {Col.LTP: desk.services.market.get(key, Col.LTP) + 0.05})
        return grid.behind

    await until(fall_behind)
    desk.feed.say(key, {Col.LTP: 777.0})
    assert grid.sent[0, 0, AT["ltp"]] != 777.0
    view(grid, 0, 5, seq=10**6)
    await until(lambda: grid.sent[0, 0, AT["ltp"]] == 777.0)


async def test_rows_in_view_are_subscribed_in_full_and_the_others_less(
    visitor: User, desk: FakeDesk
) -> None:
    grid = await opened(visitor)
    view(grid, 10, 12)
    seen, unseen = option_key(STRIKES[11], Kind.PUT), option_key(STRIKES[0], Kind.PUT)
    assert desk.feed.wanted[seen] is FeedMode.FULL
    assert desk.feed.wanted[unseen] is FeedMode.OPTION_GREEKS


async def test_leaving_the_page_lets_the_chain_go(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    assert desk.services.chains.get("NIFTY", EXPIRY) is not None
    await visitor.open("/settings")
    visitor_left = desk.services.chains
    assert visitor.client is not None
    for client in list(type(visitor.client).instances.values()):
        if client is not visitor.client:
            client.delete()
    await until(lambda: visitor_left.get("NIFTY", EXPIRY) is None)


async def test_another_expiry_is_shown_and_remembered(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    press(visitor, f"expiry-{NEXT_EXPIRY}")
    await until(lambda: desk.services.chains.get("NIFTY", NEXT_EXPIRY) is not None)
    await until(lambda: "here" in by_test_id(visitor, f"expiry-{NEXT_EXPIRY}").classes)
    await opened(visitor)
    await until(lambda: "here" in by_test_id(visitor, f"expiry-{NEXT_EXPIRY}").classes)


async def test_an_expiry_in_the_address_is_opened(visitor: User) -> None:
    await opened(visitor, f"{CHAIN}?expiry={NEXT_EXPIRY}")
    await until(lambda: "here" in by_test_id(visitor, f"expiry-{NEXT_EXPIRY}").classes)


async def test_a_contract_in_the_address_is_picked_and_scrolled_to(visitor: User) -> None:
    grid = await opened(visitor, f"{CHAIN}?expiry={NEXT_EXPIRY}&at={STRIKES[2]:g}PE")
    row = grid.props["strikes"].index(STRIKES[2])
    assert grid.props["picked"] == [row, 1]
    assert grid.props["goal"] == row


async def test_a_contract_that_is_not_listed_leaves_the_chain_at_the_money(visitor: User) -> None:
    grid = await opened(visitor, f"{CHAIN}?expiry={EXPIRY}&at=1.5CE")
    assert grid.props["goal"] == -1


async def test_nonsense_for_an_expiry_opens_the_nearest(visitor: User) -> None:
    await opened(visitor, f"{CHAIN}?expiry=<b>never</b>")
    await until(lambda: "here" in by_test_id(visitor, f"expiry-{EXPIRY}").classes)


async def test_days_left_are_counted_in_ist(visitor: User, desk: FakeDesk) -> None:
    left = (EXPIRY - desk.clock.now().astimezone(IST).date()).days
    await opened(visitor)
    tab = by_test_id(visitor, f"expiry-{EXPIRY}")
    assert [c.text for c in tab.default_slot.children] == ["23 Nov", f"{left}d"]  # type: ignore[attr-defined]


async def test_the_strike_window_is_chosen_and_remembered(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    press(visitor, "window-10")
    await until(lambda: len(grids(visitor)[0].props["strikes"]) == 21)
    grid = await opened(visitor)
    assert len(grid.props["strikes"]) == 21
    assert grid.props["strikes"][10] == 24_250.0


async def test_columns_are_chosen_and_remembered(visitor: User, desk: FakeDesk) -> None:
    grid = await opened(visitor)
    assert "gamma" not in grid.props["order"][0]
    visitor.find("Gamma").click()
    await until(lambda: "gamma" in grids(visitor)[0].props["order"][0])
    grid = await opened(visitor)
    assert "gamma" in grid.props["order"][1]


async def test_a_picked_contract_shows_both_sets_of_greeks(visitor: User, desk: FakeDesk) -> None:
    grid = await opened(visitor)
    row = STRIKES.index(24_200.0)
    say(grid, "pick", {"row": row, "side": 1})
    boards = [e for e in elements(visitor) if isinstance(e, Board)]
    name = next(b for b in boards if "contract-name" in b.classes)
    await until(lambda: name.text("name") == "NIFTY 23 Nov 24200 PE")
    greeks = next(b for b in boards if "greeks" in b.classes)
    assert greeks.text("iv") == "12.01%"  # its price is a whole number of ticks
    assert greeks.shown["iv"][2] == "12.00%"
    await visitor.should_see("Black-76")
    await visitor.should_see("Upstox:")
    market = desk.services.market
    assert market.row(option_key(24_200.0, Kind.PUT)) in market.depth_rows


async def test_an_unknown_underlying_is_said_and_changes_nothing(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/chain/NONSENSE")
    await visitor.should_see("There are no options on “NONSENSE”.")
    assert not list(desk.services.chains)
    assert not await desk.services.preferences.all(LOCAL_USER)


async def test_markup_in_the_address_is_text(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/chain/%3Cimg%20src=x%20onerror=alert(1)%3E")
    await visitor.should_see("There are no options on “<img src=x onerror=alert(1)>”.")
    assert not list(desk.services.chains)


async def test_a_move_of_the_money_lays_the_window_anew(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    press(visitor, "window-10")
    await until(lambda: len(grids(visitor)[0].props["strikes"]) == 21)
    chain = desk.services.chains.get("NIFTY", EXPIRY)
    assert chain is not None
    chain.atm += 4
    await until(lambda: grids(visitor)[0].props["strikes"][10] == chain.strikes[chain.atm])


async def test_the_spot_is_grey_when_the_feed_is_down(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    shown = header(visitor)
    desk.feed.drop()
    await until(lambda: shown.shown["spot"][1] == "stale")
    await until(lambda: shown.shown["forward"][1] == "stale")
    assert "feed is down" in shown.shown["spot"][4]


async def test_the_age_of_the_spot_is_in_its_tooltip(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    desk.clock.advance(timedelta(seconds=7))
    desk.feed.send({NIFTY: {Col.LTP: 24_211.0}})
    shown = header(visitor)
    await until(lambda: shown.text("spot") == "24,211.00")
    assert "from the feed 0 s ago" in shown.shown["spot"][4]


async def test_the_layout_of_the_panels_is_remembered(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    layout = {"panels": {"chain": {}}, "grid": {"width": 900}}
    say(next(e for e in elements(visitor) if isinstance(e, Dock)), "layout", layout)
    await asyncio.sleep(0)  # written behind
    assert (await desk.services.preferences.all(LOCAL_USER))["chain.layout"] == layout
    await opened(visitor)
    assert next(e for e in elements(visitor) if isinstance(e, Dock)).props["layout"] == layout


async def test_a_new_day_builds_the_page_anew(visitor: User, desk: FakeDesk) -> None:
    before = await opened(visitor)
    desk.services.instruments.rows = {  # type: ignore[attr-defined]
        key: each
        for key, each in desk.services.instruments.rows.items()  # type: ignore[attr-defined]
        if each.expiry != EXPIRY
    }
    await desk.services.chain_keeper.remake()
    await until(lambda: bool(grids(visitor)) and grids(visitor)[0] is not before)
    await until(lambda: desk.services.chains.get("NIFTY", NEXT_EXPIRY) is not None)
    assert not [e for e in elements(visitor) if e.props.get("data-testid") == f"expiry-{EXPIRY}"]


async def test_an_underlying_may_be_written_small(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, "/chain/nifty")
    assert desk.services.chains.get("NIFTY", EXPIRY) is not None
