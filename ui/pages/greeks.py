"""Greeks: a chain's sensitivities to second order, in rupees, and by three conventions."""

from typing import Any, Final
from uuid import uuid4

import numpy as np
from nicegui import ui

from core.analytics.sides import CALL, PUT
from core.pricing.conventions import TERMS, Convention
from core.services import Services
from core.services.chain_picture import ChainPicture, live_picture, recorded_picture
from core.state.chains import LiveChain
from core.state.freshness import Freshness, freshness
from core.state.market import Col
from ui.addresses import day_of
from ui.components.chain_picker import ChainPicker
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import CALLS, PUTS, axis, line, lines
from ui.components.choices import Choices
from ui.components.dock import Dock, DockPanel
from ui.components.empty_state import empty_state
from ui.components.greek_columns import TITLES, Floats, Sheet, View, sheet
from ui.components.heat_grid import HeatGrid
from ui.components.leaving import Leaving
from ui.components.segments import Segments
from ui.components.sight import paced
from ui.components.time_slider import TimeSlider
from ui.theme import formats

PACE: Final = 1.0
WINDOWS: Final = {"±10": 10, "±20": 20, "±40": 40, "All": 0}
PROFILE_WIDTH: Final = 380
PANELS: Final = (
    DockPanel(id="grid", title="Greeks by strike"),
    DockPanel(id="profile", title="Profile", beside="grid", width=PROFILE_WIDTH),
)
SENT: Final = {
    "iv": Col.IV,
    "delta": Col.DELTA,
    "gamma": Col.GAMMA,
    "theta": Col.THETA,
    "vega": Col.VEGA,
}


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
    def __init__(self, services: Services, choices: Choices) -> None:
        self._services, self._choices = services, choices
        self._viewer = f"greeks {uuid4().hex}"
        self._chain: LiveChain | None = None
        self._picked = choices.get("greeks.picked", "gamma")
        Leaving(lambda: services.chain_keeper.release(self._viewer))
        with ui.element("div").classes("fill analysis") as self._body:
            self._bar()
            self._slider = TimeSlider(services, on_change=self._time_chosen)
            layout = choices.get("greeks.layout", dict[str, Any]())
            self._dock = Dock(
                PANELS, layout=layout or None, kept=lambda new: choices.keep("greeks.layout", new)
            )
            with self._dock.panel("grid"):
                self._grid = HeatGrid(name="greeks", on_pick=self._pick)
            with self._dock.panel("profile"):
                self._profile = Chart(
                    lines(
                        [
                            line("CE", "Calls", "plain", colour=CALLS),
                            line("PE", "Puts", "plain", colour=PUTS),
                            line("both", "Call and put alike", "plain"),
                        ],
                        x=axis("strike"),
                        y=axis("plain"),
                    ),
                    name="greeks-profile",
                    title="Profile",
                    height=None,
                    empty="No volatility is solved yet: the chain waits for quotes.",
                )
            self._said = ui.label().classes("caption").props('data-testid="greeks-model"')
        paced(PACE, self.look)

    def clear(self) -> None:
        self._body.delete()

    async def load(self, symbol: str, expiry: str) -> bool:
        return await self._picker.load(symbol, day_of(expiry))

    # what is chosen
    def _bar(self) -> None:
        with ui.element("div").classes("chain-bar"):
            self._picker = ChainPicker(
                self._services, self._choices, page="greeks", on_change=self._turn
            )
            ui.element("div").classes("spring")
            names = {view.value: TITLES[view] for view in View}
            self._view = Segments(names, self._choices, "greeks.view", self.look)
            self._side = Segments({"CE": "CE", "PE": "PE"}, self._choices, "greeks.side", self.look)
            windows = {name: name for name in WINDOWS}
            self._window = Segments(
                windows, self._choices, "greeks.window", self.look, first="±20"
            ).classes("roomy")

    async def _turn(self, picker: ChainPicker) -> None:
        keeper = self._services.chain_keeper
        self._chain = await keeper.open(self._viewer, picker.symbol, picker.expiry)
        self._profile.subject = picker.symbol
        await self._slider.turn(picker.symbol, picker.expiry)
        self.look()

    async def _time_chosen(self, _: object) -> None:
        self.look()

    def _pick(self, column: int) -> None:
        """A click on a title: its numbers become the profile."""
        self._picked = self._grid.columns[column].name
        self._choices.keep("greeks.picked", self._picked)
        self._dock.show("profile")
        self.look()

    # what is shown
    def look(self) -> None:
        picture = self._picture()
        if picture is None or self._chain is None:
            return
        view, side = View(self._view.value), CALL if self._side.value == "CE" else PUT
        compared = view is View.CONVENTIONS
        self._side.classes(
            add="" if compared else "phone-only", remove="phone-only" if compared else ""
        )
        self._grid.props(f'data-side="{self._side.value}"')
        window = _window(picture, WINDOWS[self._window.value])
        shown = sheet(view, side, picture, self._sent(picture))
        self._grid.shape(picture.strikes[window], shown.groups)
        at = picture.atm - (window.start or 0) if picture.atm >= 0 else -1
        self._grid.push(shown.values[window], atm=at, spot=picture.spot, stale=self._stale(picture))
        self._draw_profile(picture, shown, window)
        self._said.set_text(_model(picture, view))

    def _picture(self) -> ChainPicture | None:
        chain, services = self._chain, self._services
        if chain is None:
            return None
        if (day := self._slider.recorded) is not None:
            return recorded_picture(
                day,
                self._slider.row,
                closes_at=services.calendar.close_of(chain.expiry),
                rate=services.rate,
                lot_size=chain.lot_size,
            )
        services.chain_keeper.refresh(chain)
        return live_picture(chain, services.market, services.clock.now(), services.rate)

    def _sent(self, picture: ChainPicture) -> dict[str, Floats]:
        """The broker's own greeks; a record has none."""
        if not picture.live or self._chain is None:
            return {}
        seen = self._services.market.read(self._chain.rows, list(SENT.values()))
        return dict(zip(SENT, seen, strict=True))

    def _stale(self, picture: ChainPicture) -> bool:
        """Judged by the call at the money, which is sent most."""
        chain, services = self._chain, self._services
        if not picture.live or chain is None:
            return False
        row = chain.rows[CALL, max(chain.atm, 0) : max(chain.atm, 0) + 1]
        state = freshness(services.market, services.health.feed, services.session, row, picture.at)
        return int(state[0]) == Freshness.STALE

    def _draw_profile(self, picture: ChainPicture, shown: Sheet, window: slice) -> None:
        columns = self._grid.columns
        names = {column.name: column for column in columns}
        if self._picked not in names:
            self._picked = next(iter(names))
        picked = names[self._picked]
        title = f"{picked.label or picked.title} by strike"
        if self._profile.title != title:
            self._profile.set(self._profile.option, title=title)
        places = {c.side or "both": i for i, c in enumerate(columns) if c.name == picked.name}
        nothing = np.full(len(picture.strikes), np.nan)
        numbers = {
            each: (shown.values[:, places[each]] if each in places else nothing)[window]
            for each in ("CE", "PE", "both")
        }
        self._profile.push(numbers, x=picture.strikes[window], at=picture.at, now=picture.now)
        if np.isfinite(picture.forward):
            self._profile.marks([Mark(at=picture.forward, label="forward", colour="--accent")])


def _window(picture: ChainPicture, reach: int) -> slice:
    if not reach or picture.atm < 0:
        return slice(0, len(picture.strikes))
    return slice(max(0, picture.atm - reach), min(len(picture.strikes), picture.atm + reach + 1))


def _model(picture: ChainPicture, view: View) -> str:
    """What stands behind the numbers, in one line."""
    left = formats.duration(picture.years * 525_600 * 60)
    where = f"forward {formats.price(picture.forward)}, {left} to the close"
    if view is View.CONVENTIONS:
        said = [f"{TERMS[each].title}: {TERMS[each].model}" for each in Convention]
        return f"{' · '.join(said)} · {where}"
    rate = formats.percent(picture.rate, 1)
    unit = f"a lot of {picture.lot_size}" if view is View.CASH else "a unit"
    return f"{TERMS[Convention.OURS].model}, rate {rate}; for {unit} · {where}"
