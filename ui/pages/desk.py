"""Desk: the market at a glance: indices, movers, breadth, and how the desk itself is doing."""

from datetime import datetime
from typing import Final
from uuid import uuid4

from nicegui import ui

from core.clock import IST
from core.errors import AppError
from core.ids import InstrumentKey
from core.ports.feed import FeedMode
from core.ports.repositories import RunResult
from core.services import Services
from core.state.health import Condition
from core.state.jobs import JobStatus
from ui.components.board import Board, Cell
from ui.components.chain_header import ChainHeader
from ui.components.choices import Choices
from ui.components.dock import DockPanel, remembered
from ui.components.index_tile import IndexTile
from ui.components.leaving import Leaving
from ui.components.movers import Movers
from ui.components.sight import paced
from ui.components.status_bar import LINKS, feed_age, session_text
from ui.theme import formats

INDICES: Final = ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "SENSEX", "BANKEX")
VIX: Final = InstrumentKey("NSE_INDEX|India VIX")
CHAIN_OF: Final = "NIFTY"
PACE: Final = 0.5
SLOW: Final = 2.0
LINE_PACE: Final = 30.0
RESULTS: Final = {
    RunResult.OK: ("done", "up"),
    RunResult.FAILED: ("failed", "down"),
    RunResult.CANCELLED: ("cancelled", "warn"),
    RunResult.RUNNING: ("running", "accent"),
}


PANELS: Final = (
    DockPanel(id="gainers", title="Gainers"),
    DockPanel(id="losers", title="Losers", beside="gainers"),
    DockPanel(id="surges", title="Volume surge", beside="losers"),
    DockPanel(
        id="options", title=f"{CHAIN_OF} options and breadth", beside="gainers", direction="below"
    ),
    DockPanel(id="market", title="Market and feed", beside="losers", direction="below"),
    DockPanel(id="jobs", title="Jobs and services", beside="surges", direction="below"),
)


async def page(services: Services) -> None:
    choices = await Choices.load(services.preferences)
    desk = _Desk(services)
    with ui.element("div").classes("page page-desk"):
        await desk.tiles()
        movers = Movers(services, f"{desk.viewer} movers")
        dock = remembered(choices, "desk", PANELS)
        movers.build(dock.panel)
        with dock.panel("options"), ui.element("div").classes("pad"):
            await desk.options()
            movers.build_breadth()
        with dock.panel("market"), ui.element("div").classes("pad"):
            desk.market()
        with dock.panel("jobs"), ui.element("div").classes("pad"):
            desk.jobs()
        movers.start()


