"""Open interest: by strike, over the day, what was built up, dealers' gamma, and the expiry."""

from typing import Final
from uuid import uuid4

from nicegui import ui

from core.services import Services
from ui.addresses import day_of
from ui.components.chain_picker import ChainPicker
from ui.components.choices import Choices
from ui.components.empty_state import empty_state
from ui.components.leaving import Leaving
from ui.components.oi_build_up import BuildUpView
from ui.components.oi_expiry import ExpiryView
from ui.components.oi_futures import FuturesView
from ui.components.oi_gamma import GammaView, dealers
from ui.components.oi_header import OiHeader
from ui.components.oi_parts import WINDOWS, OiView
from ui.components.oi_source import OiSource
from ui.components.oi_strikes import StrikesView
from ui.components.oi_time import TimeView
from ui.components.oi_trends import TrendsView
from ui.components.segments import Segments
from ui.components.sight import paced
from ui.components.time_slider import TimeSlider

PACE: Final = 1.0
GROWTH: Final = 5.0
"""Seconds between two looks whether another minute was recorded."""
VIEWS: Final[dict[str, tuple[str, type[OiView]]]] = {
    "strikes": ("By strike", StrikesView),
    "time": ("Over time", TimeView),
    "trends": ("Trends", TrendsView),
    "build-up": ("Build-up", BuildUpView),
    "gamma": ("Gamma", GammaView),
    "expiry": ("Expiry day", ExpiryView),
    "futures": ("Futures", FuturesView),
}


async def page(services: Services, symbol: str = "", expiry: str = "", view: str = "") -> None:
    """`/oi?symbol=NIFTY&expiry=2026-11-24&view=gamma`; what is not named is as it was left."""
    choices = await Choices.load(services.preferences)
    visit = _Page(services, choices)
    if view in VIEWS:
        visit.choose(view)
    if not await visit.load(symbol.strip().upper(), expiry):
        visit.clear()
        empty_state(
            f"There are no options on “{symbol[:40]}”." if symbol else "No options are listed.",
            "Press Ctrl-K to find an underlying.",
            icon="search_off",
        ).props('data-testid="unknown-underlying"')


class _Page:
    """One visit: which chain, which moment, which view."""

    def __init__(self, services: Services, choices: Choices) -> None:
        self._services, self._choices = services, choices
        self._viewer = f"oi {uuid4().hex}"
        self._view: OiView | None = None
        Leaving(lambda: services.chain_keeper.release(self._viewer))
        with ui.element("div").classes("fill analysis oi-page") as self._body:
            self._bar()
            with ui.element("div").classes("oi-line"):
                self._slider = TimeSlider(services, on_change=self._time_chosen)
                self._tools = ui.element("div").classes("oi-tools")
            self._source = OiSource(services, self._slider)
            self._header = OiHeader()
            self._holder = ui.element("div").classes("oi-view")
            self._said = ui.label().classes("caption").props('data-testid="oi-said"')
        self._open_view()
        paced(PACE, self._look)
        paced(GROWTH, self._source.grow)

    def clear(self) -> None:
        self._body.delete()

    async def load(self, symbol: str, expiry: str) -> bool:
        return await self._picker.load(symbol, day_of(expiry))

    def choose(self, view: str) -> None:
        self._segments.choose(view)

    # what is chosen
    def _bar(self) -> None:
        with ui.element("div").classes("chain-bar"):
            self._picker = ChainPicker(
                self._services, self._choices, page="oi", on_change=self._turn
            )
            ui.element("div").classes("spring")
            names = {name: title for name, (title, _) in VIEWS.items()}
            self._segments = Segments(names, self._choices, "oi.view", self._open_view)
            self._segments.classes("oi-views")
            windows = {name: name for name in WINDOWS}
            Segments(windows, self._choices, "oi.window", self._draw, first="±20").classes("roomy")

    async def _turn(self, picker: ChainPicker) -> None:
        keeper = self._services.chain_keeper
        chain = await keeper.open(self._viewer, picker.symbol, picker.expiry)
        await self._source.turn(chain)
        self._draw()

    async def _time_chosen(self, _: object) -> None:
        await self._source.load()
        self._draw()

    def _open_view(self) -> None:
        self._holder.clear()
        self._tools.clear()
        self._view = VIEWS[self._segments.value][1](self._source, self._choices, self._draw)
        with self._tools:
            self._view.tools()
        with self._holder:
            self._view.build()
        self._draw()

    # what is shown
    def _look(self) -> None:
        self._source.look()
        self._draw()

    def _draw(self) -> None:
        picture = self._source.picture
        if picture is None or self._view is None:
            return
        exposures = self._source.exposures(dealers(self._choices))
        self._header.show(picture, exposures, stale=self._source.stale)
        self._said.set_text(self._view.draw())
