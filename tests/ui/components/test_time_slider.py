"""The time slider: which recorded minute a page shows, and the way back to live."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from nicegui import ui
from nicegui.testing import User

from core.analytics.chain_day import minute_of
from tests.core.analytics.chain_minutes import OPENING, snapshot
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NEXT_EXPIRY
from tests.ui.waiting import say, until
from ui.components import time_slider
from ui.components.time_slider import TimeSlider

TODAY, YESTERDAY = OPENING, OPENING - timedelta(days=1)


async def record(
    desk: FakeDesk, minutes: Sequence[int], *, expiry: date = EXPIRY, days_ago: int = 0
) -> None:
    taken = [snapshot(minute - 1440 * days_ago, expiry=expiry) for minute in minutes]
    await desk.services.snapshots.save(taken)
    desk.services.chain_history.take(taken)


class Page:
    def __init__(self) -> None:
        self.heard: list[datetime | None] = []
        self.slider: TimeSlider

    async def changed(self, minute: datetime | None) -> None:
        self.heard.append(minute)


@pytest.fixture
async def page(user: User, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Minutes 0-4 of today and 0-2 of yesterday are on record."""
    monkeypatch.setattr(time_slider, "GROWTH", 0.05)
    await record(desk, range(5))
    await record(desk, range(3), days_ago=1)
    made = Page()

    @ui.page("/")
    async def build() -> None:
        made.slider = TimeSlider(desk.services, on_change=made.changed)
        await made.slider.turn("NIFTY", EXPIRY)

    await user.open("/")
    return made


def drag(page: Page, minute: datetime) -> None:
    say(page.slider, "minute", minute_of(minute))


async def test_a_page_is_live_at_first(page: Page) -> None:
    assert page.slider.minute is None
    assert page.slider.recorded is None
    assert page.slider.row == -1
    assert page.slider.state["live"] is True
    assert [day for day, _ in page.slider.state["days"]] == ["2026-11-18", "2026-11-17"]


async def test_a_minute_of_today_is_shown_with_the_row_of_its_numbers(page: Page) -> None:
    drag(page, TODAY + timedelta(minutes=3))
    await until(lambda: bool(page.heard))
    assert page.heard == [TODAY + timedelta(minutes=3)]
    assert page.slider.recorded is not None
    assert page.slider.recorded.spot[page.slider.row] == 24_003.0
    assert page.slider.moment == TODAY + timedelta(minutes=4)  # the end of that minute


async def test_a_minute_that_was_not_recorded_changes_nothing(page: Page) -> None:
    drag(page, TODAY + timedelta(minutes=77))
    await asyncio.sleep(0.05)
    assert page.heard == []
    assert page.slider.minute is None


async def test_another_day_opens_at_the_same_time_or_the_last_before_it(page: Page) -> None:
    drag(page, TODAY + timedelta(minutes=4))
    say(page.slider, "day", "2026-11-17")
    await until(lambda: len(page.heard) == 2)
    assert page.heard[-1] == YESTERDAY + timedelta(minutes=2)
    assert page.slider.state["day"] == "2026-11-17"


async def test_live_comes_back_to_today(page: Page) -> None:
    say(page.slider, "day", "2026-11-17")
    await until(lambda: page.slider.minute is not None)
    say(page.slider, "live", None)
    await until(lambda: page.heard[-1:] == [None])
    assert page.slider.state["live"] is True
    assert page.slider.state["day"] == "2026-11-18"


async def test_the_slider_grows_by_the_minute(page: Page, desk: FakeDesk) -> None:
    await record(desk, [5])
    await until(lambda: len(page.slider.state["minutes"]) == 6)
    assert page.slider.state["row"] == 5


async def test_growing_does_not_move_a_chosen_minute_of_another_day(
    page: Page, desk: FakeDesk
) -> None:
    say(page.slider, "day", "2026-11-17")
    await until(lambda: bool(page.heard))
    await record(desk, range(3, 6))
    await asyncio.sleep(0.3)
    assert page.slider.state["day"] == "2026-11-17"
    assert page.slider.row == 2
    assert len(page.heard) == 1


async def test_another_chain_is_shown_at_the_same_minute_if_it_was_recorded(
    page: Page, desk: FakeDesk
) -> None:
    await record(desk, [1], expiry=NEXT_EXPIRY)
    drag(page, TODAY + timedelta(minutes=1))
    await until(lambda: bool(page.heard))
    await page.slider.turn("NIFTY", NEXT_EXPIRY)
    assert page.slider.minute == TODAY + timedelta(minutes=1)
    await page.slider.turn("NIFTY", date(2027, 12, 31))
    assert page.slider.minute is None
    assert page.slider.state["minutes"] == []


async def test_what_is_told_is_the_start_of_a_minute_in_utc(page: Page) -> None:
    drag(page, TODAY)
    await until(lambda: bool(page.heard))
    assert page.heard[0] == datetime(2026, 11, 18, 3, 45, tzinfo=UTC)
