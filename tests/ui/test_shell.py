"""The frame around every page, as a user meets it."""

import asyncio
from datetime import timedelta

import pytest
from nicegui.element import Element
from nicegui.testing import User

from core.settings import Mode
from core.state.market import Col
from core.state.notices import Level
from core.state.session import Login
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NEXT_EXPIRY, NIFTY
from tests.ui.waiting import say, until
from ui.components.board import Board
from ui.components.chain_grid import ChainGrid
from ui.components.palette import Palette
from ui.components.sight import Sight
from ui.shell import PAGES, build
from ui.theme.colors import MODE_WORDS
from ui.theme.style import ASSETS


def addresses() -> list[str]:
    return [entry.href for entry in PAGES]


@pytest.mark.parametrize("address", addresses())
async def test_every_page_opens_and_says_its_mode(visitor: User, address: str) -> None:
    await visitor.open(address)
    await visitor.should_see("SIMULATED")
    await visitor.should_not_see("produced an error")
    await visitor.should_not_see("could not be opened")


async def test_a_page_opened_before_the_first_instruments_opens_by_itself_when_they_come(
    visitor: User, desk: FakeDesk
) -> None:
    count, desk.services.health.instruments_count = desk.services.health.instruments_count, 0
    await visitor.open("/chain/NIFTY")
    await visitor.should_see("Getting the list of instruments")
    desk.services.health.instruments_count = count
    await visitor.should_see(kind=ChainGrid, retries=20)
    await visitor.should_not_see("Getting the list of instruments")


@pytest.mark.parametrize("mode", list(Mode))
async def test_the_banner_says_the_mode_in_words_and_in_a_colour_of_its_own(
    user: User, mode: Mode
) -> None:
    build(make_desk(mode=mode).services)
    await user.open("/settings")
    await user.should_see(f"{mode.upper()} · {MODE_WORDS[mode]}")
    assert any(f"mode-{mode}" in e.classes for e in elements(user))
    assert f"--mode-{mode}: #" in (ASSETS / "css" / "tokens.css").read_text("utf-8")


async def test_a_dead_token_is_said_on_the_page_and_goes_away_after_login(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/settings")
    await visitor.should_not_see("log in again")
    desk.services.session.login = Login.EXPIRED
    await visitor.should_see("log in again", retries=20)
    desk.services.session.login = Login.OK
    await visitor.should_not_see("prices stand still", retries=20)


async def test_a_year_without_holidays_is_said_on_the_page(visitor: User, desk: FakeDesk) -> None:
    desk.services.session.calendar_missing_year = 2031
    await visitor.open("/settings")
    await visitor.should_see("no holiday list for 2031")


async def test_a_notice_is_toasted_on_every_page(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/settings")
    desk.services.notices.add(
        Level.PROBLEM, "The feed refused us", at=desk.clock.now(), source="feed"
    )
    await visitor.should_see("The feed refused us", retries=20)


async def test_the_status_bar_tells_session_feed_login_and_simulated_time(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/settings")
    left, right = boards(visitor, "status")
    assert left.text("session") == "Market open · 5 h 40 m left"
    assert left.text("link") == "● Feed live"
    assert left.text("login") == "Login 17 h 30 m"
    assert right.text("clock") == "10:00:00 IST"
    assert right.shown["clock"][2] == "simulated"


async def test_the_feed_age_grows_and_turns_to_a_warning_in_trading_hours(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/settings")
    left, _ = boards(visitor, "status")
    desk.clock.advance(timedelta(seconds=42))
    await until(lambda: left.shown["age"][:2] == ("42 s", "warn"))


async def test_the_ticker_shows_the_indices_with_their_change(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/settings")
    (ticker,) = boards(visitor, "ticker")
    assert ticker.text("NIFTY") == "24,210.00"
    assert ticker.shown["NIFTY"][2:4] == ("+0.25%", "up")
    assert ticker.text("SENSEX") == "–"


async def test_the_palette_finds_the_expiry_whose_day_is_named(visitor: User) -> None:
    await visitor.open("/")
    palette = next(e for e in elements(visitor) if isinstance(e, Palette))
    found = await palette.search(f"nifty {NEXT_EXPIRY:%d %b}")
    days = [item["href"] for item in found if item["hint"] == "expiry"]
    assert days == [f"/chain/NIFTY?expiry={NEXT_EXPIRY.isoformat()}"]


async def test_the_palette_finds_expiries_of_an_underlying_and_contracts(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/settings")
    palette = next(e for e in elements(visitor) if isinstance(e, Palette))
    first, *_ = await palette.search("nifty")
    assert first["text"] == "NIFTY chain · Mon 23 Nov 2026"
    contract, *_ = await palette.search("nifty 24200")
    assert contract["text"] == "NIFTY 24200 CE 23 NOV 26"
    assert contract["href"] == "/chain/NIFTY?expiry=2026-11-23&at=24200CE"


async def test_an_unknown_address_is_answered_with_404_and_a_way_back(visitor: User) -> None:
    answer = await visitor.http_client.get("/positions/<script>")
    assert answer.status_code == 404
    assert "There is no page at this address" in answer.text
    assert "<script>" not in answer.text


async def test_pages_may_talk_to_the_desk_only(visitor: User) -> None:
    answer = await visitor.http_client.get("/settings")
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def boards(visitor: User, name: str) -> list[Board]:
    """The boards of that class, in the order of the page."""
    return [e for e in elements(visitor) if isinstance(e, Board) and name in e.classes]


async def test_a_hidden_page_rests_and_catches_up_when_it_is_seen_again(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/settings")
    (ticker,) = boards(visitor, "ticker")
    sight = next(e for e in elements(visitor) if isinstance(e, Sight))
    say(sight, "shown", False)
    desk.feed.say(NIFTY, {Col.LTP: 24_300.0})
    await asyncio.sleep(0.6)
    assert ticker.text("NIFTY") == "24,210.00"
    say(sight, "shown", True)
    await until(lambda: ticker.text("NIFTY") == "24,300.00")
