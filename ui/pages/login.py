"""Broker login: where it stands, how long it lasts, and how to log in."""

from typing import Final

from nicegui import ui

from core.clock import IST
from core.errors import AppError
from core.services import Services
from core.settings import Mode
from core.state.health import Link
from core.state.session import Login
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.fields import button
from ui.components.panel import panel
from ui.components.watch import watch
from ui.theme import formats

LEDS: Final = {Login.OK: "good", Login.NONE: "wait", Login.EXPIRED: "bad"}
PAIR: Final = (
    Column(name="name", title="", classes="dim", width="34%"),
    Column(name="value", title="", classes="num"),
)
STEPS: Final = (
    "Log in at account.upstox.com/developer/apps and create an app (one active app per user).",
    "Give the app this redirect URL, to the letter: the value of STRIKEDESK_UPSTOX__REDIRECT_URI "
    "(see Settings; by default http://127.0.0.1:8080/login/callback).",
    "Put the app's key and secret into .env as STRIKEDESK_UPSTOX__API_KEY and "
    "STRIKEDESK_UPSTOX__API_SECRET, and start the desk again: it comes up in mode paper.",
    "Come back here and press “Log in with Upstox”. The broker asks for your PIN and one-time "
    "code; the desk never sees either.",
)
SIMULATED: Final = (
    "This desk is in mode simulated: it runs an exchange of its own and logs itself in there, "
    "by the same steps as at the broker, with a demo key. Nothing is asked of you, and no real "
    "account is touched. When the simulated token dies at 03:30, the desk logs in again."
)
REPLAY: Final = (
    "This desk replays a recorded day: there is no broker, and nothing is sent to anybody. Orders "
    "go to a paper account of the replay's own. To trade or to look at prices of now, stop it and "
    "start the desk in another mode."
)
READONLY: Final = (
    "This desk reads with an analytics token (STRIKEDESK_UPSTOX__ANALYTICS_TOKEN): it lasts a "
    "year, may look at prices, chains and history, and can send no order. There is nothing to log "
    "in. When it runs out, make a new one in the broker's developer console and start again."
)

AFTER: Final = (
    "A token dies at 03:30 IST whenever it was made: log in once each morning. When it dies, or "
    "the broker refuses it earlier, every page says “log in again”; prices keep their last values, "
    "greyed, and the streams connect by themselves as soon as you have logged in. If the broker "
    "shows UDAPI100068, the redirect URL of the app differs from the desk's: compare both letter "
    "by letter."
)


async def page(services: Services) -> None:
    LoginPage(services).build()


class LoginPage:
    def __init__(self, services: Services) -> None:
        self._services = services

    def build(self) -> None:
        with ui.element("div").classes("page page-login"), ui.element("div").classes("grid-2"):
            with ui.element("div").classes("stack"):
                with panel("Broker login", classes="flush"):
                    self.state = DataTable("login", PAIR).classes("bare")
                    self._actions()
                if self._services.mode is Mode.SIMULATED:
                    self._note("Why there is no button here", SIMULATED, "login-simulated")
                elif self._services.mode is Mode.REPLAY:
                    self._note("Nothing to log in to", REPLAY, "login-replay")
                elif self._services.mode is Mode.READONLY or self._services.login is None:
                    self._note("Analytics token", READONLY, "login-readonly")
            with ui.element("div").classes("stack"):
                with panel("How to connect Upstox"), ui.element("ol").classes("steps"):
                    for step in STEPS:
                        with ui.element("li"):
                            ui.label(step)
                self._note("After the login", AFTER, "login-after")
        self._look()
        ui.timer(1.0, self._look)

    def _note(self, title: str, text: str, testid: str) -> None:
        with panel(title):
            ui.label(text).props(f'data-testid="{testid}"')

    @ui.refreshable_method
    def _actions(self) -> None:
        services = self._services
        if services.login is None or services.mode in (Mode.SIMULATED, Mode.READONLY):
            return
        logged_in = services.session.login is Login.OK
        with ui.element("div").classes("card-actions pad"):
            words = "Log in again" if logged_in else "Log in with Upstox"
            button(words, "login-start", self.start, icon="login", primary=not logged_in)
            if logged_in:
                button("Log out", "login-out", self.log_out, icon="logout")
        watch(lambda: services.session.login, self._actions.refresh)

    def start(self) -> None:
        """Off to the broker's own page; it sends the user back to `/login/callback`."""
        assert self._services.login is not None
        try:
            address = self._services.login.authorize_url()
        except AppError as problem:
            ui.notify(str(problem), type="negative")
            return
        ui.navigate.to(address)

    async def log_out(self) -> None:
        assert self._services.login is not None
        try:
            await self._services.login.log_out()
        except AppError as problem:
            ui.notify(f"Logged out here; the broker said: {problem}", type="warning")
        else:
            ui.notify("Logged out", type="positive")
        self._look()

    def _look(self) -> None:
        self.state.show(state_rows(self._services))


def state_rows(services: Services) -> list[Row]:
    session, feed, now = services.session, services.health.feed, services.clock.now()
    ends = session.token_expires_at
    left = (ends - now).total_seconds() if ends else None
    until = f"{ends.astimezone(IST):%a %d %b, %H:%M} IST" if ends else formats.DASH
    soon = "warn" if left is not None and left < 1800 else ""
    pairs: tuple[tuple[str, str, str | Cell], ...] = (
        ("state", "State", Cell(session.login, "strong", led=LEDS[session.login])),
        ("user", "User", session.user or formats.DASH),
        ("until", "Token lasts until", until),
        ("left", "Time left", Cell(formats.duration(left), soon)),
        ("feed", "Feed", Cell(feed.link, led="good" if feed.link is Link.UP else "wait")),
        ("detail", "The feed says", feed.detail or formats.DASH),
        ("clock", "Clock", _clock(services)),
    )
    return [Row(id, (name, value)) for id, name, value in pairs]


def _clock(services: Services) -> str:
    if services.replay is not None:
        return "the recorded day's"
    return "simulated exchange" if services.clock.simulated else "this machine"
