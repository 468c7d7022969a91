"""The page of downloads on a desk of fakes: started, followed, stopped; gaps seen and filled."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from nicegui.testing import User

from core.analytics.chain_day import ChainDay
from core.clock import IST
from core.downloads.coverage import DayState
from core.downloads.plan import Plan, Status, What
from core.errors import BrokerRejected, LoginNeeded
from core.ids import LOCAL_USER
from core.instruments.candle import Candles, Interval
from core.jobs.download_daily import PREFERENCE, DailyWishes
from core.services.standing_chains import PREFERENCE as CHAINS
from tests.core.services.test_downloads import minutes
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NIFTY, RELIANCE
from tests.ui.finding import one, shown
from tests.ui.waiting import until
from ui.components.coverage_grid import CoverageGrid
from ui.components.data_table import DataTable

EVENING = datetime(2026, 11, 20, 16, 30, tzinfo=IST)
FIRST, LAST = date(2026, 10, 1), date(2026, 11, 20)


@pytest.fixture
async def desk() -> AsyncIterator[FakeDesk]:
    made = make_desk(now=EVENING)
    await made.services.preferences.set(LOCAL_USER, CHAINS, {"NIFTY": 1})
    whole = minutes(made.services.calendar, FIRST, LAST)
    made.history.candles = {NIFTY: whole, RELIANCE: whole}
    yield made
    await made.services.downloads.stop()


def table(visitor: User, name: str) -> DataTable:
    found = one(visitor, name)
    assert isinstance(found, DataTable)
    return found


def grid(visitor: User, number: int = 0) -> CoverageGrid:
    found = sorted(visitor.find(marker="coverage-grid").elements, key=lambda each: each.id)
    assert isinstance(found[number], CoverageGrid)
    return found[number]


async def test_a_download_is_started_and_seen_to_its_end(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/downloads?view=downloads")
    await visitor.should_see("1 × 1 calls at most", retries=20)
    one(visitor, "download-names").set_value("NIFTY, reliance")
    one(visitor, "download-from").set_value("2026-10-20")
    await visitor.should_see("2 × 2 calls at most: 4", retries=20)
    visitor.find("download-start").click()
    ended = table(visitor, "ended")
    await until(lambda: len(ended.rows) == 1)
    (row,) = shown(ended).values()
    assert row[1] == "NIFTY, RELIANCE · 1m · 20 Oct 2026 to 20 Nov 2026"
    assert row[2:5] == ["by hand", "done", "16,940"]
    assert len(await desk.services.candles.latest(RELIANCE, Interval.MINUTE, 10**6)) == 22 * 385
    assert table(visitor, "running").rows == []


async def test_what_runs_shows_why_it_waits_and_can_be_stopped(
    visitor: User, desk: FakeDesk
) -> None:
    desk.history.fails = LoginNeeded("the token is dead")
    await visitor.open("/downloads?view=downloads")
    id = await desk.services.downloads.start(
        Plan(what=What.CANDLES, keys=(NIFTY,), names=("NIFTY",), first=FIRST, last=LAST)
    )
    running = table(visitor, "running")
    await until(lambda: bool(running.rows) and "Waiting for the login" in shown(running)[id][6])
    await running.act(id, "cancel")
    ended = table(visitor, "ended")
    await until(lambda: bool(ended.rows))
    assert shown(ended)[id][3] == Status.CANCELLED
    desk.history.fails = None
    await ended.act(id, "again")
    await until(lambda: shown(ended).get(id, [""] * 4)[3] == Status.DONE)


async def test_failures_are_listed_with_their_reasons(visitor: User, desk: FakeDesk) -> None:
    desk.history.fails = BrokerRejected("the broker says no: wrong key", code="UDAPI100011")
    plan = Plan(what=What.CANDLES, keys=(NIFTY,), names=("NIFTY",), first=LAST, last=LAST)
    id = await desk.services.downloads.start(plan)
    await desk.services.downloads.ended(id)
    await visitor.open("/downloads?view=downloads")
    ended = table(visitor, "ended")
    await until(lambda: bool(ended.rows))
    await ended.pick(id)
    await visitor.should_see("What could not be had", retries=20)
    failures = table(visitor, "failure")
    await until(lambda: bool(failures.rows))
    assert shown(failures)["0"] == ["NIFTY 20 Nov 2026", "the broker says no: wrong key"]


async def test_what_makes_no_sense_is_said_and_starts_nothing(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/downloads?view=downloads")
    one(visitor, "download-names").set_value("NO SUCH THING")
    visitor.find("download-start").click()
    await visitor.should_see("There is no instrument called “NO SUCH THING” today.", retries=20)
    assert await desk.services.downloads.history() == []


async def test_an_expired_expiry_is_offered_by_its_day(visitor: User, desk: FakeDesk) -> None:
    desk.expired.listed = {date(2026, 11, 10): [], date(2026, 11, 17): []}
    await visitor.open("/downloads?view=downloads")
    one(visitor, "download-what").set_value(What.EXPIRED.value)
    await visitor.should_see("NIFTY: 2 expiries that are over can be had", retries=20)
    assert one(visitor, "download-expiry").value == "2026-11-17"
    await visitor.should_not_see(marker="download-from")


async def test_gaps_are_seen_and_one_click_fills_them(visitor: User, desk: FakeDesk) -> None:
    monday, friday = date(2026, 11, 16), LAST
    held = minutes(desk.services.calendar, monday, friday - timedelta(days=1))
    await desk.services.candles.upsert(NIFTY, Interval.MINUTE, _without(held, 1_000, 1_010))
    await visitor.open("/downloads?view=coverage")
    await visitor.should_see("1 instruments · 22 sessions · 19 gaps", retries=20)
    (row,) = grid(visitor).rows
    assert row.states[-5:] == (
        DayState.HAVE,
        DayState.HAVE,
        DayState.PART,
        DayState.HAVE,
        DayState.MISSING,
    )
    await grid(visitor).fill(NIFTY)
    await visitor.should_see("1 instruments · 22 sessions · no gap", retries=40)
    assert set(grid(visitor).rows[0].states) == {DayState.HAVE}


async def test_chains_on_record_have_their_days(visitor: User, desk: FakeDesk) -> None:
    day = date(2026, 11, 17)
    await desk.services.option_history.save(_chain_day(day), "downloaded")
    await visitor.open("/downloads?view=coverage")
    await visitor.should_see("1 expiries", retries=20)
    (row,) = grid(visitor, 1).rows
    assert (row.name, row.fillable) == ("NIFTY 17 Nov 26", True)
    sessions = desk.services.calendar.trading_days(date(2026, 10, 21), LAST)
    states = dict(zip(sessions, row.states, strict=True))
    assert states[day] is DayState.PART
    assert states[day - timedelta(days=1)] is DayState.MISSING
    assert states[LAST] is DayState.NO_SESSION


async def test_what_is_downloaded_after_the_close_is_chosen_here(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/downloads?view=downloads")
    await visitor.should_see("NIFTY, India VIX and every contract of their nearest expiry")
    one(visitor, "daily-chains").set_value(False)
    one(visitor, "daily-more").set_value("reliance")
    await visitor.should_see("NIFTY, India VIX, RELIANCE: minutes and days", retries=20)
    known = await desk.services.preferences.all(LOCAL_USER)
    assert DailyWishes.of(known) == DailyWishes(chains=False, more=("RELIANCE",))
    assert PREFERENCE in known


def _without(bars: Candles, first: int, last: int) -> Candles:
    kept = np.r_[0:first, last : len(bars)]
    return Candles(**{name: getattr(bars, name)[kept] for name in Candles.__slots__})


def _chain_day(day: date) -> ChainDay:
    opens = int(datetime(day.year, day.month, day.day, 9, 15, tzinfo=IST).timestamp()) // 60
    lines, block = np.full(200, 24_000.0), np.full((200, 2, 1), 100.0)
    return ChainDay(
        symbol="NIFTY",
        expiry=date(2026, 11, 17),
        day=day,
        minutes=opens + np.arange(200),
        strikes=np.array([24_000.0]),
        spot=lines,
        forward=lines,
        future=lines,
        future_oi=lines,
        ltp=block,
        bid=block,
        ask=block,
        volume=block,
        oi=block,
        iv=block / 1_000,
    )
