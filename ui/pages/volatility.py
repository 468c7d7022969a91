"""Volatility: smile, surface, term structure, rank, realised beside implied, expected moves."""

import asyncio
from datetime import date
from typing import Final
from uuid import uuid4

import numpy as np
from nicegui import ui

from core.analytics.sides import CALL
from core.clock import IST
from core.errors import AppError
from core.ports.feed import FeedMode
from core.services import Services
from core.services.volatility_history import INDIA_VIX
from core.services.volatility_view import VolatilityView, vix_months
from core.state.freshness import Freshness, freshness
from ui.addresses import day_of
from ui.components.chain_picker import ChainPicker
from ui.components.choices import Choices
from ui.components.dock import DockPanel, remembered
from ui.components.empty_state import empty_state
from ui.components.leaving import Leaving
from ui.components.sight import paced
from ui.components.time_slider import TimeSlider
from ui.components.vol_moves import MovesPanel
from ui.components.vol_past import PastSessions
from ui.components.vol_rank import RankPanel
from ui.components.vol_realised import ConePanel, RealisedPanel
from ui.components.vol_smile import SmilePanel
from ui.components.vol_source import Ghost, VolSource
from ui.components.vol_status import FitStatus
from ui.components.vol_surface import SurfacePanel
from ui.components.vol_term import TermPanel

PACE: Final = 1.0
SLOW: Final = 5
"""Looks at the smile from one drawing of all the rest to the next."""
PANELS: Final = (
    DockPanel(id="smile", title="Smile"),
    DockPanel(id="term", title="Term structure and skew", beside="smile"),
    DockPanel(id="rank", title="Rank and percentile", beside="term"),
    DockPanel(id="surface", title="Surface", beside="smile", direction="below"),
    DockPanel(id="realised", title="Realised and implied", beside="term", direction="below"),
    DockPanel(id="cone", title="Cone", beside="realised", direction="within"),
    DockPanel(id="moves", title="Expected move, VIX", beside="rank", direction="below"),
)


async def page(services: Services, symbol: str = "", expiry: str = "") -> None:
    choices = await Choices.load(services.preferences)
    visit = _Page(services, choices)
    if not await visit.load(symbol.strip().upper(), expiry):
        visit.clear()
        empty_state(
            f"There are no options on “{symbol[:40]}”." if symbol else "No options are listed.",
            "Press Ctrl-K to find an underlying.",
            icon="search_off",
        )


class _Page:
    """One visit: what is chosen, where its numbers are from, and the panels that show them."""

    def __init__(self, services: Services, choices: Choices) -> None:
        self._services = services
        self._source, self._past = VolSource(services, ""), PastSessions(services)
        self._viewer = f"volatility {uuid4().hex}"
        self._looks = self._asked = 0
        self._drawing = asyncio.Lock()
        services.subscriptions.hold(self._viewer, {INDIA_VIX: FeedMode.LTPC})
        Leaving(self._leave)
        with ui.element("div").classes("fill analysis page-volatility") as self._body:
            with ui.element("div").classes("chain-bar"):
                self._picker = ChainPicker(
                    services, choices, page="volatility", on_change=self._turn, many=True
                )
            self._slider = TimeSlider(services, on_change=lambda _: self._draw(whole=True))
            self._dock = remembered(choices, "volatility", PANELS)
            self._build(choices)
        paced(PACE, self._look)

    def _build(self, choices: Choices) -> None:
        with self._dock.panel("smile"), ui.element("div").classes("vol-panel"):
            self._smile = SmilePanel(choices)
            self._status = FitStatus()
        with self._dock.panel("term"), ui.element("div").classes("vol-panel"):
            self._term = TermPanel()
        with self._dock.panel("rank"), ui.element("div").classes("vol-panel"):
            self._rank = RankPanel(self._services, choices)
        with self._dock.panel("surface"), ui.element("div").classes("vol-panel"):
            self._surface = SurfacePanel(choices)
        with self._dock.panel("realised"), ui.element("div").classes("vol-panel"):
            self._realised = RealisedPanel(choices)
        with self._dock.panel("cone"), ui.element("div").classes("vol-panel"):
            self._cone = ConePanel()
        with self._dock.panel("moves"), ui.element("div").classes("vol-panel"):
            self._moves = MovesPanel()

    def clear(self) -> None:
        self._body.delete()

    async def load(self, symbol: str, expiry: str) -> bool:
        return await self._picker.load(symbol, day_of(expiry))

    def _leave(self) -> None:
        self._source.release()
        self._services.subscriptions.release(self._viewer)

    async def _turn(self, picker: ChainPicker) -> None:
        before = self._source
        if picker.symbol != before.symbol:
            self._source = VolSource(self._services, picker.symbol)
        try:
            await self._source.turn(picker.listed, picker.chosen)
        except AppError:
            if self._source is not before:
                self._source.release()
                self._source = before
            raise
        if self._source is not before:
            before.release()
            for panel in (self._smile, self._surface, self._term, self._moves):
                panel.clear()
        await self._slider.turn(picker.symbol, picker.expiry)
        await self._draw(whole=True)

    # what is shown
    async def _look(self) -> None:
        if self._source.symbol and not self._drawing.locked():
            self._looks += 1
            await self._draw(whole=self._looks % SLOW == 0 or bool(self._source.loading))

    async def _draw(self, *, whole: bool) -> None:
        """Of several that wait for their turn only the last one draws."""
        self._asked += 1
        mine = self._asked
        async with self._drawing:
            if mine == self._asked:
                await self._show(whole)

    async def _show(self, whole: bool) -> None:
        minute = self._slider.minute
        source = self._source
        view = await (source.live() if minute is None else source.recorded(minute))
        if view is None:
            self._status.wait("Waiting for the first numbers of the chain")
            return
        day, chosen = view.at.astimezone(IST).date(), list(self._picker.chosen)
        ghosts: dict[date, Ghost | None] = {}
        if len(chosen) == 1:
            ghosts[chosen[0]] = await source.ghost(chosen[0], day)
        self._body.classes(toggle="stale" if self._stale(view) != self._greyed else "")
        self._smile.show(view, chosen, ghosts)
        self._status.show(view, chosen, ghosts, source)
        if whole or await self._past.load(view.symbol):
            self._surface.show(view)
            self._term.show(view, source)
            await self._show_sessions(view, day)

    async def _show_sessions(self, view: VolatilityView, day: date) -> None:
        past, iv30 = self._past, view.iv30
        await past.load(view.symbol)
        vix = await past.vix(self._slider.minute)
        months = vix_months(self._picker.listed, self._services.calendar, day)
        self._moves.show(view, vix, months)
        lacking = "" if iv30 > 0 else _LACKING
        self._rank.show(
            past.history, past.vix_bars, iv30=iv30, vix=vix.points / 100, day=day, lacking=lacking
        )
        self._realised.show(
            view.symbol, past.bars, past.history, iv30=iv30, day=day, problem=past.problem
        )
        self._cone.show(view, past.bars, day)

    @property
    def _greyed(self) -> bool:
        return "stale" in self._body.classes

    def _stale(self, view: VolatilityView) -> bool:
        """Judged by the call at the money of the nearest expiry, which is sent most."""
        chain, services = self._source.chains.get(view.pictures[0].expiry), self._services
        if not view.live or chain is None or chain.atm < 0:
            return False
        row = np.array([chain.rows[CALL, chain.atm]])
        state = freshness(services.market, services.health.feed, services.session, row, view.at)
        return int(state[0]) == Freshness.STALE


_LACKING: Final = (
    "Volatility of 30 days lies between two expiries: the ones around it are not known"
)
