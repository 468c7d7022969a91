"""The dialog that puts something together for a chart: a straddle, own legs, or a pair."""

from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np
from nicegui import ui

from core.analytics.straddle import at_the_money
from core.instruments.instrument import Instrument, strike_text
from core.instruments.pairs import Against
from core.services import Services
from core.state.market import Col
from ui.chart.combination import STRADDLE, Combination, Legs, Pair, chosen_of, number
from ui.components.fields import button, choice_field, text_field
from ui.components.instrument_field import InstrumentField

KINDS: Final = {
    STRADDLE: "Straddle at the money, chosen anew each minute",
    "fixed": "Straddle of one strike",
    "strangle": "Strangle of two strikes",
    "legs": "Own legs",
}
HOW: Final = {Against.MINUS: "less (spread)", Against.OVER: "divided by (ratio)"}
AWAY: Final = 3
"""Strikes from the money that a strangle begins with."""


class CombineDialog:
    """`then` hears what was put together; the dialog lives until it is closed."""

    def __init__(
        self,
        services: Services,
        instrument: Instrument,
        expiries: list[date],
        strikes: list[float],
        then: Callable[[Combination], object],
    ) -> None:
        self._instrument, self._strikes, self._then = instrument, strikes, then
        self._spot = _spot(services, instrument)
        with ui.dialog() as self._dialog, ui.element("div").classes("sheet combine-sheet"):
            self._dialog.on("hide", self._dialog.delete)
            ui.label("Chart of several together").classes("sheet-title")
            if expiries:
                self._legs_part(expiries)
            self._pair_part(services)
        self._dialog.open()

    # legs of a chain
    def _legs_part(self, expiries: list[date]) -> None:
        with ui.element("div").classes("combine-part"):
            ui.label(f"Premium of {self._symbol}").classes("faint")
            with ui.element("div").classes("combine-fields"):
                days = {day.isoformat(): f"{day:%d %b %Y}" for day in expiries}
                self._expiry = choice_field(
                    "Expiry", "combine-expiry", days, value=next(iter(days))
                )
                self._kind = choice_field(
                    "What", "combine-kind", KINDS, value=STRADDLE, on_change=lambda _: self._turn()
                )
                with ui.element("div").classes("combine-legs") as self._legs:
                    self._text = text_field("Legs", "combine-legs", hint="24200CE:1, 24200PE:-1")
            self._said = ui.label().classes("combine-said")
            button("Show the premium", "combine-show", self._show, primary=True)
        self._turn()

    @property
    def _symbol(self) -> str:
        return self._instrument.underlying_symbol or self._instrument.symbol

    def _turn(self) -> None:
        """Legs to begin with, of strikes around the money."""
        kind, at = str(self._kind.value), self._at()
        self._legs.set_visibility(kind != STRADDLE)
        if kind == STRADDLE or at < 0:
            return
        away = AWAY if kind == "strangle" else 0
        up = self._strikes[min(at + away, len(self._strikes) - 1)]
        down = self._strikes[max(at - away, 0)]
        self._text.set_value(f"{strike_text(up)}CE:1, {strike_text(down)}PE:1")

    def _at(self) -> int:
        return at_the_money(np.array(self._strikes), self._spot) if self._strikes else -1

    def _show(self) -> None:
        kind = str(self._kind.value)
        chosen = chosen_of(STRADDLE if kind == STRADDLE else str(self._text.value or ""))
        if chosen is None:
            self._said.set_text(
                "Write legs as strike, CE or PE, and how many: 24200CE:1, 24300CE:-1"
            )
            return
        unlisted = [leg.strike for leg in chosen.legs if leg.strike not in self._strikes]
        if unlisted:
            self._said.set_text(f"{self._symbol} has no strike {strike_text(unlisted[0])}.")
            return
        expiry = date.fromisoformat(str(self._expiry.value))
        self._take(Legs(symbol=self._symbol, expiry=expiry, chosen=chosen))

    # against another
    def _pair_part(self, services: Services) -> None:
        with ui.element("div").classes("combine-part"):
            ui.label(f"{self._instrument.symbol} against another").classes("faint")
            with ui.element("div").classes("combine-fields"):
                self._how = choice_field("How", "combine-how", HOW, value=Against.MINUS)
                self._times = text_field("Times", "combine-times", value="1")
                self._other = InstrumentField(
                    services.instruments, "Instrument", "combine-other", lambda _: None
                )
            self._pair_said = ui.label().classes("combine-said")
            button("Show against it", "combine-against", self._against, primary=True)

    def _against(self) -> None:
        other, times = self._other.chosen, number(str(self._times.value or ""))
        if other is None or other.key == self._instrument.key:
            self._pair_said.set_text("Choose another instrument from the list.")
        elif not times:
            self._pair_said.set_text("Times is a number above 0.")
        else:
            how = Against(self._how.value)
            self._take(Pair(instrument=self._instrument, other=other, how=how, times=times))

    def _take(self, combination: Combination) -> None:
        self._dialog.close()
        self._then(combination)


async def open_combine(
    services: Services, instrument: Instrument, then: Callable[[Combination], object]
) -> None:
    """With what can be put together with this instrument."""
    symbol = instrument.underlying_symbol or instrument.symbol
    expiries = await services.instruments.expiries(symbol)
    options = await services.instruments.options(symbol, expiries[0]) if expiries else []
    strikes = sorted({each.strike for each in options if each.strike is not None})
    CombineDialog(services, instrument, expiries, strikes, then)


def _spot(services: Services, instrument: Instrument) -> float:
    return services.market.get(instrument.underlying_key or instrument.key, Col.LTP)
