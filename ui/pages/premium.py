"""Straddle and premium: what legs cost together over the day, as candles or side by side."""

import asyncio
from typing import Any, Final
from uuid import uuid4

from nicegui import background_tasks, ui

from core.indicators.library import warm
from core.services import Services
from core.services.standing_chains import CHAINS, PREFERENCE
from core.state.chains import LiveChain
from ui.addresses import day_of
from ui.components.chain_picker import ChainPicker
from ui.components.choices import Choices
from ui.components.dock import Dock, DockPanel
from ui.components.empty_state import empty_state
from ui.components.leaving import Leaving
from ui.components.premium_editor import PremiumEditor
from ui.components.premium_header import PremiumHeader
from ui.components.premium_legs import PremiumLegs
from ui.components.premium_source import PremiumSource
from ui.components.premium_structures import (
    MOST,
    Chosen,
    Kind,
    address,
    legs_at,
    parsed,
    restored,
)
from ui.components.premium_tools import PremiumTools
from ui.components.premium_view import PremiumView
from ui.components.premium_words import words_of
from ui.components.segments import Segments
from ui.components.sight import paced
from ui.components.time_slider import TimeSlider

PACE: Final = 1.0
SIDE_WIDTH: Final = 330
LENGTHS: Final = {"1": "1m", "3": "3m", "5": "5m", "15": "15m"}
VIEWS: Final = {"candles": "Candles", "lines": "Compare"}
UNITS: Final = {"rupees": "₹", "share": "%"}
PANELS: Final = (
    DockPanel(id="chart", title="Chart"),
    DockPanel(id="structures", title="Structures", beside="chart", width=SIDE_WIDTH),
    DockPanel(id="legs", title="Legs", beside="structures", direction="below", height=190),
)


async def page(services: Services, symbol: str = "", expiry: str = "", legs: str = "") -> None:
    """`legs` such as `24200CE:1,24400CE:-1` are looked at first."""
    choices = await Choices.load(services.preferences)
    visit = _Page(services, choices, legs)
    if not await visit.load(symbol.strip().upper(), expiry):
        visit.body.delete()
        empty_state(
            f"There are no options on “{symbol[:40]}”." if symbol else "No options are listed.",
            "Press Ctrl-K to find an underlying.",
            icon="search_off",
        )


class _Page:
    def __init__(self, services: Services, choices: Choices, legs: str) -> None:
        self._services, self._choices, self._wanted = services, choices, parsed(legs)
        self._viewer = f"premium {uuid4().hex}"
        self._chain: LiveChain | None = None
        self._laid: tuple[int, bool] = (-1, False)
        Leaving(lambda: services.chain_keeper.release(self._viewer))
        with ui.element("div").classes("fill analysis") as self.body:
            self._bar()
            self._slider = TimeSlider(services, on_change=self._time_chosen)
            self._source = PremiumSource(services, self._slider)
            self._header = PremiumHeader(self._source)
            layout = choices.get("premium.layout", dict[str, Any]())
            dock = Dock(
                PANELS, layout=layout or None, kept=lambda new: choices.keep("premium.layout", new)
            )
            with dock.panel("chart"), ui.element("div").classes("premium-chart"):
                self._tools = PremiumTools(choices, self.draw)
                self._view = PremiumView(self._source, self._tools)
            with dock.panel("structures"):
                self._editor = PremiumEditor(
                    [], 0, on_change=self._structures_chosen, on_build=self._open_builder
                )
            with dock.panel("legs"):
                self._legs = PremiumLegs()
            self._said = ui.label().classes("caption").props('data-testid="premium-said"')
        paced(PACE, self.look)

    async def load(self, symbol: str, expiry: str) -> bool:
        return await self._picker.load(symbol, day_of(expiry))

    def _bar(self) -> None:
        with ui.element("div").classes("chain-bar"):
            self._picker = ChainPicker(
                self._services, self._choices, page="premium", on_change=self._turn
            )
            ui.element("div").classes("spring")
            choices = self._choices
            self._mode = Segments(VIEWS, choices, "premium.view", self.draw)
            self._unit = Segments(UNITS, choices, "premium.unit", self.draw)
            self._length = Segments(LENGTHS, choices, "premium.length", self.draw)

    # what is chosen
    async def _turn(self, picker: ChainPicker) -> None:
        keeper = self._services.chain_keeper
        chain = await keeper.open(self._viewer, picker.symbol, picker.expiry)
        other = self._chain is None or self._chain.symbol != chain.symbol
        self._chain = chain
        await self._slider.turn(picker.symbol, picker.expiry)
        self._source.turn(chain)
        kept = self._choices.get(f"premium.structures.{chain.symbol}", list[object]())
        self._lay(self._first(restored(kept, self._editor.chosen)) if other else None)
        self._source.choose(self._editor.chosen)
        await self._source.load(fill=False)
        if self._tools.studied:
            await asyncio.to_thread(warm)
        self.draw()
        self._load()

    def _first(self, kept: list[Chosen]) -> list[Chosen]:
        """What the address asks for stands before what was looked at before."""
        if not self._wanted:
            return kept
        wanted, self._wanted = self._wanted, ()
        return [Chosen(kind=Kind.LEGS, rolling=False, legs=wanted), *kept][:MOST]

    def _lay(self, chosen: list[Chosen] | None = None) -> None:
        chain = self._chain
        assert chain is not None
        self._laid = (chain.generation, chain.atm >= 0)
        self._editor.lay(chain.strikes, chain.atm, chosen)

    def _structures_chosen(self, chosen: list[Chosen], _: int) -> None:
        if self._chain is not None:
            kept = [each.to_json() for each in chosen]
            self._choices.keep(f"premium.structures.{self._chain.symbol}", kept)
        self._source.choose(chosen)
        self._load()

    async def _time_chosen(self, _: object) -> None:
        recorded, session = self._slider.recorded, self._source.session
        day = recorded.day if recorded is not None else self._source.today
        if session is None or session.day != day:
            await self._source.load()
        self.look()

    def _open_builder(self) -> None:
        premium = self._source.premiums[self._editor.active]
        if self._chain is None or premium.series is None or not len(premium.series.minutes):
            ui.notify("The strikes are not known yet", position="bottom-right")
            return
        legs = legs_at(premium.chosen, premium.series.strikes[-1])
        ui.navigate.to(address(self._chain.symbol, self._chain.expiry.isoformat(), legs))

    # what is read and shown
    def _load(self) -> None:
        """Read the day anew, and what traded before it was recorded; draws when it is there."""

        async def load() -> None:
            await self._source.load()
            await asyncio.to_thread(warm)  # for what is switched on later
            self.draw()

        background_tasks.create(load(), name="premium minutes")

    def look(self) -> None:
        chain = self._chain
        if chain is None:
            return
        if self._source.grown:
            self._load()
        if self._laid != (chain.generation, chain.atm >= 0):
            self._lay()
        self.draw()

    def draw(self) -> None:
        source, editor, view = self._source, self._editor, self._view
        source.look()
        premiums = source.premiums
        if not premiums or source.picture is None:
            return
        active = premiums[min(editor.active, len(premiums) - 1)]
        self._header.show(active, source.picture)
        self._legs.show(active, source.picture)
        editor.put(premiums)
        lines = self._mode.value == "lines"
        self._unit.set_visibility(lines)
        share = self._unit.value == "share"
        view.show(
            premiums, premiums.index(active), int(self._length.value), lines=lines, share=share
        )
        kept = self._choices.get(PREFERENCE, dict[str, Any](CHAINS))
        self._said.set_text(words_of(source, active.problem, kept))
