"""Gamma exposure: what dealers would have to trade, by strike and over the spot, as assumed."""

from collections.abc import Callable
from typing import Final

import numpy as np
from nicegui import ui

from core.analytics.exposure import Dealers, Exposures
from core.analytics.sides import CALL, PUT, total
from ui.components.board import Board, Cell
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import CALLS, PUTS, axis, bars, line, lines, signed_line
from ui.components.choices import Choices
from ui.components.dock import DockPanel
from ui.components.oi_parts import OiView, footnote, level_marks, money
from ui.components.segments import Segments
from ui.theme import formats
from ui.theme.colors import tone

CONVENTIONS: Final = {
    "long-calls": ("Long calls, short puts", Dealers.LONG_CALLS_SHORT_PUTS),
    "short-calls": ("Short calls, long puts", Dealers.SHORT_CALLS_LONG_PUTS),
    "short-both": ("Short both", Dealers.SHORT_BOTH),
}
GREEKS: Final = {"gamma": "Gamma", "delta": "Delta", "vanna": "Vanna"}
UNITS: Final = {
    "gamma": "₹ of the underlying to be traded per 1 % move: gamma · OI · spot² · 0.01",
    "delta": "₹ of the underlying held against the options: delta · OI · spot",
    "vanna": "₹ of the underlying to be traded per point of volatility: vanna · OI · spot",
}
PANELS: Final = (
    DockPanel(id="strikes", title="Exposure by strike"),
    DockPanel(id="profile", title="Net gamma were the spot elsewhere", beside="strikes"),
)
FIGURES: Final = (
    Cell(name="delta", label="Net delta", testid="gex-delta"),
    Cell(name="vanna", label="Net vanna / vol point", testid="gex-vanna"),
    Cell(name="covered", label="OI covered", testid="gex-covered"),
)
NO_GAMMA: Final = (
    "No exposure yet: it needs open interest and a solved volatility of the same contract."
)


def dealers(choices: Choices) -> Dealers:
    """The convention that the user chose on any page of open interest."""
    kept = choices.get("oi.dealers", "long-calls")
    return CONVENTIONS.get(kept, CONVENTIONS["long-calls"])[1]


class DealersChoice(Segments):
    def __init__(self, choices: Choices, then: Callable[[], object]) -> None:
        names = {name: title for name, (title, _) in CONVENTIONS.items()}
        super().__init__(names, choices, "oi.dealers", then)
        self._chosen_of = choices

    @property
    def convention(self) -> Dealers:
        return dealers(self._chosen_of)


class GammaView(OiView):
    def tools(self) -> None:
        self._greek = Segments(GREEKS, self.choices, "oi.greek", self.redraw)
        ui.label("Dealers").classes("oi-word")
        self._dealers = DealersChoice(self.choices, self.redraw)

    def build(self) -> None:
        with ui.element("div").classes("oi-assumed"):
            self._figures = Board(FIGURES, "chain-header oi-figures")
            self._assumption = footnote("", "gex-assumption")
        dock = self.dock("gamma", PANELS)
        with dock.panel("strikes"):
            self._bars = Chart(
                lines(
                    [
                        bars("calls", "Calls", "rupeesLakh", colour=f"{CALLS} / 70%", stack="s"),
                        bars("puts", "Puts", "rupeesLakh", colour=f"{PUTS} / 70%", stack="s"),
                        line("net", "Net", "rupeesLakh", colour="var(--strong)", points=True),
                    ],
                    x=axis("strike"),
                    y=axis("rupeesLakh"),
                ),
                name="gex-by-strike",
                height=None,
                empty=NO_GAMMA,
                label="Exposure by strike, calls, puts and net",
            )
        with dock.panel("profile"):
            self._profile = Chart(
                lines(
                    [signed_line("net", "Net gamma", "rupeesLakh")],
                    x=axis("strike"),
                    y=axis("rupeesLakh"),
                ),
                name="gex-profile",
                height=None,
                empty=NO_GAMMA,
                label="Net gamma over the spot, and where it turns",
            )

    def draw(self) -> str:
        picture, window = self.picture, self.window
        found = self.source.exposures(self._dealers.convention)
        greek = self._greek.value
        values = getattr(found, greek)[:, window]
        net = total(values)
        self._bars.subject = self._profile.subject = picture.symbol
        shown = {"calls": values[CALL], "puts": values[PUT], "net": net}
        self._bars.push(shown, x=picture.strikes[window], at=picture.at, now=picture.now)
        flip = _flip_mark(found.flip)
        self._bars.marks([*level_marks(picture), *flip])
        if found.profile is not None and np.isfinite(picture.spot):
            self._profile.push(
                {"net": found.profile.net}, x=found.profile.spots, at=picture.at, now=picture.now
            )
        self._profile.marks([*level_marks(picture)[:1], *flip])
        self._put(found)
        self._assumption.set_text(
            f"{found.assumption} Nobody publishes who holds what: another assumption, other signs."
        )
        return f"{UNITS[greek]}. Each strike keeps its volatility while the spot moves."

    def _put(self, found: Exposures) -> None:
        put = self._figures.put
        for name, value in (
            ("delta", found.net_delta),
            ("vanna", found.net_vanna),
        ):
            put(name, money(value), tone=tone(value), raw=value, tip=UNITS[name])
        tip = "Part of the open interest whose volatility is solved; the rest is left out"
        put("covered", formats.percent(found.covered, 1), raw=found.covered, tip=tip)
        self._figures.flush()


def _flip_mark(flip: float) -> list[Mark]:
    if flip != flip:
        return []
    return [Mark(at=round(flip, 1), label=f"Flip {formats.price(flip, 0)}", colour="--ask")]
