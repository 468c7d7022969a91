"""The surface: fitted volatility by strike and expiry, as a heat map or in space."""

from math import ceil, sqrt
from typing import Final

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from core.analytics.constant_maturity import LEAST_YEARS, MONTH
from core.analytics.smile import Curve
from core.analytics.surface import Surface as Fits
from core.services.volatility_view import VolatilityView
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import axis, heatmap
from ui.components.choices import Choices
from ui.components.segments import Segments
from ui.components.surface import Surface
from ui.theme import formats

Floats = NDArray[np.float64]

KINDS: Final = {"heat": "Heat map", "space": "3-D"}
SPAN: Final = 2.5
"""Standard deviations of thirty days on either side of the forward."""
KNOWN: Final = 5.0
"""Standard deviations to its expiry beyond which a smile has no quotes to rest on."""
MOST: Final = 41
"""Strikes across."""
CLIP: Final = 0.9
"""Part of the cells that the colours span: an expiry in its last day is far above all others."""
EMPTY: Final = "No expiry is fitted yet: the chains wait for quotes on both sides."


class SurfacePanel:
    def __init__(self, choices: Choices) -> None:
        self._last: VolatilityView | None = None
        with ui.element("div").classes("vol-head"):
            self._said = ui.label().classes("vol-note").props('data-testid="surface-note"')
            self._kind = Segments(KINDS, choices, "volatility.surface", self._again)
        shape = heatmap("Fitted IV", "share", x=axis("strike"), y=axis("day"), clip=CLIP)
        self.heat = Chart(shape, name="surface-heat", height=None, empty=EMPTY)
        self.space = Surface(
            name="surface-space",
            title="",
            value="IV",
            format="shareShort",
            x=axis("strike", name="Strike"),
            y=axis("rank", name="Days to expiry"),
            height=None,
            empty=EMPTY,
        )
        self._switch()

    def show(self, view: VolatilityView) -> None:
        self._last = view
        chart = self.heat if self._kind.value == "heat" else self.space
        surface = view.surface
        if surface is None:
            chart.forget()
            self._said.set_text("Nothing fitted")
            return
        chart.subject = view.symbol
        self._said.set_text(_note(surface, whole=chart is self.heat))
        draw = self._draw_heat if chart is self.heat else self._draw_space
        draw(view, surface, ladder(view))

    def clear(self) -> None:
        self._last = None
        self.heat.forget()
        self.space.forget()

    def _again(self) -> None:
        self._switch()
        if self._last is not None:
            self.show(self._last)

    def _switch(self) -> None:
        self.heat.set_visibility(self._kind.value == "heat")
        self.space.set_visibility(self._kind.value == "space")

    def _draw_heat(self, view: VolatilityView, surface: Fits, strikes: Floats) -> None:
        closes = [p.closes_at for e in surface.expiries if e and (p := view.picture(e))]
        columns = [known_vol(smile, strikes) for smile in surface.smiles]
        self.heat.push(
            {"heat": np.column_stack(columns)},
            x=strikes,
            y=[each.timestamp() * 1000 for each in closes],
            at=view.at,
            now=view.now,
        )
        label = f"fwd {formats.price(surface.smiles[0].forward, 0)}"
        self.heat.marks([Mark(at=surface.smiles[0].forward, label=label, colour="--strong")])

    def _draw_space(self, view: VolatilityView, surface: Fits, strikes: Floats) -> None:
        own = np.array([smile.years for smile in surface.smiles if smile.years >= LEAST_YEARS])
        years = np.unique(np.concatenate([own, 0.5 * (own[1:] + own[:-1])]))
        columns = [known_vol(surface.smile_at(float(each)), strikes) for each in years]
        heat = np.column_stack(columns)
        self.space.push({"heat": heat}, x=strikes, y=years * 365, at=view.at, now=view.now)


def ladder(view: VolatilityView) -> Floats:
    """Listed strikes around the nearest forward, thinned to `MOST`."""
    forward = view.pictures[0].forward
    listed = np.unique(np.concatenate([picture.strikes for picture in view.pictures]))
    vol = view.iv30 if view.iv30 > 0 else view.atm_vol(view.pictures[0].expiry)
    far = SPAN * vol * sqrt(MONTH) if vol > 0 else 0.05
    inside = listed[np.abs(np.log(listed / forward)) <= far]
    middle = int(np.abs(inside - forward).argmin()) if inside.size else 0
    step = max(1, ceil(inside.size / MOST))
    return inside[middle % step :: step]


def known_vol(smile: Curve, strikes: Floats) -> Floats:
    """The fitted volatility; nan where no quotes can be."""
    away = np.abs(np.log(strikes / smile.forward))
    width = np.sqrt(smile.variance(0.0))
    return np.where(away <= KNOWN * width, smile.vol(strikes), np.nan)


def _note(surface: Fits, *, whole: bool) -> str:
    """What it is made of; in space an expiry in its last day would hide all others."""
    many, lost = len(surface.smiles), [(each.expiry, each.reason) for each in surface.missing]
    if not whole:
        ends = zip(surface.expiries, surface.smiles, strict=True)
        lost += [(day, "in its last day") for day, smile in ends if smile.years < LEAST_YEARS]
    text = f"SVI, {many} expir{'y' if many == 1 else 'ies'}, linear in total variance between"
    if lost:
        return f"{text} · without {formats.short_day(lost[0][0])} ({lost[0][1]})"
    return text
