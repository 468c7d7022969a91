import asyncio
from datetime import date, datetime, time, timedelta

import pytest

from core.clock import IST
from core.errors import BrokerUnavailable, LoginNeeded
from core.services import session_keeper as module
from core.services.session_keeper import SessionKeeper, phase_at
from core.state.session import Login, Phase
from tests.fake_broker import NOW, FakeDesk, make_desk

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
        login=desk.login,
        market_data=desk.market_data,
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


async def test_a_token_dies_at_half_past_three_and_the_user_is_told_once(
    desk: FakeDesk, keeper: SessionKeeper
):
    session = desk.services.session
    assert session.login is Login.OK
    assert session.token_expires_at == at(3, 30, DAY + timedelta(days=1))
    desk.clock.set(at(3, 31, DAY + timedelta(days=1)))
    for _ in range(3):
        await keeper.step()
    assert session.login is Login.EXPIRED
    assert [n.text for n in desk.services.notices.all() if "log in again" in n.text] != []
    assert desk.services.notices.count == 1


async def test_a_token_that_the_broker_refused_stays_refused_until_there_is_another(
    desk: FakeDesk, keeper: SessionKeeper
):
    session = desk.services.session
    session.login = Login.EXPIRED  # the adapter met a 401
    await keeper.step()
    assert session.login is Login.EXPIRED
    keeper.login_changed()
    assert session.login is Login.OK
    await desk.login.log_out()
    keeper.login_changed()
    assert (session.login, session.user, session.token_expires_at) == (Login.NONE, "", None)


def test_a_refused_token_that_was_thrown_away_still_asks_to_log_in_again(
    desk: FakeDesk, keeper: SessionKeeper
):
    desk.services.session.login = Login.EXPIRED
    desk.login.expires = None
    keeper.look()
    assert desk.services.session.login is Login.EXPIRED


async def test_the_name_is_asked_once_per_login(desk: FakeDesk, keeper: SessionKeeper):
    desk.services.session.user = ""
    await keeper.step()
    await keeper.step()
    assert desk.services.session.user == "Test Trader"
    assert desk.market_data.calls == ["profile"]


@pytest.mark.parametrize(
    ("problem", "login"),
    [(BrokerUnavailable("away"), Login.OK), (LoginNeeded("dead"), Login.EXPIRED)],
)
async def test_a_nameless_login_is_no_failure(
    desk: FakeDesk, keeper: SessionKeeper, problem: Exception, login: Login
):
    desk.services.session.user = ""
    desk.market_data.fails = problem  # type: ignore[assignment]
    await keeper.step()
    assert (desk.services.session.user, desk.services.session.login) == ("", login)


def test_without_a_login_door_nobody_logs_in(desk: FakeDesk):
    s = desk.services
    keeper = SessionKeeper(
        session=s.session,
        calendar=s.calendar,
        clock=desk.clock,
        notices=s.notices,
        login=None,
        market_data=desk.market_data,
    )
    s.session.login = Login.OK  # by an analytics token
    keeper.look()
    assert s.session.login is Login.OK
    keeper.login_changed()
    assert s.session.login is Login.NONE


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