class _Desk:
    def __init__(self, services: Services) -> None:
        self._services = services
        self.viewer = f"desk {uuid4().hex}"
        self._tiles: list[IndexTile] = []
        Leaving(self._leave)

    def _leave(self) -> None:
        self._services.subscriptions.release(self.viewer)
        self._services.chain_keeper.release(self.viewer)

    async def tiles(self) -> None:
        services = self._services
        listed = [(name, await services.instruments.underlying(name)) for name in INDICES]
        with ui.element("div").classes("tiles"):
            for name, index in listed:
                if index is not None:
                    self._tiles.append(IndexTile(services, name, index.key, f"/chain/{name}"))
            self._tiles.append(IndexTile(services, "INDIA VIX", VIX))
        keys = {tile.key: FeedMode.LTPC for tile in self._tiles}
        services.subscriptions.hold(self.viewer, keys)
        paced(PACE, self._look)
        paced(LINE_PACE, self._draw)

    def _look(self) -> None:
        for tile in self._tiles:
            tile.look()

    async def _draw(self) -> None:
        for tile in self._tiles:
            await tile.draw()

    async def options(self) -> None:
        """The headline numbers of the nearest expiry."""
        services = self._services
        expiries = await services.instruments.expiries(CHAIN_OF)
        if not expiries:
            ui.label("The list of instruments has not arrived yet.").classes("dim")
            return
        try:
            chain = await services.chain_keeper.open(self.viewer, CHAIN_OF, expiries[0])
        except AppError as problem:
            ui.label(str(problem)).classes("dim")
            return
        ui.label(f"Expiry {formats.day(chain.expiry)}").classes("kpi-label")
        header = ChainHeader(services)
        header.board.classes(remove="chain-header", add="chain-summary")
        header.show(chain)
        paced(SLOW, lambda: services.chain_keeper.refresh(chain) and None)

    def market(self) -> None:
        names = (
            ("session", "Session", "desk-session"),
            ("hours", "Session hours", ""),
            ("holiday", "Next day without a session", ""),
            ("feed", "Feed", "desk-feed"),
            ("age", "Last frame", ""),
            ("rate", "Ticks a second", ""),
            ("wanted", "Instruments subscribed", ""),
            ("trouble", "Reconnects · bad frames · refused prices", ""),
        )
        board = Board([Cell(name=n, label=label, testid=t) for n, label, t in names], "kv-board")

        def look() -> None:
            self._put_market(board)
            board.flush()

        look()
        paced(PACE, look)

    def _put_market(self, board: Board) -> None:
        services, now = self._services, self._services.clock.now()
        session, feed = services.session, services.health.feed
        text, tone = session_text(session, now)
        board.put("session", text, tone=tone)
        hours = f"{_minute(session.opens_at)} – {_minute(session.closes_at)}"
        day = formats.short_day(session.opens_at.astimezone(IST).date()) if session.opens_at else ""
        board.put("hours", hours, extra=day, extra_tone="faint")
        board.put("holiday", self._next_holiday(now))
        words, tone = LINKS[feed.link]
        board.put("feed", words, tone=tone, tip=feed.detail)
        text, tone = feed_age(feed, session, now)
        board.put("age", text, tone=tone)
        board.put("rate", formats.quantity(feed.ticks_per_second), raw=feed.ticks_per_second)
        board.put("wanted", formats.quantity(feed.wanted), raw=feed.wanted)
        trouble = (feed.reconnects, feed.bad_frames, feed.quarantined)
        board.put("trouble", " · ".join(map(str, trouble)), tone="warn" if any(trouble[1:]) else "")

    def _next_holiday(self, now: datetime) -> str:
        today = now.astimezone(IST).date()
        coming = [
            each
            for year in (today.year, today.year + 1)
            for each in self._services.calendar.days(year)
            if each.day > today and each.session is None and each.day.weekday() < 5
        ]
        return f"{formats.short_day(coming[0].day)} {coming[0].description}" if coming else "–"

    def jobs(self) -> None:
        holder = ui.element("div")

        @ui.refreshable
        def lines() -> None:
            for job in self._services.jobs.jobs.values():
                _job_line(job)
            for service in self._services.health.services.values():
                with ui.element("div").classes("kv"):
                    ui.label(service.name.capitalize())
                    bad = service.condition in (Condition.FAILED, Condition.RESTARTING)
                    tone = "down" if bad else "dim"
                    ui.label(f"{service.condition}").classes(f"num {tone}")

        with holder:
            lines()
        seen = self._state_of_jobs()

        def look() -> None:
            nonlocal seen
            if (now := self._state_of_jobs()) != seen:
                seen = now
                lines.refresh()

        paced(SLOW, look)

    def _state_of_jobs(self) -> object:
        services = self._services.health.services.values()
        return self._services.jobs.revision, [(s.name, s.condition) for s in services]


def _job_line(job: JobStatus) -> None:
    with ui.element("div").classes("kv"):
        ui.label(job.title)
        if job.running:
            ui.label(job.detail or "running").classes("num accent")
        elif job.last is None:
            ui.label(f"next {_minute(job.next_run)}").classes("num dim")
        else:
            word, tone = RESULTS[job.last.result]
            at = _minute(job.last.finished_at)
            ui.label(f"{word} {at}").classes(f"num {tone}").tooltip(job.last.message)


def _minute(at: datetime | None) -> str:
    return formats.DASH if at is None else at.astimezone(IST).strftime("%H:%M")
