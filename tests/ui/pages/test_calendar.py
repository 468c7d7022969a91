"""The calendar: sessions, holidays, expiries, and years that nobody has listed."""

from datetime import date

import pytest
from nicegui.testing import User

from core.clock import IST
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NEXT_EXPIRY
from tests.ui.finding import one, shown
from tests.ui.waiting import until
from ui.pages.calendar import next_session_text

HOLIDAY, SATURDAY = date(2026, 11, 24), date(2026, 11, 21)


async def test_a_month_shows_sessions_holidays_weekends_and_expiries(visitor: User) -> None:
    await visitor.open("/calendar")
    grid = one(visitor, "month-grid")
    assert [m.title for m in grid.months] == ["November"]
    assert "holiday" in grid.cell(HOLIDAY).classes
    assert grid.cell(HOLIDAY).note == "Guru Nanak Jayanti"
    assert "weekend" in grid.cell(SATURDAY).classes
    assert grid.cell(EXPIRY).marks == ("*NIFTY",)
    assert "today" in grid.cell(date(2026, 11, 18)).classes
    assert "special" in grid.cell(date(2026, 11, 8)).classes


async def test_the_year_shows_twelve_months_and_is_remembered(visitor: User) -> None:
    await visitor.open("/calendar")
    visitor.find(marker="view-year").click()
    await until(lambda: len(one(visitor, "month-grid").months) == 12)
    await visitor.open("/calendar")
    assert len(one(visitor, "month-grid").months) == 12


async def test_a_day_that_is_picked_tells_its_hours_and_what_expires(visitor: User) -> None:
    await visitor.open("/calendar")
    with visitor:
        one(visitor, "month-grid").pick(EXPIRY)
    await visitor.should_see("Mon 23 Nov 2026")
    await visitor.should_see("09:15–15:40 IST")
    assert shown(one(visitor, "expiring")) == {"NIFTY": ["NIFTY", "monthly", "Chain"]}
    assert ["09:15–15:40", "Futures & options: Continuous"] in shown(one(visitor, "slot")).values()
    with visitor:
        one(visitor, "expiring").act("NIFTY", "chain")
    await until(lambda: visitor.back_history[-1] == f"/chain/NIFTY?expiry={EXPIRY}")


async def test_a_year_marks_listed_and_expected_expiries_apart(visitor: User) -> None:
    await visitor.open("/calendar?view=year&month=2026-01")
    grid = one(visitor, "month-grid")
    listed, awaited = grid.cell(NEXT_EXPIRY), grid.cell(date(2026, 12, 15))
    assert "expiring" in listed.classes
    assert listed.marks == ("NIFTY",)
    assert "expiring" not in awaited.classes
    assert "expected" in awaited.classes
    assert awaited.marks == ("~NIFTY",)
    assert "expected expiry: NIFTY" in awaited.tip
    assert grid.cell(date(2026, 11, 17)).marks == ()  # over: nothing is expected of it
    with visitor:
        grid.pick(date(2026, 12, 15))
    rows = shown(one(visitor, "expiring"))
    assert rows == {"expected-NIFTY": ["NIFTY", "weekly, expected", ""]}


async def test_a_holiday_that_is_picked_has_no_session(visitor: User) -> None:
    await visitor.open(f"/calendar?day={HOLIDAY}")
    await visitor.should_see("No session")
    await visitor.should_see("Guru Nanak Jayanti")


async def test_an_old_day_has_the_hours_of_its_time(visitor: User) -> None:
    await visitor.open("/calendar?day=2025-07-01&month=2025-07")
    await visitor.should_see("09:15–15:30 IST")


async def test_every_holiday_of_the_year_is_listed_with_its_source(visitor: User) -> None:
    await visitor.open("/calendar")
    rows = shown(one(visitor, "special"))
    assert rows["2026-12-25"] == ["Fri 25 Dec", "Christmas", "exchange"]
    assert rows["2026-02-01"][1] == "Union Budget · 09:15–15:30 IST"
    with visitor:
        one(visitor, "special").pick("2026-12-25")
    await visitor.should_see("Fri 25 Dec 2026")
    assert one(visitor, "month-grid").months[0].title == "December"


async def test_a_year_without_a_list_says_so(visitor: User) -> None:
    await visitor.open("/calendar")
    await visitor.should_not_see("No holiday list for")
    await visitor.open("/calendar?month=2029-03&day=2029-03-01")
    await visitor.should_see("No holiday list for 2029")


@pytest.mark.parametrize(
    "query", ["month=banana", "day=2026-02-31", "view=week", "month=0001-01", "day=9999-12-31"]
)
async def test_a_wrong_address_shows_this_month(visitor: User, query: str) -> None:
    await visitor.open(f"/calendar?{query}")
    await visitor.should_see("November 2026")


async def test_earlier_and_later_walk_through_months_and_stop_at_the_ends(visitor: User) -> None:
    await visitor.open("/calendar")
    visitor.find(marker="calendar-next").click()
    await visitor.should_see("December 2026")
    visitor.find(marker="calendar-next").click()
    await visitor.should_see("January 2027")
    visitor.find(marker="calendar-today").click()
    await visitor.should_see("November 2026")
    await visitor.open("/calendar?month=2011-01&day=2011-01-03")
    visitor.find(marker="calendar-previous").click()
    await visitor.should_see("January 2011")


@pytest.mark.parametrize(
    ("day", "hour", "minute", "text"),
    [
        (18, 10, 0, "Trading now, 5 h 40 m to the close"),
        (18, 8, 15, "Next session Wed 18 Nov 2026, 09:15–15:40 IST, in 1 h 0 m"),
        (18, 15, 40, "Next session Thu 19 Nov 2026, 09:15–15:40 IST, in 17 h 35 m"),
        (23, 16, 0, "Next session Wed 25 Nov 2026, 09:15–15:40 IST, in 1 d 17 h"),
    ],
)
def test_the_next_session_is_told_in_words(
    desk: FakeDesk, day: int, hour: int, minute: int, text: str
) -> None:
    desk.clock.set(desk.clock.now().astimezone(IST).replace(day=day, hour=hour, minute=minute))
    assert next_session_text(desk.services) == text
