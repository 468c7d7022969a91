"""The status bar: mode, session, feed, login, figures of the desk itself, and the time."""

from datetime import datetime
from typing import Final

from nicegui import ui

from core.services import Services
from core.settings import Mode
from core.state.health import FeedHealth, Link
from core.state.session import Login, Phase, SessionState
from ui.components.board import Board, Cell
from ui.components.sight import paced
from ui.theme import formats
from ui.theme.colors import MODE_WORDS

PACE: Final = 0.5
OLD_FEED: Final = 10.0
"""Seconds without a frame, in trading hours, after which the age is a warning."""
LOGIN_SOON: Final = 1800.0
PHASES: Final = {
    Phase.OPEN: ("Market open", "up"),
    Phase.CLOSING_AUCTION: ("Closing auction", "warn"),
    Phase.PRE_OPEN: ("Pre-open", "warn"),
    Phase.CLOSED: ("Market closed", ""),
    Phase.HOLIDAY: ("Holiday", ""),
}
CLOCKS: Final = {
    Mode.SIMULATED: ("simulated", "the exchange's own time"),
    Mode.REPLAY: ("replayed", "the time of the recorded day"),
}
"""What is said of a time that is not this machine's."""
LINKS: Final = {
    Link.UP: ("Feed live", "up"),
    Link.CONNECTING: ("Feed connecting", "warn"),
    Link.DOWN: ("Feed down", "down"),
    Link.LOGIN_NEEDED: ("Feed waits for login", "down"),
}


def session_text(session: SessionState, now: datetime) -> tuple[str, str]:
    """What the session is and how long until it changes; text and tone."""
    words, colour = PHASES[session.phase]
    if session.trading and session.closes_at is not None:
        return f"{words} · {formats.duration(_left(session.closes_at, now))} left", colour
    if session.opens_at is not None and session.opens_at > now:
        return f"{words} · opens in {formats.duration(_left(session.opens_at, now))}", colour
    return words, colour


def feed_age(feed: FeedHealth, session: SessionState, now: datetime) -> tuple[str, str]:
    if feed.last_frame is None:
        return formats.DASH, ""
    seconds = (now - feed.last_frame).total_seconds()
    return formats.age(seconds), "warn" if session.trading and seconds > OLD_FEED else ""


def login_text(session: SessionState, now: datetime) -> tuple[str, str]:
    if session.login is not Login.OK:
        return session.login.capitalize(), "down"
    if session.token_expires_at is None:
        return "Logged in", ""
    left = _left(session.token_expires_at, now)
    return f"Login {formats.duration(left)}", "warn" if left < LOGIN_SOON else ""


def _left(until: datetime, now: datetime) -> float:
    return (until - now).total_seconds()


class StatusBar:
    def __init__(self, services: Services) -> None:
        self._services = services
        with ui.element("footer").classes("statusbar"):
            ui.label(f"{services.mode.upper()} · {MODE_WORDS[services.mode]}").classes(
                "mode-banner"
            ).props('data-testid="mode-banner"')
            self.beside_mode = ui.element("span").classes("beside-mode")
            self.left = Board(
                [
                    Cell(name="session", testid="session-state"),
                    Cell(name="link", testid="feed-link", classes="roomy"),
                    Cell(name="age", label="age", testid="feed-age", tip="Since the last frame"),
                    Cell(name="login", testid="login-state", href="/login", classes="wide"),
                ],
                "status",
            )
            ui.element("div").classes("spring")
            self.right = Board(
                [
                    Cell(name="rate", label="ticks/s", classes="wide", testid="feed-rate"),
                    Cell(name="lag", label="loop", classes="wide", tip="Lag of the event loop"),
                    Cell(name="clock", testid="clock"),
                ],
                "status",
            )
        self.look()
        paced(PACE, self.look)

    def look(self) -> None:
        self._look_left()
        self._look_right()
        self.left.flush()
        self.right.flush()

    def _look_left(self) -> None:
        services, now = self._services, self._services.clock.now()
        text, colour = session_text(services.session, now)
        self.left.put("session", text, tone=colour)
        feed = services.health.feed
        words, colour = LINKS[feed.link]
        self.left.put("link", f"● {words}", tone=colour, tip=feed.detail)
        text, colour = feed_age(feed, services.session, now)
        self.left.put("age", text, tone=colour)
        text, colour = login_text(services.session, now)
        until = services.session.token_expires_at
        self.left.put("login", text, tone=colour, tip=f"Until {formats.ist(until)}")

    def _look_right(self) -> None:
        health, clock = self._services.health, self._services.clock
        self.right.put("rate", formats.quantity(health.feed.ticks_per_second))
        self.right.put("lag", f"{health.loop_lag_ms:.0f} ms")
        words, whose = CLOCKS.get(self._services.mode, CLOCKS[Mode.SIMULATED])
        simulated = clock.simulated
        self.right.put(
            "clock",
            f"{formats.clock_time(clock.now())} IST",
            extra=words if simulated else "",
            extra_tone="sim",
            tip=formats.ist(clock.now()) + (f", {whose}" if simulated else ""),
        )
