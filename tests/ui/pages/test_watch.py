"""Watchlists, as a user keeps them."""

from nicegui.testing import User

from core.ids import LOCAL_USER, InstrumentKey
from core.instruments.instrument import Kind
from core.instruments.tick import Auction
from core.ports.feed import FeedMode
from core.ports.repositories import Watchlist
from core.state.session import Phase
from tests.fake_desk import FakeDesk
from tests.fake_universe import NIFTY, RELIANCE, option_key
from tests.ui.finding import one, shown, value
from tests.ui.waiting import until
from ui.components.data_table import Cell, DataTable
from ui.components.quote_grid import QuoteGrid

CALL = option_key(24_200.0, Kind.CALL)


async def test_without_a_list_the_page_says_what_to_do(visitor: User) -> None:
    await visitor.open("/watch")
    await visitor.should_see("No watchlist yet")
    await visitor.should_see("Add an instrument")


async def test_an_instrument_found_is_added_to_a_list_that_is_made_for_it(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/watch")
    one(visitor, "add").set_value("reliance")
    await visitor.should_see(marker="found", retries=20)
    await until(lambda: bool(one(visitor, "found").rows))
    assert shown(one(visitor, "found"))[RELIANCE][0] == "RELIANCE · Reliance Industries Ltd"
    with visitor:
        await one(visitor, "found").act(RELIANCE, "add")
    (made,) = await desk.services.watchlists.all(LOCAL_USER)
    assert (made.name, made.keys) == ("Watch 1", (RELIANCE,))
    assert [row.name for row in grid(visitor).rows] == ["RELIANCE"]
    assert desk.feed.wanted[RELIANCE] is FeedMode.FULL
    assert value(one(visitor, "live"), "ltp") == "1,320.00"


async def test_the_same_instrument_is_not_added_twice(visitor: User, desk: FakeDesk) -> None:
    await keep(desk, "a", "Mine", RELIANCE)
    await visitor.open("/watch")
    one(visitor, "add").set_value("reliance")
    await visitor.should_see(marker="found", retries=20)
    await until(lambda: bool(one(visitor, "found").rows))
    with visitor:
        await one(visitor, "found").act(RELIANCE, "add")
    await visitor.should_see("It is on “Mine” already.")


async def test_lists_are_made_renamed_and_a_taken_name_is_refused(
    visitor: User, desk: FakeDesk
) -> None:
    await keep(desk, "a", "Mine")
    await visitor.open("/watch")
    await name_it(visitor, "list-new", "Second")
    await until(lambda: len(desk.services.watchlists.rows) == 2)  # type: ignore[attr-defined]
    await name_it(visitor, "list-rename", "mine")
    await visitor.should_see("There is a watchlist named “mine” already.")
    await name_it(visitor, "list-rename", "Third")
    await until(lambda: names(desk) == ["Mine", "Third"])


async def test_a_deleted_list_comes_back_by_undo(visitor: User, desk: FakeDesk) -> None:
    await keep(desk, "a", "Mine", RELIANCE, CALL)
    await visitor.open("/watch")
    visitor.find(marker="list-delete").click()
    await visitor.should_see("“Mine” was deleted (2 instruments).")
    assert names(desk) == []
    visitor.find(marker="undo").click()
    await until(lambda: names(desk) == ["Mine"])
    await until(lambda: [r.key for r in grid(visitor).rows] == [RELIANCE, CALL])


async def test_a_removed_row_comes_back_in_its_place_by_undo(visitor: User, desk: FakeDesk) -> None:
    await keep(desk, "a", "Mine", RELIANCE, CALL)
    await visitor.open("/watch")
    visitor.find(kind=QuoteGrid).trigger("remove", RELIANCE)
    await visitor.should_see("was taken off “Mine”.")
    assert keys(desk) == (CALL,)
    visitor.find(marker="undo").click()
    await until(lambda: keys(desk) == (RELIANCE, CALL))


async def test_rows_are_dragged_into_another_order_that_is_kept(
    visitor: User, desk: FakeDesk
) -> None:
    await keep(desk, "a", "Mine", RELIANCE, CALL, NIFTY)
    await visitor.open("/watch")
    visitor.find(kind=QuoteGrid).trigger("move", {"id": NIFTY, "to": 0})
    await until(lambda: keys(desk) == (NIFTY, RELIANCE, CALL))
    visitor.find(marker="row-down").click()  # the first row was selected: RELIANCE
    await until(lambda: keys(desk) == (NIFTY, CALL, RELIANCE))
    visitor.find(kind=QuoteGrid).trigger("remove", CALL)
    await until(lambda: keys(desk) == (NIFTY, RELIANCE))
    await until(lambda: CALL not in desk.feed.wanted)


async def test_columns_chosen_are_remembered(visitor: User, desk: FakeDesk) -> None:
    await keep(desk, "a", "Mine", RELIANCE)
    await visitor.open("/watch")
    assert "average" not in [c.name for c in grid(visitor).columns]
    one(visitor, "column-average").set_value(True)
    one(visitor, "column-oi").set_value(False)
    await until(lambda: "average" in [c.name for c in grid(visitor).columns])
    await visitor.open("/watch")
    chosen = [c.name for c in grid(visitor).columns]
    assert "average" in chosen
    assert "oi" not in chosen


async def test_the_list_of_the_address_is_shown_and_then_remembered(
    visitor: User, desk: FakeDesk
) -> None:
    await keep(desk, "a", "Mine", RELIANCE)
    await keep(desk, "b", "Other", CALL, position=1)
    await visitor.open("/watch?list=b")
    assert [r.key for r in grid(visitor).rows] == [CALL]
    await until(lambda: preference(desk, "watchlist") == "b")
    await visitor.open("/watch")
    assert [r.key for r in grid(visitor).rows] == [CALL]


async def test_the_selected_row_asks_for_its_depth_and_gives_it_back(
    visitor: User, desk: FakeDesk
) -> None:
    await keep(desk, "a", "Mine", RELIANCE, CALL)
    market = desk.services.market
    await visitor.open("/watch")
    assert market.row(RELIANCE) in market.depth_rows
    visitor.find(kind=QuoteGrid).trigger("pick", CALL)
    await until(lambda: market.row(CALL) in market.depth_rows)
    assert market.row(RELIANCE) not in market.depth_rows
    visitor.navigate.to("/guide")
    await until(lambda: market.row(CALL) not in market.depth_rows)
    assert RELIANCE not in desk.feed.wanted


async def test_an_instrument_that_is_not_listed_today_stays_and_says_so(
    visitor: User, desk: FakeDesk
) -> None:
    await keep(desk, "a", "Mine", InstrumentKey("NSE_FO|1"))
    await visitor.open("/watch")
    assert grid(visitor).rows[0].hint == "not listed today"


def grid(user: User) -> QuoteGrid:
    (found,) = user.find(kind=QuoteGrid).elements
    return found


async def name_it(user: User, by: str, name: str) -> None:
    user.find(marker=by).click()
    await user.should_see(marker="list-name")
    one(user, "list-name").set_value(name)
    user.find(marker="list-name-save").click()
    await user.should_not_see(marker="list-name", retries=20)


async def keep(desk: FakeDesk, id: str, name: str, *keys: InstrumentKey, position: int = 0) -> None:
    await desk.services.watchlists.save(
        Watchlist(id=id, user=LOCAL_USER, name=name, position=position, keys=keys)
    )


def lists(desk: FakeDesk) -> list[Watchlist]:
    rows = desk.services.watchlists.rows  # type: ignore[attr-defined]
    return sorted(rows.values(), key=lambda w: w.position)


def names(desk: FakeDesk) -> list[str]:
    return [w.name for w in lists(desk)]


def keys(desk: FakeDesk) -> tuple[InstrumentKey, ...]:
    return lists(desk)[0].keys


def preference(desk: FakeDesk, name: str) -> object:
    return desk.services.preferences.values[LOCAL_USER].get(name)  # type: ignore[attr-defined]


async def test_what_an_index_cannot_have_is_a_dash_with_its_reason(
    visitor: User, desk: FakeDesk
) -> None:
    await keep(desk, "a", "Mine", NIFTY)
    await visitor.open("/watch")
    live = one(visitor, "live")
    await until(lambda: value(live, "ltp") != "–")
    for name in ("volume", "oi", "bid"):
        cell = cell_of(live, name)
        assert (cell.text, bool(cell.tip)) == ("–", True)


async def test_an_indicative_price_is_shown_labelled_while_an_auction_runs(
    visitor: User, desk: FakeDesk
) -> None:
    await keep(desk, "a", "Mine", RELIANCE)
    desk.services.session.phase = Phase.PRE_OPEN
    market = desk.services.market
    market.auctions[market.row(RELIANCE)] = Auction(price=1_321.5, quantity=4_200, reference=1_320)
    await visitor.open("/watch")
    live = one(visitor, "live")
    assert shown(live)["auction"] == ["Pre-open, indicative", "1,321.50 × 4,200"]
    market.auctions.clear()
    await until(lambda: "auction" not in shown(live))


def cell_of(table: DataTable, id: str) -> Cell:
    (found,) = (row.cells[1] for row in table.rows if row.id == id)
    assert isinstance(found, Cell)
    return found
