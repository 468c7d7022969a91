"""Open interest over the day: chosen strikes as lines, and every strike's change as a heat map."""

from typing import Any, Final

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.oi_base import aligned
from core.analytics.sides import CALL, PUT
from core.analytics.walls import walls
from core.instruments.instrument import strike_text
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import axis, heatmap, line, lines, mirror_bars
from ui.components.dock import DockPanel
from ui.components.oi_parts import (
    NO_BASE,
    NOTHING_YET,
    RIGHTS,
    OiView,
    clock_axis,
    level_marks,
    live_end,
    moment_mark,
    strike,
    times,
)
from ui.components.oi_since import Since
from ui.components.oi_source import as_day, laid
from ui.components.segments import Segments

Floats = NDArray[np.float64]
Contract = tuple[int, float]

MOST: Final = 10
PICKER: Final = 400
INKS: Final = (
    ("var(--down)", "var(--warn)", "var(--ask)", "var(--mode-live)", "var(--mode-paper)"),
    ("var(--up)", "var(--accent)", "var(--mode-simulated)", "var(--mode-replay)", "var(--bid)"),
)
"""Of calls and of puts, in the order in which they were chosen."""
PANELS: Final = (
    DockPanel(id="lines", title="Open interest of chosen strikes against price"),
    DockPanel(id="pick", title="Click bars to choose", beside="lines", width=PICKER),
    DockPanel(
        id="heat", title="Change by time and strike", beside="lines", direction="below", height=330
    ),
)
GRID: Final = {
    **{"left": 8, "right": 14, "top": 24, "bottom": 6},
    "outerBoundsMode": "same",
    "outerBoundsContain": "axisLabel",
}
"""Of the heat map, which has no legend to keep the moment's mark off the age."""
SIDES: Final = {"calls": "Calls", "puts": "Puts", "net": "Puts − calls"}


