import asyncio
from datetime import date, datetime, time

import pytest

from core.clock import IST
from core.services import session_keeper as module
from core.services.session_keeper import SessionKeeper, phase_at
from core.state.session import Login, Phase
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NOW

DAY = NOW.date()


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), IST)


class Days:
    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


@pytest.fixture
def days() -> Days:
    return Days()


@pytest.fixture
def keeper(desk: FakeDesk, days: Days) -> SessionKeeper:
    s = desk.services
    return SessionKeeper(
        session=s.session,
        calendar=s.calendar,
        clock=desk.clock,
        notices=s.notices,
        new_day=[days],
        patience=0.0,
    )


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (at(8, 59), Phase.CLOSED),
        (at(9, 0), Phase.PRE_OPEN),
        (at(9, 15), Phase.OPEN),
        (at(15, 14), Phase.OPEN),
        (at(15, 15), Phase.CLOSING_AUCTION),
        (at(15, 34), Phase.CLOSING_AUCTION),
        (at(15, 35), Phase.OPEN),
        (at(15, 39), Phase.OPEN),
        (at(15, 40), Phase.CLOSED),
        (at(12, 0, date(2026, 11, 24)), Phase.HOLIDAY),
        (at(12, 0, date(2026, 11, 21)), Phase.HOLIDAY),
        (at(15, 30, date(2026, 7, 31)), Phase.CLOSED),
    ],
)
def test_the_phase_follows_clock_and_calendar(
    desk: FakeDesk, keeper: SessionKeeper, now: datetime, phase: Phase
):
    desk.clock.set(now)
    keeper.look()
    session = desk.services.session
    assert session.phase is phase
    assert session.index_frozen == (phase is Phase.CLOSING_AUCTION)
    assert session.trading == (phase in (Phase.OPEN, Phase.CLOSING_AUCTION))


def test_after_the_close_the_next_session_is_shown_and_the_day_stays(
    desk: FakeDesk, keeper: SessionKeeper
):
    desk.clock.set(at(18, 0, date(2026, 11, 20)))
    keeper.look()
    session = desk.services.session
    assert session.day == date(2026, 11, 20)
    assert session.opens_at == at(9, 15, date(2026, 11, 23))
    desk.clock.set(at(12, 0, date(2026, 11, 22)))
    keeper.look()
    assert session.day == date(2026, 11, 20)
    assert session.opens_at == at(9, 15, date(2026, 11, 23))


def test_the_state_counts_its_changes_and_only_them(desk: FakeDesk, keeper: SessionKeeper):
    before = desk.services.session.revision
    keeper.look()
    assert desk.services.session.revision == before
    desk.clock.set(at(15, 20))
    keeper.look()
    assert desk.services.session.revision == before + 1


async def test_another_trading_day_is_announced_once(
    desk: FakeDesk, keeper: SessionKeeper, days: Days
):
    await keeper.step()
    desk.clock.set(at(9, 15, date(2026, 11, 19)))
    await keeper.step()
    await keeper.step()
    assert days.count == 1


def test_a_year_without_holidays_is_marked(desk: FakeDesk, keeper: SessionKeeper):
    desk.clock.set(at(10, 0, date(2027, 1, 4)))
    keeper.look()
    assert desk.services.session.calendar_missing_year == 2027


async def test_a_dead_login_is_told_once_each_time_it_dies(desk: FakeDesk, keeper: SessionKeeper):
    session, notices = desk.services.session, desk.services.notices
    for deaths in (1, 2):
        session.login = Login.EXPIRED
        await keeper.step()
        await keeper.step()
        assert notices.count == deaths
        session.login = Login.OK
        await keeper.step()
    assert "log in again" in notices.all()[0].text


async def test_a_login_that_is_renewed_at_once_is_not_told(desk: FakeDesk):
    s = desk.services
    keeper = SessionKeeper(
        session=s.session, calendar=s.calendar, clock=desk.clock, notices=s.notices
    )
    s.session.login = Login.EXPIRED
    await keeper.step()
    s.session.login = Login.OK
    await keeper.step()
    assert s.notices.count == 0


async def test_the_login_is_not_the_keepers_to_change(desk: FakeDesk, keeper: SessionKeeper):
    desk.services.session.token_expires_at = None  # as with an analytics token
    await keeper.step()
    assert desk.services.session.login is Login.OK


def test_a_day_without_a_session_is_a_holiday():
    assert phase_at(None, NOW) is Phase.HOLIDAY


async def test_it_keeps_the_session_by_itself(
    desk: FakeDesk, keeper: SessionKeeper, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "PACE", 0.005)
    running = asyncio.create_task(keeper.run())
    desk.clock.set(at(15, 20))
    await asyncio.sleep(0.03)
    running.cancel()
    assert desk.services.session.phase is Phase.CLOSING_AUCTION
