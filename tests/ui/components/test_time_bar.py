"""The time bar of a replay: days, times, and a question before orders are lost."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from nicegui import ui
from nicegui.testing import User

from core.clock import IST
from core.errors import RuleBroken
from core.instruments.instrument import Kind
from core.ports.replay import ReplayDay
from core.services.replay import Replay
from core.state.replay import ReplayState
from core.trading.orders import Order
from core.trading.requests import OrderRequest, OrderType, Product, Side, new_order_id
from tests.core.services.test_replay import MinuteFeed
from tests.fake_desk import FakeDesk
from tests.fake_universe import NOW, option_key
from tests.ui.waiting import say, until
from ui.components.replay_offer import replay_offer
from ui.components.time_bar import TimeBar, moment_of

NIFTY_CALL = option_key(24_200.0, Kind.CALL)
TODAY, EARLIER = date(2026, 11, 18), date(2026, 11, 17)


class Days:
    async def all(self) -> list[ReplayDay]:
        return [
            ReplayDay(day=TODAY, words="NIFTY 2 expiries, 385 min"),
            ReplayDay(day=EARLIER, words="index bars"),
        ]


class Page:
    bar: TimeBar

    def __init__(self, desk: FakeDesk, *, chosen: bool = True) -> None:
        state = ReplayState()
        if chosen:
            ends = NOW + timedelta(hours=6)
            state = ReplayState(day=TODAY, begins=NOW - timedelta(hours=1), ends=ends)
        self.anew: list[tuple[date, datetime | None]] = []
        self.replay = Replay(
            clock=desk.clock,
            feed=MinuteFeed(),
            state=state,
            days=Days(),
            settle=self._settle,
            anew=lambda day, moment: self.anew.append((day, moment)),
        )

        @ui.page("/")
        def build() -> None:
            self.bar = TimeBar(desk.services, self.replay)

    async def _settle(self, heard: bool) -> None:
        await asyncio.sleep(0)


async def test_it_says_which_day_and_when(user: User, desk: FakeDesk) -> None:
    page = Page(desk)
    await user.open("/")
    shown = page.bar.shown
    assert shown["title"] == "Wed 18 Nov 2026"
    assert shown["now"] == int(NOW.timestamp())
    assert not shown["playing"]


async def test_a_time_is_typed_and_gone_to(user: User, desk: FakeDesk) -> None:
    page = Page(desk)
    await user.open("/")
    say(page.bar, "time", "10:02:30")
    await until(lambda: desk.clock.now() == NOW + timedelta(minutes=2, seconds=30))
    say(page.bar, "step", 1)
    await until(lambda: desk.clock.now() == NOW + timedelta(minutes=3))


async def test_nonsense_for_a_time_is_said_and_changes_nothing(user: User, desk: FakeDesk) -> None:
    page = Page(desk)
    await user.open("/")
    say(page.bar, "time", "half past ten")
    await user.should_see("is no time of the day")
    assert desk.clock.now() == NOW


async def test_without_a_day_the_chooser_opens_by_itself(user: User, desk: FakeDesk) -> None:
    page = Page(desk, chosen=False)
    await user.open("/")
    say(page.bar, "ready", None)
    await user.should_see("NIFTY 2 expiries, 385 min")
    user.find(marker="replay-day-2026-11-17").click()
    await until(lambda: page.anew == [(EARLIER, None)])


async def test_going_back_asks_before_orders_are_dropped(user: User, desk: FakeDesk) -> None:
    page = Page(desk)
    await user.open("/")
    say(page.bar, "step", -1)
    await until(lambda: page.anew == [(TODAY, NOW - timedelta(minutes=1))])
    request = OrderRequest(
        key=NIFTY_CALL,
        side=Side.BUY,
        quantity=65,
        product=Product.INTRADAY,
        type=OrderType.MARKET,
    )
    desk.trading.state.put(Order(id=new_order_id(NOW), request=request, placed_at=NOW))
    say(page.bar, "step", -1)
    await user.should_see("without the order of this run")
    assert len(page.anew) == 1
    user.find(marker="replay-anew-yes").click()
    await until(lambda: len(page.anew) == 2)


@pytest.mark.parametrize(
    ("text", "hour", "minute", "second"),
    [("13:45", 13, 45, 0), (" 9:05 ", 9, 5, 0), ("09:15:30", 9, 15, 30)],
)
def test_times_are_read(text: str, hour: int, minute: int, second: int) -> None:
    found = moment_of(text, NOW)
    assert found == datetime(2026, 11, 18, hour, minute, second, tzinfo=IST)


@pytest.mark.parametrize("text", ["", "9", "25:00", "9:61", "a:b", "1:2:3:4", "-1:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken, match="no time of the day"):
        moment_of(text, NOW)


async def test_a_desk_that_is_no_replay_says_the_command(user: User, desk: FakeDesk) -> None:
    @ui.page("/")
    def build() -> None:
        replay_offer(desk.services, lambda: EARLIER)

    await user.open("/")
    user.find(marker="history-replay").click()
    await user.should_see("python main.py replay 2026-11-17")
