"""Instruments, as a user searches them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from nicegui.testing import User

from core.ids import LOCAL_USER
from core.instruments.instrument import Kind
from core.ports.feed import FeedMode
from core.state.market import Col
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NIFTY, RELIANCE, option_key
from tests.ui.finding import one, shown, value
from tests.ui.waiting import until
from ui import api
from ui.shell import build

CALL = option_key(24_200.0, Kind.CALL)


async def test_words_typed_narrow_the_list_and_are_kept_in_address_and_preferences(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/instruments")
    table = one(visitor, "instrument")
    assert len(table.rows) == 100
    one(visitor, "search").set_value("nifty 24200 ce")
    await until(lambda: len(table.rows) == 3)
    assert {row[0] for row in shown(table).values()} == {
        "NIFTY 24200 CE 23 NOV 26",
        "NIFTY 24200 CE 01 DEC 26",
        "NIFTY 24200 CE 29 DEC 26",
    }
    await until(lambda: kept(desk).get("q") == "nifty 24200 ce")
    await visitor.open("/instruments")
    assert len(one(visitor, "instrument").rows) == 3


async def test_an_address_brings_its_own_search_and_contract(visitor: User) -> None:
    await visitor.open(f"/instruments?underlying=NIFTY&expiry={EXPIRY}&kind=put&key={CALL}")
    table = one(visitor, "instrument")
    assert {row[3] for row in shown(table).values()} == {"Put"}
    assert {row[4] for row in shown(table).values()} == {"23 Nov 26"}
    assert value(one(visitor, "fact"), "lot") == "65 units"


@pytest.mark.parametrize("typed", ["%", "' OR 1=1 --", "<img src=x onerror=1>", "\\", '"'])
async def test_markup_and_sql_are_words_like_others(visitor: User, typed: str) -> None:
    await visitor.open("/instruments")
    one(visitor, "search").set_value(typed)
    await until(lambda: not one(visitor, "instrument").rows)
    await visitor.should_not_see("produced an error")


async def test_a_wrong_filter_in_the_address_is_no_filter(visitor: User) -> None:
    await visitor.open("/instruments?kind=banana&segment=MOON&expiry=tomorrow&underlying=FOO")
    await visitor.should_see(marker="search")
    await visitor.should_not_see("produced an error")


async def test_the_card_shows_the_contract_its_price_and_how_old_that_is(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/instruments?q=nifty 24200 ce")
    with visitor:
        await one(visitor, "instrument").pick(CALL)
    facts, live = one(visitor, "fact"), one(visitor, "live")
    assert value(facts, "expiry") == "Mon 23 Nov 2026"
    assert value(facts, "tick") == "₹0.05"
    assert value(facts, "freeze") == "1,755"
    assert value(facts, "key") == CALL
    assert desk.feed.wanted[CALL] is FeedMode.FULL
    desk.feed.say(CALL, {Col.LTP: 151.25, Col.CLOSE: 150.0})
    await until(lambda: value(live, "ltp") == "151.25")
    assert value(live, "change").startswith("+1.25")
    desk.clock.advance(timedelta(seconds=90))
    await until(lambda: value(live, "age") == "1 m ago")


async def test_a_value_of_a_broken_feed_is_marked_stale_with_the_reason(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open(f"/instruments?key={CALL}")
    live = one(visitor, "live")
    desk.feed.drop()
    await until(lambda: cell(live, "ltp").classes == "stale")
    assert "last value heard" in cell(live, "ltp").tip


async def test_leaving_the_page_gives_the_subscription_back(visitor: User, desk: FakeDesk) -> None:
    await visitor.open(f"/instruments?key={CALL}")
    await until(lambda: CALL in desk.feed.wanted)
    visitor.navigate.to("/guide")
    await until(lambda: CALL not in desk.feed.wanted)


async def test_a_contract_is_put_on_a_watchlist_which_is_made_if_there_is_none(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/instruments?q=reliance")
    with visitor:
        await one(visitor, "instrument").act(RELIANCE, "add")
    (made,) = await desk.services.watchlists.all(LOCAL_USER)
    assert made.name == "Watch 1"
    assert made.keys == (RELIANCE,)
    with visitor:
        await one(visitor, "instrument").act(RELIANCE, "add")
    await visitor.should_see("already")
    assert (await desk.services.watchlists.all(LOCAL_USER))[0].keys == (RELIANCE,)


async def test_enter_opens_the_option_chain_of_the_contract(visitor: User) -> None:
    await visitor.open("/instruments?q=nifty 24200 ce")
    with visitor:
        await one(visitor, "instrument").act(CALL, "open")
    await until(lambda: visitor.back_history[-1] == f"/chain/NIFTY?expiry={EXPIRY}&at=24200CE")


async def test_an_instrument_of_another_day_is_said_to_be_unlisted(visitor: User) -> None:
    await visitor.open("/instruments?key=NSE_FO|999999")
    await visitor.should_see("NSE_FO|999999 is not listed today")


async def test_clear_forgets_words_and_filters(visitor: User) -> None:
    await visitor.open("/instruments?q=nifty 24200&kind=call")
    visitor.find(marker="clear-filters").click()
    await until(lambda: len(one(visitor, "instrument").rows) == 100)
    assert one(visitor, "kind").value == ""


async def test_without_an_instrument_file_the_page_says_what_to_do(
    user: User, desk: FakeDesk
) -> None:
    services = replace(desk.services)
    await services.instruments.replace([], desk.clock.now())
    api.register(services)
    build(services)
    await user.open("/instruments")
    await user.should_see("No instruments yet")
    await user.should_see("Run now")


async def test_an_index_has_a_chain_too(visitor: User) -> None:
    await visitor.open(f"/instruments?key={NIFTY}")
    await visitor.should_see(marker="card-chain")


def kept(desk: FakeDesk) -> dict[str, str]:
    known = desk.services.preferences
    return known.values.get(LOCAL_USER, {}).get("instruments", {})  # type: ignore[attr-defined]


def cell(table: object, id: str) -> object:
    return next(row.cells[1] for row in table.rows if row.id == id)  # type: ignore[attr-defined]
