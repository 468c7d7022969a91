"""Broker login, as each mode needs it."""

from datetime import timedelta

from nicegui.testing import User

from core.errors import BrokerUnavailable
from core.settings import Mode
from core.state.session import Login
from tests.fake_desk import FakeDesk, make_desk
from tests.ui.finding import one, value
from tests.ui.waiting import until
from ui.shell import build


async def test_the_simulated_desk_says_that_it_logs_itself_in(visitor: User) -> None:
    await visitor.open("/login")
    await visitor.should_see("logs itself in")
    await visitor.should_not_see(marker="login-start")


async def test_the_login_counts_down_to_half_past_three(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/login")
    table = one(visitor, "login")
    assert value(table, "state") == "logged in"
    assert value(table, "user") == "Test Trader"
    assert value(table, "until") == "Thu 19 Nov, 03:30 IST"
    assert value(table, "left") == "17 h 30 m"
    desk.clock.advance(timedelta(hours=1))
    await until(lambda: value(table, "left") == "16 h 30 m")


async def test_with_credentials_the_button_leads_to_the_broker(user: User) -> None:
    build(make_desk(mode=Mode.PAPER, logged_in=False).services)
    await user.open("/login")
    assert value(one(user, "login"), "state") == "not logged in"
    user.find(marker="login-start").click()
    await until(lambda: user.back_history[-1].startswith("http://127.0.0.1:1/login?state="))


async def test_after_a_login_the_page_offers_to_log_out(user: User) -> None:
    desk = make_desk(mode=Mode.PAPER)
    build(desk.services)
    await user.open("/login")
    user.find(marker="login-out").click()
    await user.should_see("Logged out")
    assert desk.login.expires_at is None
    desk.services.session.login = Login.NONE
    await user.should_not_see(marker="login-out", retries=40)
    await user.should_see("Log in with Upstox")


async def test_a_broker_that_does_not_answer_the_logout_is_told(user: User) -> None:
    desk = make_desk(mode=Mode.PAPER)

    async def fails() -> None:
        raise BrokerUnavailable("no answer came")

    desk.login.log_out = fails  # type: ignore[method-assign]
    build(desk.services)
    await user.open("/login")
    user.find(marker="login-out").click()
    await user.should_see("Logged out here; the broker said: no answer came")


async def test_the_second_screen_explains_the_analytics_token(user: User) -> None:
    build(make_desk(mode=Mode.READONLY).services)
    await user.open("/login")
    await user.should_see("analytics token")
    await user.should_not_see(marker="login-start")
