from datetime import date, datetime, time

import pytest

from core.clock import IST
from core.errors import BrokerUnavailable
from core.instruments.holiday import ExchangeHours, Holiday
from core.jobs.refresh_holidays import refresh_holidays
from core.services.scheduler import Progress
from core.state.jobs import JobsState, JobStatus
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NOW

TODAY = NOW.date()


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


async def refresh(desk: FakeDesk) -> str:
    s = desk.services
    return await refresh_holidays(
        Progress(JobStatus(name="holidays", title="", schedule=""), JobsState()),
        market_data=desk.market_data,
        calendar=s.calendar,
        notices=s.notices,
        clock=desk.clock,
    )


def hours(opens: time, closes: time) -> list[ExchangeHours]:
    return [
        ExchangeHours(
            exchange="NFO",
            opens_at=datetime.combine(TODAY, opens, IST),
            closes_at=datetime.combine(TODAY, closes, IST),
        )
    ]


async def test_the_brokers_holidays_are_laid_over_the_table(desk: FakeDesk):
    day = date(2026, 12, 10)
    desk.market_data.told_holidays = [
        Holiday(
            day=day, description="By-election", kind="TRADING_HOLIDAY", closed=("NFO",), open=()
        )
    ]
    assert await refresh(desk) == "1 day changed"
    assert not desk.services.calendar.is_trading_day(day)
    assert await refresh(desk) == "0 days changed"
    assert desk.services.notices.count == 0


async def test_other_hours_today_are_told(desk: FakeDesk):
    desk.market_data.told_timings[TODAY] = hours(time(11, 15), time(15, 40))
    assert await refresh(desk) == "1 day changed"
    assert "11:15 to 15:40" in desk.services.notices.all()[0].text


async def test_a_day_that_is_shut_after_all_is_told(desk: FakeDesk):
    desk.market_data.told_timings[TODAY] = []
    await refresh(desk)
    assert "no session" in desk.services.notices.all()[0].text
    assert not desk.services.calendar.is_trading_day(TODAY)


async def test_a_year_that_nobody_has_listed_is_said():
    desk = make_desk(now=datetime(2027, 1, 4, 8, 0, tzinfo=IST))
    assert "holidays of 2027" in await refresh(desk)


async def test_without_the_broker_the_table_stands(desk: FakeDesk):
    desk.market_data.fails = BrokerUnavailable("away")
    with pytest.raises(BrokerUnavailable):
        await refresh(desk)
    assert desk.services.calendar.is_trading_day(TODAY)
