"""The pay-off of what is held, asked by day, volatility and spot; and the way to the builder."""

from dataclasses import replace
from math import nan
from typing import Final

import numpy as np
from nicegui import ui

from core.services.portfolio_picture import Line
from core.strategies.picture import Picture
from core.strategies.wording import rupees
from ui.builder.kept import KeptDrafts
from ui.builder.topics import Topic
from ui.components.builder_payoff import build_payoff
from ui.components.builder_what_if import build_what_if
from ui.components.confirm import confirm
from ui.components.fields import button
from ui.positions.held_table import HeldTable
from ui.positions.state import PositionsState
from ui.theme import formats
from ui.theme.colors import tone

UNDERLYING: Final = "positions.payoff"
MOST_MOVE: Final = 15.0
"""Per cent of the spot that the slider reaches either way."""
CAPTION: Final = "Since entry, after the charges to enter; what was closed is not in it."


class HeldPayoff:
    """`build_chart` and `build_table` fill two panels, which look at the same legs."""

    def __init__(self, state: PositionsState) -> None:
        self._state = state
        self.table = HeldTable(state.services, state.choices)
        self._symbols: list[str] = []
        self._setting = False
        state.on(self._take)

    def build_chart(self) -> None:
        with ui.element("div").classes("positions-payoff"):
            with ui.element("div").classes("tool-bar"):
                self._which = ui.select([], on_change=lambda e: self._choose(e.value))
                self._which.props("outlined dense options-dense hide-bottom-space")
                self._which.props('data-testid="payoff-underlying" aria-label="Underlying"')
                self._which.mark("payoff-underlying")
                self._said = ui.label().classes("dim").props('data-testid="payoff-of"')
                self._said.mark("payoff-of")
                ui.element("div").classes("spring")
                self._build = button(
                    "Open in builder", "payoff-builder", self.to_builder, icon="construction"
                )
            with ui.element("div").classes("positions-chart"):
                build_payoff(self.table)
            with ui.element("label").classes("positions-spot"):
                self._spot_said = ui.label().classes("num").props('data-testid="spot-said"')
                self._spot_said.mark("spot-said")
                self._spot = ui.slider(
                    min=-MOST_MOVE,
                    max=MOST_MOVE,
                    step=0.1,
                    value=0.0,
                    on_change=lambda e: self._point(float(e.value)),
                ).props('dense data-testid="spot-move" aria-label="Spot, per cent away"')
                self._spot.mark("spot-move")
                self._result = ui.label().classes("num").props('data-testid="spot-result"')
                self._result.mark("spot-result")
        self.table.on(Topic.PICTURE, self._say)
        self.table.on(Topic.OVERLAYS, self._say)
        self._take()

    def build_table(self) -> None:
        build_what_if(self.table)

    # what it is of
    def _take(self) -> None:
        lines = [line for line in self._state.picture.open if line.leg is not None]
        symbols = sorted({line.symbol for line in lines})
        symbol = self._wanted(symbols, lines)
        if (symbols, symbol) != (self._symbols, self.table.symbol):
            self._symbols = symbols
            self._setting = True
            self._which.set_options(symbols, value=symbol or None)
            self._setting = False
        marked = [line for line in self._state.marked_lines if line.symbol == symbol and line.leg]
        chosen = marked or [line for line in lines if line.symbol == symbol]
        self.table.take(symbol, chosen)
        self._say()

    def _wanted(self, symbols: list[str], lines: list[Line]) -> str:
        """The filter's underlying, else the one chosen last, else that of most positions."""
        for each in (self._state.underlying, self._state.choices.get(UNDERLYING, "")):
            if each in symbols:
                return each
        held = [line.symbol for line in lines]
        return max(symbols, key=held.count, default="")

    def _choose(self, symbol: str | None) -> None:
        """By hand; a filter on another underlying gives way."""
        if symbol and not self._setting:
            self._state.choices.keep(UNDERLYING, symbol)
            other = self._state.underlying not in ("", symbol)
            self._state.narrow(underlying="" if other else None)

    # the spot
    def _point(self, percent: float) -> None:
        market = self.table.market
        if market is not None:
            self.table.point_at(market.spot * (1 + percent / 100) if percent else None)

    def _say(self) -> None:
        table, many = self.table, len(self.table.legs)
        self._build.set_visibility(bool(many))
        self._which.set_visibility(bool(self._symbols))
        some = any(line.id in self._state.marked for line in self._state.picture.open)
        of = f"{many} marked" if some else f"{many} position{'s' if many != 1 else ''}"
        missing = f" · without {', '.join(table.left_out)}: average not known"
        text = f"{of}. {CAPTION}" + (missing if table.left_out else "")
        _set(self._said, text if table.symbol else "")
        spot = table.pointed or (table.market.spot if table.market else nan)
        away = spot / table.market.spot - 1 if table.market else nan
        at = f" ({formats.signed_percent(away)})" if table.pointed else " (now)"
        _set(self._spot_said, f"Spot {formats.price(spot)}{at}" if spot == spot else "Spot –")
        self._say_result(table.picture, spot)

    def _say_result(self, picture: Picture | None, spot: float) -> None:
        if picture is None or spot != spot:
            _set(self._result, "")
            return
        shifted = bool(self.table.ahead or self.table.iv_shift)
        named = [("now", picture.today), ("at expiry", picture.expiry)]
        named += [("as chosen", picture.chosen)] if shifted else []
        values = [(name, float(np.interp(spot, picture.spots, each))) for name, each in named]
        _set(self._result, " · ".join(f"{name} {rupees(value)}" for name, value in values))
        last = tone(values[0][1])
        self._result.classes(add=last, remove=" ".join({"up", "down"} - {last}))

    # to the builder
    async def to_builder(self) -> None:
        """As a draft of its own; what is being built there is not lost without a question."""
        table, services = self.table, self._state.services
        if not table.legs:
            return
        kept = KeptDrafts(services, self._state.choices)
        building = kept.get(table.symbol)
        saved = services.drafts.drafts.get(building.id)
        if building.legs and (saved is None or saved.legs != building.legs):
            many = len(building.legs)
            lines = (f"“{building.name}” of {many} legs is on the builder's table and not saved.",)
            if not await confirm(services, "Replace it?", lines, "Replace", name="replace-draft"):
                return
        legs = tuple(replace(leg, iv_shift=0.0) for leg in table.legs)
        now = services.clock.now()
        kept.put(kept.empty(table.symbol).edited(now, legs=legs, name="What is held"))
        ui.navigate.to(f"/builder?symbol={table.symbol}")


def _set(label: ui.label, text: str) -> None:
    if label.text != text:
        label.set_text(text)