class TimeView(OiView):
    def tools(self) -> None:
        self._side = Segments(SIDES, self.choices, "oi.heat", self.redraw, first="net")
        self._since = Since(self.choices, self.redraw)
        with (
            ui.element("button")
            .classes("button oi-walls")
            .props('data-testid="oi-lines-walls" title="Lines of the three highest walls a side"')
            .on("click", self._choose_walls)
        ):
            ui.label("Top walls")

    def build(self) -> None:
        self._lines_of: list[Contract] = []
        self._chain: tuple[str, object] | None = None
        dock = self.dock("time", PANELS)
        with dock.panel("lines"):
            self._lines = Chart(_shape([]), name="oi-over-time", height=None, empty=NOTHING_YET)
        with dock.panel("pick"):
            self._pick = Chart(
                mirror_bars(),
                name="oi-pick",
                height=None,
                empty="No open interest was sent for these strikes yet.",
                label="Open interest by strike: a click on a bar chooses its line",
                on_pick=self._picked,
            )
        with dock.panel("heat"):
            self._heat = Chart(
                {**heatmap("Change", "changeLakh", diverging=True), "grid": GRID},
                name="oi-heat",
                height=None,
                empty=NO_BASE,
                label="Change in open interest by time and strike",
            )

    def draw(self) -> str:
        picture, day = self.picture, self.source.day
        if self._chain != (name := (picture.symbol, picture.expiry)):
            self._chain = name
            self._choose(self._remembered() or self._walls())
        for chart in (self._lines, self._pick, self._heat):
            chart.subject = picture.symbol
        window = self.window
        shown = {"calls": picture.oi[CALL, window], "puts": picture.oi[PUT, window]}
        self._pick.push(shown, x=picture.strikes[window], at=picture.at, now=picture.now)
        chosen = [Mark(at=k, colour="--txt3") for k in sorted({k for _, k in self._lines_of})]
        self._pick.marks([*level_marks(picture), *chosen])
        if day is None or not len(day):
            self.clear(self._lines)
            self.clear(self._heat)
            return self.recorded_so_far()
        whole = laid(day, picture)
        self._draw_lines(whole)
        return f"{self._draw_heat(whole)} {self.recorded_so_far()}"

    # the lines
    def _draw_lines(self, day: ChainDay) -> None:
        picture, parts = self.picture, [day]
        if live_end(picture, day):
            parts.append(as_day(picture))
        series: dict[str, Floats] = {
            "spot": np.concatenate([p.spot for p in parts]),
            "future": np.concatenate([p.future for p in parts]),
        }
        for side, level in self._lines_of:
            at = np.flatnonzero(picture.strikes == level)
            if at.size:
                series[_id(side, level)] = np.concatenate([p.oi[:, side, at[0]] for p in parts])
        x = np.concatenate([times(day), [picture.at.timestamp() * 1000] * (len(parts) - 1)])
        self._lines.push(series, x=x, at=picture.at, now=picture.now)
        self._lines.marks(moment_mark(picture))

    def _picked(self, told: dict[str, Any]) -> None:
        """A click on a bar puts its line there, or takes it away."""
        side = CALL if told["series"] == "calls" else PUT
        contract = (side, float(told["value"][0]))
        left = [each for each in self._lines_of if each != contract]
        new = left if contract in self._lines_of else [*left, contract][-MOST:]
        self.choices.keep(self._kept, [_id(*each) for each in new])
        self._choose(new)
        self.redraw()

    def _choose_walls(self) -> None:
        if self.source.picture is not None:
            self.choices.keep(self._kept, list[str]())
            self._choose(self._walls())
            self.redraw()

    def _choose(self, contracts: list[Contract]) -> None:
        if contracts != self._lines_of:
            self._lines_of = contracts
            self._lines.set(_shape(contracts))

    def _walls(self) -> list[Contract]:
        found = walls(self.picture.strikes, self.picture.oi)
        both = ((CALL, found.resistance), (PUT, found.support))
        return [(side, wall.strike) for side, several in both for wall in several]

    @property
    def _kept(self) -> str:
        return f"oi.lines.{self.picture.symbol}.{self.picture.expiry}"

    def _remembered(self) -> list[Contract]:
        listed = {(side, k): _id(side, k) for side in (CALL, PUT) for k in self.picture.strikes}
        kept = self.choices.get(self._kept, list[str]())
        return [(side, float(k)) for (side, k), id in listed.items() if id in kept]

    # the heat map
    def _draw_heat(self, day: ChainDay) -> str:
        base, why = self._since.base(self.source)
        if base is None:
            self.clear(self._heat)
            return why
        picture, window = self.picture, self.window
        change = day.oi - aligned(base.oi, base.strikes, picture.strikes)
        side = self._side.value
        if side == "net":
            heat = change[:, PUT] - change[:, CALL]
        else:
            heat = change[:, CALL if side == "calls" else PUT]
        x, y = times(day), picture.strikes[window]
        self._heat.push({"heat": heat[:, window]}, x=x, y=y, at=picture.at, now=picture.now)
        self._heat.marks(moment_mark(picture))
        what = {"calls": "calls added", "puts": "puts added", "net": "puts added less calls added"}
        return f"Heat: {what[side]} since {base.words}, green more, red less, in units."


def _id(side: int, level: float) -> str:
    return f"{strike_text(level)}{RIGHTS[side]}"


def _shape(contracts: list[Contract]) -> dict[str, Any]:
    counts, series = [0, 0], []
    for side, level in contracts:
        inks = INKS[side]
        colour = inks[counts[side] % len(inks)]
        name = f"{strike(level)} {RIGHTS[side]}"
        series.append(line(_id(side, level), name, "lakh", colour=colour))
        counts[side] += 1
    series.append(line("spot", "Spot", "price", colour="var(--txt2)", right=True, width=1.2))
    future = line("future", "Future", "price", colour="var(--txt3)", right=True, dashed=True)
    return lines([*series, future], x=clock_axis(), y=axis("lakh"), right=axis("strike"))
